import { readStages } from '../../lib/config/schema';
import { change, minimal } from './stage';

const problems = (prefunding: unknown) =>
  readStages([change({ migration: { prefunding } })]).problems.map(
    ({ path, must, found }) => `${path} ${must}, got: ${found}`,
  );
const wire = { wireReference: 'WIRE 1', expectedArrival: '2027-01-07' };

test('a stage may need no money of its own', () => {
  expect(readStages([minimal]).stages[0]?.migration.prefunding).toEqual({});
});

test.each([
  [
    { EUR: { ...wire, required: 50000 } },
    "migration.prefunding.EUR.required must be a decimal amount in quotes, such as '25000.00', got: 50000",
  ],
  [
    { Euro: { ...wire, required: '1.00' } },
    'migration.prefunding.Euro must be named by a currency code of ISO 4217, such as EUR, got: Euro',
  ],
  [
    { EUR: { ...wire, required: '1.00', expectedArrival: '2027-02-30' } },
    'migration.prefunding.EUR.expectedArrival must be a date that exists, as YYYY-MM-DD, got: "2027-02-30"',
  ],
  [
    { EUR: { required: '1.00', expectedArrival: '2027-01-07' } },
    'migration.prefunding.EUR.wireReference must be the reference of the wire, of 3 to 140 characters, got: nothing',
  ],
])('%j', (prefunding, problem) => {
  expect(problems(prefunding)).toEqual([problem]);
});
