import Big from 'big.js';
import type { ReconciliationSettings, StatementFormat } from '../lambda/reconcile-fees/settings';

/** How one generation of PayCA calls and times its fees (payca-contract.md, 9.3), and how its statement is written here. */
export interface Profile {
  readonly id: 'tenant-balance' | 'master-account';
  /** What the webhooks call the fees of an authorization and of its settlement. */
  readonly authorization: string;
  readonly settlement: string;
  /** What the statement calls the fee of a settlement: the other generation's word. */
  readonly otherWord: string;
  readonly authorizationFee: ReconciliationSettings['authorizationFee'];
  readonly format: StatementFormat;
}

const FORMAT: StatementFormat = {
  delimiter: 'comma',
  headerLine: 1,
  columns: { reference: 'referenceId', subtype: 'subtype', currency: 'currency', amount: 'amount', time: 'timestamp' },
  subtypes: {},
  records: { column: 'record', fee: 'fee', opening: 'opening balance', closing: 'closing balance' },
  amounts: { decimalSeparator: '.', unit: 'major', feesAre: 'positive' },
  dates: 'iso',
};

export const PROFILES: readonly Profile[] = [
  {
    id: 'tenant-balance',
    authorization: 'authorization_fee',
    settlement: 'settlement_fee',
    otherWord: 'settle_fee',
    authorizationFee: { webhooks: 'authorization', statement: 'settlement' },
    format: FORMAT,
  },
  {
    id: 'master-account',
    authorization: 'settle_fee',
    settlement: 'settle_fee',
    otherWord: 'settlement_fee',
    authorizationFee: { webhooks: 'settlement', statement: 'authorization' },
    // As a bank in Europe might write it.
    format: {
      ...FORMAT,
      delimiter: 'semicolon',
      columns: { reference: 'Reference', subtype: 'Fee', currency: 'Ccy', amount: 'Value', time: 'Booked' },
      subtypes: { 'Fee for settlement': 'settle_fee' },
      amounts: { decimalSeparator: ',', unit: 'major', feesAre: 'negative' },
      dates: 'day-first',
    },
  },
];

/** A fee on one side. */
interface Fee {
  readonly word: string;
  readonly amount: string;
  /** @default EUR */
  readonly currency?: string;
  /** It comes after the cut-off. */
  readonly late?: true;
}

/** One reference: what PayCA sends, what its statement has, and what must be found. */
export interface Case {
  readonly id: string;
  /** Steps of the card that come before its fees, for 42.00. */
  readonly steps: readonly string[];
  readonly webhooks: readonly Fee[];
  readonly statement: readonly Fee[];
  /** In the order of the alphabet. */
  readonly found: readonly string[];
  /** A smoke test asked for it. */
  readonly isSmoke?: true;
}

const SETTLED = ['authorization', 'settle'];

/** What agrees: in the words of both generations, and in currencies of 0, 2 and 3 decimals. */
export function cleanCases({ authorization, settlement, otherWord }: Profile): Case[] {
  const both = (id: string, fee: Fee, steps = SETTLED): Case => ({
    id,
    steps,
    webhooks: [fee],
    statement: [fee],
    found: ['matched'],
  });
  return [
    both('same-word', { word: authorization, amount: '0.35' }),
    { ...both('other-word', { word: settlement, amount: '0.20' }), statement: [{ word: otherWord, amount: '0.20' }] },
    both('yen', { word: 'decline_fee', amount: '35', currency: 'JPY' }, ['decline']),
    both('dinar', { word: 'issue_fee', amount: '1.125', currency: 'KWD' }, []),
  ];
}

