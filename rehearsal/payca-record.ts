import Big from 'big.js';
import type { Random } from './payca';
import { type Books, decimal, type TenantBalances, tenantAccount } from './payca-books';
import type { Origin, Outbox } from './payca-outbox';
import type { Card, User } from './payca-tenant';

const OLDER_WORDS: Readonly<Record<string, string>> = {
  issue: 'issued',
  settle: 'cleared',
  refund: 'refunded',
  decline: 'declined',
};

/** By vocabulary; the older one has no subtype for the issue of a card (payca-contract.md, 9.3). */
const FEE_SUBTYPES = {
  older: {
    issue: 'platform_fee',
    authorization: 'authorization_fee',
    settlement: 'settlement_fee',
    decline: 'decline_fee',
  },
  newer: { issue: 'issue_fee', authorization: undefined, settlement: 'settle_fee', decline: 'decline_fee' },
};

/** What the contract leaves open, or tells differently (payca-contract.md, 15.2 and 15.3); an act may choose. */
export interface TenantSettings {
  /** Vocabulary of events, and when fees are charged (payca-contract.md, 8.6 and 9.3). */
  words: 'older' | 'newer';
  /** The new user's id in the answer of `POST /v1/users`. */
  userId: 'id' | 'userId';
  /** The new transaction's id in an answer. */
  transactionId: 'transactionId' | 'id' | 'txId';
  /** The account in the request of a topup or withdrawal. */
  topupAccount: 'accountID' | 'accountId';
  /** Whether `GET /v1/users/{id}` also finds a user by the id that we gave it. */
  findsByOwnId: boolean;
  /** What becomes of money on a card that is closed. */
  closeWithMoney: 'returned' | 'refused';
}

/** What belongs together at PayCA: its events and moves share a reference. */
export interface Flow extends Origin {
  readonly referenceId: string;
}

/** An amount of a currency. */
export interface Money {
  readonly amount: Big;
  readonly currency: string;
}

/** Writes each step down twice: as a move in the books, and as a webhook. */
export class FlowRecord {
  /** In the card's currency; 0.35 is the contract's sample (payca-contract.md, 10). */
  fees = { issue: '1.00', authorization: '0.35', settlement: '0.35', decline: '0.10' };

  readonly settings: TenantSettings;

  constructor(
    generation: 'older' | 'newer' | 'both',
    readonly books: Books,
    readonly balances: TenantBalances,
    private readonly outbox: Outbox,
    private readonly random: Random,
    readonly now: () => number,
  ) {
    this.settings = {
      words: generation === 'older' ? 'older' : 'newer',
      userId: generation === 'newer' ? 'userId' : 'id',
      transactionId: 'transactionId',
      topupAccount: 'accountID',
      findsByOwnId: true,
      closeWithMoney: 'returned',
    };
  }

  flow({ requestId, idempotencyKey }: Origin): Flow {
    return { requestId, idempotencyKey, referenceId: this.random.uuid() };
  }

  move(id: string, what: string, [from, to]: readonly [string, string], money: Money, flow: Flow): void {
    const { referenceId, idempotencyKey } = flow;
    if (money.amount.eq(0)) return;
    this.books.move({ id, at: new Date(this.now()), what, from, to, ...money, referenceId, idempotencyKey });
  }

  /** payca-contract.md, 8.4; gives the event's id. */
  cardEvent(type: string, card: Card, amount: Big | undefined, flow: Flow, linkedId?: string): string {
    const id = this.random.uuid();
    const { words } = this.settings;
    const common = { cardId: card.id, type: words === 'older' ? (OLDER_WORDS[type] ?? type) : type };
    const { currency } = card;
    const money = amount && { transactionAmount: decimal(amount, currency), transactionCurrency: currency };
    const timestamp = this.timestamp();
    const data =
      words === 'older' && type === 'issue'
        ? { ...common, userId: card.user?.id, timestamp }
        : { id, ...common, ...money, referenceId: flow.referenceId, linkedId, timestamp };
    this.outbox.emit('card', { event: 'card_transaction', data }, flow);
    return id;
  }

  accountEvent(kind: readonly [string, string], accountId: string, money: Money, flow: Flow): string {
    const id = this.random.uuid();
    const [type, subtype] = kind;
    const data = { id, accountId, type, subtype, ...this.said(money), ...this.tail(flow) };
    this.outbox.emit('account', { event: 'account_transaction', data }, flow);
    return id;
  }

  /** The body is shown nowhere (payca-contract.md, 8.4): that of an account's event stands in for it. */
  userEvent(type: string, { accountId }: User, money: Money, flow: Flow, id = this.random.uuid()): void {
    const data = { id, accountId, type, ...this.said(money), ...this.tail(flow) };
    this.outbox.emit('user', { event: 'user_account_transaction', data }, flow);
  }

  /** From the tenant's own account, at once. */
  fee(kind: keyof FlowRecord['fees'], { currency }: Card, flow: Flow): void {
    const subtype = FEE_SUBTYPES[this.settings.words][kind];
    const money = { amount: Big(this.fees[kind]), currency };
    if (subtype) this.charge(subtype, tenantAccount(currency), money, flow);
  }

  charge(subtype: string, from: string, money: Money, flow: Flow): void {
    if (money.amount.eq(0)) return;
    const id = this.accountEvent(['fee', subtype], tenantAccount(money.currency), money, flow);
    this.move(id, subtype, [from, this.balances.fees], money, flow);
  }

  private said({ amount, currency }: Money) {
    return { amount: decimal(amount, currency), currency };
  }

  private tail({ referenceId }: Flow) {
    return { referenceId, timestamp: this.timestamp() };
  }

  /** Second precision, as in all samples (payca-contract.md, 7). */
  private timestamp(): string {
    return `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
  }
}
