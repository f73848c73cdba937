import type { BinFees, MccRestriction, Tier } from '../payca/bin-catalogue';
import { type Fields, fields } from '../payca/json';
import { shown } from './problems';
import { keyOf } from './sorted-rows';
import { type Terms, termsOf } from './terms';

/** PayCA's accounts and BINs, as `GET /v2/accounts` tells them. */
export interface LiveCatalogue {
  readonly currencies: ReadonlySet<string>;
  /** Terms by BIN and currency; what PayCA does not tell is absent. */
  readonly bins: ReadonlyMap<string, Terms>;
  /** Currencies by BIN. */
  readonly currenciesOf: ReadonlyMap<string, readonly string[]>;
}

/** What is known of PayCA's side. */
export type Live =
  /** The profile has no such call. */
  | { readonly state: 'not-offered' }
  /** PayCA could not be asked, or its answer names no BIN. */
  | { readonly state: 'not-read'; readonly reason: string }
  | ({ readonly state: 'read' } & LiveCatalogue);

/** Reads an answer of `GET /v2/accounts`; what is unknown in it is left out, since other versions of PayCA have more. */
export function readLive(body: unknown): Live {
  const { accounts } = fields(body);
  if (!Array.isArray(accounts)) return { state: 'not-read', reason: 'its answer has no list of accounts' };
  const bins = new Map<string, Terms>();
  const [currencies, currenciesOf] = [new Set<string>(), new Map<string, string[]>()];
  for (const account of accounts.map(fields)) {
    // A closed account's BINs issue no cards.
    if (account.status !== undefined && account.status !== 'active') continue;
    currencies.add(text(account.currency) ?? 'unknown');
    for (const item of Array.isArray(account.bins) ? account.bins.map(fields) : []) {
      const bin = text(item.bin) ?? 'unknown';
      const currency = text(item.currencyCode) ?? text(account.currency) ?? 'unknown';
      bins.set(keyOf({ bin, currency }), liveTerms(item));
      const others = currenciesOf.get(bin) ?? [];
      if (!others.includes(currency)) currenciesOf.set(bin, [...others, currency]);
    }
  }
  if (bins.size === 0) return { state: 'not-read', reason: 'its accounts name no BINs' };
  return { state: 'read', currencies, bins, currenciesOf };
}

/** Its fields stand in other places by generation (payca-contract.md, 10). */
function liveTerms(item: Fields): Terms {
  const fees = fields(item.fees);
  const least = item.minCardBalance ?? fields(item.settings).minCardBalance ?? fees.minCardBalance;
  const tiered = (name: string) => (Array.isArray(fees[name]) ? fees[name].map(tier) : undefined);
  const own: BinFees = {
    issueFee: text(fees.issueFee),
    monthlyFee: text(fees.monthlyFee),
    authorization: tiered('authorization'),
    decline: tiered('decline'),
    settlement: tiered('settlement'),
  };
  const { isTokenizable } = item;
  const { provider, ...terms } = termsOf({
    provider: text(item.provider) ?? '',
    isTokenizable: typeof isTokenizable === 'boolean' ? isTokenizable : undefined,
    minCardBalance: text(least),
    fees: own,
    mcc: restriction(fields(item.mcc)),
  });
  return provider === '' ? terms : { provider, ...terms };
}

/** Not documented: read only where PayCA writes it as we do. */
function restriction({ mode, codes }: Fields): MccRestriction | undefined {
  const isOurs = (mode === 'allow' || mode === 'block') && Array.isArray(codes);
  return isOurs ? { mode, codes: codes.map((code) => text(code) ?? 'unknown') } : undefined;
}

function tier(item: unknown): Tier {
  const { range, value } = fields(item);
  return { range: text(range) ?? 'unknown', value: text(value) ?? 'unknown' };
}

/** Strings, and numbers as they were written for JSON; what may be a card number is masked. An empty one says nothing. */
function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? shown(value).slice(1, -1) : undefined;
}
