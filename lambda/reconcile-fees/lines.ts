import type { Zone } from './period';

/** A fee, as one side has it. */
export interface FeeLine {
  /** PayCA's `referenceId`; empty where a fee has none. */
  readonly reference: string;
  /** PayCA's subtype: `settle_fee`. */
  readonly word: string;
  /** ISO 4217. */
  readonly currency: string;
  /** In minor units; below zero for money that came back. */
  readonly amount: bigint;
  /** When PayCA booked it, or we received it, in milliseconds since 1970. */
  readonly at: number;
  readonly zone: Zone;
  /** Where it stands: `line 17` of the statement, or the key of an event in the inbox. */
  readonly place: string;
}

/** What happened to a card in a flow that may cost a fee. */
export interface CardStep {
  /** In the newer vocabulary: `authorization`. */
  readonly type: string;
  readonly currency?: string;
  /** In minor units. */
  readonly amount?: bigint;
  readonly at: number;
}

/** What a line, or two that belong together, came to. */
export const KINDS = {
  matched: 'Both sides have it, with the same amount.',
  'matched-off-tariff': 'Both sides have it, with an amount that the imported tariff does not give.',
  'amount-differs': 'Both sides have it, with different amounts.',
  'missing-here': 'Only the statement has it.',
  'missing-there': 'Only we have it.',
  duplicate: 'One side has it once more than the other.',
  timing: 'It is on different sides of the cut-off, or not settled yet: it clears by itself.',
  'smoke-test': 'A smoke test of ours made it: left out.',
} as const;

export type Kind = keyof typeof KINDS;

/** What somebody has to clear up with PayCA. */
export const BREAKS = ['amount-differs', 'missing-here', 'missing-there', 'duplicate', 'matched-off-tariff'] as const;

export function isBreak({ kind }: Outcome): boolean {
  return BREAKS.some((each) => each === kind);
}

export interface Outcome {
  readonly kind: Kind;
  /** What we have: webhooks in the inbox. */
  readonly here?: FeeLine;
  /** What PayCA has: the statement. */
  readonly there?: FeeLine;
  /** What else a person should know. */
  readonly note?: string;
}
