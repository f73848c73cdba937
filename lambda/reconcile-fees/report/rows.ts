import { csvLine } from '../../payca/csv';
import { decimalText } from '../../payca/money';
import type { FeeLine, Kind, Outcome } from '../lines';

/** What is told of an outcome in files and tables; amounts are decimals, times ISO 8601 in UTC. */
export interface Told {
  readonly kind: Kind;
  readonly reference: string;
  readonly subtype: string;
  readonly currency: string;
  /** Of the webhook; absent where we have none. */
  readonly ours?: string;
  /** Of the statement; absent where it has none. */
  readonly theirs?: string;
  /** What the statement has more. */
  readonly difference: string;
  readonly receivedAt?: string;
  readonly bookedAt?: string;
  readonly webhook?: string;
  readonly line?: string;
  readonly note?: string;
}

export function told({ kind, here, there, note }: Outcome, decimalsOf: (currency: string) => number): Told {
  const { reference, currency, word } = (there ?? here) as FeeLine;
  const text = (units: bigint) => decimalText(units, decimalsOf(currency));
  return {
    kind,
    reference,
    subtype: here && here.word !== word ? `${word} / ${here.word}` : word,
    currency,
    ours: here && text(here.amount),
    theirs: there && text(there.amount),
    difference: text((there?.amount ?? 0n) - (here?.amount ?? 0n)),
    receivedAt: here && time(here.at),
    bookedAt: there && time(there.at),
    webhook: here?.place,
    line: there?.place,
    note,
  };
}

const MINUTE_MS = 60_000;
/** Text of each minute up to its seconds: a million fees are in a few thousand minutes. */
const minutes = new Map<number, string>();

/** ISO 8601 in UTC, several times as fast as `toISOString`. */
function time(at: number): string {
  const minute = Math.floor(at / MINUTE_MS);
  const start = minutes.get(minute) ?? new Date(minute * MINUTE_MS).toISOString().slice(0, -'ss.sssZ'.length);
  minutes.set(minute, start);
  const rest = String(at - minute * MINUTE_MS).padStart(5, '0');
  return `${start}${rest.slice(0, 2)}.${rest.slice(2)}Z`;
}

const COLUMNS = {
  kind: 'kind',
  reference: 'reference',
  subtype: 'subtype',
  currency: 'currency',
  theirs: 'amount on statement',
  ours: 'amount in webhook',
  difference: 'difference',
  bookedAt: 'time on statement',
  receivedAt: 'webhook received',
  line: 'place in statement',
  webhook: 'webhook',
  note: 'note',
} as const satisfies Record<keyof Told, string>;
const KEYS = Object.keys(COLUMNS) as (keyof Told)[];

/** What PayCA is asked about each kind of break. */
const QUESTIONS: Readonly<Partial<Record<Kind, string>>> = {
  'amount-differs': 'Which amount is right?',
  'missing-here': 'Which webhook tells of this fee? Please send it again, or take the fee back.',
  'missing-there': 'Your webhook tells of this fee: on which statement is it, or was it taken back?',
  duplicate: 'Is this the same fee twice?',
  'matched-off-tariff': 'Which tier of the tariff was applied?',
};

/** The file of every fee, for finance. */
export const FEES_HEADER = csvLine(Object.values(COLUMNS));

export function feeRow(row: Told): string {
  return csvLine(KEYS.map((key) => row[key]));
}

/** The file of what has to be cleared up, for PayCA. */
export const BREAKS_HEADER = csvLine([...Object.values(COLUMNS), 'question']);

export function breakRow(row: Told): string {
  return csvLine([...KEYS.map((key) => row[key]), QUESTIONS[row.kind]]);
}
