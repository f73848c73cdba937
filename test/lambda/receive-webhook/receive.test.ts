import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { sha256 } from '../../../lambda/payca/inbox';
import type { KeyPair } from '../../../lambda/receive-webhook/credentials';
import { type Delivery, type PutItem, type Receiver, receive } from '../../../lambda/receive-webhook/receive';
import { Random } from '../../../rehearsal/payca';
import { InboxInMemory } from '../inbox-in-memory';

const pair = (name: KeyPair['name'], number: number): KeyPair => ({
  name,
  clientId: `client-${number}`,
  clientSecret: `secret-${number}`,
});
const CURRENT = pair('current', 1);

function receiver(changes: Partial<Receiver> = {}, pairs: readonly KeyPair[] = [CURRENT]): Receiver {
  return {
    credentials: { get: async () => pairs, afterMismatch: async () => pairs },
    putItem: new InboxInMemory().putItem,
    encrypt: async (code, hash) => Buffer.from(`sealed ${code.length} ${hash.slice(0, 4)}`),
    bodyLimitBytes: 1024,
    now: () => Date.parse('2026-12-01T10:20:30Z'),
    ...changes,
  };
}

function delivery(body: string | Buffer, { clientId, clientSecret }: KeyPair = CURRENT): Delivery {
  const signature = `sha256=${createHmac('sha256', clientSecret).update(body).digest('hex')}`;
  return { body: Buffer.from(body), clientId, signature, requestId: 'req-1' };
}

const SETTLED = '{"event":"card_transaction","data":{"id":"t1","type":"cleared","transactionAmount":"1.50"}}';

