import fc from 'fast-check';
import { readFile } from './file';

const HEADER =
  'bin,currencyCode,provider,isTokenizable,minCardBalance,issueFee,monthlyFee,authorization,decline,settlement,mcc';
const LINE = '411111,EUR,visa,true,1.00,2.50,0.99,0-100:0.35|100.01-:0.50,0-:0.10,,block 7995 6051';
const GOOD = `${HEADER}\n${LINE}\n`;
const ITEM = {
  bin: '411111',
  currencyCode: 'EUR',
  provider: 'visa',
  isTokenizable: true,
  settings: { minCardBalance: '1.00' },
  fees: {
    issueFee: '2.50',
    monthlyFee: '0.99',
    minCardBalance: '1.00',
    authorization: [
      { range: '0-100', value: '0.35' },
      { range: '100.01-', value: '0.50' },
    ],
    decline: [{ range: '0-', value: '0.10' }],
  },
  mcc: { mode: 'block', codes: ['7995', '6051'] },
};
const ROW = {
  bin: '411111',
  currency: 'EUR',
  provider: 'visa',
  isTokenizable: true,
  minCardBalance: '1.00',
  fees: {
    issueFee: '2.50',
    monthlyFee: '0.99',
    authorization: [
      { range: '0-100', value: '0.35' },
      { range: '100.01-', value: '0.50' },
    ],
    decline: [{ range: '0-', value: '0.10' }],
  },
  mcc: { mode: 'block', codes: ['7995', '6051'] },
};

describe('every form gives the same row', () => {
  test.each([
    ['CSV', GOOD],
    ['CSV with a byte order mark and carriage returns', `\uFEFF${GOOD.replaceAll('\n', '\r\n')}`],
    ['CSV with semicolons', GOOD.replaceAll(',', ';')],
    ['CSV with quotes', GOOD.replaceAll(/[^,\n]+/g, (cell) => `"${cell}"`)],
    ['a JSON list', JSON.stringify([ITEM])],
    ['a JSON list over many lines', JSON.stringify([ITEM], undefined, 2)],
    ['JSON lines', `${JSON.stringify(ITEM)}\n`],
    ['JSON lines without the last break', JSON.stringify(ITEM)],
  ])('%s', async (_name, content) => {
    expect(await readFile(content)).toMatchObject({ problems: [], doubts: [] });
    expect((await readFile(content)).rows).toEqual([ROW]);
  });

  test('the older shape has the least balance at the top, and no provider is made up', async () => {
    const { settings, fees, ...older } = ITEM;
    const { rows } = await readFile(JSON.stringify([{ ...older, minCardBalance: '1.00', fees: { issueFee: '2.50' } }]));
    expect(rows).toEqual([{ ...ROW, fees: { issueFee: '2.50' } }]);
    const { provider, ...nameless } = ITEM;
    expect((await readFile(JSON.stringify([nameless]))).problems).toEqual([
      'line 1, provider: must be a name of 2 to 40 letters, digits and hyphens, such as visa, got nothing',
    ]);
  });
});

describe('a file that was cut off is refused, wherever it was cut', () => {
  const two = `${JSON.stringify(ITEM)}\n${JSON.stringify({ ...ITEM, bin: '522222' })}\n`;
  test.each([
    ['CSV', `${GOOD}522222,EUR,mastercard,false,,,,0-100:0.35,,,allow 5411 5812\n`],
    ['quoted CSV', GOOD.replaceAll(/[^,\n]+/g, (cell) => `"${cell}"`)],
    ['a JSON list', JSON.stringify([ITEM, { ...ITEM, bin: '522222' }])],
    ['JSON lines', two],
  ])('%s', async (_name, content) => {
    const whole = await readFile(content);
    expect(whole.problems).toEqual([]);
    for (let end = 0; end < content.length - 1; end += 1) {
      const { count, rows } = await readFile(content.slice(0, end), 64);
      const isWholeRow = rows.length > 0 && /\n$|\}$/.test(content.slice(0, end));
      // Between two lines there is nothing to see; finance sees how many BINs there are.
      if (!isWholeRow || content.startsWith('[')) expect([end, count]).not.toEqual([end, 0]);
    }
  });

  test.each([
    ['an open quote', `${HEADER}\n411111,EUR,"visa,true\n522222,EUR,visa\n`, /line \d+: must close the quote/],
    [
      'a list that is not closed',
      `[${JSON.stringify(ITEM)}`,
      /line 1: must close the list, got "the end of the file: was it cut off/,
    ],
    ['an object that is not closed', '[{"bin":"411111"', /line 1: must close the object that begins here/],
    ['a last line with too few fields', `${GOOD}522222,EUR\n`, /line 3: must have 11 fields, got "2 fields"/],
    ['a last line without its break', GOOD.trimEnd(), /line 2: must end with a line break/],
    ['nothing', '', /must have at least one BIN/],
    ['names of columns only', `${HEADER}\n`, /must have at least one BIN/],
    ['an empty list', '[]', /must have at least one BIN/],
  ])('%s', async (_name, content, told) => {
    expect((await readFile(content)).problems.join('\n')).toMatch(told);
  });
});

