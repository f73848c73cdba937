import type { ApiAnswer, ApiRequest, PaycaApiServer } from './payca-api';
import { decimal, pendingOf, tenantAccount } from './payca-books';
import type { FlowRecord } from './payca-record';
import { invalid, Refusal } from './payca-refusals';
import type { CardSpending } from './payca-spending';
import type { Bin, Card, Tenant, User, UserState } from './payca-tenant';

/** payca-contract.md, 6. */
const MAX_PAGE = 100;
const CARD_STEPS = ['authorization', 'settle', 'cancel', 'refund'];
const USER_STATES: readonly unknown[] = ['pending', 'active', 'frozen', 'blocked'] satisfies UserState[];

/** The calls of payca-contract.md, 7, for users, cards and money. What only one generation has, the other lacks. */
export class TenantCalls {
  constructor(
    private readonly server: PaycaApiServer,
    private readonly tenant: Tenant,
    private readonly record: FlowRecord,
    private readonly spending: CardSpending,
  ) {
    this.users();
    this.cards();
    this.sandbox();
    if (server.generation !== 'newer') this.onlyOlder();
    if (server.generation !== 'older') this.onlyNewer();
  }

  private users(): void {
    const { server, tenant } = this;
    server.on('POST', '/v1/users', ({ body }) => {
      const user = tenant.addUser(this.newUser(body));
      const { userId } = this.record.settings;
      return done(201, { [userId]: user.id, userAccountId: user.accountId, status: user.status });
    });
    server.on('GET', '/v1/users/{id}', ({ parameters }) => done(200, this.shownUser(tenant.user(parameters.id))));
    server.on('PATCH', '/v1/users/{id}/status', (request) => {
      const user = tenant.user(request.parameters.id);
      tenant.setStatus(user, state(fields(request.body).status), request);
      return done(200, this.shownUser(user));
    });
    server.on('GET', '/v1/accounts/{id}/transactions', ({ parameters, query }) =>
      this.history([String(parameters.id)], query),
    );
  }

  private cards(): void {
    const { server, tenant } = this;
    server.on('POST', '/v1/cards', (request) => {
      const { accountId, bin, balance } = fields(request.body);
      return done(201, shownCard(tenant.issue({ accountId, bin, balance }, request)));
    });
    server.on('GET', '/v1/cards/{id}', ({ parameters }) => done(200, shownCard(tenant.card(parameters.id))));
    for (const action of ['freeze', 'unfreeze'] as const)
      server.on('POST', `/v1/cards/{id}/${action}`, (request) => {
        const card = tenant.card(request.parameters.id);
        tenant.freeze(card, action === 'freeze', request);
        return done(200, shownCard(card));
      });
    const close = (request: ApiRequest) => {
      const card = tenant.card(request.parameters.id);
      tenant.close(card, request);
      return done(200, shownCard(card));
    };
    server.on('DELETE', '/v1/cards/{id}', close);
    server.on('POST', '/v1/cards/{id}/close', close);
  }

  private onlyOlder(): void {
    const { server, tenant } = this;
    server.on('GET', '/v1/users/stats', () => done(200, this.stats()));
    server.on('PATCH', '/v1/users/{id}', ({ parameters, body }) => {
      const user = tenant.user(parameters.id);
      user.meta = { ...user.meta, ...fields(fields(body).meta) };
      return done(200, this.shownUser(user));
    });
    server.on('POST', '/v1/users/{id}/bins', ({ parameters, body }) => {
      const user = tenant.user(parameters.id);
      const given = bins(Array.isArray(body) ? body : fields(body).bins);
      const others = user.bins.filter(({ bin }) => !given.some((one) => one.bin === bin));
      user.bins = [...others, ...given];
      return done(200, this.shownUser(user));
    });
    server.on('POST', '/v1/users/transfer', (request) =>
      this.transaction(tenant.transfer(fields(request.body), request), 'transfer'),
    );
    server.on('GET', '/v1/users/{id}/account/transactions', ({ parameters, query }) =>
      this.history([tenant.user(parameters.id).accountId], query),
    );
    server.on('GET', '/v1/users/{id}/card/transactions', ({ parameters, query }) => {
      const { accountId } = tenant.user(parameters.id);
      return this.history([accountId, pendingOf(accountId)], query, CARD_STEPS);
    });
  }

  private onlyNewer(): void {
    const { server, tenant, record } = this;
    server.on('GET', '/v2/accounts', () => done(200, this.accounts()));
    server.on('GET', '/v1/cards', ({ query }) => page('cards', tenant.cards.map(shownCard), query));
    server.on('POST', '/v1/cards/{id}/topup', (request) => {
      const { [record.settings.topupAccount]: account, amount } = fields(request.body);
      return this.transaction(tenant.topUp(tenant.card(request.parameters.id), account, amount, request), 'topup');
    });
    server.on('POST', '/v1/cards/{id}/withdraw', (request) => {
      const { [record.settings.topupAccount]: account, amount } = fields(request.body);
      const id = tenant.withdraw(tenant.card(request.parameters.id), account, amount, request);
      return this.transaction(id, 'withdraw');
    });
  }

