import fc from 'fast-check';
import { shown } from '../../../lambda/import-bins/problems';
import { readFile } from './file';

const ITEM = { bin: '411111', currencyCode: 'EUR', provider: 'visa' };
const problemsOf = async (...items: readonly object[]) =>
  (await readFile(items.map((item) => JSON.stringify(item)).join('\n'))).problems;

test.each([
  ['a BIN of 9 digits', { bin: '411111122' }, 'line 1, bin: must be 6 or 8 digits, as text, got "[9 digits]"'],
  [
    'a BIN without its zero',
    { bin: '4111111' },
    'line 1, bin: must be 6 or 8 digits, as text (did a spreadsheet drop a zero in front?), got "4111111"',
  ],
  [
    'a code without its zero, as a number',
    { mcc: { mode: 'block', codes: [742] } },
    'line 1, mcc: must be codes of 4 digits, as text (did a spreadsheet drop a zero in front?), got 742',
  ],
  [
    'what may be a thousand',
    { fees: { issueFee: '1.000' } },
    'line 1, issueFee: must be a decimal with a point and at most 2 decimals, such as 0.35, as text, got "1.000"',
  ],
  [
    'what may be a thousand yen',
    { currencyCode: 'JPY', minCardBalance: '10.000' },
    'line 1, minCardBalance: must be a whole amount, such as 35, as text, got "10.000"',
  ],
  [
    'a text of two lines, with an escape',
    { provider: 'vi\n\u001b[2Jsa' },
    'line 1, provider: must be a name of 2 to 40 letters, digits and hyphens, such as visa, got "vi [2Jsa"',
  ],
  ['a BIN as a number', { bin: 411111 }, 'line 1, bin: must be 6 or 8 digits, as text, got 411111'],
  [
    'a BIN as a spreadsheet writes it',
    { bin: '4.11E+05' },
    'line 1, bin: must be 6 or 8 digits, as text, got "4.11E+05"',
  ],
  [
    'no currency',
    { currencyCode: 'EURO' },
    'line 1, currencyCode: must be a code of ISO 4217, such as EUR, got "EURO"',
  ],
  [
    'a currency in small letters',
    { currencyCode: 'eur' },
    'line 1, currencyCode: must be a code of ISO 4217, such as EUR, got "eur"',
  ],
  [
    'half a cent',
    { fees: { issueFee: '0.355' } },
    'line 1, issueFee: must be a decimal with a point and at most 2 decimals, such as 0.35, as text, got "0.355"',
  ],
  [
    'a comma',
    { fees: { issueFee: '0,35' } },
    'line 1, issueFee: must be a decimal with a point and at most 2 decimals, such as 0.35, as text, got "0,35"',
  ],
  [
    'a number',
    { fees: { monthlyFee: 0.35 } },
    'line 1, monthlyFee: must be a decimal with a point and at most 2 decimals, such as 0.35, as text, got 0.35',
  ],
  [
    'a negative fee',
    { fees: { issueFee: '-1.00' } },
    'line 1, issueFee: must be a decimal with a point and at most 2 decimals, such as 0.35, as text, got "-1.00"',
  ],
  [
    'nothing for a fee',
    { fees: { issueFee: null } },
    'line 1, issueFee: must be a decimal with a point and at most 2 decimals, such as 0.35, as text, got null',
  ],
  [
    'sen',
    { currencyCode: 'JPY', fees: { issueFee: '35.5' } },
    'line 1, issueFee: must be a whole amount, such as 35, as text, got "35.5"',
  ],
  [
    'a percentage',
    { fees: { decline: [{ range: '0-', value: '1.5%' }] } },
    'line 1, decline tier 1 value: must be a decimal with a point and at most 2 decimals, such as 0.35, as text, got "1.5%"',
  ],
  ['yes', { isTokenizable: 'yes' }, 'line 1, isTokenizable: must be true or false, got "yes"'],
  [
    'another least balance',
    { minCardBalance: '1.00', settings: { minCardBalance: '2.00' } },
    'line 1, minCardBalance: must be the same wherever it stands, 1.00, got "2.00"',
  ],
  ['fees that are no object', { fees: '0.35' }, 'line 1, fees: must be an object, got "0.35"'],
  [
    'a code of 3 digits',
    { mcc: { mode: 'allow', codes: ['541'] } },
    'line 1, mcc: must be codes of 4 digits, as text (did a spreadsheet drop a zero in front?), got "541"',
  ],
  [
    'a code that is not assigned',
    { mcc: { mode: 'allow', codes: ['0001'] } },
    'line 1, mcc: must be codes of ISO 18245, got "0001"',
  ],
  [
    'a code twice',
    { mcc: { mode: 'block', codes: ['5411', '5411'] } },
    'line 1, mcc: must name each code once, got "5411"',
  ],
  ['no codes', { mcc: { mode: 'block', codes: [] } }, 'line 1, mcc: must have at least one code, got []'],
  [
    'neither allow nor block',
    { mcc: { mode: 'only', codes: ['5411'] } },
    'line 1, mcc: must begin with allow or block, then codes (in JSON: mode and codes), got "only"',
  ],
])('%s', async (_name, change, told) => {
  expect(await problemsOf({ ...ITEM, ...change })).toEqual([told]);
});