test('a signed webhook is stored as it came, with its facts', async () => {
  const inbox = new InboxInMemory();
  const outcome = await receive(delivery(SETTLED), receiver({ putItem: inbox.putItem }));
  expect(outcome).toMatchObject({ result: 'accepted', clientIdAbsent: false, cardNumbers: 0 });
  const [item] = inbox.items.values();
  expect(item).toMatchObject({
    pk: 'card_transaction#settle##t1',
    detailType: 'card_transaction.settle',
    amount: '1.50',
    requestId: 'req-1',
    keyUsed: 'current',
    bodySha256: sha256(SETTLED),
    receivedAt: '2026-12-01T10:20:30.000Z',
  });
  expect(Buffer.from(item?.body ?? []).toString()).toBe(SETTLED);
  expect(item?.hour).toMatch(/^2026-12-01T10#[0-7]$/);
});

test.each([
  ['previous', 2],
  ['pending', 3],
] as const)('the %s pair is taken, and named', async (name, number) => {
  const other = pair(name, number);
  const outcome = await receive(delivery(SETTLED, other), receiver({}, [CURRENT, other]));
  expect(outcome).toMatchObject({ result: 'accepted', item: { keyUsed: name } });
});

test('id and signing key may belong to different pairs, because PayCA may change them one after the other', async () => {
  const next = pair('pending', 2);
  const mixed = { ...delivery(SETTLED, CURRENT), clientId: next.clientId };
  expect(await receive(mixed, receiver({}, [CURRENT, next]))).toMatchObject({ result: 'accepted' });
});

test('no client id is taken and told', async () => {
  const outcome = await receive({ ...delivery(SETTLED), clientId: undefined }, receiver());
  expect(outcome).toMatchObject({ result: 'accepted', clientIdAbsent: true });
});

test.each<[string, Delivery, object]>([
  [
    'too large, before the signature is looked at',
    { ...delivery('x'.repeat(1025)), signature: undefined },
    { reason: 'too-large', status: 413 },
  ],
  ['no signature', { ...delivery(SETTLED), signature: undefined }, { reason: 'signature', status: 401 }],
  [
    'a signature without its prefix',
    { ...delivery(SETTLED), signature: delivery(SETTLED).signature?.slice(7) },
    { reason: 'signature', status: 401 },
  ],
  [
    'a wrong signature on what is no JSON',
    { ...delivery('{'), signature: delivery('}').signature },
    { reason: 'signature', status: 401 },
  ],
  ['a stranger id', { ...delivery(SETTLED), clientId: 'stranger' }, { reason: 'client-id', status: 401 }],
  ['what is no JSON', delivery('{"event":'), { reason: 'not-json', status: 400 }],
  ['an empty body', delivery(''), { reason: 'not-json', status: 400 }],
  ['what is no UTF-8', delivery(Buffer.from([0x22, 0xff, 0x22])), { reason: 'not-json', status: 400 }],
])('refused: %s', async (_, one, expected) => {
  const inbox = new InboxInMemory();
  expect(await receive(one, receiver({ putItem: inbox.putItem }))).toEqual({ result: 'rejected', ...expected });
  expect(inbox.items.size).toBe(0);
});

test('nothing but the exact bytes passes', async () => {
  const one = delivery(SETTLED);
  await fc.assert(
    fc.asyncProperty(fc.nat(one.body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const body = Buffer.from(one.body);
      body[at] = (body[at] ?? 0) ^ change;
      expect(await receive({ ...one, body }, receiver())).toMatchObject({ result: 'rejected', reason: 'signature' });
    }),
  );
});

test('without credentials it says so, and after an operator put them it finds them', async () => {
  expect(await receive(delivery(SETTLED), receiver({}, []))).toEqual({ result: 'credentials-not-supplied' });
  const credentials = { get: async () => [], afterMismatch: async () => [CURRENT] };
  expect(await receive(delivery(SETTLED), receiver({ credentials }))).toMatchObject({ result: 'accepted' });
});

test('the same bytes again are a duplicate; the same key with other bytes is kept as a conflict, once', async () => {
  const inbox = new InboxInMemory();
  const stage = receiver({ putItem: inbox.putItem });
  const other = SETTLED.replace('1.50', '2.50');
  const results = [];
  for (const body of [SETTLED, SETTLED, other, other]) results.push((await receive(delivery(body), stage)).result);
  expect(results).toEqual(['accepted', 'duplicate', 'conflict', 'duplicate']);
  expect([...inbox.items.values()].map(({ bodySha256, conflict }) => [bodySha256, conflict])).toEqual([
    [sha256(SETTLED), undefined],
    [sha256(other), true],
  ]);
});

test('authorization and settlement of one id are two webhooks; both vocabularies of one step are one key', async () => {
  const inbox = new InboxInMemory();
  const stage = receiver({ putItem: inbox.putItem });
  for (const type of ['authorization', 'settle', 'refund'])
    await receive(delivery(SETTLED.replace('cleared', type)), stage);
  expect([...inbox.items.keys()]).toEqual(
    ['authorization', 'settle', 'refund'].map((type) => `card_transaction#${type}##t1`),
  );
  expect(await receive(delivery(SETTLED), stage)).toMatchObject({ result: 'conflict' });
});

test('a write whose answer was lost is ours, not a duplicate', async () => {
  const inbox = new InboxInMemory();
  const putItem: PutItem = async (item) => {
    await inbox.putItem(item);
    return inbox.putItem(item);
  };
  expect(await receive(delivery(SETTLED), receiver({ putItem }))).toMatchObject({ result: 'accepted' });
});

test('64 copies at the same moment are stored once', async () => {
  const inbox = new InboxInMemory();
  const stage = receiver({ putItem: inbox.putItem });
  const outcomes = await Promise.all(Array.from({ length: 64 }, () => receive(delivery(SETTLED), stage)));
  expect(outcomes.filter(({ result }) => result === 'accepted')).toHaveLength(1);
  expect(outcomes.filter(({ result }) => result === 'duplicate')).toHaveLength(63);
});

test('what the store refuses is not acknowledged', async () => {
  const putItem = async () => Promise.reject(new Error('throttled'));
  await expect(receive(delivery(SETTLED), receiver({ putItem }))).rejects.toThrow('throttled');
});

test('a one-time code is sealed and nowhere in the clear', async () => {
  const code = `OTP-${new Random(7).digits(6)}`;
  const body = `{"event":"card_tokenization","data":{"type":"tokenization_code","code":"${code}","code":"${code}"}}`;
  const outcome = await receive(delivery(body), receiver());
  if (!('item' in outcome)) throw new Error('not stored');
  const { body: kept, oneTimeCode, ...others } = outcome.item;
  expect(Buffer.from(oneTimeCode ?? []).toString()).toBe(`sealed ${code.length} ${sha256(body).slice(0, 4)}`);
  expect(Buffer.from(kept).toString()).not.toContain(code);
  expect(JSON.stringify(others)).not.toContain(code);
  expect(others.bodySha256).toBe(sha256(body));
});

test('a card number is masked before it is written, also in headers', async () => {
  const cardNumber = new Random(3).cardNumber();
  const body = `{"event":"kyc","data":{"id":"k1","note":"card ${cardNumber}"}}`;
  const outcome = await receive({ ...delivery(body), requestId: cardNumber }, receiver());
  if (!('item' in outcome)) throw new Error('not stored');
  expect(outcome.cardNumbers).toBe(1);
  expect(Buffer.from(outcome.item.body).toString()).toBe(
    body.replace(cardNumber, `${cardNumber.slice(0, 6)}******${cardNumber.slice(-4)}`),
  );
  expect(outcome.item.requestId).not.toBe(cardNumber);
  expect(outcome.item.bodySha256).toBe(sha256(body));
});

test('any signed JSON is stored, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (body) => {
      expect(await receive(delivery(body), receiver({ bodyLimitBytes: 100_000 }))).toMatchObject({
        result: 'accepted',
      });
    }),
  );
});
