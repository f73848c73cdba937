import { type CatalogueRow, type Tier, type TierBounds, tierBounds } from '../payca/bin-catalogue';
import { decimalText, minorUnits } from '../payca/money';
import type { CardStep, FeeLine } from './lines';

/** What is used of a row of the imported BIN catalogue. */
export type TariffRow = Pick<CatalogueRow, 'currency' | 'fees'>;

type Fee = Exclude<keyof TariffRow['fees'], 'monthlyFee'>;

/** Which fees of the tariff a word stands for, and the step of the card whose amount counts (payca-contract.md, 9.3, 10). */
const PRICED_BY: Readonly<Record<string, readonly (readonly [Fee, step?: string])[]>> = {
  authorization_fee: [['authorization', 'authorization']],
  settlement_fee: [['settlement', 'settle']],
  settle_fee: [
    ['authorization', 'authorization'],
    ['settlement', 'settle'],
  ],
  decline_fee: [['decline', 'decline']],
  issue_fee: [['issueFee']],
};

/** In minor units; both ends belong to it. */
interface Price extends TierBounds {
  readonly value: bigint;
}

/** Prices that count for a word, and the step of the card whose amount decides among them. */
interface Priced {
  readonly step?: string;
  readonly prices: readonly Price[];
}

/** What the tariff says to a fee; in words, what it would have to be, or why nothing can be said. */
export interface Judgement {
  readonly verdict: 'on' | 'off' | 'not-judged';
  readonly note?: string;
}

const NO_AMOUNT = 0n;

/**
 * The agreed prices. PayCA's events do not name the BIN, so a fee is right when any BIN of its currency has it; whether the
 * bounds of a tier belong to it is not documented, so at a bound both tiers are right.
 */
export class Tariff {
  /** By word and currency; in words, why nothing can be said to fees of both. */
  private readonly cache = new Map<string, readonly Priced[] | string>();

  constructor(
    private readonly rows: readonly TariffRow[],
    private readonly decimals: (currency: string) => number,
  ) {}

  /** `steps` are those of the fee's reference. */
  judge({ word, currency, amount }: FeeLine, steps: readonly CardStep[]): Judgement {
    const priced = this.priced(word, currency);
    if (typeof priced === 'string') return notJudged(priced);
    if (amount < 0n) return notJudged('money that came back has no price');
    const right: bigint[] = [];
    let isKnown = false;
    for (const { step, prices } of priced) {
      for (const spent of step ? amountsOf(steps, step, currency) : [NO_AMOUNT]) {
        isKnown = true;
        for (const price of prices) if (covers(price, spent)) right.push(price.value);
      }
    }
    if (!isKnown) return notJudged('the amount of the transaction is not known here');
    if (right.includes(amount)) return { verdict: 'on' };
    const texts = [...new Set(right.map((value) => decimalText(value, this.decimals(currency))))];
    return { verdict: 'off', note: `tariff: ${texts.length > 0 ? texts.join(' or ') : 'no tier for this amount'}` };
  }

  private priced(word: string, currency: string): readonly Priced[] | string {
    const key = `${currency} ${word}`;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const lists = (PRICED_BY[word] ?? []).map(([fee, step]) => ({ step, prices: this.read(currency, fee) }));
    const priced = lists.flatMap(({ step, prices }) => (prices ? [{ step, prices }] : []));
    // With one price that cannot be read, no fee can be called wrong.
    const said =
      priced.length < lists.length
        ? `a price of the catalogue in ${currency} cannot be read`
        : priced.every(({ prices }) => prices.length === 0)
          ? `the catalogue has no price for ${word} in ${currency}`
          : priced;
    this.cache.set(key, said);
    return said;
  }

  /** `undefined` when one of them cannot be read. */
  private read(currency: string, fee: Fee): readonly Price[] | undefined {
    const tiers = this.rows.flatMap((row) => (row.currency === currency ? tiersOf(row.fees[fee]) : []));
    const prices = tiers.map(({ range, value: text }): Price | undefined => {
      const decimals = this.decimals(currency);
      const [bounds, value] = [tierBounds(range, decimals), minorUnits(text, decimals)];
      return bounds && value !== undefined ? { ...bounds, value } : undefined;
    });
    return prices.includes(undefined) ? undefined : (prices as Price[]);
  }
}

const notJudged = (note: string): Judgement => ({ verdict: 'not-judged', note });

function tiersOf(fee: string | readonly Tier[] = []): readonly Tier[] {
  return typeof fee === 'string' ? [{ range: '0-', value: fee }] : fee;
}

function covers({ low, high }: Price, amount: bigint): boolean {
  return amount >= low && (high === undefined || amount <= high);
}

function amountsOf(steps: readonly CardStep[], type: string, currency: string): bigint[] {
  const amounts: bigint[] = [];
  for (const step of steps)
    if (step.type === type && step.currency === currency && step.amount !== undefined) amounts.push(step.amount);
  return amounts;
}
