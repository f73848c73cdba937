import { Readable } from 'node:stream';
import type { ReconciliationSettings, StatementFormat } from '../../../lambda/reconcile-fees/settings';
import { readStatement, StatementError, type StatementLine } from '../../../lambda/reconcile-fees/statement';
import { SETTINGS } from './settings';

type Change = Partial<StatementFormat>;

function withFormat(change: Change, more: Partial<ReconciliationSettings> = {}): ReconciliationSettings {
  return { ...SETTINGS, ...more, statement: { ...SETTINGS.statement, ...change } };
}

/** In pieces of a few bytes, as a stream may cut it. */
async function read(text: string, settings = SETTINGS, size = 7): Promise<StatementLine[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const lines: StatementLine[] = [];
  await readStatement(Readable.from(pieces), settings, (line) => lines.push(line));
  return lines;
}

async function refusal(text: string, settings = SETTINGS): Promise<string[]> {
  const error = await read(text, settings).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StatementError);
  return (error as Error).message.split('\n  ').slice(1);
}

const HEAD = 'ref,fee,ccy,amount,time\n';

test('lines by the names of the columns, in any order, with a mark of their encoding', async () => {
  const [line] = await read(
    '\uFEFFtime,extra,amount,ccy,fee,ref\r\n2027-01-11T10:00:00Z,"a, b",0.35,EUR,settle_fee,r-1\r\n',
  );
  expect(line).toEqual({
    record: 'fee',
    line: 2,
    reference: 'r-1',
    word: 'settle_fee',
    currency: 'EUR',
    amount: 35n,
    at: Date.parse('2027-01-11T10:00:00Z'),
  });
});

test.each([
  ['0.35', 'EUR', 35n],
  ['0.3500', 'EUR', 35n],
  ['-0.35', 'EUR', -35n],
  ['12', 'EUR', 1200n],
  ['35', 'JPY', 35n],
  ['0.125', 'KWD', 125n],
  ['1.2345', 'CLF', 12345n],
  ['123456789012345678', 'EUR', 12345678901234567800n],
])('%s %s is %s minor units', async (amount, currency, units) => {
  const [line] = await read(`${HEAD}r,settle_fee,${currency},${amount},2027-01-11\n`);
  expect(line?.amount).toBe(units);
});

test('amounts in minor units, with a comma, or below zero for what is charged', async () => {
  const amounts = { decimalSeparator: ',', unit: 'major', feesAre: 'negative' } as const;
  const [comma] = await read(
    'ref;fee;ccy;amount;time\nr;settle_fee;EUR;-0,35;2027-01-11\n',
    withFormat({ delimiter: 'semicolon', amounts }),
  );
  const [minor] = await read(
    `${HEAD}r,settle_fee,EUR,35,2027-01-11\n`,
    withFormat({ amounts: { ...SETTINGS.statement.amounts, unit: 'minor' } }),
  );
  expect([comma?.amount, minor?.amount]).toEqual([35n, 35n]);
});

test.each([
  ['iso', '2027-01-11T10:00:00Z', '2027-01-11T10:00:00.000Z'],
  ['iso', '2027-01-11 10:00:00', '2027-01-11T09:00:00.000Z'],
  ['iso', '2027-07-11 10:00', '2027-07-11T08:00:00.000Z'],
  ['iso', '2027-01-11T10:00:00.250+0530', '2027-01-11T04:30:00.250Z'],
  ['iso', '2027-01-11', '2027-01-10T23:00:00.000Z'],
  ['day-first', '11.01.2027 10:00', '2027-01-11T09:00:00.000Z'],
  ['month-first', '1/11/2027', '2027-01-10T23:00:00.000Z'],
] as const)('%s: %s is %s', async (dates, time, at) => {
  const [line] = await read(`${HEAD}r,settle_fee,EUR,1,${time}\n`, withFormat({ dates }));
  expect(line?.record === 'fee' && new Date(line.at).toISOString()).toBe(at);
});

