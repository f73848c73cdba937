import Big from 'big.js';

/** Money that went from one account to another; what a move does not name has not changed. */
export interface Move {
  readonly id: string;
  readonly at: Date;
  /** In PayCA's words: `issue`, `topup`, `authorization`, `settle_fee` and so on. */
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** Never negative. */
  readonly amount: Big;
  /** ISO 4217. */
  readonly currency: string;
  /** Shared by all moves and events of one flow (payca-contract.md, 8.4). */
  readonly referenceId: string;
  readonly idempotencyKey?: string;
}

/** Where money comes from that is wired to PayCA, and where a merchant's goes. */
export const OUTSIDE = 'outside';

/** What is held of an account for open authorizations and fees. */
export const pendingOf = (account: string) => `${account}/pending`;

/** Every move is one account's loss and another's gain, so the books add up at any time. */
export class Books {
  readonly moves: Move[] = [];
  private readonly sums = new Map<string, Big>();

  move(move: Move): void {
    this.moves.push(move);
    this.add(move.from, move.currency, move.amount.neg());
    this.add(move.to, move.currency, move.amount);
  }

  balance(account: string, currency: string): Big {
    return this.sums.get(`${account} ${currency}`) ?? Big(0);
  }

  /** In which currencies an account has ever had money. */
  currencies(account: string): string[] {
    return [...this.sums.keys()].filter((key) => key.startsWith(`${account} `)).map((key) => key.slice(-3));
  }

  /** What the moves of an account come to, whatever its balance says. */
  recount(account: string, currency: string): Big {
    return this.moves
      .filter((move) => move.currency === currency)
      .reduce(
        (sum, { from, to, amount }) => sum.plus(to === account ? amount : 0).minus(from === account ? amount : 0),
        Big(0),
      );
  }

  private add(account: string, currency: string, amount: Big): void {
    this.sums.set(`${account} ${currency}`, this.balance(account, currency).plus(amount));
  }
}

/** An amount as PayCA writes it: with the currency's own decimals. */
export function decimal(amount: Big, currency: string): string {
  return amount.toFixed(decimals(currency));
}

/** A decimal string with no more decimals than the currency has; `undefined` for anything else. */
export function amountIn(value: unknown, currency: string): Big | undefined {
  if (typeof value !== 'string' || !/^\d{1,15}(\.\d{1,8})?$/.test(value)) return undefined;
  const amount = Big(value);
  return amount.eq(amount.round(decimals(currency))) ? amount : undefined;
}

/** To ask takes longer than all else that is done with an amount. */
const DECIMALS = new Map<string, number>();

function decimals(currency: string): number {
  const known = DECIMALS.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  DECIMALS.set(currency, maximumFractionDigits ?? 2);
  return maximumFractionDigits ?? 2;
}

/** The tenant's money in one currency, as decimal strings. */
export interface TenantBalance {
  readonly available: string;
  readonly pending: string;
  readonly feesThisMonth: string;
}

/** PayCA's id of the tenant's own account in a currency: mirror account, or master account. */
export const tenantAccount = (currency: string) => `tenant-${currency.toLowerCase()}`;

/** The tenant's own accounts. What is set is wired from outside, or back. */
export class TenantBalances {
  constructor(
    private readonly books: Books,
    private readonly now: () => number,
    private readonly newId: () => string,
  ) {}

  /** The account that collects a month's fees: it is how `feesThisMonth` begins again at zero. */
  get fees(): string {
    return `fees ${new Date(this.now()).toISOString().slice(0, 7)}`;
  }

  currencies(): string[] {
    return [
      ...new Set(this.books.moves.flatMap(({ to, currency }) => (to === tenantAccount(currency) ? currency : []))),
    ];
  }

  get(currency: string): TenantBalance {
    const account = tenantAccount(currency);
    const of = (name: string) => decimal(this.books.balance(name, currency), currency);
    return { available: of(account), pending: of(pendingOf(account)), feesThisMonth: of(this.fees) };
  }

  set(currency: string, { available, pending, feesThisMonth }: TenantBalance): void {
    const account = tenantAccount(currency);
    this.wire(account, currency, available);
    this.wire(pendingOf(account), currency, pending);
    this.wire(this.fees, currency, feesThisMonth);
  }

  *[Symbol.iterator](): IterableIterator<[string, TenantBalance]> {
    for (const currency of this.currencies()) yield [currency, this.get(currency)];
  }

  private wire(account: string, currency: string, wanted: string): void {
    const missing = Big(wanted).minus(this.books.balance(account, currency));
    const [from, to] = missing.lt(0) ? [account, OUTSIDE] : [OUTSIDE, account];
    const at = new Date(this.now());
    const move = { id: this.newId(), at, what: 'wire', from, to, amount: missing.abs(), currency };
    this.books.move({ ...move, referenceId: this.newId() });
  }
}
