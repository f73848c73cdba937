import { randomUUID } from 'node:crypto';
import { CODE_EVENT, detailType, type WebhookFacts, webhookFacts } from '../payca/events';
import { conflictKey, type InboxItem, inboxKey, indexed, sha256 } from '../payca/inbox';
import { maskCardNumbers, maskText } from './card-numbers';
import type { CredentialsCache, KeyPair } from './credentials';
import { hideOneTimeCode } from './one-time-code';
import { isSignedWith, readSignature } from './signature';

/** A delivery as PayCA sent it. */
export interface Delivery {
  readonly body: Uint8Array;
  readonly signature?: string;
  readonly clientId?: string;
  readonly requestId?: string;
  readonly idempotencyKey?: string;
}

export type RejectReason = 'too-large' | 'signature' | 'client-id' | 'not-json';

/** What became of a delivery. `status` is what PayCA is answered; 2xx only for what is in the inbox. */
export type Outcome =
  | {
      readonly result: 'accepted' | 'duplicate' | 'conflict';
      readonly item: InboxItem;
      readonly facts: WebhookFacts;
      /** Which key signed it. */
      readonly key: Pick<KeyPair, 'name' | 'acceptedUntil'>;
      readonly clientIdAbsent: boolean;
      readonly cardNumbers: number;
    }
  | { readonly result: 'rejected'; readonly reason: RejectReason; readonly status: 400 | 401 | 413 }
  | { readonly result: 'credentials-not-supplied' };

/** Writes an item under a key that is free, or tells what stands there. */
export type PutItem = (item: InboxItem) => Promise<'stored' | Pick<InboxItem, 'bodySha256' | 'writeId'>>;

export interface Receiver {
  readonly credentials: Pick<CredentialsCache, 'get' | 'afterMismatch'>;
  readonly putItem: PutItem;
  readonly encrypt: (code: string, bodySha256: string) => Promise<Uint8Array>;
  readonly bodyLimitBytes: number;
  readonly now: () => number;
}

/** Verifies a delivery and stores it. Throws when secret, key or store fail: then PayCA must deliver it again. */
export async function receive(delivery: Delivery, receiver: Receiver): Promise<Outcome> {
  const { body, clientId } = delivery;
  if (body.byteLength > receiver.bodyLimitBytes) return rejected('too-large', 413);
  const key = await authenticate(delivery, receiver.credentials);
  if (key === 'not-supplied') return { result: 'credentials-not-supplied' };
  if (typeof key === 'string') return rejected(key, 401);
  const json = readJson(body);
  if (!json) return rejected('not-json', 400);

  const { item, facts, cardNumbers } = await inboxItem(json, delivery, key.name, receiver);
  const stored = await storeOnce(item, receiver.putItem);
  const { name, acceptedUntil } = key;
  return { ...stored, facts, cardNumbers, key: { name, acceptedUntil }, clientIdAbsent: clientId === undefined };
}

const rejected = (reason: RejectReason, status: 400 | 401 | 413): Outcome => ({ result: 'rejected', reason, status });

/** The pair whose secret signed the body; on a mismatch the secret is read afresh, since an operator may just have put a pair. */
async function authenticate(
  delivery: Delivery,
  credentials: Receiver['credentials'],
): Promise<KeyPair | 'signature' | 'client-id' | 'not-supplied'> {
  const known = await credentials.get();
  const verdict = judge(delivery, known);
  if (typeof verdict !== 'string') return verdict;
  // A signature of the wrong form matches no key, so there is nothing to look up.
  if (known.length > 0 && !readSignature(delivery.signature)) return verdict;
  const fresh = await credentials.afterMismatch();
  return fresh.length === 0 ? 'not-supplied' : judge(delivery, fresh);
}

function judge(
  { body, signature: header, clientId }: Delivery,
  pairs: readonly KeyPair[],
): KeyPair | 'signature' | 'client-id' {
  const signature = readSignature(header);
  const pair = signature && pairs.find(({ clientSecret }) => isSignedWith(clientSecret, body, signature));
  if (!pair) return 'signature';
  // Any id in force will do: PayCA may change id and signing key at different moments.
  return clientId === undefined || pairs.some((known) => known.clientId === clientId) ? pair : 'client-id';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readJson(body: Uint8Array): { text: string; value: unknown } | undefined {
  try {
    const text = utf8.decode(body);
    return { text, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

async function inboxItem(
  json: { text: string; value: unknown },
  { body, requestId, idempotencyKey }: Delivery,
  keyUsed: KeyPair['name'],
  { now, encrypt }: Receiver,
): Promise<{ item: InboxItem; facts: WebhookFacts; cardNumbers: number }> {
  const masked = maskCardNumbers(json.text);
  const { oneTimeCode, event } = webhookFacts(json.value);
  const text = event === CODE_EVENT ? hideOneTimeCode(masked.text) : masked.text;
  const facts = webhookFacts(JSON.parse(text));
  const bodySha256 = sha256(body);
  const pk = inboxKey(facts, bodySha256);
  const receivedAt = new Date(now()).toISOString();
  const item: InboxItem = {
    pk,
    receivedAt,
    event: facts.event,
    type: facts.type,
    subtype: facts.subtype,
    amount: facts.amount,
    currency: facts.currency,
    referenceId: facts.referenceId,
    cardId: facts.cardId,
    detailType: detailType(facts),
    body: Buffer.from(text),
    bodySha256,
    requestId: requestId && maskText(requestId).text,
    idempotencyKey: idempotencyKey && maskText(idempotencyKey).text,
    keyUsed,
    oneTimeCode: oneTimeCode === undefined ? undefined : await encrypt(oneTimeCode, bodySha256),
    ...indexed(pk, receivedAt),
    writeId: randomUUID(),
  };
  return { item, facts, cardNumbers: masked.masked };
}

/** One conditional write, and a second under a key of its own when the same key came before with other bytes. */
async function storeOnce(
  item: InboxItem,
  putItem: PutItem,
): Promise<{ result: 'accepted' | 'duplicate' | 'conflict'; item: InboxItem }> {
  const first = await putItem(item);
  // A write whose answer was lost is found by its retry: it is ours, not a duplicate.
  if (first === 'stored' || first.writeId === item.writeId) return { result: 'accepted', item };
  if (first.bodySha256 === item.bodySha256) return { result: 'duplicate', item };
  const pk = conflictKey(item.pk, item.bodySha256);
  const conflict: InboxItem = { ...item, pk, conflict: true, ...indexed(pk, item.receivedAt) };
  const second = await putItem(conflict);
  const isOurs = second === 'stored' || second.writeId === item.writeId;
  return { result: isOurs ? 'conflict' : 'duplicate', item: conflict };
}
