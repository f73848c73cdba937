import Big from 'big.js';
import type { Progress } from '../payca/progress';
import type { Cap, Money, SmokeSettings } from './settings';

/** What a step is about to put at stake. */
export interface Cost {
  readonly cards: number;
  readonly money: readonly Money[];
}

/** What was put at stake on a day in UTC, whether or not it came back. */
interface Spent extends Cap {
  readonly day: string;
}

const SPENT = 'spent';
const NOTHING: Cap = { cards: 0, money: {} };

/** The caps of a run and of a day. What is counted is written down before it is spent. */
export class Caps {
  private run: Cap = NOTHING;

  constructor(
    private readonly caps: SmokeSettings['caps'],
    private readonly progress: Pick<Progress, 'recall' | 'remember'>,
    private readonly now: () => Date,
  ) {}

  /** Counts a cost; gives the reason, and counts nothing, where it would go over a cap. */
  async take(cost: Cost): Promise<string | undefined> {
    const today = this.now().toISOString().slice(0, 10);
    const stored = (await this.progress.recall(SPENT)) as Spent | undefined;
    const run = plus(this.run, cost);
    const day = plus(stored?.day === today ? stored : NOTHING, cost);
    const reason = over(run, this.caps.run, 'run') ?? over(day, this.caps.day, 'day');
    if (reason) return reason;
    this.run = run;
    await this.progress.remember(SPENT, { day: today, ...day } satisfies Spent);
    return undefined;
  }
}

function plus(spent: Cap, cost: Cost): Cap {
  const money = { ...spent.money };
  for (const { currency, amount } of cost.money) money[currency] = new Big(money[currency] ?? 0).plus(amount).toFixed();
  return { cards: spent.cards + cost.cards, money };
}

function over(spent: Cap, cap: Cap, what: 'run' | 'day'): string | undefined {
  if (spent.cards > cap.cards) return `the cap of a ${what} is ${cap.cards} cards`;
  const [currency, amount] =
    Object.entries(spent.money).find(([name, value]) => new Big(value).gt(cap.money[name] ?? 0)) ?? [];
  return (
    currency && `the cap of a ${what} is ${cap.money[currency] ?? 0} ${currency}, and this would make it ${amount}`
  );
}
