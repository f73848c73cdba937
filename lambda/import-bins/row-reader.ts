import type { BinFees, CatalogueRow, MccRestriction, Tier } from '../payca/bin-catalogue';
import { type Fields, fields } from '../payca/json';
import { decimalsOf, isCurrency } from '../payca/money';
import type { FileRow } from './json-rows';
import { isMcc } from './mcc';
import type { Problems } from './problems';
import { keyOf } from './sorted-rows';
import { feeRule, isFee, readTiers } from './tiers';

/** What of a BIN can be read in two ways; nothing is guessed. */
export interface Doubt {
  readonly bin: string;
  readonly currency: string;
  readonly column: string;
  readonly note: string;
}

const FLAT = ['issueFee', 'monthlyFee'] as const;
const TIERED = ['authorization', 'decline', 'settlement'] as const;
/** `minCardBalance` stands in three places, by PayCA's generation (payca-contract.md, 15.3). */
const KNOWN = {
  '': ['bin', 'currencyCode', 'provider', 'isTokenizable', 'minCardBalance', 'settings', 'fees', 'mcc'],
  settings: ['minCardBalance'],
  fees: [...FLAT, ...TIERED, 'minCardBalance'],
  mcc: ['mode', 'codes'],
} as const;

/** So that a wrong currency does not make every amount of its line wrong too. */
const MOST_DECIMALS = 4;

export interface RowSettings {
  /** Decimals of currencies that differ from ISO 4217. */
  readonly decimals: Readonly<Record<string, number>>;
}

/** Checks the rows of a file one by one, and against each other. */
export class RowReader {
  /** Lines by BIN and currency. */
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly problems: Problems,
    private readonly doubt: (doubt: Doubt) => void,
    private readonly settings: RowSettings,
  ) {}

  /** `undefined` for a row with a problem. */
  read({ line, fields: row }: FileRow): CatalogueRow | undefined {
    const before = this.problems.count;
    const wrong = (column: string, must: string, found: unknown): undefined =>
      this.problems.add(line, column, must, found);
    mustKnow(row, wrong);
    const { bin, currencyCode, provider, isTokenizable } = row;
    const isBin = isText(bin) && /^(\d{6}|\d{8})$/.test(bin);
    if (!isBin) wrong('bin', `be 6 or 8 digits, as text${zeroDropped(bin, /^(\d{5}|\d{7})$/)}`, bin);
    const isKnown = isText(currencyCode) && isCurrency(currencyCode);
    if (!isKnown) wrong('currencyCode', 'be a code of ISO 4217, such as EUR', currencyCode);
    if (!isText(provider) || !/^[a-z][a-z0-9 _-]{1,39}$/i.test(provider))
      wrong('provider', 'be a name of 2 to 40 letters, digits and hyphens, such as visa', provider);
    if (isTokenizable !== undefined && typeof isTokenizable !== 'boolean')
      wrong('isTokenizable', 'be true or false', isTokenizable);
    const [key, currency] = [String(bin), String(currencyCode)];
    const decimals = isKnown ? decimalsOf(currency, this.settings.decimals) : MOST_DECIMALS;
    const minCardBalance = leastBalance(row, decimals, wrong);
    const fees = this.fees(row, decimals, wrong, { bin: key, currency });
    const mcc = row.mcc === undefined ? undefined : restriction(row.mcc, wrong);
    if (isKnown && isBin) this.mustBeFirst(bin, currency, line);
    if (this.problems.count > before) return undefined;
    return {
      ...{ bin: key, currency, provider: String(provider).toLowerCase(), fees, minCardBalance },
      ...{ isTokenizable: isTokenizable as boolean | undefined, mcc },
    };
  }

  /** Tells what the rows leave open together. */
  finish(): void {
    for (const key of this.seen.keys()) {
      const [bin = '', currency = ''] = key.split(' ');
      const wider = bin.slice(0, 6);
      if (bin.length === 8 && this.seen.has(keyOf({ bin: wider, currency })))
        this.doubt({ bin, currency, column: 'bin', note: `it is a part of ${wider}: whose terms hold?` });
    }
  }

  private fees(row: Fields, decimals: number, wrong: Wrong, of: Pick<Doubt, 'bin' | 'currency'>): BinFees {
    const given = fields(row.fees);
    const flat = FLAT.map((column): [string, string | undefined] => {
      const value = given[column];
      if (value === undefined) return [column, undefined];
      return [column, isFee(value, decimals) ? value : wrong(column, feeRule(decimals), value)];
    });
    const tiered = TIERED.map((column): [string, readonly Tier[] | undefined] => {
      if (given[column] === undefined) return [column, undefined];
      const problem = (place: string, must: string, found: unknown) => wrong(`${column}${place}`, must, found);
      const doubt = (note: string) => this.doubt({ ...of, column, note });
      return [column, readTiers(given[column], decimals, { problem, doubt })];
    });
    return Object.fromEntries([...flat, ...tiered]);
  }

  private mustBeFirst(bin: string, currency: string, line: number): void {
    const key = keyOf({ bin, currency });
    const first = this.seen.get(key);
    if (first === undefined) this.seen.set(key, line);
    else this.problems.add(line, 'bin', `be unique in ${currency}: the first is in line ${first}`, bin);
  }
}

type Wrong = (column: string, must: string, found: unknown) => undefined;

const isText = (value: unknown): value is string => typeof value === 'string';
/** A spreadsheet takes a code for a number. */
const zeroDropped = (code: unknown, tooShort: RegExp) =>
  tooShort.test(String(code)) ? ' (did a spreadsheet drop a zero in front?)' : '';

function mustKnow(row: Fields, wrong: Wrong): void {
  for (const [path, names] of Object.entries(KNOWN)) {
    const part = path === '' ? row : row[path];
    if (part === undefined) continue;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) wrong(path, 'be an object', part);
    else
      for (const name of Object.keys(part))
        if (!(names as readonly string[]).includes(name)) wrong(path, `have ${names.join(', ')} only`, name);
  }
}

/** PayCA repeats it; where it says two things, neither is taken. */
function leastBalance(row: Fields, decimals: number, wrong: Wrong): string | undefined {
  const given = [row, fields(row.settings), fields(row.fees)].flatMap(({ minCardBalance }) =>
    minCardBalance === undefined ? [] : [minCardBalance],
  );
  const [first] = given;
  if (first === undefined) return undefined;
  if (!isFee(first, decimals)) return wrong('minCardBalance', feeRule(decimals), first);
  const other = given.find((value) => value !== first);
  return other === undefined ? first : wrong('minCardBalance', `be the same wherever it stands, ${first}`, other);
}

function restriction(value: unknown, wrong: Wrong): MccRestriction | undefined {
  const { mode, codes } = fields(value);
  if (mode !== 'allow' && mode !== 'block')
    return wrong('mcc', 'begin with allow or block, then codes (in JSON: mode and codes)', mode ?? value);
  if (!Array.isArray(codes) || codes.length === 0) return wrong('mcc', 'have at least one code', codes);
  codes.forEach((code, index) => {
    if (!isText(code) || !/^\d{4}$/.test(code))
      wrong('mcc', `be codes of 4 digits, as text${zeroDropped(code, /^\d{1,3}$/)}`, code);
    else if (!isMcc(code)) wrong('mcc', 'be codes of ISO 18245', code);
    else if (codes.indexOf(code) < index) wrong('mcc', 'name each code once', code);
  });
  return { mode, codes };
}
