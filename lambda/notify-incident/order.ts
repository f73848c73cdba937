import type { AlarmChange } from './alarm-change';

/** What became of a change in a channel. */
export interface Delivery {
  readonly at: string;
  readonly state: 'ALARM' | 'OK';
  /** `unneeded`: an OK with nothing open before it, or one that a later alarm has overtaken. */
  readonly outcome: 'sent' | 'unneeded';
  /** When the receiver took it, ISO 8601 in UTC. */
  readonly doneAt: string;
  readonly drill?: string;
  /** Of an alarm that came after its own end: when that was. It was closed with the same delivery. */
  readonly endedAt?: string;
  /** What the receiver calls it: an issue's key, a message id. */
  readonly receipt?: string;
}

/** Key of the record of an alarm in a channel; its attribute `deliveries` holds them as JSON. */
export function recordKey(channel: string, alarm: string): string {
  return `${channel}#${alarm}`;
}

export function readDeliveries(text: string | undefined): Delivery[] {
  return text === undefined ? [] : JSON.parse(text);
}

/** Old changes are forgotten; EventBridge repeats one within a day at most. */
const KEPT = 50;

export interface Decision {
  /** `duplicate`: told already. `unneeded`: an OK that closes nothing. */
  readonly act: 'send' | 'duplicate' | 'unneeded';
  /** When the alarm ended that is only now told: it is to be closed at once. */
  readonly endedAt?: string;
}

/** What to do with a change, given what the channel was told before; events come twice and out of order. */
export function decide(change: AlarmChange, deliveries: readonly Delivery[]): Decision {
  if (deliveries.some(({ at, state }) => at === change.at && state === change.state)) return { act: 'duplicate' };
  const before = newest(deliveries.filter(({ at }) => at < change.at));
  const after = newest(deliveries.filter(({ at }) => at >= change.at));
  if (change.state === 'OK') return { act: after || before?.state !== 'ALARM' ? 'unneeded' : 'send' };
  return { act: 'send', endedAt: after?.state === 'OK' ? after.at : undefined };
}

/** The open incident that a channel was told about, as its receiver calls it. */
export function openReceipt(deliveries: readonly Delivery[]): string | undefined {
  const last = newest(deliveries);
  return last?.state === 'ALARM' ? last.receipt : undefined;
}

/** The record with one more delivery, in the order of the changes. */
export function withDelivery(deliveries: readonly Delivery[], delivery: Delivery): Delivery[] {
  return [...deliveries, delivery].sort((one, other) => one.at.localeCompare(other.at)).slice(-KEPT);
}

function newest(deliveries: readonly Delivery[]): Delivery | undefined {
  return deliveries.reduce<Delivery | undefined>(
    (last, delivery) => (last && last.at > delivery.at ? last : delivery),
    undefined,
  );
}

const FIRST_PAUSE_SECONDS = 15;
/** Long enough to spare a receiver that is down, short enough to reach one that is back. */
const LONGEST_PAUSE_SECONDS = 15 * 60;

/** Seconds until the next try after `tries` of them; `random` from 0 to 1 spreads those that failed together. */
export function pauseSeconds(tries: number, retryAfterSeconds: number | undefined, random: number): number {
  const doubled = FIRST_PAUSE_SECONDS * 2 ** Math.min(tries - 1, 10);
  const wanted = Math.max(retryAfterSeconds ?? 0, doubled * (1 + random / 5));
  return Math.ceil(Math.min(wanted, LONGEST_PAUSE_SECONDS));
}
