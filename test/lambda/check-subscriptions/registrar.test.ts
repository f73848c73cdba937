import { settle, type Wanted, wantedSubscriptions } from '../../../lambda/check-subscriptions/register';
import { apply, type Registrar, remove } from '../../../lambda/check-subscriptions/registrar';
import { type PaycaCall, PaycaError } from '../../../lambda/payca/api';
import { StoreInMemory } from './store-in-memory';

const URL = 'https://webhooks.example.com/payca';
const HOUR = 60 * 60 * 1000;
const REQUEST_ID = { sent: 'r' };

/** PayCA: registers, forgets a key after 24 h, and loses answers on demand. */
class Payca {
  readonly subscriptions = new Map<string, unknown>();
  readonly calls: string[] = [];
  now = Date.parse('2026-12-01T00:00:00Z');
  trouble: (call: PaycaCall) => { readonly status?: number; readonly afterEffect?: boolean } | undefined = () =>
    undefined;
  private readonly remembered = new Map<string, { id: string; at: number }>();

  call = async (call: PaycaCall) => {
    const { method, path, idempotencyKey = '' } = call;
    this.calls.push(method);
    const trouble = this.trouble(call);
    const fail = () => {
      throw new PaycaError(call, { code: 'other', status: trouble?.status, requestId: REQUEST_ID, latencyMs: 1 });
    };
    if (trouble && !trouble.afterEffect) fail();
    const body = method === 'POST' ? { id: this.register(idempotencyKey, call.body) } : undefined;
    if (method === 'DELETE' && !this.subscriptions.delete(path.split('/').at(-1) ?? ''))
      throw new PaycaError(call, { code: 'ErrNotFound', status: 404, requestId: REQUEST_ID, latencyMs: 1 });
    if (trouble) fail();
    return { status: 200, body, requestId: REQUEST_ID, latencyMs: 1 };
  };

  private register(key: string, body: unknown): string {
    const known = this.remembered.get(key);
    if (known && this.now < known.at + 24 * HOUR) return known.id;
    const id = `id-${this.subscriptions.size + 1}-${key.slice(0, 4)}`;
    this.subscriptions.set(id, body);
    this.remembered.set(key, { id, at: this.now });
    return id;
  }
}

function at(payca: Payca, store: StoreInMemory, more: Partial<Registrar> = {}): Registrar {
  const wanted: Wanted[] = wantedSubscriptions(URL, 'type', ['card', 'account']);
  const now = () => new Date(payca.now);
  return { api: payca, store, wanted, description: 'golive', stage: 'production', now, ...more };
}

test('each type is registered once, and nothing on a second run', async () => {
  const [payca, store] = [new Payca(), new StoreInMemory()];
  const steps = await apply(at(payca, store));
  expect(steps).toMatchObject([{ types: ['card'] }, { types: ['account'] }]);
  expect([...payca.subscriptions.values()]).toEqual([
    { url: URL, type: 'card' },
    { url: URL, type: 'account' },
  ]);
  expect(await apply(at(payca, store))).toEqual([]);
  expect(store.register).toMatchObject({ begun: [], changedAt: '2026-12-01T00:00:00.000Z' });
});

test('the events form is one registration with a description', async () => {
  const payca = new Payca();
  const wanted = wantedSubscriptions(URL, 'events', ['card', 'account', 'user']);
  await apply(at(payca, new StoreInMemory(), { wanted }));
  const events = ['card_transaction', 'account_transaction', 'user_account_transaction'];
  expect([...payca.subscriptions.values()]).toEqual([{ url: URL, events, description: 'golive' }]);
});

test('two at the same moment register once', async () => {
  const [payca, store] = [new Payca(), new StoreInMemory()];
  await Promise.all([apply(at(payca, store)), apply(at(payca, store)), apply(at(payca, store))]);
  expect(payca.subscriptions.size).toBe(2);
  expect(store.register.subscriptions).toHaveLength(2);
});

test('an answer that is lost is asked for again under the same key; after 24 hours it stays in doubt', async () => {
  const [payca, store] = [new Payca(), new StoreInMemory()];
  payca.trouble = () => ({ status: 502, afterEffect: true });
  expect(await apply(at(payca, store))).toMatchObject([{ failed: expect.any(String) }, { failed: expect.any(String) }]);
  payca.trouble = () => undefined;
  payca.now += 23 * HOUR;
  await apply(at(payca, store));
  expect([payca.subscriptions.size, store.register.begun]).toEqual([2, []]);

  const late = new StoreInMemory();
  payca.trouble = () => ({ status: 502, afterEffect: true });
  await apply(at(payca, late));
  payca.trouble = () => undefined;
  payca.now += 25 * HOUR;
  await apply(at(payca, late));
  expect(late.register.begun.map(({ types }) => types)).toEqual([['card'], ['account']]);
  expect(settle(late.register, new Date(payca.now)).begun).toEqual([]);
});

test('what PayCA refused is forgotten, and what has no answer is not', async () => {
  for (const [status, left] of [
    [400, 0],
    [403, 0],
    [409, 2],
    [undefined, 2],
  ] as const) {
    const store = new StoreInMemory();
    const payca = new Payca();
    payca.trouble = () => ({ status });
    await apply(at(payca, store));
    expect(store.register.begun).toHaveLength(left);
  }
});

test('an answer without an id stays in doubt', async () => {
  const store = new StoreInMemory();
  const api = { call: async () => ({ status: 201, body: {}, requestId: REQUEST_ID, latencyMs: 1 }) };
  const steps = await apply(at(new Payca(), store, { api }));
  expect(steps[0]?.failed).toContain('the answer has no id');
  expect(store.register.begun).toHaveLength(2);
});

describe('what is no longer wanted', () => {
  const fewer = { wanted: wantedSubscriptions(URL, 'events', ['card']) };

  test('is removed after the registration of what is, outside production', async () => {
    const [payca, store] = [new Payca(), new StoreInMemory()];
    await apply(at(payca, store));
    await apply(at(payca, store, { ...fewer, stage: 'sandbox' }));
    expect(payca.calls).toEqual(['POST', 'POST', 'POST', 'DELETE', 'DELETE']);
    expect(store.register.subscriptions).toMatchObject([{ form: 'events', types: ['card'] }]);
  });

  test('stays in production, and wherever a registration failed', async () => {
    for (const stage of ['production', 'sandbox']) {
      const [payca, store] = [new Payca(), new StoreInMemory()];
      await apply(at(payca, store));
      payca.trouble = () => (stage === 'sandbox' ? { status: 500 } : undefined);
      await apply(at(payca, store, { ...fewer, stage }));
      expect(payca.calls).not.toContain('DELETE');
    }
  });
});

test('one that PayCA does not know is gone; one that it did not remove is kept', async () => {
  const [payca, store] = [new Payca(), new StoreInMemory()];
  await apply(at(payca, store));
  const [first, second] = [...payca.subscriptions.keys()] as [string, string];
  payca.subscriptions.delete(first);
  payca.trouble = ({ path }) => (path.endsWith(second) ? { status: 500 } : undefined);
  const steps = await remove(at(payca, store), [first, second]);
  expect(steps).toMatchObject([{ what: 'gone' }, { what: 'removed', failed: expect.any(String) }]);
  expect(store.register.subscriptions.map(({ id }) => id)).toEqual([second]);
});
