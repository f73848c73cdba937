import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { acceptedUntilLabel } from '../../lambda/payca/credentials';
import { CredentialsCache } from '../../lambda/receive-webhook/credentials';
import { type Delivery, type Receiver, receive } from '../../lambda/receive-webhook/receive';
import { issueCredentials, Random, sign } from '../../rehearsal/payca';
import { InboxInMemory } from '../lambda/inbox-in-memory';
import { SecretInMemory } from '../lambda/secret-in-memory';
import { ISSUED, type SignedDelivery, signed } from './senders';

/** A genuine webhook, and how it was tampered with. */
export interface Forgery {
  readonly number: number;
  readonly body?:
    | { readonly at: number; readonly removed: number; readonly inserted: Uint8Array }
    | { readonly other: number };
  readonly signature?: SignatureForgery | { readonly digit: number; readonly by: number } | { readonly cutTo: number };
  readonly clientId?: string;
}

const OVERLAP_MS = 48 * 60 * 60 * 1000;
const stranger = issueCredentials(new Random(3));
const [withdrawn, current] = ISSUED;

const SIGNATURES = {
  absent: () => undefined,
  empty: () => '',
  'without its prefix': ({ signature }: SignedDelivery) => signature.slice('sha256='.length),
  'under another prefix': ({ signature }: SignedDelivery) => signature.replace('sha256', 'sha512'),
  'twice in one header': ({ signature }: SignedDelivery) => `${signature},${signature}`,
  'in base64': ({ signature }: SignedDelivery) => `sha256=${Buffer.from(signature.slice(7), 'hex').toString('base64')}`,
  'of a stranger': ({ body }: SignedDelivery) => sign(body, stranger.clientSecret),
  'of a withdrawn key': ({ body }: SignedDelivery) => sign(body, withdrawn.clientSecret),
  'with the client id as key': ({ body }: SignedDelivery) => sign(body, current.clientId),
  'with no key': ({ bodySha256 }: SignedDelivery) => `sha256=${bodySha256}`,
  'by another hash': ({ body }: SignedDelivery) =>
    `sha256=${createHmac('sha512', current.clientSecret).update(body).digest('hex').slice(0, 64)}`,
  'of no body': () => sign(Buffer.alloc(0), current.clientSecret),
} as const;
type SignatureForgery = keyof typeof SIGNATURES;

const number = fc.nat({ max: 9999 });
const body = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ at: fc.nat(), removed: fc.nat({ max: 3 }), inserted: fc.uint8Array({ maxLength: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ other: number }) },
);
const signature = fc.oneof(
  fc.constantFrom(...(Object.keys(SIGNATURES) as SignatureForgery[])),
  fc.record({ digit: fc.nat({ max: 63 }), by: fc.integer({ min: 1, max: 15 }) }),
  fc.record({ cutTo: fc.nat({ max: 70 }) }),
);

/** Body, signature or client id changed, one of them at least. */
export const forgery: fc.Arbitrary<Forgery> = fc.oneof(
  fc.record({ number, body }),
  fc.record({ number, signature }),
  fc.record({ number, body, signature }),
  fc.record({ number, clientId: fc.oneof(fc.string(), fc.constant(withdrawn.clientId)) }),
);

/** Throws when the receiver takes a forgery, answers it with anything but 401, or refuses the genuine webhook. */
export async function refuse(forgery: Forgery): Promise<void> {
  const genuine = signed({ number: forgery.number, edition: 0, pair: 1 });
  const forged = forge(genuine, forgery);
  // Nothing was changed after all.
  fc.pre(!isSame(forged, genuine));
  const inbox = new InboxInMemory();
  const outcome = await receive(forged, receiver(inbox));
  if (outcome.result !== 'rejected' || outcome.status !== 401 || inbox.items.size > 0)
    throw new Error(`a forgery was not refused with 401: ${outcome.result}`);
  if ((await receive(genuine, receiver(inbox))).result !== 'accepted')
    throw new Error('the genuine webhook is refused');
}

function forge(genuine: SignedDelivery, { body, signature, clientId }: Forgery): Delivery {
  return {
    body: body ? forgedBody(genuine.body, body) : genuine.body,
    signature: signature === undefined ? genuine.signature : forgedSignature(genuine, signature),
    clientId: clientId ?? genuine.clientId,
  };
}

function forgedBody(bytes: Uint8Array, change: NonNullable<Forgery['body']>): Uint8Array {
  if ('other' in change) return signed({ number: change.other, edition: 0, pair: 1 }).body;
  const at = change.at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), change.inserted, bytes.subarray(at + change.removed)]);
}

function forgedSignature(genuine: SignedDelivery, change: NonNullable<Forgery['signature']>): string | undefined {
  if (typeof change === 'string') return SIGNATURES[change](genuine);
  const { signature } = genuine;
  if ('cutTo' in change) return signature.slice(0, change.cutTo);
  const at = 'sha256='.length + change.digit;
  const digit = (Number.parseInt(signature.charAt(at), 16) + change.by) % 16;
  return `${signature.slice(0, at)}${digit.toString(16)}${signature.slice(at + 1)}`;
}

function isSame(one: Delivery, other: Delivery): boolean {
  return (
    Buffer.compare(one.body, other.body) === 0 && one.signature === other.signature && one.clientId === other.clientId
  );
}

/** Knows the current pair; the one before it ended. */
function receiver({ putItem }: InboxInMemory): Receiver {
  const now = () => Date.parse('2026-12-01T10:00:00Z');
  const secret = new SecretInMemory({ ...withdrawn });
  secret.put({ ...current });
  const { id } = secret.stored.get(undefined, 'AWSPREVIOUS');
  secret.stored.move(acceptedUntilLabel(now() - 1000, id), id);
  return {
    credentials: new CredentialsCache(secret, now, OVERLAP_MS),
    putItem,
    encrypt: async (code) => Buffer.from(code),
    bodyLimitBytes: 128 * 1024,
    now,
  };
}
