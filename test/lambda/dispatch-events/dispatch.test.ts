import fc from 'fast-check';
import { type BusEntry, entryBytes, putEventsBatches } from '../../../lambda/dispatch-events/bus-entry';
import { type Dispatcher, dispatch, type EntryResult, MAX_TRIES } from '../../../lambda/dispatch-events/dispatch';
import { type DispatchedItem, sha256 } from '../../../lambda/payca/inbox';

const NOW = Date.parse('2026-12-01T10:00:00Z');

function item(pk: string, changes: Partial<DispatchedItem> = {}): DispatchedItem {
  return {
    pk,
    receivedAt: '2026-12-01T09:59:00.000Z',
    event: 'kyc',
    detailType: 'kyc',
    body: Buffer.from(`{"n":12345678901234567890.10,"id":"${pk}"}`),
    bodySha256: 'hash',
    ...changes,
  };
}

/** A bus and a table whose behaviour a test sets. */
function bus(answer: (entry: BusEntry) => EntryResult = () => ({}), changes: Partial<Dispatcher> = {}) {
  const done: string[] = [];
  const aside: [string, string][] = [];
  const tries = new Map<string, number>();
  const entries: BusEntry[] = [];
  const dispatcher: Dispatcher = {
    stage: 'sandbox',
    now: () => NOW,
    decrypt: async (ciphertext) => Buffer.from(ciphertext).toString(),
    putEvents: async (batch) => {
      entries.push(...batch);
      return batch.map(answer);
    },
    markDispatched: async (pk) => void done.push(pk),
    countTry: async (pk) => tries.set(pk, (tries.get(pk) ?? 0) + 1).get(pk) ?? 0,
    setAside: async (pk, reason) => void aside.push([pk, reason]),
    ...changes,
  };
  return { dispatcher, done, aside, tries, entries };
}

test('the payload reaches the bus in its own text, so that no number is rounded', async () => {
  const { dispatcher, done, entries } = bus();
  await dispatch([item('a')], dispatcher);
  expect(done).toEqual(['a']);
  expect(entries[0]).toMatchObject({ Source: 'payca', DetailType: 'kyc', Time: new Date('2026-12-01T09:59:00.000Z') });
  expect(entries[0]?.Detail).toContain('"payload":{"n":12345678901234567890.10,"id":"a"}}');
  expect(JSON.parse(entries[0]?.Detail ?? '')).toMatchObject({ stage: 'sandbox', key: 'a', conflict: false });
});

test('the hash of what PayCA signed goes along, unless something was masked', async () => {
  const { dispatcher, entries } = bus();
  const whole = item('a');
  await dispatch([{ ...whole, bodySha256: sha256(whole.body) }, item('b')], dispatcher);
  const hashes = entries.map(({ Detail }) => JSON.parse(Detail).bodySha256);
  expect(hashes).toEqual([sha256(whole.body), undefined]);
});

test('an entry that the bus could not take is tried again, never counted; the others go through', async () => {
  const { dispatcher, done, tries } = bus(({ Detail }) =>
    Detail.includes('"key":"b"') ? { errorCode: 'ThrottlingException' } : {},
  );
  const report = await dispatch([item('a'), item('b'), item('c')], dispatcher);
  expect(report).toMatchObject({ dispatched: ['a', 'c'], failed: ['b'], refused: [], setAside: [] });
  expect(done).toEqual(['a', 'c']);
  expect(tries.size).toBe(0);
});

test('an entry that the bus refuses is counted and set aside at last, with the reason', async () => {
  const { dispatcher, aside } = bus(() => ({ errorCode: 'InvalidArgument' }));
  for (let round = 1; round < MAX_TRIES; round += 1)
    expect(await dispatch([item('a')], dispatcher)).toMatchObject({ refused: ['a'], setAside: [] });
  expect(await dispatch([item('a')], dispatcher)).toMatchObject({ refused: [], setAside: ['a'] });
  expect(aside).toEqual([['a', 'the event bus refuses it: InvalidArgument (5 tries)']]);
});

test('a call that is refused as a whole is made again entry by entry', async () => {
  const putEvents = async (entries: readonly BusEntry[]) => {
    if (entries.some(({ Detail }) => Detail.includes('"key":"b"')))
      throw Object.assign(new Error('no'), { name: 'ValidationException' });
    return entries.map(() => ({}));
  };
  expect(await dispatch([item('a'), item('b'), item('c')], bus(undefined, { putEvents }).dispatcher)).toMatchObject({
    dispatched: ['a', 'c'],
    refused: ['b'],
  });
});

test('a body that is no JSON stops nobody', async () => {
  const { dispatcher } = bus();
  const report = await dispatch(
    [item('a', { body: Buffer.from('{') }), item('b', { body: Buffer.from([0xff]) }), item('c')],
    dispatcher,
  );
  expect(report).toMatchObject({ dispatched: ['c'], refused: ['a', 'b'] });
});

test('AWS out of reach fails all of them and throws nothing', async () => {
  const putEvents = async () => Promise.reject(new Error('socket hang up'));
  expect(await dispatch([item('a'), item('b')], bus(undefined, { putEvents }).dispatcher)).toMatchObject({
    dispatched: [],
    failed: ['a', 'b'],
  });
});

test('on the bus but not marked: it is sent again rather than lost', async () => {
  const markDispatched = async () => Promise.reject(new Error('throttled'));
  expect(await dispatch([item('a')], bus(undefined, { markDispatched }).dispatcher)).toMatchObject({
    dispatched: [],
    failed: ['a'],
  });
});

test.each([
  ['fresh, of its own event', 'card_tokenization.tokenization_code', '2026-12-01T09:59:00.000Z', '42'],
  ['older than it lives', 'card_tokenization.tokenization_code', '2026-12-01T09:00:00.000Z', undefined],
  ['of another event, whose archive would keep it', 'card_tokenization.other', '2026-12-01T09:59:00.000Z', undefined],
])('a one-time code %s', async (_, detailType, receivedAt, expected) => {
  const { dispatcher, entries } = bus();
  await dispatch([item('a', { detailType, receivedAt, oneTimeCode: Buffer.from('42') })], dispatcher);
  expect(JSON.parse(entries[0]?.Detail ?? '').oneTimeCode).toBe(expected);
});

test('batches keep the order and the limits of PutEvents', () => {
  const entry = (bytes: number): BusEntry => ({
    Source: 'payca',
    DetailType: 'kyc',
    Detail: 'x'.repeat(bytes),
    Time: new Date(0),
  });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 140_000 }), { maxLength: 60 }), (sizes) => {
      const all = sizes.map((size) => ({ entry: entry(size) }));
      const batches = putEventsBatches(all);
      expect(batches.flat()).toEqual(all);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(10);
        expect(batch.reduce((sum, one) => sum + entryBytes(one.entry), 0)).toBeLessThanOrEqual(256 * 1024);
      }
    }),
  );
});