  /** payca-contract.md, 12: not in production. */
  private sandbox(): void {
    const { server, tenant } = this;
    const inSandbox = (handle: (request: ApiRequest) => ApiAnswer) => (request: ApiRequest) => {
      if (server.environment === 'production') throw new Refusal(403, 'ErrForbidden', 'not in this environment');
      return handle(request);
    };
    server.on(
      'POST',
      '/sandbox/transactions',
      inSandbox((request) => {
        const { cardId, type, ...step } = fields(request.body);
        const { id, type: became } = this.spending.take(
          tenant.card(cardId),
          { type: String(type), amount: step.amount, currency: step.currency, linkedId: step.linkedId },
          request,
        );
        return this.transaction(id, became);
      }),
    );
    server.on(
      'POST',
      '/sandbox/cards/fund',
      inSandbox((request) => {
        const { cardId, amount } = fields(request.body);
        return this.transaction(tenant.fundFromOutside(tenant.card(cardId), amount, request), 'topup');
      }),
    );
  }

  private newUser(body: unknown): Pick<User, 'ownId' | 'meta' | 'bins' | 'status'> {
    const { generation } = this.server;
    const given = fields(body);
    const name = generation === 'both' ? (given.userId === undefined ? 'externalId' : 'userId') : OWN_ID[generation];
    const ownId = given[name];
    if (typeof ownId !== 'string' || ownId === '') throw invalid(name);
    const status = given.status === undefined ? 'pending' : state(given.status);
    return { ownId, meta: fields(given.meta), bins: given.bins === undefined ? [] : bins(given.bins), status };
  }

  private transaction(id: string, type: string): ApiAnswer {
    return done(200, { [this.record.settings.transactionId]: id, type });
  }

  private shownUser({ id, ownId, accountId, status, meta, bins: own }: User) {
    const { settings, books } = this.record;
    const balances = books.currencies(accountId).map((currency) => this.balance(accountId, currency));
    return { [settings.userId]: id, externalId: ownId, status, meta, bins: own, account: { id: accountId, balances } };
  }

  private balance(account: string, currency: string) {
    const { books } = this.record;
    return {
      currency,
      available: decimal(books.balance(account, currency), currency),
      pending: decimal(books.balance(pendingOf(account), currency), currency),
    };
  }

  /** payca-contract.md, 7.3: per currency; the nesting is not shown there. */
  private stats() {
    const liquidity = [...this.record.balances].map(([currency, { available, ...others }]) => [
      currency,
      { balance: available, ...others },
    ]);
    return { liquidity: Object.fromEntries(liquidity) };
  }

  private accounts() {
    const accounts = [...this.record.balances].map(([currency, { available, pending }]) => ({
      id: tenantAccount(currency),
      currency,
      balance: { available, pending },
      status: 'active',
      bins: this.tenant.bins.filter(({ currencyCode }) => currencyCode === currency),
    }));
    return { accounts };
  }

  /** The shape is not shown; that of an account's event stands in for it. */
  private history(accounts: readonly string[], query: URLSearchParams, steps?: readonly string[]): ApiAnswer {
    const moves = this.record.books.moves.filter(({ from, to }) => accounts.includes(from) || accounts.includes(to));
    const entries = moves
      .filter(({ what }) => steps?.includes(what) ?? true)
      .map(({ id, at, what, from, amount, currency, referenceId }) => ({
        id,
        type: what,
        amount: `${accounts.includes(from) ? '-' : ''}${decimal(amount, currency)}`,
        currency,
        referenceId,
        timestamp: at.toISOString(),
      }));
    return page('transactions', entries, query);
  }
}

/** The field that carries our id of a new user, where a generation knows only one. */
const OWN_ID = { older: 'userId', newer: 'externalId' } as const;

const done = (status: number, body: unknown): ApiAnswer => ({ status, body });

function shownCard({ id, linkedAccountId, last4, state: status, bin, currency }: Card) {
  return { cardId: id, linkedAccountId, last4, status, bin, currency };
}

function page(name: string, items: readonly unknown[], query: URLSearchParams): ApiAnswer {
  const limit = Number(query.get('limit') ?? MAX_PAGE);
  const start = Number(Buffer.from(query.get('cursor') ?? '', 'base64url').toString() || 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) throw invalid('limit');
  if (!Number.isInteger(start) || start < 0) throw invalid('cursor');
  const end = start + limit;
  const nextCursor = end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return done(200, { [name]: items.slice(start, end), nextCursor });
}

function state(value: unknown): UserState {
  if (!USER_STATES.includes(value)) throw invalid('status');
  return value as UserState;
}

function bins(value: unknown): Bin[] {
  const complete = (one: unknown) => {
    const { bin, currencyCode } = fields(one);
    return typeof bin === 'string' && typeof currencyCode === 'string';
  };
  if (!Array.isArray(value) || !value.every(complete)) throw invalid('bins');
  return value as Bin[];
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
