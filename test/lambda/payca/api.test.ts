import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { PaycaApi, type PaycaApiOptions, type PaycaCall, type PaycaError } from '../../../lambda/payca/api';

const PAIR = { clientId: 'client-1', clientSecret: 'secret-1' };
const ID = '11111111-2222-4333-8444-555555555555';

interface Sent {
  readonly url: string;
  readonly at: number;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly redirect?: string;
}

type Reply = Response | Error;
type Parts = Readonly<Record<string, string>>;

const answer = (status: number, content: unknown, headers: Parts = {}) =>
  new Response(typeof content === 'string' ? content : JSON.stringify(content), { status, headers });
const envelope = (code: string) => ({ error: { code, message: 'secret-1', details: {} }, requestId: ID });
const refused = (status: number, code: string, headers?: Parts) => answer(status, envelope(code), headers);
const timeout = () => Object.assign(new Error('secret-1'), { name: 'TimeoutError' });
const reset = () => Object.assign(new TypeError('fetch failed: secret-1'), { cause: { code: 'ECONNRESET' } });

/** A client whose clock moves only by sleeping, and what it did. */
function client(replies: readonly (() => Reply)[], options: Partial<PaycaApiOptions> = {}) {
  let now = 1_000_000;
  const sent: Sent[] = [];
  const slept: number[] = [];
  const failures: PaycaError[] = [];
  const api = new PaycaApi({
    baseUrl: 'https://api.payca.example/base/',
    timeoutMs: 10_000,
    deadlineMs: 60_000,
    callsPerSecond: 5,
    credentials: () => PAIR,
    onFailure: (error) => failures.push(error),
    fetch: async (url, init) => {
      const { method, headers, body, redirect } = init ?? {};
      sent.push({ url: String(url), at: now, method, headers, body, redirect } as Sent);
      now += 7;
      const reply = (replies[sent.length - 1] ?? replies.at(-1) ?? (() => answer(200, {})))();
      if (reply instanceof Error) throw reply;
      return reply;
    },
    clock: {
      now: () => now,
      sleep: async (milliseconds) => {
        slept.push(milliseconds);
        now += milliseconds;
      },
      random: () => 0.5,
    },
    ...options,
  });
  return { api, sent, slept, failures };
}

const READ: PaycaCall = { method: 'GET', path: '/v2/accounts' };
const WRITE: PaycaCall = { method: 'POST', path: '/v1/cards', body: { balance: '1.00' } };
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => fail(),
    (error: PaycaError) => error,
  );
const fail = (): never => {
  throw new Error('the call succeeded');
};

test('a read carries the pair and a request id of its own, and gives JSON, ids and latency', async () => {
  const { api, sent } = client([() => answer(200, { accounts: [] }, { 'x-request-id': ID })]);
  const result = await api.call({ ...READ, query: { fromDate: '2026-01-01T00:00:00Z' } });
  expect(result).toMatchObject({ status: 200, body: { accounts: [] }, latencyMs: 7 });
  expect(result.requestId).toEqual({ sent: sent[0]?.headers['x-request-id'], received: ID });
  expect(sent[0]).toMatchObject({
    url: 'https://api.payca.example/base/v2/accounts?fromDate=2026-01-01T00%3A00%3A00Z',
    method: 'GET',
    redirect: 'manual',
    headers: { 'x-client-id': 'client-1', 'x-client-secret': 'secret-1' },
  });
  expect(sent[0]?.headers).not.toHaveProperty('content-type');
  await api.call(READ);
  expect(sent[1]?.headers['x-request-id']).not.toBe(sent[0]?.headers['x-request-id']);
});

test("a caller's own request id is sent, in every try", async () => {
  const { api, sent } = client([timeout, () => answer(200, {})]);
  const { requestId } = await api.call({ ...READ, requestId: 'smoke-1' });
  expect(sent.map(({ headers }) => headers['x-request-id'])).toEqual(['smoke-1', 'smoke-1']);
  expect(requestId.sent).toBe('smoke-1');
});

