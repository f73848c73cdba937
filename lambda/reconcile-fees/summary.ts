import type { InboxEntry } from '../payca/inbox-reader';
import { decimalsOf } from '../payca/money';
import { BREAKS, type FeeLine, type Kind, type Outcome } from './lines';
import type { OurEntry } from './our-side';
import type { Period } from './period';
import type { StatementLine } from './statement';
import { type CurrencySummary, CurrencyTotals } from './totals';

/** What a reconciliation came to, fit for JSON: amounts are decimals, times ISO 8601 in UTC. */
export interface Summary {
  /** `no-data` when neither side has a fee in the period. */
  readonly verdict: 'pass' | 'fail' | 'no-data';
  readonly from: string;
  readonly to: string;
  readonly asOf: string;
  /** What keeps it from passing, a sentence each. */
  readonly reasons: readonly string[];
  /** How often each kind was found. */
  readonly found: Readonly<Partial<Record<Kind, number>>>;
  readonly breaks: number;
  readonly currencies: readonly CurrencySummary[];
  /** Matched fees: held against the tariff, and those that could not be, by the reason. */
  readonly tariff: { readonly judged: number; readonly notJudged: Readonly<Record<string, number>> };
  readonly leftOut: {
    /** Fees of the statement that are further from the period than the timing window. */
    readonly farFromPeriod: number;
    /** Webhooks that came under the id of another one, with other contents. */
    readonly conflicts: number;
  };
  /** Fees of ours whose amount cannot be used. */
  readonly unreadable: readonly { readonly key: string; readonly problem: string }[];
}

/** Counts while lines come in and outcomes come out. */
export class SummaryWriter {
  private readonly currencies = new Map<string, CurrencyTotals>();
  private readonly found = new Map<Kind, number>();
  private readonly notJudged = new Map<string, number>();
  private readonly unreadable: { key: string; problem: string }[] = [];
  private judged = 0;
  private farFromPeriod = 0;
  private conflicts = 0;
  private readonly lines = { here: 0, there: 0 };

  constructor(
    private readonly period: Period,
    private readonly asOf: number,
    private readonly decimals: Readonly<Record<string, number>>,
  ) {}

  /** A line of the statement, in the period or not. */
  booked(line: StatementLine): void {
    this.totals(line.currency).book(line);
  }

  /** A fee as it comes in. */
  taken(side: 'here' | 'there', fee: Pick<FeeLine, 'word' | 'currency' | 'amount' | 'zone'>): void {
    if (side === 'there' && fee.zone === 'far') this.farFromPeriod += 1;
    if (fee.zone !== 'in') return;
    this.lines[side] += 1;
    this.totals(fee.currency).take(side, fee);
  }

  /** A fee of ours in the period that takes no part. */
  unusable({ pk = '', conflict }: InboxEntry, entry: OurEntry): void {
    if (conflict) this.conflicts += 1;
    else if (entry.record === 'unreadable') this.unreadable.push({ key: pk, problem: entry.problem });
  }

  outcome(outcome: Outcome): void {
    increment(this.found, outcome.kind);
    const currency = (outcome.here ?? outcome.there)?.currency;
    if (currency !== undefined) this.totals(currency).settle(outcome);
  }

  /** A matched fee; with a reason, it could not be held against the tariff. */
  tariff(reason?: string): void {
    if (reason === undefined) this.judged += 1;
    else increment(this.notJudged, reason);
  }

  summary(): Summary {
    const currencies = [...this.currencies.values()]
      .sort((one, other) => (one.currency < other.currency ? -1 : 1))
      .map((totals) => totals.summary());
    const breaks = BREAKS.reduce((sum, kind) => sum + (this.found.get(kind) ?? 0), 0);
    const reasons = this.reasons(breaks, currencies);
    const isCompared = this.found.size > 0;
    return {
      verdict: reasons.length > 0 ? 'fail' : isCompared ? 'pass' : 'no-data',
      from: new Date(this.period.from).toISOString(),
      to: new Date(this.period.to).toISOString(),
      asOf: new Date(this.asOf).toISOString(),
      reasons: reasons.length > 0 || isCompared ? reasons : ['Neither side has a fee in the period.'],
      found: Object.fromEntries(this.found),
      breaks,
      currencies,
      tariff: { judged: this.judged, notJudged: Object.fromEntries(this.notJudged) },
      leftOut: { farFromPeriod: this.farFromPeriod, conflicts: this.conflicts },
      unreadable: this.unreadable,
    };
  }

  private reasons(breaks: number, currencies: readonly CurrencySummary[]): string[] {
    const { here, there } = this.lines;
    return [
      ...(breaks > 0 ? [`${counted(breaks, 'break')} to clear up with PayCA.`] : []),
      ...(breaks > 0 && there === 0 ? ['The statement has no fee in the period: is it the right file?'] : []),
      ...(breaks > 0 && here === 0 ? ['The inbox has no fee in the period: is it the right stage?'] : []),
      ...(this.unreadable.length > 0 ? [`${counted(this.unreadable.length, 'fee')} of ours cannot be read.`] : []),
      ...currencies.flatMap(({ currency, proof, closes }) => [
        ...(proof.verdict === 'fail'
          ? [`The statement's ${currency} balances do not add up: ${proof.difference} more than its lines explain.`]
          : []),
        ...(closes ? [] : [`The totals in ${currency} do not close: report this as a fault of the reconciliation.`]),
      ]),
    ];
  }

  private totals(currency: string): CurrencyTotals {
    const known = this.currencies.get(currency);
    if (known) return known;
    const totals = new CurrencyTotals(currency, decimalsOf(currency, this.decimals));
    this.currencies.set(currency, totals);
    return totals;
  }
}

function increment<K>(map: Map<K, number>, key: K): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
