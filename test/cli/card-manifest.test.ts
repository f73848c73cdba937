import fc from 'fast-check';
import { readManifest } from '../../cli/card-manifest';
import { readEntry, storeManifest } from '../../lambda/load-cards/manifest';
import type { CatalogueRow } from '../../lambda/payca/bin-catalogue';

const CATALOGUE: readonly CatalogueRow[] = [
  { bin: '411111', currency: 'EUR', provider: 'visa', fees: {}, minCardBalance: '1.00' },
  { bin: '41111122', currency: 'JPY', provider: 'visa', fees: {} },
];
const RULES = { catalogue: CATALOGUE, cardKinds: ['virtual'] };
const HEADER = 'user_id,user_status,meta.firstName,meta.birthday,card_ref,bin,currency,balance,account_id,kind';
const read = (rows: readonly string[], rules = RULES, header = HEADER) =>
  readManifest(Buffer.from([header, ...rows].join('\n')), rules);
const problems = (...rows: string[]) =>
  read(rows).problems.map(({ line, column = '', text }) => `${line} ${column}: ${text}`);

const ADA = 'ada,active,Ada,1990-02-28,c1,411111,EUR,,,virtual';

test('users with their cards, and cards of nobody', () => {
  const rows = [ADA, 'ada,,,,c2,41111122,JPY,100,,', 'bob,,Bob,1990-02-28,,,,,,', ',,,,c3,411111,EUR,1,tenant-eur,'];
  expect(read(rows)).toEqual({
    entries: [
      {
        row: 2,
        user: { ownId: 'ada', status: 'active', meta: { firstName: 'Ada', birthday: '1990-02-28' } },
        cards: [
          { row: 2, ref: 'c1', bin: '411111', currency: 'EUR', kind: 'virtual' },
          { row: 3, ref: 'c2', bin: '41111122', currency: 'JPY', balance: '100' },
        ],
      },
      { row: 4, user: { ownId: 'bob', meta: { firstName: 'Bob', birthday: '1990-02-28' } }, cards: [] },
      {
        row: 5,
        cards: [{ row: 5, ref: 'c3', bin: '411111', currency: 'EUR', balance: '1.00', account: 'tenant-eur' }],
      },
    ],
    problems: [],
  });
});

test.each([
  ['a day that is none', 'u,active,A,1990-02-30,,,,,,', 'meta.birthday: must be a date that exists, as YYYY-MM-DD'],
  ['an id with a space', 'u u,active,A,1990-02-28,,,,,,', 'user_id: must have 1 to 128 letters'],
  ['an e-mail address for an id', 'a@b.example,active,A,1990-02-28,,,,,,', 'user_id: must have 1 to 128 letters'],
  ['a status that is none', 'u,asleep,A,1990-02-28,,,,,,', 'user_status: must be pending, active or empty'],
  ['a card for one who is not active', 'u,,A,1990-02-28,c,411111,EUR,,,', 'user_status: must be active'],
  ['data that is missing', 'u,active,,1990-02-28,,,,,,', 'meta.firstName: must be given'],
  ['neither user nor card', ',,,,,411111,EUR,,,', ': must have a user_id, a card_ref or both'],
  ['a card number', 'u,active,A,1990-02-28,4111111111111111,411111,EUR,,,', 'card_ref: must not be a card number'],
  ['a card number of a user', '4111111111111111,active,A,1990-02-28,,,,,,', 'user_id: must not be a card number'],
  [
    'a card number of an account',
    'u,active,A,1990-02-28,c,411111,EUR,1.00,4111-1111-1111-1111,',
    'account_id: must not be a card number',
  ],
  ['a BIN of five digits', 'u,active,A,1990-02-28,c,41111,EUR,,,', 'bin: must have 6 or 8 digits'],
  ['a BIN that is not offered', 'u,active,A,1990-02-28,c,499999,EUR,,,', 'bin: must be in the BIN catalogue in force'],
  ['a BIN in another currency', 'u,active,A,1990-02-28,c,411111,JPY,,,', 'bin: must be in the BIN catalogue in force'],
  ['no currency', 'u,active,A,1990-02-28,c,411111,EURO,,,', 'currency: must be a currency of ISO 4217'],
  [
    'too many decimals',
    'u,active,A,1990-02-28,c,411111,EUR,1.005,,',
    'balance: must be a decimal amount with at most 2',
  ],
  [
    'decimals of the yen',
    'u,active,A,1990-02-28,c,41111122,JPY,1.5,,',
    'balance: must be a decimal amount with at most 0',
  ],
  ['less than the least balance', ',,,,c,411111,EUR,0.99,tenant-eur,', 'balance: must be at least the minimum balance'],
  ['an account and no balance', ',,,,c,411111,EUR,,tenant-eur,', 'balance: must be given where account_id is'],
  ['nobody who pays', ',,,,c,411111,EUR,5.00,,', 'account_id: must be given for a card without a user'],
  [
    'a kind that is none',
    'u,active,A,1990-02-28,c,411111,EUR,,,steel',
    'kind: must be empty or one of migration.cardKinds: virtual',
  ],
  ['a BIN without a card', 'u,active,A,1990-02-28,,411111,,,,', 'bin: must be empty without a card_ref'],
  ['too few fields', 'u,active,A', ': must have 10 fields, has 3'],
])('%s is said with its line and column', (_, row, expected) => {
  const found = problems(ADA, row);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`3 ${expected}`);
});

