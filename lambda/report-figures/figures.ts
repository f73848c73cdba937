import Big from 'big.js';
import type { InboxEntry } from '../payca/inbox-reader';
import { type Balance, decimal } from '../watch-payca/balances';

/** What is counted, by the event and type of the webhook. */
export const KINDS = {
  authorizations: { event: 'card_transaction', type: 'authorization' },
  settlements: { event: 'card_transaction', type: 'settle' },
  refunds: { event: 'card_transaction', type: 'refund' },
  declines: { event: 'card_transaction', type: 'decline' },
  fees: { event: 'account_transaction', type: 'fee' },
} as const;
export type Kind = keyof typeof KINDS;
const ALL_KINDS = Object.keys(KINDS) as Kind[];

export interface Count {
  readonly count: number;
  /** Decimals by currency, exact. */
  readonly amounts: Readonly<Record<string, string>>;
  /** Webhooks among them whose amount or currency could not be read. */
  readonly withoutAmount: number;
}

/** One hour of the inbox. */
export interface Hour {
  /** Its beginning, ISO 8601 in UTC; it ends an hour later. */
  readonly from: string;
  readonly kinds: Readonly<Record<Kind, Count>>;
  /** All webhooks of the hour, those of smoke tests left out. */
  readonly webhooks: number;
  readonly smokeTests: number;
  /** Webhooks whose key had come before with other bytes: counted here only. */
  readonly conflicts: number;
}

/** Counts the webhooks that were received in the hour from `from` on. */
export async function countHour(
  from: string,
  received: AsyncIterable<InboxEntry>,
  isSmokeTest: (entry: InboxEntry) => boolean,
): Promise<Hour> {
  const tallies = new Map(ALL_KINDS.map((kind) => [kind, new Tally()]));
  let [webhooks, smokeTests, conflicts] = [0, 0, 0];
  for await (const entry of received) {
    if (isSmokeTest(entry)) smokeTests += 1;
    else {
      webhooks += 1;
      if (entry.conflict) conflicts += 1;
      else tallies.get(kindOf(entry) as Kind)?.add(entry);
    }
  }
  const kinds = Object.fromEntries([...tallies].map(([kind, tally]) => [kind, tally.total])) as Hour['kinds'];
  return { from, kinds, webhooks, smokeTests, conflicts };
}

function kindOf({ event, type }: InboxEntry): Kind | undefined {
  return ALL_KINDS.find((kind) => KINDS[kind].event === event && KINDS[kind].type === type);
}

class Tally {
  private count = 0;
  private withoutAmount = 0;
  private readonly amounts = new Map<string, Big>();

  add({ amount, currency }: InboxEntry): void {
    this.count += 1;
    const value = decimal(amount);
    if (value === undefined || !currency) this.withoutAmount += 1;
    else this.amounts.set(currency, (this.amounts.get(currency) ?? new Big(0)).plus(value));
  }

  get total(): Count {
    const amounts = [...this.amounts].sort().map(([currency, sum]) => [currency, sum.toFixed()]);
    return { count: this.count, amounts: Object.fromEntries(amounts), withoutAmount: this.withoutAmount };
  }
}

/** How many of a kind are expected in an hour. */
export interface Range {
  readonly atLeast: number;
  readonly atMost: number;
}

export interface Expectation {
  readonly perHour: Readonly<Partial<Record<Kind, Range>>>;
  /** Least available balances, decimals by currency. */
  readonly balances: Readonly<Record<string, string>>;
}

/** What beside the webhooks was seen when the hour was counted. */
export interface Surroundings {
  /** What PayCA last said, or `undefined` when that is not known or too old. */
  readonly balances: readonly Balance[] | undefined;
  /** Webhooks that the bus could not take, and those that wait for it longer than a sweep takes. */
  readonly setAside: number;
  readonly late: number;
}

/** How a figure stands to what is expected of it. */
export type Standing = 'as expected' | 'low' | 'high' | 'no expectation' | 'no data';

export interface KindFigure extends Count {
  readonly kind: Kind;
  /** Of the hour before. */
  readonly before: number;
  readonly expected?: Range;
  readonly standing: Standing;
}

export interface BalanceFigure extends Partial<Balance> {
  readonly currency: string;
  readonly atLeast?: string;
  readonly standing: Standing;
}

/** The figures of an hour as they are told and recorded. */
export interface Figures extends Omit<Hour, 'kinds'>, Omit<Surroundings, 'balances'> {
  readonly to: string;
  readonly kinds: readonly KindFigure[];
  readonly balances: readonly BalanceFigure[];
  /** `fail`: something is not as expected or waits; `no-data`: a balance is not known. */
  readonly verdict: 'pass' | 'fail' | 'no-data';
}

const HOUR_MS = 60 * 60 * 1000;

/** Judges an hour against the one before it and the expectation. */
export function figures(
  { kinds, ...hour }: Hour,
  before: Hour,
  { perHour, balances: least }: Expectation,
  { balances, ...waiting }: Surroundings,
): Figures {
  const counted = ALL_KINDS.map((kind): KindFigure => {
    const expected = perHour[kind];
    const { count } = kinds[kind];
    return { kind, ...kinds[kind], before: before.kinds[kind].count, expected, standing: standingOf(count, expected) };
  });
  const held = balanceFigures(balances, least);
  const standings = [...counted, ...held].map(({ standing }) => standing);
  const wrong = standings.some((one) => one === 'low' || one === 'high');
  const failures = waiting.setAside + waiting.late + hour.conflicts;
  return {
    ...hour,
    ...waiting,
    to: new Date(Date.parse(hour.from) + HOUR_MS).toISOString(),
    kinds: counted,
    balances: held,
    verdict: wrong || failures > 0 ? 'fail' : standings.includes('no data') ? 'no-data' : 'pass',
  };
}

function standingOf(count: number, expected: Range | undefined): Standing {
  if (!expected) return 'no expectation';
  if (count < expected.atLeast) return 'low';
  return count > expected.atMost ? 'high' : 'as expected';
}

/** Those that are known, and those that are expected and not known. */
function balanceFigures(balances: readonly Balance[] = [], least: Expectation['balances']): BalanceFigure[] {
  const currencies = [...new Set([...Object.keys(least), ...balances.map(({ currency }) => currency)])].sort();
  return currencies.map((currency) => {
    const known = balances.find((balance) => balance.currency === currency);
    const atLeast = least[currency];
    if (!known) return { currency, atLeast, standing: 'no data' };
    if (atLeast === undefined) return { ...known, standing: 'no expectation' };
    return { ...known, atLeast, standing: new Big(known.available).lt(atLeast) ? 'low' : 'as expected' };
  });
}

/** The hours that are over and were not told yet, of the 48 from the one on in which the launch was; oldest first. */
export function dueHours(launch: string, told: string | undefined, now: Date): string[] {
  const first = Math.floor(Date.parse(launch) / HOUR_MS);
  const next = told === undefined ? first : Math.floor(Date.parse(told) / HOUR_MS) + 1;
  // What is received in an hour's last second is written a moment later.
  const current = Math.floor((now.getTime() - SETTLING_MS) / HOUR_MS);
  const last = Math.min(first + HOURS - 1, current - 1);
  return Array.from({ length: Math.max(0, last - next + 1) }, (_, index) =>
    new Date((next + index) * HOUR_MS).toISOString(),
  );
}

/** The runbook's first 48 hours. */
export const HOURS = 48;
const SETTLING_MS = 60_000;