test('a write carries JSON and its idempotency key', async () => {
  const { api, sent } = client([() => answer(201, { cardId: 'c' })]);
  await api.call({ ...WRITE, idempotencyKey: 'key-1' });
  expect(sent[0]).toMatchObject({
    body: '{"balance":"1.00"}',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1' },
  });
});

test('an answer without a body is none', async () => {
  const { api } = client([() => new Response(null, { status: 204 })]);
  expect(await api.call({ method: 'DELETE', path: '/v1/cards/1' })).toMatchObject({ status: 204, body: undefined });
});

test.each([
  ['ErrInvalidArg', 400],
  ['ErrUnauthorized', 401],
  ['ErrForbidden', 403],
  ['ErrNotFound', 404],
  ['ErrConflict', 409],
])('%s is an error of its own and is not tried again', async (code, status) => {
  const { api, sent, failures } = client([() => refused(status, code)]);
  const error = await failure(api.call({ ...WRITE, idempotencyKey: 'key-1' }));
  expect(error).toMatchObject({ name: 'PaycaError', code, status });
  expect(error.requestId).toEqual({ sent: sent[0]?.headers['x-request-id'], received: ID });
  expect(sent).toHaveLength(1);
  expect(failures).toEqual([error]);
});

test.each<[string, () => Reply, Partial<PaycaError>]>([
  ['429', () => refused(429, 'ErrRateLimited'), { code: 'ErrRateLimited', status: 429 }],
  ['500', () => refused(500, 'ErrInternal'), { code: 'ErrInternal', status: 500 }],
  ['502 with HTML', () => answer(502, '<html>secret-1</html>'), { code: 'other', status: 502 }],
  ['a reset connection', reset, { code: 'Network' }],
  ['a time-out', timeout, { code: 'Timeout' }],
])('%s is tried again for a read, and for a write with a key only', async (_, reply, seen) => {
  for (const call of [READ, { ...WRITE, idempotencyKey: 'key-1' }]) {
    const { api, sent, failures } = client([reply, reply, () => answer(200, {})]);
    await api.call(call);
    expect(failures).toMatchObject([seen, seen]);
    expect(new Set(sent.map(({ headers }) => headers['x-request-id']))).toHaveProperty('size', 1);
  }
  const { api, sent } = client([reply]);
  expect(await failure(api.call(WRITE))).toMatchObject(seen);
  expect(sent).toHaveLength(1);
});

test.each<[string, () => Reply, Partial<PaycaError>]>([
  ['HTML with 200', () => answer(200, '<html>secret-1</html>'), { code: 'other', status: 200 }],
  ['a redirect', () => answer(302, '', { location: 'https://elsewhere.example' }), { code: 'other', status: 302 }],
  ['a code that the contract does not know', () => refused(400, 'secret-1'), { code: 'other', status: 400 }],
  ['an envelope of null', () => answer(400, 'null'), { code: 'other', status: 400 }],
])('%s is an error that is not tried again', async (_, reply, seen) => {
  const { api, sent } = client([reply]);
  expect(await failure(api.call(READ))).toMatchObject(seen);
  expect(sent).toHaveLength(1);
});

test('gives up after five tries', async () => {
  const { api, sent, failures } = client([() => refused(500, 'ErrInternal')]);
  await failure(api.call(READ));
  expect(sent).toHaveLength(5);
  expect(failures).toHaveLength(5);
});

test('backs off under a doubling bound with full jitter', async () => {
  const { api, slept } = client([() => refused(500, 'ErrInternal')]);
  await failure(api.call(READ));
  expect(slept).toEqual([200, 400, 800, 1600]);
});

test.each([
  ['seconds', '3', 3000],
  ['a date', new Date(1_000_000 + 4007).toUTCString(), 3993],
  ['nonsense', 'soon', 200],
])('waits as long as Retry-After says in %s', async (_, value, milliseconds) => {
  const { api, slept } = client([
    () => refused(429, 'ErrRateLimited', { 'retry-after': value }),
    () => answer(200, {}),
  ]);
  await api.call(READ);
  expect(slept).toEqual([milliseconds]);
});

