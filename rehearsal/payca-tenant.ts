import Big from 'big.js';
import type { Random } from './payca';
import { amountIn, OUTSIDE, tenantAccount } from './payca-books';
import type { Origin } from './payca-outbox';
import type { FlowRecord } from './payca-record';
import { absent, conflict, invalid } from './payca-refusals';
import type { CardSpending } from './payca-spending';

/** A BIN as accounts and users show it (payca-contract.md, 10). */
export interface Bin {
  readonly bin: string;
  readonly currencyCode: string;
  readonly provider?: string;
  readonly isTokenizable?: boolean;
  readonly settings?: { readonly minCardBalance?: string };
  readonly fees?: unknown;
  /** Not documented. */
  readonly mcc?: unknown;
}

/** payca-contract.md, 11.1. */
export type UserState = 'pending' | 'active' | 'frozen' | 'blocked';

export interface User {
  readonly id: string;
  /** The id that we gave. */
  readonly ownId: string;
  /** The wallet. */
  readonly accountId: string;
  meta: Readonly<Record<string, unknown>>;
  bins: readonly Bin[];
  status: UserState;
}

export interface Card {
  readonly id: string;
  /** A user's wallet, or the tenant's own account. */
  readonly linkedAccountId: string;
  /** Whose money is spent: the wallet's, or the card's own (payca-contract.md, 9.1). */
  readonly purse: string;
  readonly user?: User;
  readonly bin: string;
  readonly currency: string;
  readonly last4: string;
  readonly issuedAt: Date;
  state: 'active' | 'frozen' | 'closed';
}

/** Users, cards and the money between them and the tenant. */
export class Tenant {
  readonly users: User[] = [];
  readonly cards: Card[] = [];
  bins: readonly Bin[] = ['EUR', 'USD'].map((currencyCode) => ({
    bin: '411111',
    currencyCode,
    provider: 'visa',
    isTokenizable: true,
    settings: { minCardBalance: '1.00' },
  }));

  constructor(
    private readonly record: FlowRecord,
    private readonly spending: CardSpending,
    private readonly random: Random,
  ) {}

  /** For acts and tests: what must not be left over. */
  get openCards(): Card[] {
    return this.cards.filter(({ state }) => state !== 'closed');
  }

  get activeUsers(): User[] {
    return this.users.filter(({ status }) => status === 'active');
  }

  user(id: unknown): User {
    const { findsByOwnId } = this.record.settings;
    const found = this.users.find((user) => user.id === id || (findsByOwnId && user.ownId === id));
    if (!found) throw absent('user');
    return found;
  }

  card(id: unknown): Card {
    const found = this.cards.find((card) => card.id === id);
    if (!found) throw absent('card');
    return found;
  }

  /** An id that we gave twice is refused, which is not documented. */
  addUser(given: Pick<User, 'ownId' | 'meta' | 'bins' | 'status'>): User {
    if (this.users.some(({ ownId }) => ownId === given.ownId)) throw conflict('a user with this id is there already');
    const user: User = { id: this.random.uuid(), accountId: this.random.uuid(), ...given };
    this.users.push(user);
    return user;
  }

  /** A frozen user's cards are frozen, a blocked one's closed (payca-contract.md, 11.1). */
  setStatus(user: User, status: UserState, origin: Origin): void {
    user.status = status;
    for (const card of this.openCards.filter((one) => one.user === user)) {
      if (status === 'frozen' && card.state === 'active') this.setState(card, 'frozen', origin);
      if (status === 'blocked') this.setState(card, 'closed', origin);
    }
  }

  /** From a wallet, which is what it then spends, or from the tenant's own account with an opening balance. */
  issue(
    given: { readonly accountId: unknown; readonly bin: unknown; readonly balance: unknown },
    origin: Origin,
  ): Card {
    const user = this.users.find(({ accountId }) => accountId === given.accountId);
    if (user) mustBeActive(user);
    const bin = this.binFor(user, given);
    const currency = bin.currencyCode;
    const opening = user && given.balance === undefined ? Big(0) : amountIn(given.balance, currency);
    const least = user ? 0 : (bin.settings?.minCardBalance ?? 0);
    if (!opening?.gte(least)) throw invalid('balance');
    const source = String(given.accountId);
    this.mustHave(source, opening, currency);
    const id = this.random.uuid();
    const card: Card = {
      ...{ id, linkedAccountId: source, purse: user ? source : id, user, bin: bin.bin, currency },
      ...{ last4: this.random.digits(4), issuedAt: new Date(this.record.now()), state: 'active' },
    };
    this.cards.push(card);
    const flow = this.record.flow(origin);
    this.record.cardEvent('issue', card, opening, flow);
    if (!user) {
      const moved = this.record.accountEvent(['transfer', 'card_deposit'], source, { amount: opening, currency }, flow);
      this.record.move(moved, 'issue', [source, id], { amount: opening, currency }, flow);
    }
    this.record.fee('issue', card, flow);
    return card;
  }

  freeze(card: Card, frozen: boolean, origin: Origin): void {
    if (card.state === 'closed') throw conflict('the card is closed');
    this.setState(card, frozen ? 'frozen' : 'active', origin);
  }

