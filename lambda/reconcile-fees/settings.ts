import type { DayRule } from './period';

/** When the fee of an authorization is charged: at once, or with its settlement (payca-contract.md, 9.3). */
export type ChargedAt = 'authorization' | 'settlement';

/** How PayCA's statement is written: its format is not documented, so the operator maps it. */
export interface StatementFormat {
  readonly delimiter: 'comma' | 'semicolon' | 'tabulator' | 'bar';
  /** Line with the names of the columns; what is above it is not read. */
  readonly headerLine: number;
  /** Names of columns. */
  readonly columns: {
    readonly reference: string;
    readonly subtype: string;
    readonly currency: string;
    readonly amount: string;
    readonly time: string;
  };
  /** PayCA's subtypes by the statement's own words for them; a word that is missing here stands for itself. */
  readonly subtypes: Readonly<Record<string, string>>;
  /** Tells fees, balances and other movements apart; without it every line is a fee. */
  readonly records?: {
    readonly column: string;
    readonly fee: string;
    readonly opening: string;
    readonly closing: string;
  };
  readonly amounts: {
    readonly decimalSeparator: '.' | ',';
    readonly unit: 'major' | 'minor';
    /** How money that PayCA takes is written on a fee's line. */
    readonly feesAre: 'positive' | 'negative';
  };
  /** Order of a date's parts; `iso` is 2027-01-11. A time without an offset is in the zone of the business day. */
  readonly dates: 'iso' | 'day-first' | 'month-first';
}

/** What the config says about reconciliation. Nothing is tolerated: amounts agree to the minor unit or they differ. */
export interface ReconciliationSettings {
  readonly statement: StatementFormat;
  readonly day: DayRule;
  /** YYYY-MM-DD. */
  readonly firstDay: string;
  /** How far from the period a partner may have been booked or received. */
  readonly timingWindowHours: number;
  /** Decimals of currencies that differ from ISO 4217. */
  readonly decimals: Readonly<Record<string, number>>;
  readonly authorizationFee: { readonly webhooks: ChargedAt; readonly statement: ChargedAt };
}
