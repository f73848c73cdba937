import { reconciliationSettings } from '../../lib/config/reconciliation';
import { parseStages, readStages, type StageConfig } from '../../lib/config/schema';
import { change } from './stage';

const settingsOf = (changes: Readonly<Record<string, unknown>>) =>
  reconciliationSettings(parseStages([change(changes)])[0] as StageConfig);

test('the first day is that of the expected traffic, on the clocks of the zone', () => {
  expect(settingsOf({}).firstDay).toBe('2027-01-11');
  const late = { 'traffic.expectedFrom': '2027-01-11T23:30:00Z' };
  expect(settingsOf({ ...late, reconciliation: { firstDay: { zone: 'Europe/Berlin' } } }).firstDay).toBe('2027-01-12');
  const cutOff = { firstDay: { zone: 'Europe/Berlin', cutOff: '06:00' } };
  expect(settingsOf({ ...late, reconciliation: cutOff }).firstDay).toBe('2027-01-11');
  expect(settingsOf({ reconciliation: { firstDay: { date: '2027-02-01' } } }).firstDay).toBe('2027-02-01');
});

test('the fee of an authorization comes as the profile has it, or as the config says', () => {
  expect(settingsOf({}).authorizationFee).toEqual({ webhooks: 'authorization', statement: 'authorization' });
  const mixed = {
    'payca.profile': 'master-account',
    reconciliation: { authorizationFee: { statement: 'authorization' } },
  };
  expect(settingsOf(mixed).authorizationFee).toEqual({ webhooks: 'settlement', statement: 'authorization' });
});

test('every mistake is told with its place', () => {
  const reconciliation = {
    statement: {
      delimiter: '.',
      columns: { amount: '' },
      subtypes: { 'Settlement fee': 'Settle fee' },
      records: { column: 'kind', fee: 'F' },
      amounts: { feesAre: 'charged' },
    },
    firstDay: { zone: 'Berlin', cutOff: '24:00' },
    timingWindowHours: 400,
    decimals: { EURO: 2, EUR: 5 },
    authorizationFee: { webhooks: 'later' },
  };
  const { problems } = readStages([change({ reconciliation })]);
  const found = problems.map(
    ({ path, must, found: what }) => `${path.replace('reconciliation.', '')} ${must}, got: ${what}`,
  );
  expect(found).toEqual([
    'statement.delimiter must be one of comma, semicolon, tabulator, bar, got: "."',
    'statement.columns.amount must be the name of a column, as the first line of the statement has it, got: ""',
    'statement.subtypes["Settlement fee"] must be a subtype of PayCA such as settle_fee: lower-case letters, digits and _, got: Settle fee',
    'statement.records.opening must be the word of that column on the line with the opening balance, got: nothing',
    'statement.records.closing must be the word of that column on the line with the closing balance, got: nothing',
    'statement.amounts.feesAre must be one of positive, negative, got: charged',
    'firstDay.zone must be a time zone of the IANA database, such as Europe/Berlin, got: Berlin',
    'firstDay.cutOff must be a time of the day such as 00:00, got: 24:00',
    'timingWindowHours must be a whole number of hours from 0 to 336, got: 400',
    'decimals.EUR must be a whole number from 0 to 4, got: 5',
    'decimals.EURO must be named by a currency code of ISO 4217, such as EUR, got: EURO',
    'authorizationFee.webhooks must be one of authorization, settlement, got: later',
  ]);
});