  close(card: Card, origin: Origin): void {
    const { settings, books } = this.record;
    if (card.state === 'closed') throw conflict('the card is closed');
    if (this.spending.holds(card)) throw conflict('an authorization is open');
    const left = card.user ? Big(0) : books.balance(card.purse, card.currency);
    if (left.gt(0) && settings.closeWithMoney === 'refused') throw conflict('the card has a balance');
    if (left.gt(0)) this.takeBack(card, left, origin);
    this.setState(card, 'closed', origin);
  }

  /** Gives the transaction's id. */
  topUp(card: Card, accountId: unknown, value: unknown, origin: Origin): string {
    const { currency, purse } = card;
    const amount = this.movable(card, accountId, value);
    const account = String(accountId);
    this.mustHave(account, amount, currency);
    const flow = this.record.flow(origin);
    const id = this.record.cardEvent('topup', card, amount, flow);
    this.record.accountEvent(['transfer', 'card_deposit'], account, { amount, currency }, flow);
    this.record.move(id, 'topup', [account, purse], { amount, currency }, flow);
    return id;
  }

  /** Back to the tenant's own account; gives the transaction's id. */
  withdraw(card: Card, accountId: unknown, value: unknown, origin: Origin): string {
    const amount = this.movable(card, accountId, value);
    this.mustHave(card.purse, amount, card.currency);
    return this.takeBack(card, amount, origin);
  }

  /** Between the tenant's own account and wallets, whose owners must be active (payca-contract.md, 7.4). */
  transfer(given: Readonly<Record<string, unknown>>, origin: Origin): string {
    const currency = String(given.currency);
    if (!this.record.balances.currencies().includes(currency)) throw invalid('currency');
    const amount = amountIn(given.amount, currency);
    if (!amount?.gt(0)) throw invalid('amount');
    const ends = [String(given.fromAccountId), String(given.toAccountId)] as const;
    const [from, to] = ends.map((account) => this.ownerOf(account, currency));
    if (ends[0] === ends[1]) throw invalid('toAccountId');
    this.mustHave(ends[0], amount, currency);
    const flow = this.record.flow(origin);
    const id = this.random.uuid();
    this.record.move(id, 'transfer', ends, { amount, currency }, flow);
    if (from) this.record.userEvent('withdraw', from, { amount, currency }, flow, id);
    if (to) this.record.userEvent('deposit', to, { amount, currency }, flow, from ? undefined : id);
    return id;
  }

  /** payca-contract.md, 12: direct funding of a card in the sandbox. */
  fundFromOutside(card: Card, value: unknown, origin: Origin): string {
    const amount = amountIn(value, card.currency);
    if (!amount?.gt(0)) throw invalid('amount');
    const flow = this.record.flow(origin);
    const id = this.record.cardEvent('topup', card, amount, flow);
    this.record.move(id, 'topup', [OUTSIDE, card.purse], { amount, currency: card.currency }, flow);
    return id;
  }

  private takeBack(card: Card, amount: Big, origin: Origin): string {
    const { currency, purse, linkedAccountId } = card;
    const flow = this.record.flow(origin);
    const id = this.record.cardEvent('withdraw', card, amount, flow);
    this.record.accountEvent(['transfer', 'card_withdraw'], linkedAccountId, { amount, currency }, flow);
    this.record.move(id, 'withdraw', [purse, linkedAccountId], { amount, currency }, flow);
    return id;
  }

  private setState(card: Card, state: Card['state'], origin: Origin): void {
    const type = { active: 'unfreeze', frozen: 'freeze', closed: 'close' }[state];
    card.state = state;
    // The older vocabulary has no word for it.
    if (this.record.settings.words === 'newer') this.record.cardEvent(type, card, undefined, this.record.flow(origin));
  }

  private movable(card: Card, accountId: unknown, value: unknown): Big {
    if (card.state !== 'active') throw conflict(`the card is ${card.state}`);
    if (card.user) throw conflict('the card spends from a wallet');
    if (accountId !== tenantAccount(card.currency)) throw invalid(this.record.settings.topupAccount);
    const amount = amountIn(value, card.currency);
    if (!amount?.gt(0)) throw invalid('amount');
    return amount;
  }

  private mustHave(account: string, amount: Big, currency: string): void {
    if (this.record.books.balance(account, currency).lt(amount)) throw conflict('not enough money');
  }

  /** A wallet holds several currencies: there the BIN alone says which one a card spends. */
  private binFor(user: User | undefined, { accountId, bin }: { accountId: unknown; bin: unknown }): Bin {
    const own = this.record.balances.currencies().find((currency) => tenantAccount(currency) === accountId);
    if (!user && !own) throw absent('account');
    const offered = user && user.bins.length > 0 ? user.bins : this.bins;
    const found = offered.find((one) => one.bin === bin && (user || one.currencyCode === own));
    if (!found) throw invalid('bin');
    return found;
  }

  /** Nobody for the tenant's own account. */
  private ownerOf(account: string, currency: string): User | undefined {
    if (account === tenantAccount(currency)) return undefined;
    const user = this.users.find(({ accountId }) => accountId === account);
    if (!user) throw absent('account');
    mustBeActive(user);
    return user;
  }
}

function mustBeActive({ status }: User): void {
  if (status !== 'active') throw conflict(`the user is ${status}`);
}
