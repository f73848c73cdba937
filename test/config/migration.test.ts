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

const others = (migration: object) =>
  readStages([change({ migration })]).problems.map(({ path, must }) => `${path} ${must}`);

test("PayCA's own fields of users and cards are free, but for their length", () => {
  expect(others({ userBody: { bins: [] }, cardKinds: { virtual: { type: 'virtual' }, physical: {} } })).toEqual([]);
  expect(others({ userBody: 'bins', cardKinds: { virtual: 'virtual' } })).toEqual([
    "migration.userBody must be an object of PayCA's own fields",
    "migration.cardKinds.virtual must be an object of PayCA's own fields",
  ]);
  const long = { text: 'x'.repeat(1000) };
  expect(others({ userBody: long, cardKinds: { long } })).toEqual([
    'migration.userBody must have at most 1000 characters as JSON',
    'migration.cardKinds must have at most 1000 characters as JSON',
  ]);
});

test('a kind of card is named by a lower-case word', () => {
  expect(others({ cardKinds: { 'A Kind': {} } })).toHaveLength(1);
});
