import { readStages } from '../../lib/config/schema';
import { change } from './stage';

const problems = (hourlyFigures: unknown) => readStages([change({ launch: { hourlyFigures } })]).problems;

test('a kind may be left out, and a range may be one number', () => {
  expect(problems({ refunds: { atLeast: 0, atMost: 0 } })).toEqual([]);
});

test('every wrong range is told', () => {
  expect(
    problems({ authorizations: { atLeast: 9, atMost: 8 }, fees: { atLeast: -1, atMost: 1.5 }, chargebacks: {} }).map(
      ({ path, must, found }) => [path, must, found],
    ),
  ).toEqual([
    ['launch.hourlyFigures.authorizations', 'must have an atLeast that is not above its atMost', '9 and 8'],
    ['launch.hourlyFigures.fees.atLeast', 'must be a whole number of webhooks an hour from 0 to 1000000000', '-1'],
    ['launch.hourlyFigures.fees.atMost', 'must be a whole number of webhooks an hour from 0 to 1000000000', '1.5'],
    [
      'launch.hourlyFigures',
      'must have no other keys than authorizations, settlements, refunds, declines, fees',
      'chargebacks',
    ],
  ]);
});
