/** One row of a file that is wrong in one way, and what must be told of it. */
export interface BadRow {
  readonly id: string;
  readonly line: string;
  /** After the line's number. */
  readonly told: string;
}

export const HEADER = 'bin,currencyCode,provider,isTokenizable,minCardBalance,issueFee,authorization,decline,mcc';

/** Right in every way, in currencies of 0, 2 and 3 decimals. */
export const GOOD_ROWS = [
  '411111,EUR,visa,true,1.00,2.50,0-100:0.35|100.01-:0.50,0-:0.10,block 7995 6051',
  '411111,USD,visa,true,1.00,2.50,0-100:0.35|100.01-:0.50,0-:0.10,block 7995 6051',
  '52222233,EUR,mastercard,false,,3.00,0-:0.40,,allow 5411 5812',
  '353011,JPY,jcb,false,100,300,0-:35,,',
  '400000,KWD,visa,false,,1.125,0-:0.105,,',
];

/** A card number where a provider should be: it must not be told. */
const CARD_NUMBER = '4111111111111111';

export const BAD_ROWS: readonly BadRow[] = [
  { id: 'BIN of 7 digits', line: '4111111,EUR,visa,,,,,,', told: 'bin: must be 6 or 8 digits' },
  { id: 'BIN twice', line: '411111,EUR,visa,,,,,,', told: 'bin: must be unique in EUR: the first is in line 2' },
  { id: 'currency', line: '400001,EURO,visa,,,,,,', told: 'currencyCode: must be a code of ISO 4217' },
  { id: 'provider', line: `400002,EUR,${CARD_NUMBER},,,,,,`, told: 'provider: must be a name' },
  { id: 'wallets', line: '400003,EUR,visa,yes,,,,,', told: 'isTokenizable: must be true or false' },
  { id: 'least balance', line: '400004,EUR,visa,,1.005,,,,', told: 'minCardBalance: must be a decimal' },
  { id: 'fee in half cents', line: '400005,EUR,visa,,,0.355,,,', told: 'issueFee: must be a decimal' },
  { id: 'fee in sen', line: '400006,JPY,visa,,,35.5,,,', told: 'issueFee: must be a whole amount' },
  {
    id: 'gap',
    line: '400007,EUR,visa,,,,0-100:0.35|101-:0.50,,',
    told: 'authorization tier 2 range: must leave no gap',
  },
  {
    id: 'overlap',
    line: '400008,EUR,visa,,,,0-100:0.35|50-:0.50,,',
    told: 'authorization tier 2 range: must not overlap',
  },
  {
    id: 'disorder',
    line: '400009,EUR,visa,,,,,0-9:1|9.01-20:2|5-6:3,',
    told: 'decline tier 3 range: must come before',
  },
  { id: 'range', line: '400010,EUR,visa,,,,>100:0.35,,', told: 'authorization tier 1 range: must be low-high' },
  { id: 'percentage', line: '400011,EUR,visa,,,,0-:1%,,', told: 'authorization tier 1 value: must be a decimal' },
  { id: 'tiers', line: '400012,EUR,visa,,,,0.35,,', told: 'authorization: must be tiers' },
  { id: 'MCC of 3 digits', line: '400013,EUR,visa,,,,,,block 541', told: 'mcc: must be codes of 4 digits' },
  { id: 'MCC unknown', line: '400014,EUR,visa,,,,,,block 0001', told: 'mcc: must be codes of ISO 18245' },
  { id: 'MCC without a mode', line: '400015,EUR,visa,,,,,,5411', told: 'mcc: must begin with allow or block' },
  { id: 'fields', line: '400016,EUR,visa', told: 'must have 9 fields' },
];

export const csv = (rows: readonly string[]) => `${[HEADER, ...rows].join('\n')}\n`;

/** Files that were cut off, or are no catalogue at all. */
export const BROKEN_FILES: Readonly<Record<string, string>> = {
  'cut-in-a-field.csv': csv(GOOD_ROWS).slice(0, -9),
  'cut-in-a-quote.csv': csv([...GOOD_ROWS, '"400099,EUR']),
  'cut-before-the-end.csv': csv(GOOD_ROWS).trimEnd(),
  'cut-in-a-row.csv': `${csv(GOOD_ROWS)}400099,EUR,visa`,
  'cut.json': '[{"bin":"400099","currencyCode":"EUR","provider":"visa"}',
  'cut-in-an-object.json': '[{"bin":"400099","currencyCode":"EUR"',
  'empty.csv': '',
  'no-rows.csv': `${HEADER}\n`,
  'another.csv': 'record,referenceId,amount\nfee,1,0.35\n',
};
