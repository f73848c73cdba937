import { Buckets } from './buckets';
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
type FeeRow = readonly [Side, reference: string, string, string, string, number, Zone, string];
type StepRow = readonly ['step', reference: string, string, string | null, string | null, number];
type Row = FeeRow | StepRow | readonly ['smoke', reference: string];

/** Everything that was taken in, by reference, in a few hundred bytes a line. */
export class Flows {
  private readonly rows: Buckets;

  constructor(statementBytes: number) {
    const isSmall = statementBytes <= SMALL_STATEMENT_BYTES;
    this.rows = new Buckets(isSmall ? 1 : Math.ceil(statementBytes / BYTES_OF_A_PART));
  }

  addFee(side: Side, { reference, word, currency, amount, at, zone, place }: FeeLine): void {
    this.add([side, reference, word, currency, String(amount), at, zone, place]);
  }

  addStep(reference: string, { type, currency, amount, at }: CardStep): void {
    this.add(['step', reference, type, currency ?? null, amount === undefined ? null : String(amount), at]);
  }

  addSmoke(reference: string): void {
    this.add(['smoke', reference]);
  }

  /** Part by part, each reference in one of them; what was given is forgotten. */
  *drain(): Generator<Map<string, Flow>> {
    for (const rows of this.rows.drain()) {
      const flows = new Map<string, Flow>();
      for (const text of rows) {
        const row: Row = JSON.parse(text);
        const flow = flows.get(row[1]) ?? { here: [], there: [], steps: [], isSmoke: false };
        flows.set(row[1], flow);
        put(row, flow);
      }
      yield flows;
    }
  }

  private add(row: Row): void {
    this.rows.add(row[1], JSON.stringify(row));
  }
}

function put(row: Row, flow: Flow): void {
  if (row[0] === 'smoke') flow.isSmoke = true;
  else if (row[0] === 'step') {
    const [, , type, currency, amount, at] = row;
    flow.steps.push({
      type,
      currency: currency ?? undefined,
      amount: amount === null ? undefined : BigInt(amount),
      at,
    });
  } else {
    const [side, reference, word, currency, amount, at, zone, place] = row;
    flow[side].push({ reference, word, currency, amount: BigInt(amount), at, zone, place });
  }
}