test('all problems of all lines are told at once', async () => {
  const problems = await problemsOf({ ...ITEM, bin: '1', provider: '' }, ITEM, { ...ITEM, currencyCode: 'XYZ' });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'line 1, bin',
    'line 1, provider',
    'line 3, currencyCode',
  ]);
});

test('a hundred problems are listed, all are counted', async () => {
  const { problems, count } = await readFile(`${JSON.stringify({ ...ITEM, bin: '1' })}\n`.repeat(150), 4096);
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)).toBe('... and 50 more problems');
  expect(count).toBe(150);
});

test('a BIN is unique in its currency', async () => {
  expect(await problemsOf(ITEM, { ...ITEM, currencyCode: 'USD' }, { ...ITEM, provider: 'mastercard' })).toEqual([
    'line 3, bin: must be unique in EUR: the first is in line 1, got "411111"',
  ]);
});

test('a BIN of 8 digits within one of 6 is told as a doubt, in the same currency only', async () => {
  const items = [ITEM, { ...ITEM, bin: '41111122' }, { ...ITEM, bin: '41111133', currencyCode: 'USD' }];
  const { rows, doubts } = await readFile(JSON.stringify(items));
  expect(rows).toHaveLength(3);
  expect(doubts).toEqual([
    { bin: '41111122', currency: 'EUR', column: 'bin', note: 'it is a part of 411111: whose terms hold?' },
  ]);
});

test.each(['0-3', '7995', '4829', '6051', '3000', '3999'])('%s', async (code) => {
  const known = await problemsOf({ ...ITEM, mcc: { mode: 'block', codes: [code] } });
  expect(known).toHaveLength(/^\d{4}$/.test(code) ? 0 : 1);
});

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: 19 });

test('no card number is ever shown, in whatever column and form', async () => {
  const separator = fc.constantFrom('', ' ', '-', '.', '  ', '/');
  await fc.assert(
    fc.asyncProperty(
      digits(13),
      separator,
      fc.constantFrom('bin', 'provider', 'currencyCode', 'mcc', 'fees', 'x'),
      async (number, between, column) => {
        const written = number.match(/.{1,4}/g)?.join(between) ?? '';
        const { problems } = await readFile(JSON.stringify({ ...ITEM, [column]: written }));
        expect(problems.length).toBeGreaterThan(0);
        expect(problems.join(' ').replace(/\D/g, '')).not.toContain(number.slice(4));
      },
    ),
  );
});

test('a card number among the tiers, as a name of a field and in a wrong file is not shown', async () => {
  const number = '4111111111111111';
  const files = [
    JSON.stringify({ ...ITEM, fees: { decline: [{ range: '41111111-11111111', value: number }] } }),
    JSON.stringify({ ...ITEM, [number]: '1' }),
    `bin,currencyCode,provider\n411111,EUR,${number}\n`,
    `card\n${number}\n`,
    `${number}\n`,
  ];
  for (const file of files) {
    const { problems } = await readFile(file);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toMatch(/4111\D?1111\D?1111/);
  }
  expect(shown('1000.01-5000.00')).toBe('"1000.01-5000.00"');
});
