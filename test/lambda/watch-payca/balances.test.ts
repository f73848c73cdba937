import Big from 'big.js';
import fc from 'fast-check';
import { dailySpends, moved, readBalances } from '../../../lambda/watch-payca/balances';

const one = { balance: '250.00', pending: '12.5', feesThisMonth: '0.35' };
const EUR = { currency: 'EUR', available: '250', pending: '12.5', feesThisMonth: '0.35' };

test.each([
  ['one object, in the configured currency', one, 'EUR'],
  ['one object that names its currency', { ...one, currency: 'EUR' }, undefined],
  ['a list of objects', [{ ...one, currencyCode: 'EUR' }], undefined],
  ['a map by currency', { EUR: one }, undefined],
])('liquidity is read from %s', (_, liquidity, currency) => {
  expect(readBalances({ liquidity }, 'users-stats', currency)).toEqual({ balances: [EUR], problems: [] });
});

test('master accounts of one currency are added, closed ones left out', () => {
  const account = (currency: string, available: string, pending: string, status = 'active') => ({
    id: 'a',
    currency,
    balance: { available, pending },
    status,
    bins: [],
  });
  const accounts = [
    account('USD', '0.10', '0.01'),
    account('USD', '0.20', '0.02'),
    account('EUR', '5', '0'),
    account('EUR', '1000', '0', 'closed'),
  ];
  expect(readBalances({ accounts }, 'accounts').balances).toEqual([
    { currency: 'EUR', available: '5', pending: '0' },
    { currency: 'USD', available: '0.3', pending: '0.03' },
  ]);
});

test('sums are exact where floating point is not', () => {
  const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
  fc.assert(
    fc.property(fc.array(cents, { minLength: 1, maxLength: 20 }), (amounts) => {
      const accounts = amounts.map((amount) => ({
        currency: 'EUR',
        balance: { available: new Big(amount).div(100).toFixed(2), pending: '0.00' },
      }));
      const [balance] = readBalances({ accounts }, 'accounts').balances;
      const total = amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
      expect(new Big(balance?.available ?? 'NaN').times(100).toFixed()).toBe(total.toString());
    }),
  );
});

test.each([
  [{}, 'users-stats', '/v1/users/stats names no balance'],
  [{ liquidity: { balance: 'a lot', pending: '0' } }, 'users-stats', 'liquidity: available is no decimal'],
  [{ accounts: [{ currency: 'EUR', balance: {} }] }, 'accounts', 'accounts[0]: available is no decimal'],
  [{ accounts: 'none' }, 'accounts', 'the answer has no list of accounts'],
  [null, 'accounts', 'the answer has no list of accounts'],
] as const)('%j is told as a problem, not as a balance', (body, source, problem) => {
  expect(readBalances(body, source)).toEqual({ balances: [], problems: [problem] });
});

test('whatever PayCA answers is read without an exception and without a number that is none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('users-stats' as const, 'accounts' as const), (body, source) => {
      for (const value of [body, { liquidity: body }, { accounts: body }, { accounts: [body] }]) {
        const { balances, problems } = readBalances(value, source);
        expect(balances.length + problems.length).toBeGreaterThan(0);
        for (const { available, pending } of balances) expect([available, pending].map(Number)).not.toContain(NaN);
      }
    }),
  );
});

const balance = (available: string, pending: string, currency = 'EUR') => ({ currency, available, pending });

test.each([
  ['a hold is placed', balance('90', '10'), true],
  ['money leaves', balance('90', '0'), true],
  ['money arrives', balance('110', '0'), false],
  ['the same is written otherwise', balance('100.00', '0.0'), false],
])('when %s, the ledger moved: %j %s', (_, later, expected) => {
  expect(moved([balance('100', '0')], [later])).toBe(expected);
});

test('a balance is told in days of spending, and not at all without any', () => {
  expect(dailySpends('300', '120')).toBe(2.5);
  expect(dailySpends('300', '0')).toBeUndefined();
});
