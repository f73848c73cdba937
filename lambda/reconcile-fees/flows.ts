import { Buckets, type Row } from './buckets';
import type { CardStep, FeeLine } from './lines';

/** Statements up to this size, some hundred thousand lines, are one part, so that all of it can be put in order. */
const SMALL_STATEMENT_BYTES = 16_000_000;
/** Of a larger statement: the fewer lines are objects at the same time, the less there is for the collector to carry on. */
const BYTES_OF_A_PART = 500_000;

/** What both sides know under one reference. */
export interface Flow {
  readonly reference: string;
  here: FeeLine[];
  there: FeeLine[];
  steps: CardStep[];
  /** A smoke test of ours began it. */
  isSmoke: boolean;
}

const NONE = { word: '', currency: '', amount: '', at: 0, zone: 'in', place: '' } as const;

/** Everything that was taken in, by reference, in less than a hundred bytes a line. */
export class Flows {
  private readonly rows: Buckets;

  constructor(statementBytes: number) {
    const isSmall = statementBytes <= SMALL_STATEMENT_BYTES;
    this.rows = new Buckets(isSmall ? 1 : Math.ceil(statementBytes / BYTES_OF_A_PART));
  }

  addFee(record: 'here' | 'there', { reference, word, currency, amount, at, zone, place }: FeeLine): void {
    this.rows.add({ record, reference, word, currency, amount: String(amount), at, zone, place });
  }

  addStep(reference: string, { type, currency = '', amount, at }: CardStep): void {
    const text = amount === undefined ? '' : String(amount);
    this.rows.add({ ...NONE, record: 'step', reference, word: type, currency, amount: text, at });
  }

  addSmoke(reference: string): void {
    this.rows.add({ ...NONE, record: 'smoke', reference });
  }

  /** Part by part, each reference in one of them; what was given is forgotten. */
  *drain(): Generator<Map<string, Flow>> {
    for (const rows of this.rows.drain()) {
      const flows = new Map<string, Flow>();
      for (const row of rows) {
        let flow = flows.get(row.reference);
        if (!flow) {
          flow = { reference: row.reference, here: [], there: [], steps: [], isSmoke: false };
          flows.set(row.reference, flow);
        }
        put(row, flow);
      }
      yield flows;
      // Its reader still has the map while the next one is made.
      flows.clear();
    }
  }
}

function put({ record, word, currency, amount, at, zone, place }: Row, flow: Flow): void {
  if (record === 'smoke') flow.isSmoke = true;
  else if (record === 'step') {
    const step = { type: word, currency, amount: amount === '' ? undefined : BigInt(amount), at };
    flow.steps = withAnother(flow.steps, step);
  } else {
    // The flow's own text for its reference, so that there is one of it.
    const line = { reference: flow.reference, word, currency, amount: BigInt(amount), at, zone, place };
    flow[record] = withAnother(flow[record], line);
  }
}

/** Nearly every list has one element, and the first `push` makes room for seventeen. */
function withAnother<T>(list: T[], element: T): T[] {
  if (list.length === 0) return [element];
  list.push(element);
  return list;
}
