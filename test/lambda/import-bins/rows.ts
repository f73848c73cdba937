import type { Outcome } from '../../../lambda/import-bins/operation';

export const row = (bin: string, currency: string, issueFee: string) => `${bin},${currency},visa,${issueFee}`;

export const catalogue = (...rows: readonly string[]) =>
  `${['bin,currencyCode,provider,issueFee', ...rows].join('\n')}\n`;

/** BINs by currency of what was imported. */
export function currencyTotal(outcome: Outcome): Record<string, number> {
  if (outcome.result !== 'imported') throw new Error(`${outcome.result} instead of imported`);
  return Object.fromEntries(
    Object.entries(outcome.version.summary.currencies).map(([currency, { rows }]) => [currency, rows]),
  );
}
