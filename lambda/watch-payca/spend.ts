import Big from 'big.js';
import type { InboxEntry } from '../payca/inbox-reader';
import { decimal } from './balances';

const HOUR_MS = 60 * 60 * 1000;
const HOURS = 24;
/** A webhook carries the time of its receipt and is written within seconds; after this an hour is complete. */
const COMPLETE_AFTER_MS = 60 * 1000;

/** What was received from one time up to another. */
type Received = (from: Date, to: Date) => AsyncIterable<InboxEntry>;
/** Decimals by currency. */
type Amounts = ReadonlyMap<string, string>;

/** Money that cards spent in a day, counted from the inbox; hours that are over are counted once. */
export class DailySpend {
  private readonly complete = new Map<number, Amounts>();

  constructor(private readonly received: Received) {}

  /** Of the current hour and the 23 before it. */
  async until(now: Date): Promise<Amounts> {
    const current = Math.floor(now.getTime() / HOUR_MS);
    const hours = Array.from({ length: HOURS }, (_, back) => current - back);
    for (const hour of [...this.complete.keys()].filter((known) => !hours.includes(known))) this.complete.delete(hour);
    const total = new Map<string, string>();
    for (const hour of hours) {
      const amounts = this.complete.get(hour) ?? (await this.count(hour, now));
      for (const [currency, amount] of amounts) plus(total, currency, amount);
    }
    return total;
  }

  private async count(hour: number, now: Date): Promise<Amounts> {
    const end = (hour + 1) * HOUR_MS;
    const amounts = new Map<string, string>();
    for await (const entry of this.received(new Date(hour * HOUR_MS), new Date(end))) {
      const amount = spent(entry);
      if (amount !== undefined && entry.currency) plus(amounts, entry.currency, amount);
    }
    if (now.getTime() > end + COMPLETE_AFTER_MS) this.complete.set(hour, amounts);
    return amounts;
  }
}

/** An authorization holds money and a cancellation lets it go; what is settled later was counted with its authorization. */
function spent({ event, type, amount, conflict }: InboxEntry): string | undefined {
  if (event !== 'card_transaction' || conflict) return undefined;
  const value = decimal(amount);
  if (type === 'authorization') return value;
  return type === 'cancel' && value !== undefined ? new Big(value).neg().toFixed() : undefined;
}

function plus(amounts: Map<string, string>, currency: string, amount: string): void {
  amounts.set(currency, new Big(amounts.get(currency) ?? 0).plus(amount).toFixed());
}
