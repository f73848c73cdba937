import fc from 'fast-check';
import type { SmokeResult } from '../../../lambda/smoke-test/result';
import type { SmokeSettings } from '../../../lambda/smoke-test/settings';
import { SmokeBench } from '../../../rehearsal/smoke-bench';
import { FAULT_KINDS } from '../../../rehearsal/smoke-cases';
import { before, leftAt } from '../../../rehearsal/smoke-tenants';

const HOUR_MS = 60 * 60 * 1000;
const CAP = { cards: 1, money: { EUR: '3.00' } };
const BASE: SmokeSettings = {
  stage: 'production',
  profile: 'tenant-balance',
  balances: 'users-stats',
  fundsMovement: 'users-transfer',
  cardClose: { method: 'DELETE', path: '/v1/cards/{id}' },
  fieldNames: { userId: 'id', ownUserId: 'userId', topupAccount: 'accountID', cardIdempotency: 'header' },
  onDeploy: 'free',
  webhookSeconds: 60,
  caps: { run: CAP, day: { cards: 2, money: { EUR: '10.00' } } },
  user: {
    body: { status: 'active', meta: {} },
    disable: { method: 'PATCH', path: '/v1/users/{id}/status', status: 'blocked' },
  },
  authorization: [],
  ledgerPath: '/v1/accounts/{id}/transactions',
  endpoint: { host: 'webhooks.example.com', path: '/webhooks', isOpen: false, asksForCertificate: false },
};
const CARD = { bin: '411111', currency: 'EUR', fees: '1.00', body: {}, withdrawPath: '/v1/cards/{id}/withdraw' };

function bench(change: Partial<SmokeSettings> = {}): SmokeBench {
  const target = ({ tenant }: SmokeBench['payca']) =>
    tenant.addUser({ ownId: 'standing-user', meta: {}, bins: [], status: 'active' }).accountId;
  return new SmokeBench(
    (payca) => ({
      ...BASE,
      card: CARD,
      transfer: { from: 'tenant-eur', to: target(payca), amount: '1.00', currency: 'EUR' },
      ...change,
    }),
    { generation: 'older', environment: 'production' },
  );
}

async function run(on: SmokeBench, steps: 'all' | 'deploy' | string[] = 'all'): Promise<SmokeResult> {
  const result = await on.run(steps);
  if (result === 'killed') throw new Error('it was killed');
  return result;
}

const faultOf = (id?: string) => FAULT_KINDS.find((kind) => kind.id === id)?.fault;
const stepOf = ({ steps }: SmokeResult, id: string) => steps.find((step) => step.id === id);

test('every request id and idempotency key begins with smoke-, and no two calls share one', async () => {
  const on = bench();
  await run(on);
  const ids = on.asked.map(({ requestId }) => requestId);
  expect(ids.every((id) => id.startsWith('smoke-'))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(
    on.payca.books.moves.flatMap(({ idempotencyKey }) => idempotencyKey ?? []).every((key) => key.startsWith('smoke-')),
  ).toBe(true);
});

test('after a deploy only what is free runs, unless the config wants all', async () => {
  expect((await run(bench(), 'deploy')).steps.map(({ id }) => id)).toEqual([
    'health',
    'credentials',
    'edge',
    'webhook',
  ]);
  expect((await run(bench({ onDeploy: 'all' }), 'deploy')).steps.map(({ id }) => id)).toContain('transfer');
});

test('a step that there is not is refused before anything is done', async () => {
  const on = bench();
  await expect(run(on, ['user', 'topup'])).rejects.toThrow('no step is topup: this tenant has health, credentials,');
  expect(on.asked).toEqual([]);
});

test('the cap of a day is kept by all its runs together, and begins anew the next day', async () => {
  const on = bench();
  await run(on);
  await run(on);
  const third = await run(on);
  expect(stepOf(third, 'card')).toMatchObject({ verdict: 'skipped', reason: 'the cap of a day is 2 cards' });
  expect(third.verdict).toBe('pass');
  on.moveClock(24 * HOUR_MS);
  expect(stepOf(await run(on), 'card')?.verdict).toBe('pass');
});

test('the cap of a run stops the step that would go over it', async () => {
  const result = await run(bench({ caps: { run: { cards: 1, money: { EUR: '1.50' } }, day: CAP } }));
  expect(stepOf(result, 'card')?.verdict).toBe('pass');
  expect(stepOf(result, 'transfer')?.reason).toBe('the cap of a run is 1.50 EUR, and this would make it 2');
});

test('a tenant with less than a run may cost is left alone', async () => {
  const on = bench();
  on.payca.balances.set('EUR', { available: '2.99', pending: '0.00', feesThisMonth: '0.00' });
  const result = await run(on);
  const reason = 'the balance of 2.99 EUR is under the cap of 3.00';
  expect([stepOf(result, 'card')?.reason, stepOf(result, 'transfer')?.reason]).toEqual([reason, reason]);
  expect(on.payca.tenant.cards).toEqual([]);
});

test('no money moves without a named source and target', async () => {
  const on = bench({ transfer: undefined, card: undefined });
  const result = await run(on);
  expect(stepOf(result, 'transfer')).toMatchObject({ verdict: 'skipped' });
  expect(on.asked.map(({ call }) => call).filter((call) => /transfer|cards/.test(call))).toEqual([]);
});

test('a run that may still be under way is left alone, and swept once its time is over', async () => {
  const on = bench();
  on.kill = { at: 12, when: 'after' };
  expect(await on.run('all')).toBe('killed');
  on.kill = undefined;
  const busy = await run(on, []);
  expect(busy).toMatchObject({ verdict: 'no-data', reason: expect.stringContaining('another run') });
  on.moveClock(11 * 60_000);
  const { swept, leftovers } = await run(on, []);
  expect([swept.length > 0, leftovers]).toEqual([true, []]);
});

test('what a person has undone is struck off by its key, in their name', async () => {
  const on = bench();
  on.fault = ({ call }) => (call.endsWith('/status') ? faultOf('403 ErrForbidden') : undefined);
  const { leftovers } = await run(on, ['user']);
  expect(leftovers).toMatchObject([{ kind: 'user', tries: 1, reason: expect.stringContaining('ErrForbidden') }]);
  const settled = await on.run([], [String(leftovers[0]?.idempotencyKey)]);
  expect(settled).toMatchObject({ leftovers: [], swept: [{ kind: 'user', undone: true, by: 'rehearsal' }] });
});

test('several calls may fail in any way in one run: an hour after all is well, nothing is left', async () => {
  const faults = fc.array(fc.record({ at: fc.nat(20), id: fc.constantFrom(...FAULT_KINDS.map(({ id }) => id)) }), {
    minLength: 2,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(faults, async (chosen) => {
      const on = bench();
      const was = before(on.payca);
      on.fault = ({ requestId }) => faultOf(chosen.find(({ at }) => requestId.endsWith(`-${at}`))?.id);
      await run(on);
      on.fault = () => undefined;
      on.moveClock(HOUR_MS);
      const { leftovers } = await run(on, []);
      expect([leftovers, leftAt(on.payca, was)]).toEqual([[], []]);
    }),
    { numRuns: 150 },
  );
});
