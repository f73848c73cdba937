import Big from 'big.js';

/** An amount for people: at least the digits that its currency has, and none lost. */
export function moneyText(amount: string, currency: string): string {
  const value = new Big(amount);
  const own = value.toFixed().split('.')[1]?.length ?? 0;
  return `${value.toFixed(Math.max(own, minorDigits(currency)))} ${currency}`;
}

/** Currencies whose minor unit is not a hundredth, by ISO 4217 (list one, column "Mnr unt"). */
const DECIMALS: Readonly<Record<string, number>> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
]);

/** ISO 4217's codes; the runtime leaves out units of account. */
const CURRENCIES = new Set([...Intl.supportedValuesOf('currency'), ...Object.keys(DECIMALS)]);

export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** Digits after the point, 0 to 4; 2 for what is no currency. */
export function minorDigits(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/** Decimals of a currency's minor unit, 0 to 4; `agreed` is for contracts that count finer or coarser than ISO 4217. */
export function decimalsOf(currency: string, agreed: Readonly<Record<string, number>> = {}): number {
  return agreed[currency] ?? minorDigits(currency);
}

const DECIMAL = /^([+-]?)(\d{1,18})(?:\.(\d{1,12}))?$/;

/**
 * A decimal text as a whole number of minor units; `undefined` for what is no decimal, or is finer than `decimals`. Zeros
 * at the end are no finer.
 */
export function minorUnits(text: string, decimals: number): bigint | undefined {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
  if (sign === undefined) return undefined;
  if (fraction.length > decimals && /[1-9]/.test(fraction.slice(decimals))) return undefined;
  const units = BigInt(`${whole}${fraction.slice(0, decimals).padEnd(decimals, '0')}`);
  return sign === '-' ? -units : units;
}

/** Minor units as a decimal text with all of the currency's decimals: `-0.35`. */
export function decimalText(units: bigint, decimals: number): string {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0');
  const [whole, fraction] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
  return `${units < 0n ? '-' : ''}${whole}${decimals > 0 ? `.${fraction}` : ''}`;
}
