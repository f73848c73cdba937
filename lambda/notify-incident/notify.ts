import type { AlarmChange } from './alarm-change';
import { type Message, messageOf } from './message';
import { type Delivery, decide, openReceipt, withDelivery } from './order';

/** What a channel remembers about one alarm, and that nobody else may change it meanwhile. */
export interface Record {
  readonly deliveries: readonly Delivery[];
  /** Ends the hold; keeps `deliveries` where they are given. */
  readonly release: (deliveries?: readonly Delivery[]) => Promise<void>;
}

/** What a notification needs of the world. */
export interface Notifier {
  readonly stage: string;
  /** Begins the names of the stage's alarms. */
  readonly prefix: string;
  readonly now: () => number;
  /** `undefined` while another invocation holds the alarm's record. */
  readonly hold: (alarm: string) => Promise<Record | undefined>;
  /** Tells the receiver; `known` is what it called the open incident. Gives what it calls this one; throws when it did not take it. */
  readonly send: (message: Message, known: string | undefined) => Promise<string | undefined>;
}

export type Result = 'sent' | 'duplicate' | 'unneeded' | 'suppressed';

/** Another invocation is about the same alarm; its outcome decides about this one. */
export class AlarmHeldError extends Error {
  constructor(alarm: string) {
    super(`another invocation is telling about ${alarm}`);
    this.name = 'AlarmHeldError';
  }
}

/** What became of a change; `error` when it has to be tried again. */
export interface Outcome<Job> {
  readonly job: Job;
  readonly result: Result | { readonly error: unknown };
}

/**
 * Tells a channel about many changes: alarms side by side, the changes of one alarm by their age. After a failure, or
 * once `mayStart` says no, the later ones of that alarm wait for another try.
 */
export async function notifyAll<Job extends { readonly change: AlarmChange }>(
  jobs: readonly Job[],
  notifier: Notifier,
  mayStart: () => boolean,
): Promise<Outcome<Job>[]> {
  const alarms = [...new Set(jobs.map(({ change }) => change.alarm))];
  const outcomes = await Promise.all(
    alarms.map(async (alarm) => {
      const own = jobs.filter(({ change }) => change.alarm === alarm);
      const told: Outcome<Job>[] = [];
      let error: unknown;
      for (const job of own.sort((one, other) => one.change.at.localeCompare(other.change.at))) {
        if (!mayStart()) error ??= new Error('no time left in this invocation');
        const result = error ? { error } : await notify(job.change, notifier).catch((problem) => ({ error: problem }));
        if (typeof result !== 'string') error = result.error;
        told.push({ job, result });
      }
      return told;
    }),
  );
  return outcomes.flat();
}

/** Tells a channel about a change, unless it was told, or need not be. Throws when that has to be tried again. */
export async function notify(change: AlarmChange, notifier: Notifier): Promise<Result> {
  // The alarm that explains it is told instead; CloudWatch sends another event when it no longer does.
  if (change.suppressed && change.state === 'ALARM') return 'suppressed';
  const record = await notifier.hold(change.alarm);
  if (!record) throw new AlarmHeldError(change.alarm);
  const { deliveries, release } = record;
  const { act, endedAt } = decide(change, deliveries);
  if (act === 'duplicate') {
    await release();
    return act;
  }
  try {
    const receipt = act === 'send' ? await tell(change, deliveries, endedAt, notifier) : undefined;
    const { at, state, drill } = change;
    const outcome = act === 'send' ? 'sent' : 'unneeded';
    const doneAt = new Date(notifier.now()).toISOString();
    await release(withDelivery(deliveries, { at, state, outcome, doneAt, drill, endedAt, receipt }));
    return outcome;
  } catch (error) {
    // The hold lapses by itself if this fails too.
    await release().catch(() => undefined);
    throw error;
  }
}

async function tell(
  change: AlarmChange,
  deliveries: readonly Delivery[],
  endedAt: string | undefined,
  { send, stage, prefix }: Notifier,
): Promise<string | undefined> {
  const receipt = await send(messageOf(change, stage, prefix), openReceipt(deliveries));
  if (endedAt === undefined) return receipt;
  const end = { ...change, state: 'OK' as const, at: endedAt, reason: 'it ended before it could be told' };
  await send(messageOf(end, stage, prefix), receipt);
  return receipt;
}
