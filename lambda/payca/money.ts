import Big from 'big.js';

/** An amount for people: at least the digits that its currency has, and none lost. */
export function moneyText(amount: string, currency: string): string {
  const value = new Big(amount);
  const own = value.toFixed().split('.')[1]?.length ?? 0;
  return `${value.toFixed(Math.max(own, minorDigits(currency)))} ${currency}`;
}

/** Digits after the point, by ISO 4217; 2 for what is no currency. */
function minorDigits(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