test("a card number for one of PayCA's ids", () => {
  const header = 'user_id,payca_user_id,card_ref,bin,currency,payca_card_id';
  const { problems: found } = read(['u,p-1,c,411111,EUR,4111111111111111'], RULES, header);
  expect(found).toEqual([{ line: 2, column: 'payca_card_id', text: 'must not be a card number' }]);
});

test.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('%s, also within quotes: a row is where it begins, and lines without anything are none', (_, end) => {
  const rows = [
    HEADER,
    `ada,active,"A${end}d${end}a",1990-02-28,c1,411111,EUR,,,`,
    '',
    'bob,,Bob,1990-02-28,,,,,,',
    '',
    '',
  ];
  const { entries, problems: found } = readManifest(Buffer.from(`\ufeff${rows.join(end)}`), RULES);
  expect([entries.map(({ row, cards }) => [row, ...cards.map((card) => card.row)]), found]).toEqual([
    [[2, 2], [6]],
    [],
  ]);
});

test('a file that is too large is told as that', () => {
  expect(readManifest(Buffer.alloc(200e6 + 1), RULES).problems).toMatchObject([
    { line: 1, text: 'must have at most 200 MB: divide it into several files' },
  ]);
});

test('what stands twice, and what stands apart', () => {
  expect(problems(ADA, 'bob,active,B,1990-02-28,c1,411111,EUR,,,', 'ada,active,A,1990-02-28,,,,,,')).toEqual([
    '3 card_ref: must be given once, and stands on line 2',
    '4 user_id: stands on line 2 already: the lines of a user must follow one another',
  ]);
  expect(problems(ADA, 'ada,active,A,,c9,411111,EUR,,,', 'ada,,,,,,,,,')).toEqual([
    '3 user_status: must be empty on a further line of a user',
    '3 meta.firstName: must be empty on a further line of a user',
    '4 card_ref: must be given on a further line of a user',
  ]);
});

test('a file that is no manifest at all', () => {
  const said = (content: string | Buffer, rules = RULES as Parameters<typeof readManifest>[1]) =>
    readManifest(Buffer.from(content), rules).problems.map(({ column = '', text }) => `${column}: ${text}`);
  expect(said('')).toEqual([': must have the names of the columns']);
  expect(said(HEADER)).toEqual([': no users or cards follow']);
  expect(said(`${HEADER}\n${ADA}`, { ...RULES, catalogue: undefined })).toEqual([
    ': there is no BIN catalogue in force: golive bins import',
  ]);
  expect(said('Ada Lovelace,user_id,user_id\n1,2,3')[0]).toMatch(/^column 1: must be named one of user_id,/);
  expect(said('Ada Lovelace,user_id,user_id\n1,2,3')[1]).toBe('column 3: is named like column 2');
  expect(said(`${HEADER}\nada,active,"Ada`)).toEqual([': is no CSV: CSV_QUOTE_NOT_CLOSED']);
  expect(said(Buffer.from([0xff, 0xfe, 0x41]))).toEqual([': must be text in UTF-8']);
});

test('no problem repeats what stands in the file', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.stringMatching(/^Zq[a-z]{6,9}[@ .]?[A-Z0-9]{0,6}$/), { minLength: 1, maxLength: 11 }), {
        minLength: 1,
      }),
      (rows) => {
        const text = rows.map((cells) => cells.join(',')).join('\n');
        for (const content of [`${HEADER}\n${text}`, text]) {
          const said = JSON.stringify(readManifest(Buffer.from(content), RULES).problems);
          for (const cell of rows.flat()) expect(said).not.toContain(cell);
        }
      },
    ),
  );
});

test('each entry is found again at its place in the stored manifest, and nothing of it is in its reference', () => {
  const { entries } = read([ADA, 'zoe,active,Zoë 日本,1990-02-28,c2,411111,EUR,,,', 'bob,active,Боб,1990-02-28,,,,,,']);
  const { content, references } = storeManifest('0123456789abcdef', entries);
  const found = references.map((one) => readEntry(content.subarray(one.offset, one.offset + one.length), one));
  expect(found).toEqual(entries);
  expect(references.map((one) => Object.keys(one).join())).toEqual(entries.map(() => 'load,row,offset,length,sha256'));
  const [first] = references;
  if (first) expect(readEntry(Buffer.from('{}'), first)).toBeUndefined();
});
