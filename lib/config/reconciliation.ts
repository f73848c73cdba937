import * as z from 'zod';
import { isCurrency } from '../../lambda/payca/money';
import { dayOf } from '../../lambda/reconcile-fees/period';
import type { ReconciliationSettings } from '../../lambda/reconcile-fees/settings';
import { date, oneOf, section, text, whole, zone } from './fields';
import type { StageConfig } from './schema';

const column = text('the name of a column, as the first line of the statement has it', /^\S(.{0,98}\S)?$/);
const subtype = text(
  'a subtype of PayCA such as settle_fee: lower-case letters, digits and _',
  /^[a-z][a-z0-9_]{0,60}$/,
);

const SUBTYPES_MUST =
  "must be an object of PayCA's subtypes by the statement's words, such as { 'Settlement fee': 'settle_fee' }";
const DECIMALS_MUST = 'must be an object of decimals by currency, such as { ISK: 2 }';
const CODE_MUST = 'must be named by a currency code of ISO 4217, such as EUR';

const statement = section({
  /** Between the fields. */
  delimiter: oneOf('comma', 'semicolon', 'tabulator', 'bar').default('comma'),
  /** Line with the names of the columns; what is above it is not read. */
  headerLine: whole('a whole number from 1 to 100', 1, 100).default(1),
  /** Names of the statement's columns for what is read of it. */
  columns: section({
    reference: column.default('referenceId'),
    subtype: column.default('subtype'),
    currency: column.default('currency'),
    amount: column.default('amount'),
    time: column.default('timestamp'),
  }).prefault({}),
  /** PayCA's subtypes by the statement's own words for them. */
  subtypes: z.record(z.string(), subtype, { error: SUBTYPES_MUST }).default({}),
  /** How lines of fees, balances and other movements are told apart; without it every line is a fee and no balance is proven. */
  records: section({
    column,
    fee: text('the word of that column on a line with a fee', /^\S(.{0,98}\S)?$/),
    opening: text('the word of that column on the line with the opening balance', /^\S(.{0,98}\S)?$/),
    closing: text('the word of that column on the line with the closing balance', /^\S(.{0,98}\S)?$/),
  }).optional(),
  amounts: section({
    decimalSeparator: oneOf('.', ',').default('.'),
    /** `minor`: 35 is 0.35 EUR. */
    unit: oneOf('major', 'minor').default('major'),
    /** How money that PayCA takes is written on the line of a fee. */
    feesAre: oneOf('positive', 'negative').default('positive'),
  }).prefault({}),
  /** Order of a date's parts: 2027-01-11, 11.01.2027 or 01/11/2027. */
  dates: oneOf('iso', 'day-first', 'month-first').default('iso'),
}).prefault({});

const chargedAt = oneOf('authorization', 'settlement');

/** The `reconciliation` part of a stage: how PayCA's statement is written and which day it is held against. */
export const reconciliation = section({
  statement,
  firstDay: section({
    /** The day of `traffic.expectedFrom` when absent. */
    date: date.optional(),
    /** Whose clocks PayCA's business day follows, and when it begins on them. */
    zone: zone.default('UTC'),
    cutOff: text('a time of the day such as 00:00', /^([01]\d|2[0-3]):[0-5]\d$/).default('00:00'),
  }).prefault({}),
  /** How far from the day its fees may have been booked or received on the other side. */
  timingWindowHours: whole('a whole number of hours from 0 to 336', 0, 336).default(72),
  /** Decimals of currencies that PayCA counts otherwise than ISO 4217. */
  decimals: z
    .record(z.string(), whole('a whole number from 0 to 4', 0, 4), { error: DECIMALS_MUST })
    .superRefine((decimals, context) => {
      for (const code of Object.keys(decimals).filter((key) => !isCurrency(key)))
        context.addIssue({ code: 'custom', path: [code], message: CODE_MUST, params: { found: code } });
    })
    .default({}),
  /** When the fee of an authorization comes: at once or with the settlement. As the profile has it when absent. */
  authorizationFee: section({ webhooks: chargedAt.optional(), statement: chargedAt.optional() }).prefault({}),
}).prefault({});

/** The settings with what other parts of the stage say filled in. */
export function reconciliationSettings(config: StageConfig): ReconciliationSettings {
  const { statement: format, firstDay, authorizationFee, timingWindowHours, decimals } = config.reconciliation;
  const { zone: dayZone, cutOff } = firstDay;
  // payca-contract.md, 15.3: the older generation charges at once.
  const byProfile = config.payca.profile === 'tenant-balance' ? 'authorization' : 'settlement';
  return {
    statement: format,
    day: { zone: dayZone, cutOff },
    firstDay: firstDay.date ?? dayOf(Date.parse(config.traffic.expectedFrom), { zone: dayZone, cutOff }),
    timingWindowHours,
    decimals,
    authorizationFee: {
      webhooks: authorizationFee.webhooks ?? byProfile,
      statement: authorizationFee.statement ?? byProfile,
    },
  };
}
