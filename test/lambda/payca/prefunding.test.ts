import Big from 'big.js';
import fc from 'fast-check';
import { fundingVerdict, prefunding } from '../../../lambda/payca/prefunding';

const now = new Date('2026-11-30T12:00:00Z');
const wire = { wireReference: 'WIRE-1', expectedArrival: '2026-11-30' };
const look = (available: string, at = '2026-11-30T11:55:00Z') => ({
  at,
  balances: [{ currency: 'EUR', available, pending: '900000.00' }],
});
const eur = (required: string, available?: string, at?: string) =>
  prefunding({ EUR: { ...wire, required } }, available === undefined ? undefined : look(available, at), now);

test.each([
  ['50000.00', '50000', 'pass', undefined],
  ['50000.00', '49999.9999', 'fail', '0.0001'],
  ['0.3', '0.2', 'fail', '0.1'],
  ['0.00', '-0.01', 'fail', '0.01'],
])('required %s, available %s: %s', (required, available, verdict, shortfall) => {
  const [funded] = eur(required, available);
  expect(funded).toMatchObject({ currency: 'EUR', verdict, available });
  expect(funded?.shortfall).toBe(shortfall);
});

test('what is held for open authorizations does not count', () => {
  expect(eur('900000.00', '1.00')).toMatchObject([{ verdict: 'fail', shortfall: '899999' }]);
});

test('nothing is known without a look, from an old one, or of a currency that PayCA does not name', () => {
  expect(eur('1.00')).toMatchObject([{ verdict: 'no-data', reason: expect.stringContaining('not looked at yet') }]);
  expect(eur('1.00', '5.00', '2026-11-30T11:44:00Z')).toMatchObject([
    { verdict: 'no-data', reason: "PayCA's balances are known as of 2026-11-30T11:44:00Z, 16 minutes ago" },
  ]);
  const usd = prefunding({ USD: { ...wire, required: '1.00' } }, look('5.00'), now);
  expect(usd).toMatchObject([{ verdict: 'no-data', reason: 'PayCA named no balance in USD' }]);
});

test('what is short says what to do: wait for the wire, or ask after it', () => {
  const reason = (day: string) =>
    prefunding({ EUR: { ...wire, required: '2.00', expectedArrival: day } }, look('1.00'), now)[0]?.reason;
  expect(reason('2026-11-30')).toBe('wire WIRE-1 is expected on 2026-11-30');
  expect(reason('2026-11-29')).toBe('wire WIRE-1 was expected on 2026-11-29: ask the bank, then PayCA');
});

test('one currency that is short is a failure of all; one that is not known leaves all unknown', () => {
  const of = (...verdicts: ('pass' | 'fail' | 'no-data')[]) =>
    fundingVerdict(verdicts.map((verdict) => ({ currency: 'EUR', required: '1.00', ...wire, verdict })));
  expect([of('pass', 'pass'), of('pass', 'no-data'), of('no-data', 'fail'), of()]).toEqual([
    'pass',
    'no-data',
    'fail',
    'no-data',
  ]);
});

const cents = fc.bigInt(0n, 10n ** 14n);
const text = (minor: bigint) => new Big(minor.toString()).div(100).toFixed(2);

test('the shortfall is what is missing to the cent, and nothing is missing otherwise', () => {
  fc.assert(
    fc.property(cents, cents, (required, available) => {
      const [funded] = eur(text(required), text(available));
      const missing = required - available;
      expect(funded?.verdict).toBe(missing > 0n ? 'fail' : 'pass');
      expect(funded?.shortfall).toBe(missing > 0n ? new Big(text(missing)).toFixed() : undefined);
    }),
  );
});
