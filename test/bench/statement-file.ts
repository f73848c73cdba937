import { closeSync, openSync, writeSync } from 'node:fs';
import type { InboxEntry } from '../../lambda/payca/inbox-reader';
import { businessDay } from '../../lambda/reconcile-fees/period';
import type { ReconciliationSettings } from '../../lambda/reconcile-fees/settings';
import type { TariffRow } from '../../lambda/reconcile-fees/tariff';

export const SETTINGS: ReconciliationSettings = {
  statement: {
    delimiter: 'comma',
    headerLine: 1,
    columns: {
      reference: 'referenceId',
      subtype: 'subtype',
      currency: 'currency',
      amount: 'amount',
      time: 'timestamp',
    },
    subtypes: {},
    amounts: { decimalSeparator: '.', unit: 'major', feesAre: 'positive' },
    dates: 'iso',
  },
  day: { zone: 'Europe/Berlin', cutOff: '00:00' },
  firstDay: '2027-01-11',
  timingWindowHours: 72,
  decimals: {},
  authorizationFee: { webhooks: 'settlement', statement: 'settlement' },
};
export const PERIOD = businessDay(SETTINGS.firstDay, SETTINGS.day);
export const TARIFF: readonly TariffRow[] = [
  { currency: 'EUR', fees: { settlement: [{ range: '0-1000', value: '0.35' }] } },
];

/** So that both sides are not in the same order: it has no divisor in common with a power of ten. */
const STRIDE = 7_919;
/** Of a hundred thousand fees; the statement lacks as many as are on it too much. */
const SPOILED = 100;
const LINES_AT_ONCE = 1000;

/** Looks like a UUID and repeats for its number. */
function reference(index: number): string {
  const mixed = (Math.imul(index, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  return `${mixed}-${mixed.slice(0, 4)}-4${mixed.slice(1, 4)}-a${mixed.slice(4, 7)}-${index.toString(16).padStart(12, '0')}`;
}

const bookedAt = (index: number) => new Date(PERIOD.from + (index % 86_000) * 1000).toISOString();

/** A statement with so many fees. */
export function writeStatement(path: string, lines: number): void {
  const file = openSync(path, 'w');
  writeSync(file, 'referenceId,subtype,currency,amount,timestamp,id\n');
  for (let start = 0; start < lines; start += LINES_AT_ONCE) {
    let text = '';
    for (let index = start; index < Math.min(lines, start + LINES_AT_ONCE); index += 1) {
      const amount = index % SPOILED === 0 ? '0.36' : '0.35';
      text += `${reference(index)},settle_fee,EUR,${amount},${bookedAt(index)},${reference(index + lines)}\n`;
    }
    writeSync(file, text);
  }
  closeSync(file);
}

/** The webhooks of as many fees, each with the settlement that it is for. */
export async function* ourSide(lines: number): AsyncGenerator<InboxEntry> {
  for (let index = 0; index < lines; index += 1) {
    const number = (index * STRIDE) % lines;
    const shared = { referenceId: reference(number), currency: 'EUR', receivedAt: bookedAt(number) };
    const own = reference(number + lines);
    const card = { event: 'card_transaction', type: 'settle', amount: '42.00' };
    yield { pk: `card_transaction#settle##${own}`, ...card, ...shared };
    const fee = { event: 'account_transaction', type: 'fee', subtype: 'settle_fee', amount: '0.35' };
    yield { pk: `account_transaction#fee#settle_fee#${own}`, ...fee, ...shared };
  }
}
