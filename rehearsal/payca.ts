import { createHmac, randomBytes } from 'node:crypto';

/** What PayCA issues for one environment. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A webhook as PayCA sends it (payca-contract, 8.2). */
export interface Webhook {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export function issueCredentials(random: Random): Credentials {
  return { clientId: random.uuid(), clientSecret: randomBytes(24).toString('hex') };
}

/** Numbers that repeat with their seed (mulberry32). */
export class Random {
  constructor(private state: number) {}

  /** From 0 up to, not including, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.below(16).toString(16)).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join(
      '-',
    );
  }

  /** Decimal digits, such as a one-time code. */
  digits(count: number): string {
    return Array.from({ length: count }, () => this.below(10)).join('');
  }

  /** A card number of the test range that passes the Luhn check; none is kept anywhere. */
  cardNumber(): string {
    const body = `411111${this.digits(9)}`;
    const sum = [...body].reverse().reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
    return `${body}${(10 - (sum % 10)) % 10}`;
  }
}

/** Signs a body and adds PayCA's headers. */
export function webhook(body: string | Buffer, credentials: Credentials, random: Random): Webhook {
  const bytes = Buffer.from(body);
  return {
    body: bytes,
    headers: {
      'content-type': 'application/json',
      'x-client-id': credentials.clientId,
      'x-signature': sign(bytes, credentials.clientSecret),
      'x-request-id': random.uuid(),
    },
  };
}

/** payca-contract, 8.3. */
export function sign(body: Uint8Array, clientSecret: string): string {
  return `sha256=${createHmac('sha256', clientSecret).update(body).digest('hex')}`;
}

type Data = Readonly<Record<string, unknown>>;
type Maker = (random: Random) => Data;

const amount = (random: Random) => `${random.below(500)}.${random.digits(2)}`;
const timestamp = (random: Random) => new Date(Date.UTC(2026, 10, 24) + random.below(86_400_000)).toISOString();

const cardStep =
  (type: string, shared: Data = {}): Maker =>
  (random) => ({
    event: 'card_transaction',
    data: {
      id: random.uuid(),
      cardId: random.uuid(),
      type,
      transactionAmount: amount(random),
      transactionCurrency: random.pick(['EUR', 'USD', 'GBP']),
      referenceId: random.uuid(),
      timestamp: timestamp(random),
      ...shared,
    },
  });

const accountStep =
  (type: string, subtype: string): Maker =>
  (random) => ({
    event: 'account_transaction',
    data: {
      id: random.uuid(),
      accountId: random.uuid(),
      type,
      subtype,
      amount: amount(random),
      currency: random.pick(['EUR', 'USD']),
      referenceId: random.uuid(),
      timestamp: timestamp(random),
    },
  });

/** Every kind of payload that the contract shows (8.1, 8.4 to 8.6), in both vocabularies, and two that it does not. */
const MAKERS: readonly Maker[] = [
  ...['authorization', 'settle', 'refund', 'decline', 'cancel', 'topup', 'withdraw', 'adjustment'].map((type) =>
    cardStep(type),
  ),
  ...['cleared', 'refunded', 'declined', 'freeze', 'unfreeze', 'close'].map((type) => cardStep(type)),
  // The lifecycle sample has neither id nor amount.
  (random) => ({
    event: 'card_transaction',
    data: {
      type: random.pick(['issued', 'issue']),
      cardId: random.uuid(),
      userId: random.uuid(),
      timestamp: timestamp(random),
    },
  }),
  ...['authorization_fee', 'decline_fee', 'settlement_fee', 'platform_fee', 'settle_fee', 'issue_fee'].map((fee) =>
    accountStep('fee', fee),
  ),
  ...['card_deposit', 'card_withdraw'].map((subtype) => accountStep('transfer', subtype)),
  (random) => ({
    event: 'user_account_transaction',
    data: {
      id: random.uuid(),
      type: 'deposit_user',
      amount: amount(random),
      currency: 'EUR',
      referenceId: random.uuid(),
    },
  }),
  ...['tokenization_done', 'tokenization_expired'].map(
    (type): Maker =>
      (random) => ({ event: 'card_tokenization', data: { type, cardId: random.uuid(), timestamp: timestamp(random) } }),
  ),
  (random) => ({
    cardholderId: random.uuid(),
    status: random.pick(['wait_audit', 'under_review', 'pass_audit', 'reject']),
    previousStatus: 'pending_review',
    description: 'document façade unreadable, 日本語',
    timestamp: timestamp(random),
  }),
  (random) => ({ event: 'kyc', data: { id: random.uuid(), type: 'verified' } }),
  (random) => ({ anything: random.uuid() }),
];

/** A payload of any kind. */
export function payload(random: Random): Data {
  return random.pick(MAKERS)(random);
}

/** One payload of each kind. */
export function everyPayload(random: Random): Data[] {
  return MAKERS.map((make) => make(random));
}

/** One id through authorization, settlement and refund, as PayCA may send it. */
export function oneIdThroughItsSteps(random: Random): Data[] {
  const shared = { id: random.uuid(), cardId: random.uuid(), referenceId: random.uuid() };
  return ['authorization', 'settle', 'refund'].map((type) => cardStep(type, shared)(random));
}

/** A wallet's one-time code on its way to the cardholder. */
export function tokenizationCode(random: Random): { payload: Data; code: string } {
  // Letters keep a search for it from finding a part of some other number.
  const code = `OTP-${random.digits(6)}-${random.uuid().slice(0, 8)}`;
  return {
    payload: { event: 'card_tokenization', data: { type: 'tokenization_code', cardId: random.uuid(), code } },
    code,
  };
}
