import { Buckets, type Row } from './buckets';
import type { CardStep, FeeLine } from './lines';
import type { Zone } from './period';

/** Statements up to this size, some hundred thousand lines, are one part, so that all of it can be put in order. */
const SMALL_STATEMENT_BYTES = 16_000_000;
/** Of a larger statement: the fewer lines are objects at the same time, the less there is for the collector to carry on. */
const BYTES_OF_A_PART = 500_000;

/** What both sides know under one reference. */
export interface Flow {
  readonly here: FeeLine[];
  readonly there: FeeLine[];
  readonly steps: CardStep[];
  /** A smoke test of ours began it. */
  isSmoke: boolean;
}

type Side = 'here' | 'there';
/** What many rows have in common: thousands of lines, some dozens of these. */
type Shape =
  | { readonly record: Side; readonly word: string; readonly currency: string; readonly zone: Zone }
  | { readonly record: 'step'; readonly type: string; readonly currency?: string }
  | { readonly record: 'smoke' };

/** Everything that was taken in, by reference, in a hundred bytes a line or so. */
export class Flows {
  private readonly rows: Buckets;
  private readonly shapes: Shape[] = [];
  /** Places in `shapes`. */
  private readonly known = new Map<string, number>();

  constructor(statementBytes: number) {
    const isSmall = statementBytes <= SMALL_STATEMENT_BYTES;
    this.rows = new Buckets(isSmall ? 1 : Math.ceil(statementBytes / BYTES_OF_A_PART));
  }

  addFee(record: Side, { reference, word, currency, amount, at, zone, place }: FeeLine): void {
    // With its length a currency can hold what it will, and no two shapes have one name.
    const name = `${record} ${zone} ${currency.length} ${currency}${word}`;
    const shape = this.shape(name, () => ({ record, word, currency, zone }));
    this.rows.add({ shape, at, reference, amount: String(amount), place });
  }

  addStep(reference: string, { type, currency, amount, at }: CardStep): void {
    const name = currency === undefined ? `step ${type}` : `step ${type} ${currency}`;
    const shape = this.shape(name, () => ({ record: 'step', type, currency }));
    this.rows.add({ shape, at, reference, amount: amount === undefined ? '' : String(amount), place: '' });
  }

  addSmoke(reference: string): void {
    const shape = this.shape('smoke', () => ({ record: 'smoke' }));
    this.rows.add({ shape, at: 0, reference, amount: '', place: '' });
  }

  /** Part by part, each reference in one of them; what was given is forgotten. */
  *drain(): Generator<Map<string, Flow>> {
    for (const rows of this.rows.drain()) {
      const flows = new Map<string, Flow>();
      for (const row of rows) {
        const flow = flows.get(row.reference) ?? { here: [], there: [], steps: [], isSmoke: false };
        flows.set(row.reference, flow);
        put(row, this.shapes[row.shape] as Shape, flow);
      }
      yield flows;
    }
  }

  private shape(name: string, make: () => Shape): number {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    this.known.set(name, this.shapes.length);
    return this.shapes.push(make()) - 1;
  }
}

function put({ reference, amount, at, place }: Row, shape: Shape, flow: Flow): void {
  if (shape.record === 'smoke') flow.isSmoke = true;
  else if (shape.record === 'step') {
    const { type, currency } = shape;
    flow.steps.push({ type, currency, amount: amount === '' ? undefined : BigInt(amount), at });
  } else {
    const { record, word, currency, zone } = shape;
    flow[record].push({ reference, word, currency, amount: BigInt(amount), at, zone, place });
  }
}
