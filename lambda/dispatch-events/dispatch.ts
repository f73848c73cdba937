import type { DispatchedItem } from '../payca/inbox';
import { type BusEntry, busEntry, carriesLiveCode, putEventsBatches } from './bus-entry';

/** After so many refusals by the bus an event is set aside, so that it holds nobody up. */
export const MAX_TRIES = 5;

/** Answer of the bus for one entry: nothing when it took it. */
export interface EntryResult {
  readonly errorCode?: string;
}

/** What the dispatch needs of the world; each of these throws when AWS does. */
export interface Dispatcher {
  readonly stage: string;
  readonly now: () => number;
  /** `undefined` for a ciphertext that is none, or of another body. */
  readonly decrypt: (ciphertext: Uint8Array, bodySha256: string) => Promise<string | undefined>;
  /** One answer for each entry, in order. */
  readonly putEvents: (entries: readonly BusEntry[]) => Promise<readonly EntryResult[]>;
  readonly markDispatched: (pk: string) => Promise<void>;
  /** Counts a refusal; gives how many there were. */
  readonly countTry: (pk: string) => Promise<number>;
  readonly setAside: (pk: string, reason: string) => Promise<void>;
}

export interface DispatchReport {
  readonly dispatched: string[];
  /** Worth another try at once: the bus or AWS was at fault, not the event. */
  readonly failed: string[];
  /** Refused for what they are; the sweep tries again until they are set aside. */
  readonly refused: string[];
  readonly setAside: string[];
  /** Of what AWS was at fault for. */
  readonly errors: unknown[];
}

/** Entry errors that are the bus's or our set-up's trouble, not the event's; see the PutEventsResultEntry reference. */
const TRANSIENT = /Internal|Throttl|Unavailable|Timeout|LimitExceeded|AccessDenied|NotAuthorized/;
/** What EventBridge refuses as a whole call because of an entry in it. */
const REFUSAL = /Validation|TooLarge|MalformedDetail/;

interface Prepared {
  readonly pk: string;
  readonly entry: BusEntry;
}

/** Puts items on the bus. An item that fails never stops another one; nothing is thrown. */
export async function dispatch(items: readonly DispatchedItem[], dispatcher: Dispatcher): Promise<DispatchReport> {
  const report: DispatchReport = { dispatched: [], failed: [], refused: [], setAside: [], errors: [] };
  const prepared: Prepared[] = [];
  for (const item of items) {
    try {
      const entry = await prepare(item, dispatcher);
      if (entry) prepared.push({ pk: item.pk, entry });
      else await refuse(item.pk, 'it cannot be made into a bus event', dispatcher, report);
    } catch (error) {
      fail(report, item.pk, error);
    }
  }
  for (const batch of putEventsBatches(prepared)) await putBatch(batch, dispatcher, report);
  return report;
}

/** The entry of an item, or `undefined` when none can ever be made of it. Throws when KMS cannot be asked. */
async function prepare(item: DispatchedItem, { stage, now, decrypt }: Dispatcher): Promise<BusEntry | undefined> {
  const oneTimeCode = carriesLiveCode(item, now()) ? await decrypt(item.oneTimeCode, item.bodySha256) : undefined;
  try {
    return busEntry(item, stage, oneTimeCode);
  } catch {
    return undefined;
  }
}

async function putBatch(batch: readonly Prepared[], dispatcher: Dispatcher, report: DispatchReport): Promise<void> {
  let results: readonly EntryResult[];
  try {
    results = await dispatcher.putEvents(batch.map(({ entry }) => entry));
  } catch (error) {
    const refused = error instanceof Error && REFUSAL.test(error.name);
    if (!refused) {
      for (const { pk } of batch) fail(report, pk, error);
      return;
    }
    if (batch.length > 1) {
      for (const prepared of batch) await putBatch([prepared], dispatcher, report);
      return;
    }
    results = [{ errorCode: error.name }];
  }
  await Promise.all(batch.map(({ pk }, index) => settle(pk, results[index], dispatcher, report)));
}

async function settle(
  pk: string,
  result: EntryResult | undefined,
  dispatcher: Dispatcher,
  report: DispatchReport,
): Promise<void> {
  try {
    if (result && !result.errorCode) {
      await dispatcher.markDispatched(pk);
      report.dispatched.push(pk);
    } else if (!result?.errorCode || TRANSIENT.test(result.errorCode)) {
      fail(report, pk, new Error(`the event bus could not take it: ${result?.errorCode ?? 'no answer for it'}`));
    } else {
      await refuse(pk, `the event bus refuses it: ${result.errorCode}`, dispatcher, report);
    }
  } catch (error) {
    fail(report, pk, error);
  }
}

async function refuse(pk: string, reason: string, dispatcher: Dispatcher, report: DispatchReport): Promise<void> {
  if ((await dispatcher.countTry(pk)) < MAX_TRIES) {
    report.refused.push(pk);
    return;
  }
  await dispatcher.setAside(pk, `${reason} (${MAX_TRIES} tries)`);
  report.setAside.push(pk);
}

function fail(report: DispatchReport, pk: string, error: unknown): void {
  report.failed.push(pk);
  report.errors.push(error);
}
