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
  private readonly cache = new Map<string, readonly Price[] | undefined>();

  constructor(
    private readonly rows: readonly TariffRow[],
    private readonly decimals: (currency: string) => number,
  ) {}

  /** `steps` are those of the fee's reference. */
  judge({ word, currency, amount }: FeeLine, steps: readonly CardStep[]): Judgement {
    const priced = PRICED_BY[word] ?? [];
    const prices = priced.map(([fee]) => this.prices(currency, fee));
    if (prices.includes(undefined)) return notJudged(`a price of the catalogue in ${currency} cannot be read`);
    if (prices.every((list) => list?.length === 0))
      return notJudged(`the catalogue has no price for ${word} in ${currency}`);
    if (amount < 0n) return notJudged('money that came back has no price');
    const amounts = priced.map(([, step]) => (step ? amountsOf(steps, step, currency) : [NO_AMOUNT]));
    if (amounts.every(({ length }) => length === 0))
      return notJudged('the amount of the transaction is not known here');
    const right = amounts.flatMap((list, index) =>
      list.flatMap((spent) => (prices[index] ?? []).filter((price) => covers(price, spent)).map(({ value }) => value)),
    );
    if (right.includes(amount)) return { verdict: 'on' };
    const texts = [...new Set(right.map((value) => decimalText(value, this.decimals(currency))))];
    return { verdict: 'off', note: `tariff: ${texts.length > 0 ? texts.join(' or ') : 'no tier for this amount'}` };
  }

  /** `undefined` when one of them cannot be read: then no fee can be called wrong. */
  private prices(currency: string, fee: Fee): readonly Price[] | undefined {
    const key = `${currency} ${fee}`;
    if (!this.cache.has(key)) this.cache.set(key, this.read(currency, fee));
    return this.cache.get(key);
  }

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
  return steps.flatMap((step) => (step.type === type && step.currency === currency ? (step.amount ?? []) : []));
}
