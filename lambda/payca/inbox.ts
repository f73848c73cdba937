import { createHash } from 'node:crypto';
import type { WebhookFacts } from './events';

/** Index of what the bus does not have yet: by shard and time; `SET_ASIDE` is a shard of its own. */
export const UNDISPATCHED_INDEX = 'undispatched';
/** Index of everything by the hour of its receipt, for figures, reconciliation and look-ups. */
export const HOUR_INDEX = 'hour';
export const HOUR_INDEX_ATTRIBUTES = [
  'event',
  'type',
  'subtype',
  'detailType',
  'amount',
  'currency',
  'referenceId',
  'cardId',
  'requestId',
  'keyUsed',
  'conflict',
] as const;

/** Value of `undispatched` for an event that could not be dispatched. */
export const SET_ASIDE = 'set-aside';
/** One partition of an index takes 1,000 writes a second; eight of them keep a peak from being throttled. */
export const SHARDS = ['0', '1', '2', '3', '4', '5', '6', '7'] as const;

/** DynamoDB takes partition keys of up to 2,048 bytes; room is left for what marks a conflict. */
const MAX_KEY_BYTES = 1024;

/** One webhook as it is stored. Times are ISO 8601 in UTC; `body` is the JSON text, masked. */
export interface InboxItem {
  readonly pk: string;
  readonly receivedAt: string;
  readonly event: string;
  readonly type?: string;
  readonly subtype?: string;
  readonly detailType: string;
  readonly body: Uint8Array;
  /** SHA-256 in hex of the bytes that PayCA sent, before anything was masked. */
  readonly bodySha256: string;
  readonly requestId?: string;
  readonly idempotencyKey?: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly referenceId?: string;
  readonly cardId?: string;
  readonly keyUsed: 'current' | 'previous' | 'pending';
  /** The same key came before with other bytes. */
  readonly conflict?: true;
  /** KMS ciphertext, with the encryption context `{ bodySha256 }`. */
  readonly oneTimeCode?: Uint8Array;
  readonly hour: string;
  /** A shard of the index, `SET_ASIDE`, or absent once the bus has the event. */
  readonly undispatched?: string;
  /** Tells a retried write of ours from another copy of the delivery. */
  readonly writeId: string;
}

/** What a dispatch needs of an item. */
export type DispatchedItem = Pick<
  InboxItem,
  | 'pk'
  | 'receivedAt'
  | 'event'
  | 'type'
  | 'subtype'
  | 'detailType'
  | 'body'
  | 'bodySha256'
  | 'requestId'
  | 'idempotencyKey'
  | 'conflict'
  | 'oneTimeCode'
>;

/**
 * The key under which a webhook is stored once. Authorization and settlement may share `data.id`, so event, type and
 * subtype belong to it; without an id the body itself is the identity.
 */
export function inboxKey({ event, type, subtype, id }: WebhookFacts, bodySha256: string): string {
  if (id === undefined) return bounded(event, `${encodeURIComponentSafely(event)}#sha256#${bodySha256}`);
  return bounded(event, [event, type ?? '', subtype ?? '', id].map(encodeURIComponentSafely).join('#'));
}

/** The key of a body that came under the key of another one. */
export function conflictKey(pk: string, bodySha256: string): string {
  return `${pk}#conflict#${bodySha256}`;
}

/** The index attributes of a new item. */
export function indexed(pk: string, receivedAt: string): Pick<InboxItem, 'hour'> & { undispatched: string } {
  const [first = 0] = createHash('sha256').update(pk).digest();
  const shard = SHARDS[first >> 5] ?? SHARDS[0];
  return { hour: `${receivedAt.slice(0, 13)}#${shard}`, undispatched: shard };
}

function bounded(event: string, key: string): string {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return key;
  return `${encodeURIComponentSafely(event).slice(0, 100)}#long#${sha256(key)}`;
}

/** JSON can hold half of a surrogate pair, on which `encodeURIComponent` throws; its replacement serves as well in a key. */
function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
