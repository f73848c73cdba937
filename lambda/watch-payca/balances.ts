import Big from 'big.js';
import { BALANCES_PATHS } from '../payca/api';
import { type Fields, fields } from '../payca/json';

/** Money of one currency at PayCA. Amounts are decimals as text, exact; `pending` are holds of open authorizations. */
export interface Balance {
  /** ISO 4217, or `unknown` where PayCA does not say and the config names no single currency. */
  readonly currency: string;
  readonly available: string;
  readonly pending: string;
  /** Fees accrued in the current month; only `GET /v1/users/stats` tells. */
  readonly feesThisMonth?: string;
}

/** The balances that PayCA told last. */
export interface LastLook {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly balances: readonly Balance[];
}

export interface Reading {
  readonly balances: readonly Balance[];
  /** What could not be read, in words fit for a log. */
  readonly problems: readonly string[];
}

export type BalanceSource = keyof typeof BALANCES_PATHS;

export const UNKNOWN_CURRENCY = 'unknown';

/**
 * The balances in an answer of PayCA. The nesting of `liquidity` is not documented, so one object, a list and a map by
 * currency are all read; `currency` stands for the one that an answer without any is in.
 */
export function readBalances(body: unknown, source: BalanceSource, currency?: string): Reading {
  const problems: string[] = [];
  const found = source === 'accounts' ? accounts(body, problems) : liquidity(body, currency, problems);
  if (found.length === 0 && problems.length === 0) problems.push(`${BALANCES_PATHS[source]} names no balance`);
  return { balances: summed(found), problems };
}

function accounts(body: unknown, problems: string[]): Balance[] {
  const list = fields(body).accounts;
  if (!Array.isArray(list)) {
    problems.push('the answer has no list of accounts');
    return [];
  }
  return list.map(fields).flatMap((account, index) => {
    // A closed account's money is not there to be spent.
    if (account.status !== undefined && account.status !== 'active') return [];
    const { available, pending = '0' } = fields(account.balance);
    return balance(`accounts[${index}]`, account.currency, { available, pending }, problems);
  });
}

function liquidity(body: unknown, currency: string | undefined, problems: string[]): Balance[] {
  const value = fields(body).liquidity;
  const parts: [string, Fields][] = Array.isArray(value)
    ? value.map((item, index) => [`liquidity[${index}]`, fields(item)])
    : 'balance' in fields(value)
      ? [['liquidity', fields(value)]]
      : Object.entries(fields(value)).map(([key, item]) => [`liquidity.${key}`, { currency: key, ...fields(item) }]);
  return parts.flatMap(([place, { currency: own, currencyCode, balance: available, pending = '0', feesThisMonth }]) =>
    balance(place, own ?? currencyCode ?? currency, { available, pending, feesThisMonth }, problems),
  );
}

function balance(
  place: string,
  currency: unknown,
  amounts: Readonly<Record<'available' | 'pending', unknown>> & { readonly feesThisMonth?: unknown },
  problems: string[],
): Balance[] {
  const read = Object.entries(amounts).flatMap(([name, value]): [string, string][] => {
    if (value === undefined && name === 'feesThisMonth') return [];
    const amount = decimal(value);
    if (amount === undefined) problems.push(`${place}: ${name} is no decimal`);
    return amount === undefined ? [] : [[name, amount]];
  });
  const { available, pending, feesThisMonth } = Object.fromEntries(read);
  if (available === undefined || pending === undefined) return [];
  const code = typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) ? currency : UNKNOWN_CURRENCY;
  return [{ currency: code, available, pending, feesThisMonth }];
}

/** One balance a currency; a tenant may have several accounts in one. */
function summed(found: readonly Balance[]): Balance[] {
  const byCurrency = new Map<string, Balance>();
  for (const one of found) {
    const other = byCurrency.get(one.currency);
    byCurrency.set(one.currency, other ? added(one, other) : one);
  }
  return [...byCurrency.values()].sort((a, b) => a.currency.localeCompare(b.currency));
}

function added(one: Balance, other: Balance): Balance {
  const fees = [one.feesThisMonth, other.feesThisMonth].filter((value) => value !== undefined);
  return {
    currency: one.currency,
    available: add(one.available, other.available),
    pending: add(one.pending, other.pending),
    feesThisMonth: fees.length > 0 ? fees.reduce(add) : undefined,
  };
}

export function add(one: string, other: string): string {
  return new Big(one).plus(other).toFixed();
}

const DECIMAL = /^-?\d{1,30}(\.\d{1,12})?$/;

/** Money comes as a string with a decimal point (payca-contract.md, 7); whole JSON numbers are taken too. */
export function decimal(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && DECIMAL.test(text) ? new Big(text).toFixed() : undefined;
}

/**
 * Whether money moved between two readings in a way that PayCA tells by webhook: a hold changed, or money left. Money
 * that arrives may be treasury's wire, which sends none.
 */
export function moved(before: readonly Balance[], now: readonly Balance[]): boolean {
  return before.some((earlier) => {
    const later = now.find(({ currency }) => currency === earlier.currency);
    if (!later) return false;
    return !new Big(later.pending).eq(earlier.pending) || new Big(later.available).lt(earlier.available);
  });
}

/** The balance as a multiple of what was spent in a day; `undefined` when nothing was. */
export function dailySpends(available: string, spentInADay: string): number | undefined {
  const spent = new Big(spentInADay);
  return spent.gt(0) ? new Big(available).div(spent).toNumber() : undefined;
}
