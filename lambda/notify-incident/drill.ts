/** What a drill writes into the reason of an alarm's state, and how it is known again in the message. */

/** A drill's id: eight hex digits, so that it fits in a sentence and is typed from a phone. */
const DRILL_REASON = /^DRILL ([0-9a-f]{8})\b/;

/** Reason for an alarm's state during a drill; CloudWatch takes 1,023 characters. */
export function drillReason(id: string, actor: string): string {
  return `DRILL ${id} by ${actor.slice(0, 100)}: nothing is broken`;
}

/** The id of the drill that set a state, or `undefined` for a state that CloudWatch found itself. */
export function drillOf(reason: string): string | undefined {
  return DRILL_REASON.exec(reason)?.[1];
}
