import fc from 'fast-check';
import type { InboxEntry } from '../../../lambda/payca/inbox-reader';
import { countHour, dueHours, type Expectation, figures } from '../../../lambda/report-figures/figures';
import { figureLines, figuresMessage } from '../../../lambda/report-figures/text';

const FROM = '2026-12-01T09:00:00.000Z';
const BEFORE = '2026-12-01T08:00:00.000Z';
const card = (type: string, amount?: string, more: InboxEntry = {}): InboxEntry => ({
  event: 'card_transaction',
  type,
  ...(amount !== undefined && { amount }),
  currency: 'EUR',
  ...more,
});
const fee = (amount: string): InboxEntry => ({ event: 'account_transaction', type: 'fee', amount, currency: 'USD' });
const isSmokeTest = ({ requestId = '' }: InboxEntry) => requestId.startsWith('smoke-');

async function* inboxOf(entries: readonly InboxEntry[]) {
  yield* entries;
}
const count = (entries: readonly InboxEntry[], from = FROM) => countHour(from, inboxOf(entries), isSmokeTest);
const NOTHING_WAITS = { balances: [], setAside: 0, late: 0 };
const NOTHING_EXPECTED: Expectation = { perHour: {}, balances: {} };

test('each kind is counted with its amounts, exactly, and smoke tests and conflicts are told apart', async () => {
  const hour = await count([
    card('authorization', '0.10'),
    card('authorization', '0.20'),
    card('authorization', '5', { currency: 'USD' }),
    card('authorization', 'much'),
    card('authorization', '1000', { requestId: 'smoke-1' }),
    card('settle', '10.00'),
    card('settle', '99.00', { conflict: 'true' }),
    card('refund', '1.005'),
    card('decline', '7.00'),
    fee('-0.35'),
    { event: 'card_transaction', type: 'freeze' },
    { event: 'user_account_transaction', type: 'fee' },
  ]);
  const one = (amounts: Record<string, string>) => ({ count: 1, amounts, withoutAmount: 0 });
  expect(hour).toEqual({
    from: FROM,
    kinds: {
      authorizations: { count: 4, amounts: { EUR: '0.3', USD: '5' }, withoutAmount: 1 },
      settlements: one({ EUR: '10' }),
      refunds: one({ EUR: '1.005' }),
      declines: one({ EUR: '7' }),
      fees: one({ USD: '-0.35' }),
    },
    webhooks: 11,
    smokeTests: 1,
    conflicts: 1,
  });
});

test('sums are those of the minor units', () => {
  const amounts = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 50 });
  return fc.assert(
    fc.asyncProperty(amounts, async (cents) => {
      const hour = await count(cents.map((value) => card('settle', (value / 100).toFixed(2))));
      const sum = cents.reduce((total, value) => total + value, 0);
      expect(Math.round(Number(hour.kinds.settlements.amounts.EUR ?? 0) * 100)).toBe(sum);
    }),
  );
});

