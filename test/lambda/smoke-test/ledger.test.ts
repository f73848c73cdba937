import fc from 'fast-check';
import type { PaycaCall } from '../../../lambda/payca/api';
import { isRecorded, tookPlace, type Wanted } from '../../../lambda/smoke-test/ledger';

const AT = new Date('2026-12-01T10:00:00Z');
const entry = (id: string, amount: string, minutes = 0) => ({
  id,
  amount,
  timestamp: new Date(AT.getTime() + minutes * 60_000).toISOString(),
});
const wanted: Wanted = { account: 'a/1', ids: ['mine'], not: ['other'], amount: '1.00', direction: 'out', at: AT };

/** A ledger in pages of two. */
function ledger(entries: readonly object[]) {
  const asked: PaycaCall[] = [];
  const send = async (call: PaycaCall) => {
    asked.push(call);
    const start = Number(call.query?.cursor ?? 0);
    const nextCursor = start + 2 < entries.length ? String(start + 2) : undefined;
    const body = { transactions: entries.slice(start, start + 2), nextCursor };
    return { status: 200, body, requestId: { sent: 'r' }, latencyMs: 1 };
  };
  return { send, asked };
}

test.each<[string, object[], 'yes' | 'no' | 'unclear']>([
  ['nothing', [], 'no'],
  ['its id on the third page', [...Array(5).fill(entry('x', '9.00')), entry('mine', '-1')], 'yes'],
  ['the one entry of its amount and time', [entry('x', '-1.0'), entry('y', '2.00')], 'yes'],
  ['two such entries', [entry('x', '-1.00'), entry('y', '-1.00')], 'unclear'],
  ['one that is known to be another', [entry('other', '-1.00')], 'no'],
  ['one of another hour', [entry('x', '-1.00', 60)], 'no'],
  ['no decimal', [{ id: 'x', amount: 'NaN', timestamp: AT.toISOString() }], 'no'],
])('with %s in the ledger it took place: %3$s', async (_, entries, verdict) => {
  expect(await tookPlace(ledger(entries).send, '/v1/accounts/{id}/transactions', wanted)).toBe(verdict);
});

test('money that went out is not taken for money that came in', async () => {
  const back = { ...wanted, direction: 'in' } as const;
  expect(await tookPlace(ledger([entry('x', '-1.00')]).send, '/l', back)).toBe('no');
  expect(await tookPlace(ledger([entry('x', '1.00')]).send, '/l', back)).toBe('yes');
});

test('the account stands in the path, encoded', async () => {
  const { send, asked } = ledger([entry('mine', '1.00')]);
  expect(await isRecorded(send, '/v1/accounts/{id}/transactions', wanted)).toBe(true);
  expect(asked[0]?.path).toBe('/v1/accounts/a%2F1/transactions');
});

test('an entry is found by its id wherever it stands, and no other is', async () => {
  const entries = fc.array(fc.constantFrom(entry('x', '-1.00'), entry('y', '5.00')), { maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(entries, fc.nat(9), async (others, at) => {
      const all = [...others.slice(0, at), entry('mine', '-1.00'), ...others.slice(at)];
      expect(await isRecorded(ledger(all).send, '/l', wanted)).toBe(true);
      expect(await isRecorded(ledger(others).send, '/l', wanted)).toBe(false);
    }),
  );
});