describe('what is no catalogue', () => {
  test.each([
    [
      'a column that is not known',
      GOOD.replace('monthlyFee', 'montlyFee'),
      /line 1: must name columns of bin, .*, got "montlyFee"/,
    ],
    ['a column twice', GOOD.replace('decline', 'settlement'), /line 1, settlement: must be named once/],
    [
      'a column that is missing',
      GOOD.replace('provider,', '').replace('visa,', ''),
      /line 1, provider: must be among the columns/,
    ],
    ['no names of columns', `${LINE}\n`, /line 1: must name columns of/],
    ['UTF-16', Buffer.from(`\uFEFF${GOOD}`, 'utf16le'), /must be text in UTF-8/],
    ['a part of a character', Buffer.concat([Buffer.from(GOOD), Buffer.from([0xc3])]), /must be text in UTF-8/],
    [
      'an unknown field',
      JSON.stringify([{ ...ITEM, fees: { issuefee: '1.00' } }]),
      /line 1, fees: must have .* only, got "issuefee"/,
    ],
    [
      'a field twice',
      '[{"bin":"411111","bin":"522222","currencyCode":"EUR","provider":"visa"}]',
      /must name each field of an object once/,
    ],
    ['something after the list', `${JSON.stringify([ITEM])}x`, /must have nothing after the list/],
    ['no comma', `[${JSON.stringify(ITEM)}${JSON.stringify(ITEM)}]`, /must have a comma or the end of the list/],
    ['a number instead of an object', '[1]', /line 1: must have an object, or the end of the list, got "1"/],
    ['bad JSON', '[{"bin":411111,}]', /line 1: must begin a JSON object/],
    [
      'JSON nested without end',
      `[{"x":${'['.repeat(40_000)}${']'.repeat(40_000)}}]`,
      /line 1: must have objects of at most 20/,
    ],
    ['a stray quote', GOOD.replace('visa', 'vi"sa'), /must have quotes around whole fields only/],
  ])('%s', async (_name, content, told) => {
    const { rows, problems } = await readFile(content);
    expect(problems.join('\n')).toMatch(told);
    expect(rows.length).toBeLessThanOrEqual(1);
  });

  test('a quote or a line that is never closed takes neither memory nor time', async () => {
    const { problems } = await readFile(`[{"bin":"${'1'.repeat(300_000)}`, 65_536);
    expect(problems.join()).toMatch(/must have objects of at most 100000 characters/);
    expect((await readFile(`${HEADER}\n"${'1'.repeat(300_000)}`, 65_536)).count).toBe(1);
    expect((await readFile('1'.repeat(300_000), 65_536)).count).toBe(1);
  });
});

test('however a file is cut into pieces, it is read the same', async () => {
  const content = JSON.stringify([ITEM, { ...ITEM, bin: '52222233', provider: 'a "\\}]{ b' }], undefined, 1);
  const whole = await readFile(content, content.length);
  expect(whole.list).toHaveLength(1);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), async (bytes) => {
      expect(await readFile(content, bytes)).toEqual(whole);
    }),
  );
});

test('no text makes it throw, and none that is no catalogue passes', async () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]",:\\\n 0a') }), fc.json());
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const { rows, count } = await readFile(content);
      expect(rows).toEqual([]);
      expect(count).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
