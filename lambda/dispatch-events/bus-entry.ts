import { EVENT_SOURCE, ONE_TIME_CODE_DETAIL_TYPE } from '../payca/events';
import { type DispatchedItem, sha256 } from '../payca/inbox';

/** A one-time code lives for minutes at PayCA; an older one is of no use to anybody honest. */
const CODE_LIFETIME_MS = 15 * 60 * 1000;

/** What an entry of PutEvents needs beside the bus. */
export interface BusEntry {
  readonly Source: string;
  readonly DetailType: string;
  /** JSON, with the payload's own text inside, so that no number of it is rounded. */
  readonly Detail: string;
  readonly Time: Date;
}

/** Whether the item has a one-time code that is still of use and belongs on the bus. */
export function carriesLiveCode(
  item: DispatchedItem,
  now: number,
): item is DispatchedItem & { oneTimeCode: Uint8Array } {
  const alive = now - Date.parse(item.receivedAt) < CODE_LIFETIME_MS;
  return item.oneTimeCode !== undefined && alive && item.detailType === ONE_TIME_CODE_DETAIL_TYPE;
}

/** The bus event of an item; throws when its body is not UTF-8 JSON. */
export function busEntry(item: DispatchedItem, stage: string, oneTimeCode?: string): BusEntry {
  const { pk, receivedAt, requestId, idempotencyKey, event, type, subtype } = item;
  const conflict = item.conflict ?? false;
  // Beside a masked card number, the hash of the whole one would give it away.
  const bodySha256 = sha256(item.body) === item.bodySha256 ? item.bodySha256 : undefined;
  const known = { stage, key: pk, receivedAt, requestId, idempotencyKey, conflict, event, type, subtype };
  const detail = { ...known, bodySha256, oneTimeCode };
  const payload = new TextDecoder('utf-8', { fatal: true }).decode(item.body);
  JSON.parse(payload);
  return {
    Source: EVENT_SOURCE,
    DetailType: item.detailType,
    Detail: `${JSON.stringify(detail).slice(0, -1)},"payload":${payload}}`,
    Time: new Date(receivedAt),
  };
}

/** Bytes of an entry as EventBridge counts them: source, detail type, detail, and 14 for the time. */
export function entryBytes({ Source, DetailType, Detail }: BusEntry): number {
  return 14 + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}

/** Limits of one PutEvents call: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;

/** Groups of what one PutEvents call takes, in order. An entry over the limit stands alone, for the bus to refuse. */
export function putEventsBatches<T extends { readonly entry: BusEntry }>(prepared: readonly T[]): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const item of prepared) {
    const size = entryBytes(item.entry);
    const last = batches.at(-1);
    if (last && last.length < MAX_ENTRIES && bytes + size <= MAX_BYTES) {
      last.push(item);
      bytes += size;
    } else {
      batches.push([item]);
      bytes = size;
    }
  }
  return batches;
}
