import { type HttpRequest, httpCall } from '../../../lambda/notify-incident/http';

const KEY = 'very-secret-key';
const REQUEST: HttpRequest = { method: 'POST', url: 'https://receiver.acme-pay.eu/x', headers: {}, body: { a: 1 } };
const fetched = jest.spyOn(globalThis, 'fetch');
const call = (request: Partial<HttpRequest> = {}) => httpCall(KEY, 50)({ ...REQUEST, ...request });

afterEach(() => fetched.mockReset());

test('sends JSON and gives the JSON of the answer', async () => {
  fetched.mockResolvedValue(new Response('{"key":"OPS-1"}', { status: 201 }));
  expect(await call({ headers: { authorization: 'Bearer x' } })).toEqual({ key: 'OPS-1' });
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect(url).toBe(REQUEST.url);
  expect(init).toMatchObject({
    method: 'POST',
    body: '{"a":1}',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
  });
});

test('an answer without JSON is fine', async () => {
  fetched.mockResolvedValue(new Response('ok'));
  expect(await call()).toBeUndefined();
});

test.each([
  [400, 'bad', undefined, 'answered 400: bad', undefined],
  [429, '', '30', 'answered 429', 30],
  [503, 'later', 'Wed, 21 Oct 2026 07:28:00 GMT', 'answered 503: later', undefined],
  [302, '', undefined, 'answered 302', undefined],
])('%i is a failure that says what was answered', async (status, text, retryAfter, message, seconds) => {
  const headers: Record<string, string> = retryAfter ? { 'retry-after': retryAfter } : {};
  fetched.mockResolvedValue(new Response(text, { status, headers }));
  await expect(call()).rejects.toMatchObject({ name: 'ReceiverError', message, status, retryAfterSeconds: seconds });
});

test('a key that a receiver echoes is not repeated', async () => {
  const echo = `no such key: ${KEY}, header Basic dXNlcjp0b2tlbg==`;
  fetched.mockResolvedValue(new Response(echo, { status: 401 }));
  await expect(call({ headers: { authorization: 'Basic dXNlcjp0b2tlbg==' } })).rejects.toThrow(
    'answered 401: no such key: (not shown), header Basic (not shown)',
  );
});

test('a long answer is cut', async () => {
  fetched.mockResolvedValue(new Response('x'.repeat(100_000), { status: 500 }));
  await expect(call()).rejects.toMatchObject({ message: expect.stringMatching(/^.{1,230}$/) });
});

test.each(['http://receiver.acme-pay.eu', 'no address at all', ''])(
  '%j is no address, and is not repeated',
  async (url) => {
    await expect(call({ url })).rejects.toThrow('its address is no https URL');
    expect(fetched).not.toHaveBeenCalled();
  },
);

test('no answer in time', async () => {
  fetched.mockImplementation(
    (_, init) =>
      new Promise((__, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
  );
  await expect(call()).rejects.toThrow('no answer within 0.05 s');
});

test('a receiver that is not there, without its address', async () => {
  fetched.mockRejectedValue(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }));
  await expect(call()).rejects.toThrow('not reached: ECONNREFUSED');
});
