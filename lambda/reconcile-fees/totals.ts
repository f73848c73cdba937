import { decimalText } from '../payca/money';
import { type FeeLine, KINDS, type Kind, type Outcome } from './lines';
import type { StatementLine } from './statement';

/** So many lines, and their amounts together as a decimal. */
export interface Sum {
  readonly count: number;
  readonly amount: string;
}

/** One row of a table with both sides; `difference` is what PayCA's statement has more. */
export interface Comparison {
  readonly here: Sum;
  readonly there: Sum;
  readonly difference: string;
}

/** Opening balance - fees + other movements = closing balance, over the whole statement. Decimals; absent while not told. */
export interface BalanceProof {
  readonly verdict: 'pass' | 'fail' | 'no-data';
  readonly opening?: string;
  readonly fees: string;
  readonly movements: string;
  readonly closing?: string;
  /** What the closing balance would have to be by the statement's own lines. */
  readonly closingByItsLines?: string;
  /** What the closing balance has more. */
  readonly difference?: string;
  /** What it would have to be with the fees of the period as we counted them. */
  readonly closingByOurCount?: string;
}

export interface CurrencySummary extends Comparison {
  readonly currency: string;
  readonly kinds: readonly (Comparison & { readonly kind: Kind })[];
  readonly words: readonly (Comparison & { readonly word: string })[];
  /** Every line that came in came out under one kind, to the minor unit. */
  readonly closes: boolean;
  readonly proof: BalanceProof;
}

class Tally {
  count = 0;
  sum = 0n;

  add(amount: bigint): void {
    this.count += 1;
    this.sum += amount;
  }
}

/** The same on both sides. */
class Tallies {
  readonly here = new Tally();
  readonly there = new Tally();
}

/** What came in and what came of it, of one currency. */
export class CurrencyTotals {
  private readonly taken = new Tallies();
  private readonly kinds = new Map<Kind, Tallies>();
  private readonly words = new Map<string, Tallies>();
  private readonly balances: { opening?: bigint; closing?: bigint } = {};
  private movements = 0n;
  private allFees = 0n;

  constructor(
    readonly currency: string,
    private readonly decimals: number,
  ) {}

  /** A fee of the period, as it comes in. */
  take(side: 'here' | 'there', { word, amount }: Pick<FeeLine, 'word' | 'amount'>): void {
    this.taken[side].add(amount);
    entry(this.words, word)[side].add(amount);
  }

  /** Any line of the statement, in the period or not. */
  book(line: StatementLine): void {
    if (line.record === 'fee') this.allFees += line.amount;
    else if (line.record === 'movement') this.movements += line.amount;
    else this.balances[line.record] = line.amount;
  }

  /** What came of it. */
  settle({ kind, here, there }: Outcome): void {
    const tallies = entry(this.kinds, kind);
    if (here?.zone === 'in') tallies.here.add(here.amount);
    if (there?.zone === 'in') tallies.there.add(there.amount);
  }

  summary(): CurrencySummary {
    const kinds = (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
      const tallies = this.kinds.get(kind);
      return tallies ? [{ kind, ...this.compared(tallies) }] : [];
    });
    const words = [...this.words].sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      currency: this.currency,
      ...this.compared(this.taken),
      kinds,
      words: words.map(([word, tallies]) => ({ word, ...this.compared(tallies) })),
      closes: this.closes(),
      proof: this.proof(),
    };
  }

  private compared({ here, there }: Tallies): Comparison {
    const sum = (of: Tally): Sum => ({ count: of.count, amount: this.text(of.sum) });
    return { here: sum(here), there: sum(there), difference: this.text(there.sum - here.sum) };
  }

  private closes(): boolean {
    return (['here', 'there'] as const).every((side) => {
      const tallies = [...this.kinds.values()].map((each) => each[side]);
      const count = tallies.reduce((total, each) => total + each.count, 0);
      const sum = tallies.reduce((total, each) => total + each.sum, 0n);
      return count === this.taken[side].count && sum === this.taken[side].sum;
    });
  }

  private proof(): BalanceProof {
    const { opening, closing } = this.balances;
    const moved = { fees: this.text(this.allFees), movements: this.text(this.movements) };
    const told = { opening: this.textIf(opening), closing: this.textIf(closing) };
    if (opening === undefined || closing === undefined) return { verdict: 'no-data', ...told, ...moved };
    const due = opening - this.allFees + this.movements;
    const { here, there } = this.taken;
    return {
      verdict: closing === due ? 'pass' : 'fail',
      ...told,
      ...moved,
      closingByItsLines: this.text(due),
      difference: this.text(closing - due),
      closingByOurCount: this.text(due + there.sum - here.sum),
    };
  }

  private text(units: bigint): string {
    return decimalText(units, this.decimals);
  }

  private textIf(units: bigint | undefined): string | undefined {
    return units === undefined ? undefined : this.text(units);
  }
}

function entry<K>(map: Map<K, Tallies>, key: K): Tallies {
  const known = map.get(key);
  if (known) return known;
  const tallies = new Tallies();
  map.set(key, tallies);
  return tallies;
}