test('does not wait past the deadline', async () => {
  const { api, sent, slept } = client([() => refused(429, 'ErrRateLimited', { 'retry-after': '61' })]);
  expect(await failure(api.call(READ))).toMatchObject({ code: 'ErrRateLimited' });
  expect([sent.length, slept.length]).toEqual([1, 0]);
});

test('a call for which its own limit leaves no time is refused without being sent', async () => {
  const { api, sent } = client([], { callsPerSecond: 1, deadlineMs: 500 });
  await api.call(READ);
  expect(await failure(api.call(READ))).toMatchObject({ code: 'Timeout' });
  expect(sent).toHaveLength(1);
});

test('never more calls than a full bucket and what flowed in since, in any window', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 80 }), async (perSecond, calls) => {
      const { api, sent } = client([], { callsPerSecond: perSecond, deadlineMs: 1e9 });
      for (let made = 0; made < calls; made += 1) await api.call(READ);
      for (const [first, { at }] of sent.entries()) {
        const within = sent.slice(first).filter((other) => other.at < at + 1000).length;
        expect(within).toBeLessThanOrEqual(2 * perSecond);
      }
      const seconds = ((sent.at(-1)?.at ?? 0) - (sent[0]?.at ?? 0)) / 1000;
      expect(calls).toBeLessThanOrEqual(perSecond * (seconds + 1) + 1);
    }),
  );
});

test('asks for the pair before every try, so that a changed one is taken up', async () => {
  const secrets = ['secret-1', 'secret-2'];
  const credentials = () => ({ ...PAIR, clientSecret: secrets.shift() ?? '' });
  const { api, sent } = client([() => refused(500, 'ErrInternal'), () => answer(200, {})], { credentials });
  await api.call(READ);
  expect(sent.map(({ headers }) => headers['x-client-secret'])).toEqual(['secret-1', 'secret-2']);
});

test.each([
  ['a line break', 'sec\nret'],
  ['another script', 'sécret'],
  ['nothing', ''],
])('a secret with %s is refused without being quoted or sent', async (_, clientSecret) => {
  const { api, sent } = client([], { credentials: () => ({ ...PAIR, clientSecret }) });
  const error = await failure(api.call(READ));
  expect(error.message).toBe('client id and secret must be printable ASCII without spaces');
  expect(sent).toHaveLength(0);
});

test.each(['', 'x'.repeat(256), 'a b'])('refuses an idempotency key of another form: %s', async (idempotencyKey) => {
  await expect(client([]).api.call({ ...WRITE, idempotencyKey })).rejects.toThrow(RangeError);
});

test.each<[string, () => Reply]>([
  ['an envelope', () => refused(401, 'ErrUnauthorized', { 'x-request-id': '<secret-1>' })],
  ['HTML', () => answer(500, '<html>secret-1</html>')],
  ['a reset', reset],
  ['a time-out', timeout],
])('an error about %s repeats neither body nor header', async (_, reply) => {
  const error = await failure(client([reply], { deadlineMs: 100 }).api.call(READ));
  const said = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join();
  expect(said).not.toContain('secret-1');
  expect(said).not.toContain('client-1');
});

describe('against a server', () => {
  let server: Server;
  let baseUrl: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/cut')
        response.writeHead(200, { 'content-length': 10 }).write('{"a"', () => response.destroy());
      // Anything else is never answered.
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['/silent', 'Timeout', 50],
    ['/cut', 'Network', 2000],
  ])('%s is %s', async (path, code, timeoutMs) => {
    const api = new PaycaApi({ baseUrl, timeoutMs, deadlineMs: timeoutMs, callsPerSecond: 5, credentials: () => PAIR });
    expect(await failure(api.call({ method: 'GET', path }))).toMatchObject({ code });
  });

  test('a refused connection is named', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const options = { baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 2000, deadlineMs: 200, callsPerSecond: 5 };
    const error = await failure(new PaycaApi({ ...options, credentials: () => PAIR }).call(READ));
    expect(error.message).toMatch(/^GET \/v2\/accounts: Network \(ECONNREFUSED, request id sent /);
  });
});
