import type { CatalogueRow, MccRestriction, Tier } from '../payca/bin-catalogue';

/** What is agreed for a BIN, each as text for people; absent where nothing is said. */
export const TERMS = [
  'provider',
  'isTokenizable',
  'minCardBalance',
  'issueFee',
  'monthlyFee',
  'authorization',
  'decline',
  'settlement',
  'mcc',
] as const;
export type Term = (typeof TERMS)[number];
export type Terms = Readonly<Partial<Record<Term, string>>>;

export function termsOf({
  provider,
  isTokenizable,
  minCardBalance,
  fees,
  mcc,
}: Omit<CatalogueRow, 'bin' | 'currency'>): Terms {
  return {
    provider,
    isTokenizable: isTokenizable === undefined ? undefined : String(isTokenizable),
    minCardBalance,
    issueFee: fees.issueFee,
    monthlyFee: fees.monthlyFee,
    authorization: tiersText(fees.authorization),
    decline: tiersText(fees.decline),
    settlement: tiersText(fees.settlement),
    mcc: mccText(mcc),
  };
}

/** Terms that differ; digits that say nothing do not. `only` are those to be compared. */
export function differing(one: Terms, other: Terms, only: readonly Term[] = TERMS): Term[] {
  return only.filter((term) => one[term] !== other[term] && plain(one[term]) !== plain(other[term]));
}

const tiersText = (tiers?: readonly Tier[]) => tiers?.map(({ range, value }) => `${range}: ${value}`).join('; ');
const mccText = (mcc?: MccRestriction) => mcc && `${mcc.mode} ${[...mcc.codes].sort().join(' ')}`;

/** Without zeros at the end of a fraction, capitals, and spaces around what separates. */
function plain(text = ''): string {
  return text
    .toLowerCase()
    .replace(/\d+(\.\d+)?/g, (number) => (number.includes('.') ? number.replace(/\.?0+$/, '') : number))
    .replace(/\s*([-:;])\s*/g, '$1');
}
