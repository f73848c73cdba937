import { acceptedUntilLabel } from '../../../lambda/payca/credentials';
import { CredentialsCache } from '../../../lambda/receive-webhook/credentials';
import { pair, SecretInMemory } from '../secret-in-memory';

const HOUR_MS = 60 * 60 * 1000;
const OVERLAP_MS = 48 * HOUR_MS;

function cached(secret = new SecretInMemory(pair(1))) {
  return { secret, cache: new CredentialsCache(secret, () => secret.now, OVERLAP_MS) };
}

/** A pair that was current, with the end of its overlap. */
function former(secret: SecretInMemory, number: number, hours: number): void {
  const id = secret.put(pair(number), 'OLD');
  secret.stored.move(acceptedUntilLabel(secret.now + hours * HOUR_MS, id), id);
}

const names = async (pairs: Promise<readonly { name: string; clientId: string }[]>) =>
  (await pairs).map(({ name, clientId }) => `${name} ${clientId}`);

test('reads once and tries current, pending and former pairs in this order', async () => {
  const { secret, cache } = cached();
  former(secret, 0, 24);
  secret.put(pair(2), 'AWSPENDING');
  expect(await names(cache.get())).toEqual(['current client-1', 'pending client-2', 'previous client-0']);
  await cache.get();
  expect(secret.lists).toBe(1);
});

test('each of several former pairs ends with its own overlap', async () => {
  const { secret, cache } = cached();
  former(secret, 7, 24);
  former(secret, 8, 12);
  expect(await names(cache.get())).toEqual(['current client-1', 'previous client-7', 'previous client-8']);
  secret.now += 12 * HOUR_MS;
  expect(await names(cache.get())).toEqual(['current client-1', 'previous client-7']);
  secret.now += 12 * HOUR_MS;
  expect(await names(cache.get())).toEqual(['current client-1']);
});

test('a pair that is current again is no former one, whatever end was set before', async () => {
  const { secret, cache } = cached();
  const { id } = secret.stored.get();
  secret.stored.move(acceptedUntilLabel(secret.now + HOUR_MS, id), id);
  expect(await names(cache.get())).toEqual(['current client-1']);
  secret.now += 2 * HOUR_MS;
  expect(await names(cache.get())).toEqual(['current client-1']);
});

test.each([
  [{ supplied: false }],
  [{ clientId: 'a' }],
  [{ clientId: '', clientSecret: '' }],
  [{ clientId: 1, clientSecret: 2 }],
])('the placeholder %j is never a key', async (placeholder) => {
  expect(await cached(new SecretInMemory(placeholder)).cache.get()).toEqual([]);
});

test('a mismatch reads afresh, but not more often than every 30 s', async () => {
  const { secret, cache } = cached();
  await cache.get();
  secret.put(pair(2));
  expect(await cache.afterMismatch()).toMatchObject([{ clientId: 'client-1' }]);
  secret.now += 30_000;
  expect((await cache.afterMismatch())[0]).toMatchObject({ clientId: 'client-2' });
  for (let stranger = 0; stranger < 100; stranger += 1) await cache.afterMismatch();
  expect(secret.lists).toBe(2);
});

test('many at the same moment share one read', async () => {
  const { secret, cache } = cached();
  await Promise.all(Array.from({ length: 20 }, () => cache.get()));
  expect(secret.lists).toBe(1);
});

test('when the secret cannot be read nobody is told that a signature is wrong', async () => {
  const { secret, cache } = cached();
  await cache.get();
  secret.now += 30_000;
  secret.broken = new Error('unreachable');
  await expect(cache.afterMismatch()).rejects.toThrow('unreachable');
  await expect(cache.afterMismatch()).rejects.toThrow('within the last 30 s');
});

test('old credentials are read afresh; if that fails they still serve', async () => {
  const { secret, cache } = cached();
  await cache.get();
  secret.now += 7 * HOUR_MS;
  secret.broken = new Error('unreachable');
  expect(await cache.get()).toMatchObject([{ clientId: 'client-1' }]);
  secret.broken = undefined;
  secret.put(pair(2));
  secret.now += 30_000;
  expect((await cache.get())[0]).toMatchObject({ clientId: 'client-2' });
});

test('credentials that were never read are an error, not an absence', async () => {
  const { secret, cache } = cached();
  secret.broken = new Error('unreachable');
  await expect(cache.get()).rejects.toThrow('unreachable');
});

test('a pair that was replaced by hand, with no recorded end, is accepted for the overlap', async () => {
  const { secret, cache } = cached();
  secret.now += 100 * HOUR_MS;
  secret.put(pair(2));
  expect(await names(cache.get())).toEqual(['current client-2', 'previous client-1']);
  secret.now += OVERLAP_MS;
  expect(await names(cache.get())).toEqual(['current client-2']);
});
