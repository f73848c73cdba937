import { CredentialsCache } from '../../../lambda/receive-webhook/credentials';

const HOUR_MS = 60 * 60 * 1000;
const version = (number: number, more = {}) => ({
  clientId: `client-${number}`,
  clientSecret: `secret-${number}`,
  ...more,
});

/** A secret whose versions and clock a test moves. */
function secret(versions: Record<string, Record<string, unknown> | undefined>) {
  const state = { versions, now: Date.parse('2026-12-01T00:00:00Z'), reads: 0, broken: false };
  const cache = new CredentialsCache(
    async (stage) => {
      state.reads += stage === 'AWSCURRENT' ? 1 : 0;
      if (state.broken) throw new Error('unreachable');
      return state.versions[stage];
    },
    () => state.now,
  );
  return { state, cache };
}

const names = async (pairs: Promise<readonly { name: string }[]>) => (await pairs).map(({ name }) => name);

test('reads once and tries current, pending and previous in this order', async () => {
  const { cache, state } = secret({
    AWSCURRENT: version(2, { previousValidUntil: '2026-12-02T00:00:00Z' }),
    AWSPENDING: version(3),
    AWSPREVIOUS: version(1),
  });
  expect(await names(cache.get())).toEqual(['current', 'pending', 'previous']);
  await cache.get();
  expect(state.reads).toBe(1);
});

test('the previous pair ends with the overlap', async () => {
  const { cache, state } = secret({
    AWSCURRENT: version(2, { previousValidUntil: '2026-12-02T00:00:00Z' }),
    AWSPREVIOUS: version(1),
  });
  expect(await names(cache.get())).toEqual(['current', 'previous']);
  state.now += 24 * HOUR_MS;
  expect(await names(cache.get())).toEqual(['current']);
});

test.each([[undefined], ['soon']])('a previous pair without an end (%s) is no key', async (previousValidUntil) => {
  const { cache } = secret({ AWSCURRENT: version(2, { previousValidUntil }), AWSPREVIOUS: version(1) });
  expect(await names(cache.get())).toEqual(['current']);
});

test.each([
  [{ supplied: false }],
  [{ clientId: 'a' }],
  [{ clientId: '', clientSecret: '' }],
  [{ clientId: 1, clientSecret: 2 }],
])('the placeholder %j is never a key', async (placeholder) => {
  expect(await secret({ AWSCURRENT: placeholder }).cache.get()).toEqual([]);
});

test('a mismatch reads afresh, but not more often than every 30 s', async () => {
  const { cache, state } = secret({ AWSCURRENT: version(1) });
  await cache.get();
  state.versions.AWSCURRENT = version(2);
  expect(await cache.afterMismatch()).toMatchObject([{ clientId: 'client-1' }]);
  state.now += 30_000;
  expect(await cache.afterMismatch()).toMatchObject([{ clientId: 'client-2' }]);
  for (let stranger = 0; stranger < 100; stranger += 1) await cache.afterMismatch();
  expect(state.reads).toBe(2);
});

test('many at the same moment share one read', async () => {
  const { cache, state } = secret({ AWSCURRENT: version(1) });
  await Promise.all(Array.from({ length: 20 }, () => cache.get()));
  expect(state.reads).toBe(1);
});

test('when the secret cannot be read nobody is told that a signature is wrong', async () => {
  const { cache, state } = secret({ AWSCURRENT: version(1) });
  await cache.get();
  state.now += 30_000;
  state.broken = true;
  await expect(cache.afterMismatch()).rejects.toThrow('unreachable');
  await expect(cache.afterMismatch()).rejects.toThrow('within the last 30 s');
});

test('old credentials are read afresh; if that fails they still serve', async () => {
  const { cache, state } = secret({ AWSCURRENT: version(1) });
  await cache.get();
  state.now += 7 * HOUR_MS;
  state.broken = true;
  expect(await cache.get()).toMatchObject([{ clientId: 'client-1' }]);
  state.broken = false;
  state.versions.AWSCURRENT = version(2);
  state.now += 30_000;
  expect(await cache.get()).toMatchObject([{ clientId: 'client-2' }]);
});

test('credentials that were never read are an error, not an absence', async () => {
  const { cache, state } = secret({});
  state.broken = true;
  await expect(cache.get()).rejects.toThrow('unreachable');
});