/** Every kind of break, and what looks like one. */
export function plantedCases(profile: Profile): Case[] {
  const { settlement: word, authorization } = profile;
  const fee = (amount: string, more: Partial<Fee> = {}): Fee => ({ word, amount, ...more });
  const one = (id: string, webhooks: Fee[], statement: Fee[], found: string[]): Case => ({
    id,
    steps: SETTLED,
    webhooks,
    statement,
    found,
  });
  const isOlder = profile.id === 'tenant-balance';
  return [
    ...cleanCases(profile),
    one('off-tariff', [fee('0.99')], [fee('0.99')], ['matched-off-tariff']),
    one('differs', [fee('0.20')], [fee('0.21')], ['amount-differs']),
    one('=only("there")', [], [fee('0.20')], ['missing-here']),
    one('only-here', [fee('0.20')], [], ['missing-there']),
    one('charged-twice', [fee('0.20')], [fee('0.20'), fee('0.20')], ['duplicate', 'matched']),
    one('sent-twice', [fee('0.20'), fee('0.20')], [fee('0.20')], ['duplicate', 'matched']),
    one(
      'two-ways',
      [fee('0.20'), fee('0.21')],
      [fee('0.22'), fee('0.23')],
      ['missing-here', 'missing-here', 'missing-there', 'missing-there'],
    ),
    one('booked-late', [fee('0.20')], [fee('0.20', { late: true })], ['timing']),
    one('received-late', [fee('0.20', { late: true })], [fee('0.20')], ['timing']),
    one('next-day', [fee('0.20', { late: true })], [fee('0.20', { late: true })], []),
    {
      id: 'not-settled',
      steps: ['authorization'],
      // Whichever side charges at the authorization has it already.
      webhooks: isOlder ? [{ word: authorization, amount: '0.35' }] : [],
      statement: isOlder ? [] : [{ word: 'authorization_fee', amount: '0.35' }],
      found: ['timing'],
    },
    { ...one('smoke', [fee('0.20')], [fee('0.20')], ['smoke-test', 'smoke-test']), isSmoke: true },
  ];
}

export function referenceOf({ id }: Profile, { id: name }: Case, day: string): string {
  return `${name}-${id}-${day}`;
}

const SEPARATORS = { comma: ',', semicolon: ';', tabulator: '\t', bar: '|' } as const;
const WIRE = '500.00';
const OPENING = '1000.00';

/** The statement of a day, YYYY-MM-DD, and the hours after it; `unexplained` is what its closing balance has too much. */
export function statementOf(profile: Profile, cases: readonly Case[], day: string, unexplained = '0'): string {
  const { delimiter, columns, records, amounts, dates, subtypes } = profile.format;
  const sign = amounts.feesAre === 'negative' ? -1 : 1;
  const written = (amount: Big, digits: number) => amount.toFixed(digits).replace('.', amounts.decimalSeparator);
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  const time = (late?: true) =>
    dates === 'iso'
      ? `${late ? next : day}T${late ? '02' : '12'}:00:00Z`
      : late
        ? `${backwards(next)} 02:00`
        : `${backwards(day)} 12:00`;
  const ownWord = (word: string) => Object.entries(subtypes).find(([, value]) => value === word)?.[0] ?? word;
  const fees = cases.flatMap((one) =>
    one.statement.map((fee) => ({
      ...fee,
      reference: referenceOf(profile, one, day),
      currency: fee.currency ?? 'EUR',
    })),
  );
  const inEuro = fees
    .filter(({ currency }) => currency === 'EUR')
    .reduce((sum, { amount }) => sum.plus(amount), new Big(0));
  const closing = new Big(OPENING).plus(WIRE).minus(inEuro).plus(unexplained);
  const balance = (record: string | undefined, amount: Big) => [record, '', '', 'EUR', written(amount, 2), ''];
  const rows = [
    [records?.column, columns.reference, columns.subtype, columns.currency, columns.amount, columns.time],
    balance(records?.opening, new Big(OPENING)),
    balance('wire', new Big(WIRE)),
    ...fees.map(({ reference, word, currency, amount, late }) => [
      records?.fee,
      reference,
      ownWord(word),
      currency,
      written(new Big(amount).times(sign), amount.split('.')[1]?.length ?? 0),
      time(late),
    ]),
    balance(records?.closing, closing),
  ];
  return rows
    .map((cells) => `${cells.map((cell = '') => `"${cell.replaceAll('"', '""')}"`).join(SEPARATORS[delimiter])}\n`)
    .join('');
}

/** 2027-01-11 as 11.01.2027. */
const backwards = (date: string) => date.split('-').reverse().join('.');