describe('an hour is judged', () => {
  const expected: Expectation = { perHour: { authorizations: { atLeast: 2, atMost: 3 } }, balances: { EUR: '100.00' } };
  const judge = async (authorizations: number, available?: string, waiting = { setAside: 0, late: 0 }) => {
    const hour = await count(Array.from({ length: authorizations }, () => card('authorization', '1')));
    const balances = available === undefined ? undefined : [{ currency: 'EUR', available, pending: '1' }];
    return figures(hour, await count([card('authorization', '1')], BEFORE), expected, { balances, ...waiting });
  };

  test.each([
    [1, '100.00', 'low', 'as expected', 'fail'],
    [2, '100', 'as expected', 'as expected', 'pass'],
    [3, '100', 'as expected', 'as expected', 'pass'],
    [4, '100', 'high', 'as expected', 'fail'],
    [2, '99.99', 'as expected', 'low', 'fail'],
    [2, undefined, 'as expected', 'no data', 'no-data'],
    [1, undefined, 'low', 'no data', 'fail'],
  ])('%i authorizations and %s EUR: %s, %s', async (authorizations, available, counted, held, verdict) => {
    const found = await judge(authorizations, available);
    expect(found.kinds[0]).toMatchObject({ kind: 'authorizations', before: 1, standing: counted });
    expect([found.balances[0]?.standing, found.verdict]).toEqual([held, verdict]);
    expect([found.from, found.to]).toEqual([FROM, '2026-12-01T10:00:00.000Z']);
  });

  test.each([
    { setAside: 1, late: 0 },
    { setAside: 0, late: 1 },
  ])('what waits is a failure: %o', async (waiting) => {
    expect((await judge(2, '100', waiting)).verdict).toBe('fail');
  });

  test('what nobody expects is told without a judgement', async () => {
    const held = [{ currency: 'USD', available: '5', pending: '0' }];
    const found = figures(await count([]), await count([]), NOTHING_EXPECTED, { ...NOTHING_WAITS, balances: held });
    expect(new Set([...found.kinds, ...found.balances].map(({ standing }) => standing))).toEqual(
      new Set(['no expectation']),
    );
    expect(found.verdict).toBe('pass');
  });
});

describe('hours that are due', () => {
  const at = (time: string) => new Date(`2026-12-${time}:00.000Z`);
  const hours = (launch: string, now: string, told?: string) =>
    dueHours(at(launch).toISOString(), told && at(told).toISOString(), at(now)).map((from) => from.slice(8, 16));

  test('none before the first hour is over, and a moment is left for what is still written', () => {
    expect(hours('01T09:00', '01T09:59')).toEqual([]);
    expect(hours('01T09:00', '01T10:00')).toEqual([]);
    expect(hours('01T09:00', '01T10:01')).toEqual(['01T09:00']);
  });

  test('a launch in the middle of an hour begins with it', () => {
    expect(hours('01T09:30', '01T11:05')).toEqual(['01T09:00', '01T10:00']);
  });

  test('what was told is not told again, what was missed is', () => {
    expect(hours('01T09:00', '01T13:05', '01T09:00')).toEqual(['01T10:00', '01T11:00', '01T12:00']);
    expect(hours('01T09:00', '01T13:05', '01T12:00')).toEqual([]);
  });

  test('48 of them', () => {
    expect(hours('01T09:00', '09T00:00')).toHaveLength(48);
    expect(hours('01T09:00', '09T00:00', '03T07:00')).toEqual(['03T08:00']);
    expect(hours('01T09:00', '09T00:00', '03T08:00')).toEqual([]);
  });
});

test('the owners read what was counted, what was expected, and what is not known', async () => {
  const hour = await count([card('authorization', '12.30'), card('refund', 'x')]);
  const found = figures(
    hour,
    await count([]),
    { perHour: { authorizations: { atLeast: 5, atMost: 9 } }, balances: { EUR: '100' } },
    { balances: undefined, setAside: 2, late: 0 },
  );
  expect(figureLines(found)).toEqual([
    '2026-12-01 09:00 to 10:00 UTC: fail',
    'authorizations       1  hour before 0, low (5 to 9); 12.30 EUR',
    'settlements          0  hour before 0, no expectation',
    'refunds              1  hour before 0, no expectation; 1 without a readable amount',
    'declines             0  hour before 0, no expectation',
    'fees                 0  hour before 0, no expectation',
    'failures        2 set aside, 0 late on their way to the bus, 0 in conflict with another',
    'balance         EUR: no data (at least 100.00 EUR)',
    'webhooks        2, and 0 of smoke tests, left out',
  ]);
  const { subject } = figuresMessage('production', 7, found);
  expect(subject).toBe('PayCA production: hour 7 of 48, not as expected');
});

test('an hour without any webhook says so', async () => {
  const found = figures(await count([]), await count([]), NOTHING_EXPECTED, { ...NOTHING_WAITS, balances: undefined });
  expect(figureLines(found).slice(-2)).toEqual([
    'balance         no data',
    'webhooks        0: none was received in this hour, and 0 of smoke tests, left out',
  ]);
});
