import { type Operator, operate } from '../../../lambda/check-subscriptions/operation';
import { wantedSubscriptions } from '../../../lambda/check-subscriptions/register';
import { readCounters } from '../../../lambda/check-subscriptions/resend';
import { type PaycaCall, PaycaError } from '../../../lambda/payca/api';
import { StoreInMemory } from './store-in-memory';

const NOW = new Date('2026-12-10T12:00:00.500Z');

function operator(
  answer: (call: PaycaCall) => unknown,
  more: Partial<Operator> = {},
): Operator & { calls: PaycaCall[] } {
  const calls: PaycaCall[] = [];
  return {
    calls,
    api: {
      call: async (call) => {
        calls.push(call);
        return { status: 200, body: answer(call), requestId: { sent: 'r' }, latencyMs: 1 };
      },
    },
    inbox: { latest: async () => [], async *received() {} },
    store: new StoreInMemory(),
    wanted: wantedSubscriptions('https://webhooks.example.com/payca', 'type', ['card']),
    description: 'golive',
    stage: 'production',
    now: () => NOW,
    ...more,
  };
}

test('a resend asks from a time with second precision, and gives counters that add up', async () => {
  const at = operator(() => ({ account: 1, card: 2, total: 3 }));
  const outcome = await operate({ do: 'resend', from: '2026-12-10T09:30:00.750Z', key: 'k' }, at);
  expect(at.calls).toEqual([
    { method: 'POST', path: '/v1/webhooks/resend', query: { fromDate: '2026-12-10T09:30:00Z' }, idempotencyKey: 'k' },
  ]);
  const counters = { total: 3, byType: { account: 1, card: 2 } };
  expect(outcome).toEqual({ result: 'resent', resent: { at: NOW.toISOString(), counters, requestId: { sent: 'r' } } });
});

test.each<[unknown, unknown]>([
  [
    { account: 0, card: 0, total: 0 },
    { total: 0, byType: { account: 0, card: 0 } },
  ],
  [
    { card: 2, total: 5 },
    { total: 5, byType: { card: 2 } },
  ],
  [{ card: 6, total: 5 }, undefined],
  [{ card: 6 }, undefined],
  [{ total: '5' }, undefined],
  [{ total: -1 }, undefined],
  [null, undefined],
])('counters %j are read as %j', (body, expected) => {
  expect(readCounters(body)).toEqual(expected);
});

test('in production nothing is provoked; in the sandbox the recipe is authorization, settlement and refund', async () => {
  const request = { do: 'provoke', cardId: 'c', currency: 'EUR' } as const;
  const refused = operator(() => undefined);
  expect(await operate(request, refused)).toMatchObject({ result: 'refused' });
  expect(refused.calls).toEqual([]);
  const sandbox = operator(({ method }) => (method === 'POST' ? { txId: 't' } : []), { stage: 'sandbox' });
  expect(await operate(request, sandbox)).toMatchObject({ result: 'done' });
  expect(sandbox.calls.map(({ body }) => body).slice(0, 3)).toEqual([
    { cardId: 'c', currency: 'EUR', type: 'authorization', amount: '1.00' },
    { cardId: 'c', currency: 'EUR', type: 'settle', amount: '1.00', linkedId: 't' },
    { cardId: 'c', currency: 'EUR', type: 'refund', amount: '1.00', linkedId: 't' },
  ]);
});

test('nothing is removed while what takes its place is not registered', async () => {
  const at = operator(() => undefined);
  const outcome = await operate({ do: 'remove', ids: [], all: false }, at);
  expect(outcome).toEqual({ result: 'refused', reason: 'first register what takes their place: card' });
  expect(at.calls).toEqual([]);
});

test('what PayCA does not do is told with its request id', async () => {
  const api = {
    call: async (call: PaycaCall) => {
      throw new PaycaError(call, { code: 'ErrForbidden', status: 403, requestId: { sent: 'r-1' }, latencyMs: 1 });
    },
  };
  const outcome = await operate(
    { do: 'resend', from: NOW.toISOString(), key: 'k' },
    operator(() => undefined, { api }),
  );
  expect(outcome).toMatchObject({ result: 'refused', reason: expect.stringContaining('request id sent r-1') });
});
