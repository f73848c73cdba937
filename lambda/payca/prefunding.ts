import Big from 'big.js';
import type { LastLook } from '../watch-payca/balances';
import type { Verdict } from './evidence';

/** What treasury sends before the launch; amounts are decimals as text. */
export interface Prefunding {
  readonly required: string;
  readonly wireReference: string;
  /** The day, `2026-11-30`. */
  readonly expectedArrival: string;
}

/** One currency against what is required; `no-data` when its balance is not known. */
export interface Funded extends Prefunding {
  readonly currency: string;
  readonly verdict: Verdict;
  /** What PayCA says can be spent. */
  readonly available?: string;
  /** What is missing; only when something is. */
  readonly shortfall?: string;
  /** Why it is not known, or what to do. */
  readonly reason?: string;
}

/** PayCA is looked at every five minutes: an older look says nothing about now. */
export const LOOK_AGE_MINUTES = 15;

/** Compares what PayCA has with what is required, exactly. `undefined` is a stage that was never looked at. */
export function prefunding(
  required: Readonly<Record<string, Prefunding>>,
  look: LastLook | undefined,
  now: Date,
): Funded[] {
  const unknown = look ? staleness(look, now) : 'PayCA was not looked at yet: are its credentials supplied?';
  return Object.entries(required).map(([currency, wanted]) => {
    if (unknown) return { currency, ...wanted, verdict: 'no-data', reason: unknown };
    const balance = look?.balances.find((one) => one.currency === currency);
    if (!balance) return { currency, ...wanted, verdict: 'no-data', reason: `PayCA named no balance in ${currency}` };
    const missing = new Big(wanted.required).minus(balance.available);
    const { available } = balance;
    if (missing.lte(0)) return { currency, ...wanted, verdict: 'pass', available };
    return {
      currency,
      ...wanted,
      verdict: 'fail',
      available,
      shortfall: missing.toFixed(),
      reason: arrival(wanted, now),
    };
  });
}

/** The worst of all; without anything required there is nothing to know. */
export function fundingVerdict(funded: readonly Funded[]): Verdict {
  if (funded.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return funded.length === 0 || funded.some(({ verdict }) => verdict === 'no-data') ? 'no-data' : 'pass';
}

function staleness({ at }: LastLook, now: Date): string | undefined {
  const minutes = Math.floor((now.getTime() - Date.parse(at)) / 60_000);
  return minutes > LOOK_AGE_MINUTES ? `PayCA's balances are known as of ${at}, ${minutes} minutes ago` : undefined;
}

function arrival({ wireReference, expectedArrival }: Prefunding, now: Date): string {
  const late = now.toISOString().slice(0, 10) > expectedArrival;
  return late
    ? `wire ${wireReference} was expected on ${expectedArrival}: ask the bank, then PayCA`
    : `wire ${wireReference} is expected on ${expectedArrival}`;
}
