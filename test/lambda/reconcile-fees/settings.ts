import type { InboxEntry } from '../../../lambda/payca/inbox-reader';
import type { Outcome } from '../../../lambda/reconcile-fees/lines';
import { businessDay } from '../../../lambda/reconcile-fees/period';
import { Reconciliation, type ReconciliationInput } from '../../../lambda/reconcile-fees/reconcile';
import type { ReconciliationSettings } from '../../../lambda/reconcile-fees/settings';
import type { StatementLine } from '../../../lambda/reconcile-fees/statement';
import type { Summary } from '../../../lambda/reconcile-fees/summary';

export const SETTINGS: ReconciliationSettings = {
  statement: {
    delimiter: 'comma',
    headerLine: 1,
    columns: { reference: 'ref', subtype: 'fee', currency: 'ccy', amount: 'amount', time: 'time' },
    subtypes: {},
    amounts: { decimalSeparator: '.', unit: 'major', feesAre: 'positive' },
    dates: 'iso',
  },
  day: { zone: 'Europe/Berlin', cutOff: '00:00' },
  firstDay: '2027-01-11',
  timingWindowHours: 24,
  decimals: {},
  authorizationFee: { webhooks: 'settlement', statement: 'settlement' },
};

export const PERIOD = businessDay(SETTINGS.firstDay, SETTINGS.day);
const HOUR_MS = 60 * 60 * 1000;
/** Hours after the beginning of the period. */
export const hour = (hours: number) => PERIOD.from + hours * HOUR_MS;

/** A fee on both sides or on one: an amount in minor units. */
export interface Fee {
  readonly reference?: string;
  readonly word?: string;
  readonly currency?: string;
  readonly amount: number;
  readonly at?: number;
}

let next = 0;

export function there({
  reference = 'r',
  word = 'settle_fee',
  currency = 'EUR',
  amount,
  at = hour(12),
}: Fee): StatementLine {
  next += 1;
  return { record: 'fee', line: next, reference, word, currency, amount: BigInt(amount), at };
}

export function here({
  reference = 'r',
  word = 'settle_fee',
  currency = 'EUR',
  amount,
  at = hour(12),
}: Fee): InboxEntry {
  next += 1;
  const receivedAt = new Date(at).toISOString();
  const text = `${amount < 0 ? '-' : ''}${Math.floor(Math.abs(amount) / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`;
  const fee = {
    event: 'account_transaction',
    type: 'fee',
    subtype: word,
    amount: text,
    currency,
    referenceId: reference,
  };
  return { pk: `account_transaction#fee#${word}#${next}`, receivedAt, ...fee };
}

export function step(type: string, { reference = 'r', amount = '42.00', at = hour(11) } = {}): InboxEntry {
  next += 1;
  const receivedAt = new Date(at).toISOString();
  return {
    pk: `card_transaction#${type}##${next}`,
    event: 'card_transaction',
    type,
    amount,
    currency: 'EUR',
    referenceId: reference,
    receivedAt,
  };
}

/** What both sides come to. */
export function reconciled(
  ours: readonly InboxEntry[],
  statement: readonly StatementLine[],
  more: Partial<ReconciliationInput> = {},
): { outcomes: Outcome[]; summary: Summary } {
  const reconciliation = new Reconciliation({
    settings: SETTINGS,
    period: PERIOD,
    tariff: [],
    isSmoke: () => false,
    asOf: PERIOD.to,
    statementBytes: 0,
    ...more,
  });
  for (const line of statement) reconciliation.takeStatement(line);
  for (const entry of ours) reconciliation.takeOurs(entry);
  const outcomes = [...reconciliation.outcomes()];
  return { outcomes, summary: reconciliation.summary() };
}

/** Kinds, in the order of the alphabet. */
export const kinds = ({ outcomes }: { outcomes: readonly Outcome[] }) => outcomes.map(({ kind }) => kind).sort();
