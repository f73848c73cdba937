import { businessDay, dayOf, instantOf, zoneOf } from '../../../lambda/reconcile-fees/period';
import { periodOf } from '../../../lambda/reconcile-fees/places';

const iso = ({ from, to }: { from: number; to: number }) => [from, to].map((at) => new Date(at).toISOString());
const berlin = { zone: 'Europe/Berlin', cutOff: '00:00' };

test.each([
  ['2027-01-11', berlin, '2027-01-10T23:00:00.000Z', '2027-01-11T23:00:00.000Z'],
  ['2027-01-11', { zone: 'UTC', cutOff: '17:30' }, '2027-01-11T17:30:00.000Z', '2027-01-12T17:30:00.000Z'],
  ['2027-03-28', berlin, '2027-03-27T23:00:00.000Z', '2027-03-28T22:00:00.000Z'],
  ['2027-10-31', berlin, '2027-10-30T22:00:00.000Z', '2027-10-31T23:00:00.000Z'],
  ['2027-01-11', { zone: 'America/New_York', cutOff: '18:00' }, '2027-01-11T23:00:00.000Z', '2027-01-12T23:00:00.000Z'],
])('the day %s by %j begins and ends on its clocks', (date, rule, from, to) => {
  expect(iso(businessDay(date, rule))).toEqual([from, to]);
});

test('every moment is in the day that it is said to be of', () => {
  for (const rule of [berlin, { zone: 'Asia/Kolkata', cutOff: '05:00' }, { zone: 'America/New_York', cutOff: '18:00' }])
    for (let at = Date.parse('2027-03-12T00:00:00Z'); at < Date.parse('2027-03-31T00:00:00Z'); at += 1_800_000) {
      const { from, to } = businessDay(dayOf(at, rule), rule);
      expect(at >= from && at < to).toBe(true);
    }
});

test('of an hour that the clocks show twice the first counts, and one that they skip is the hour after', () => {
  expect(new Date(instantOf('2027-10-31T02:30', 'Europe/Berlin')).toISOString()).toBe('2027-10-31T00:30:00.000Z');
  expect(new Date(instantOf('2027-03-28T02:30', 'Europe/Berlin')).toISOString()).toBe('2027-03-28T01:30:00.000Z');
});

test('zones around a period', () => {
  const period = { from: 1000, to: 2000 };
  expect([499, 500, 999, 1000, 1999, 2000, 2499, 2500].map((at) => zoneOf(at, period, 500))).toEqual([
    ...['far', 'before', 'before', 'in', 'in', 'after', 'after', 'far'],
  ]);
});

test.each([
  ['statement.csv', '2027-01-10T23:00:00.000Z', '2027-01-11T23:00:00.000Z'],
  ['2027-01-12.csv', '2027-01-11T23:00:00.000Z', '2027-01-12T23:00:00.000Z'],
  ['fees_2027-01-12_2027-01-14.csv', '2027-01-11T23:00:00.000Z', '2027-01-14T23:00:00.000Z'],
  ['9999-99-99.csv', '2027-01-10T23:00:00.000Z', '2027-01-11T23:00:00.000Z'],
])('%s is for %s to %s', (name, from, to) => {
  expect(iso(periodOf(name, '2027-01-11', berlin))).toEqual([from, to]);
});
