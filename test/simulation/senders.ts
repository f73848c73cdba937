import fc from 'fast-check';
import { sha256 } from '../../lambda/payca/inbox';
import type { Delivery } from '../../lambda/receive-webhook/receive';
import { type Credentials, issueCredentials, payload, Random, sign, tokenizationCode } from '../../rehearsal/payca';

/** What PayCA has issued: its first pair of credentials and the one that replaces it. */
export const ISSUED: readonly [Credentials, Credentials] = [
  issueCredentials(new Random(1)),
  issueCredentials(new Random(2)),
];

/** In the body of an event that the bus never takes. */
export const POISON = 'poison';

/** A webhook of the simulation: the same numbers, the same bytes. */
export interface WebhookNumber {
  readonly number: number;
  /** Editions share the key and differ in their bytes. */
  readonly edition: 0 | 1;
  /** Which pair of `ISSUED` signs it. */
  readonly pair: 0 | 1;
}

/** Few numbers come often, so that a webhook comes again at other moments; the others are all kinds of payload. */
export const webhookNumber: fc.Arbitrary<WebhookNumber> = fc.record({
  number: fc.oneof({ weight: 2, arbitrary: fc.nat({ max: 9 }) }, { weight: 3, arbitrary: fc.nat({ max: 9999 }) }),
  edition: fc.constantFrom(0, 0, 0, 1),
  pair: fc.constantFrom(0, 1),
});

export type SignedDelivery = Delivery & { readonly signature: string; readonly bodySha256: string };

const made = new Map<string, SignedDelivery>();

/** As PayCA sends it; made once, since signing is most of the work. */
export function signed({ number, edition, pair }: WebhookNumber): SignedDelivery {
  const name = `${number}/${edition}/${pair}`;
  const known = made.get(name);
  if (known) return known;
  const body = Buffer.from(`${JSON.stringify(payloadOf(number))}${' '.repeat(edition)}`);
  const { clientId, clientSecret } = ISSUED[pair];
  const delivery = { body, clientId, signature: sign(body, clientSecret), bodySha256: sha256(body) };
  made.set(name, delivery);
  return delivery;
}

function payloadOf(number: number): unknown {
  const random = new Random(number);
  if (number % 20 === 9) return tokenizationCode(random).payload;
  if (number % 20 === 8) return { event: 'kyc', data: { id: `${POISON}-${number}` } };
  return payload(random);
}
