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
