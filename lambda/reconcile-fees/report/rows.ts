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
  const { reference, currency } = (there ?? here) as FeeLine;
  const words = [...new Set([there?.word, here?.word])].flatMap((word) => word ?? []);
  const text = (units: bigint) => decimalText(units, decimalsOf(currency));
  const time = (line: FeeLine | undefined) => line && new Date(line.at).toISOString();
  return {
    kind,
    reference,
    subtype: words.join(' / '),
    currency,
    ours: here && text(here.amount),
    theirs: there && text(there.amount),
    difference: text((there?.amount ?? 0n) - (here?.amount ?? 0n)),
    receivedAt: time(here),
    bookedAt: time(there),
    webhook: here?.place,
    line: there?.place,
    note,
  };
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