test('the statement’s own words, balances and other movements, and lines above the names', async () => {
  const records = { column: 'kind', fee: 'F', opening: 'O', closing: 'C' };
  const settings = withFormat({ records, headerLine: 3, subtypes: { 'Settlement fee': 'settle_fee' } });
  const text =
    'PayCA\nStatement\nkind,ref,fee,ccy,amount,time\nO,,,EUR,100,\nF,r,Settlement fee,EUR,1,2027-01-11\nwire,,,EUR,-5.5,\nC,,,EUR,93.50,\n';
  expect(await read(text, settings)).toMatchObject([
    { record: 'opening', amount: 10_000n, line: 4 },
    { record: 'fee', word: 'settle_fee' },
    { record: 'movement', amount: -550n },
    { record: 'closing', amount: 9350n },
  ]);
});

test('every problem at once, each with its line, what is allowed and what was found', async () => {
  const lines = [
    'r,settle_fee,EUR,0.355,2027-01-11',
    'r,settle_fee,EURO,0.35,2027-01-11',
    'r,Settlement fee,EUR,"1,000.00",2027-02-30',
    'r,settle_fee,EUR,0.35',
    'r,settle_fee,EUR,0.35,2027-01-11',
  ];
  expect(await refusal(`${HEAD}${lines.join('\n')}\n`)).toEqual([
    'line 2: "amount" must be a decimal with "." and at most 2 decimals, as reconciliation.decimals or ISO 4217 has it, got "0.355"',
    'line 3: "ccy" must be a code of ISO 4217, got "EURO"',
    'line 4: "amount" must be a decimal with "." and at most 2 decimals, as reconciliation.decimals or ISO 4217 has it, got "1,000.00"',
    'line 4: "fee" must be one of settle_fee, authorization_fee, settlement_fee, platform_fee, decline_fee, issue_fee, or stand in reconciliation.statement.subtypes, got "Settlement fee"',
    'line 4: "time" must be a date that exists, with a time or without, such as 2027-01-11 or 2027-01-11 09:30:00, got "2027-02-30"',
    'line 5: must have 5 fields, got 4',
  ]);
});

test('agreed decimals take the place of ISO 4217', async () => {
  const [line] = await read(`${HEAD}r,settle_fee,EUR,0.355,2027-01-11\n`, withFormat({}, { decimals: { EUR: 3 } }));
  expect(line?.amount).toBe(355n);
});

test.each([
  ['nothing', '', 'line 1: must have the names of the columns, got nothing'],
  ['another file', 'a;b\n1;2\n', 'line 1: must have a column "ref" for reference, got "a;b"'],
  ['a column twice', 'ref,fee,ccy,amount,time,ref\n', 'line 1: must have one column "ref", got two'],
])('a file with %s is refused', async (_what, text, problem) => {
  expect((await refusal(text))[0]).toBe(problem);
});

test('a quote that is not closed is refused, not taken for a long field', async () => {
  const rest = 'r,settle_fee,EUR,0.35,2027-01-11\n'.repeat(5000);
  expect((await refusal(`${HEAD}r,"settle_fee,EUR,0.35,2027-01-11\n${rest}`)).at(-1)).toMatch(
    /^line \d+: .*(Quote|size)/i,
  );
});

test('a second opening balance is refused', async () => {
  const records = { column: 'kind', fee: 'F', opening: 'O', closing: 'C' };
  const text = 'kind,ref,fee,ccy,amount,time\nO,,,EUR,100,\nO,,,EUR,100,\n';
  expect(await refusal(text, withFormat({ records }))).toEqual([
    'line 3: must not have a second opening balance in EUR, the first is in line 2',
  ]);
});

test('of very many problems the first are told, and their number', async () => {
  const problems = await refusal(`${HEAD}${'r,settle_fee,EUR,x,2027-01-11\n'.repeat(1000)}`);
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toBe('... and 950 more problems');
});

test('what goes wrong with the file itself is no problem of its lines', async () => {
  const broken = new Readable({
    read() {
      this.destroy(new Error('the disk is gone'));
    },
  });
  await expect(readStatement(broken, SETTINGS, () => undefined)).rejects.toThrow('the disk is gone');
});
