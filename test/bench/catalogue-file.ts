import { closeSync, openSync, writeSync } from 'node:fs';

const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY', 'KWD'] as const;
const LINES_AT_ONCE = 1000;
/** Of a hundred BINs of the catalogue in force one had another fee. */
export const CHANGED = 100;

/** A catalogue with so many rows, each with every column; `former` is the one before it. */
export function writeCatalogueFile(path: string, rows: number, former = false): void {
  const file = openSync(path, 'w');
  const names =
    'bin,currencyCode,provider,isTokenizable,minCardBalance,issueFee,monthlyFee,authorization,decline,settlement,mcc';
  writeSync(file, `${names}\n`);
  for (let start = 0; start < rows; start += LINES_AT_ONCE) {
    let text = '';
    for (let index = start; index < Math.min(rows, start + LINES_AT_ONCE); index += 1)
      text += `${line(index, former)}\n`;
    writeSync(file, text);
  }
  closeSync(file);
}

function line(index: number, former: boolean): string {
  const bin = 40_000_000 + Math.floor(index / CURRENCIES.length) * 7;
  const currency = CURRENCIES[index % CURRENCIES.length];
  const fee = former && index % CHANGED === 0 ? '3' : '2';
  const tiers = '0-100:1|101-500:2|501-:3';
  return `${bin},${currency},visa,true,10,${fee},1,${currency === 'JPY' ? tiers : '0-100:1|100-500:1|500-:1'},0-:1,,block 7995 6051 4829 5933 7273 7800 7801 7802 9406 5993`;
}
