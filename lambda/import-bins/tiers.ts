import { type Tier, type TierBounds, tierBounds } from '../payca/bin-catalogue';
import { type Fields, fields } from '../payca/json';
import { decimalText, minorUnits } from '../payca/money';

/** Where a list of tiers is told about. */
export interface TierListener {
  /** Tells what cannot be used: the place within the list, what is allowed, and what is there. */
  readonly problem: (place: string, must: string, found: unknown) => void;
  /** Tells what can be read in two ways, in words. */
  readonly doubt: (text: string) => void;
}

interface ReadTier extends TierBounds {
  readonly tier: Tier;
  /** Counted from 1. */
  readonly number: number;
}

const KNOWN = ['range', 'value'];

/**
 * The tiers of a fee, from nothing upwards, each beginning where the one before it ends or one minor unit above. PayCA does
 * not say whether a bound belongs to its tier: where two tiers share one and differ in price, that is told as a doubt. So is
 * an end of the last tier: what lies above may have no price, or never happen.
 */
export function readTiers(value: unknown, decimals: number, listener: TierListener): readonly Tier[] | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    const must = 'be tiers: 0-100:0.35|100.01-:0.50 in CSV, a list of objects with range and value in JSON';
    listener.problem('', must, value);
    return undefined;
  }
  const tiers = value.flatMap((item, index) => readTier(fields(item), index + 1, decimals, listener) ?? []);
  if (tiers.length < value.length) return undefined;
  return follow(tiers, decimals, listener) ? tiers.map(({ tier }) => tier) : undefined;
}

function readTier(item: Fields, number: number, decimals: number, listener: TierListener): ReadTier | undefined {
  const { range, value } = item;
  const wrong = (place: string, must: string, found: unknown): undefined =>
    void listener.problem(` tier ${number}${place}`, must, found);
  const [unknown] = Object.keys(item).filter((name) => !KNOWN.includes(name));
  if (unknown !== undefined) return wrong('', `have ${KNOWN.join(' and ')} only`, unknown);
  const isClear = typeof range === 'string' && !range.split('-').some((bound) => mayBeThousands(bound, decimals));
  const bounds = isClear ? tierBounds(range.trim(), decimals) : undefined;
  if (!bounds) wrong(' range', `be low-high, or low- for the last tier, each with at most ${decimals} decimals`, range);
  else if (bounds.high !== undefined && bounds.high <= bounds.low)
    return wrong(' range', 'end above its beginning', range);
  if (!isFee(value, decimals)) return wrong(' value', feeRule(decimals), value);
  return bounds && { ...bounds, tier: { range: String(range).trim(), value }, number };
}

/** Whether the tiers leave no gap and do not overlap. */
function follow(tiers: readonly ReadTier[], decimals: number, listener: TierListener): boolean {
  let isFine = true;
  const wrong = ({ number, tier }: ReadTier, must: string) => {
    isFine = false;
    listener.problem(` tier ${number} range`, must, tier.range);
  };
  const amount = (units: bigint) => decimalText(units, decimals);
  tiers.forEach((tier, index) => {
    const before = tiers[index - 1];
    // An amount of nothing pays no fee where tiers begin with the smallest coin.
    if (!before) {
      if (tier.low > 1n) wrong(tier, `begin at 0 or ${amount(1n)}: nothing is said of less`);
    } else if (tier.low < before.low) wrong(tier, `come before tier ${before.number}: tiers go upwards`);
    else if (before.high === undefined) wrong(before, 'have an end: only the last tier has none');
    else if (tier.low < before.high)
      wrong(tier, `not overlap tier ${before.number}, which ends at ${amount(before.high)}`);
    else if (tier.low > before.high + 1n)
      wrong(tier, `leave no gap after ${amount(before.high)}: begin at ${amount(before.high + 1n)}`);
    else if (
      tier.low === before.high &&
      minorUnits(tier.tier.value, decimals) !== minorUnits(before.tier.value, decimals)
    )
      listener.doubt(
        `${amount(tier.low)} is in tiers ${before.number} and ${tier.number}: ${before.tier.value} or ${tier.tier.value}?`,
      );
  });
  const last = tiers.at(-1);
  if (isFine && last?.high !== undefined)
    listener.doubt(`nothing is said of more than ${amount(last.high)}: is no transaction larger?`);
  return isFine;
}

/** Whether it is an amount of money that is not below zero. */
export function isFee(value: unknown, decimals: number): value is string {
  if (typeof value !== 'string' || !/^\d/.test(value) || mayBeThousands(value, decimals)) return false;
  return minorUnits(value, decimals) !== undefined;
}

/** Where the point parts thousands `1.000` is a thousand, elsewhere it is one; with three decimals it can only be one. */
function mayBeThousands(text: string, decimals: number): boolean {
  return decimals < 3 && /^[1-9]\d{0,2}\.\d{3}$/.test(text.trim());
}

export function feeRule(decimals: number): string {
  return decimals === 0
    ? 'be a whole amount, such as 35, as text'
    : `be a decimal with a point and at most ${decimals} decimals, such as ${'0.35'.padEnd(2 + decimals, '0').slice(0, 2 + decimals)}, as text`;
}
