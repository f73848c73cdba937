import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { archiveObjects } from '../../../lambda/archive-events/archive';
import { archiveFolders, isIntact, restoredItem } from '../../../lambda/archive-events/restored';
import { busEntry } from '../../../lambda/dispatch-events/bus-entry';
import { detailType, webhookFacts } from '../../../lambda/payca/events';
import { type DispatchedItem, inboxKey, indexed, sha256 } from '../../../lambda/payca/inbox';

const RECEIVED = '2026-12-01T09:59:00.000Z';

/** An item as the receiver stores it. */
function stored(text: string, changes: Partial<DispatchedItem> = {}): DispatchedItem {
  const facts = webhookFacts(JSON.parse(text));
  const bodySha256 = sha256(text);
  return {
    ...{ pk: inboxKey(facts, bodySha256), receivedAt: RECEIVED, event: facts.event, type: facts.type },
    ...{ subtype: facts.subtype, detailType: detailType(facts), body: Buffer.from(text), bodySha256 },
    ...{ requestId: 'request', idempotencyKey: 'key' },
    ...changes,
  };
}

/** The line that the archive has of it. */
function line(item: DispatchedItem): string {
  const { Source, DetailType, Detail } = busEntry(item, 'production');
  return `{"id":"1","source":"${Source}","detail-type":"${DetailType}","detail":${Detail}}`;
}

const CARD =
  '{"event":"card_transaction","data":{"id":"a","cardId":"c","type":"cleared","transactionAmount":"1.10","transactionCurrency":"EUR","referenceId":"r"}}';

test('a line gives the item back, with what indexes and duplicates need', () => {
  const item = stored(CARD);
  expect(restoredItem(line(item), 90)).toEqual({
    ...item,
    ...{ amount: '1.10', currency: 'EUR', referenceId: 'r', cardId: 'c' },
    body: Buffer.from(CARD),
    hour: indexed(item.pk, RECEIVED).hour,
    writeId: expect.any(String),
    expiresAt: Date.parse('2027-03-01T09:59:00Z') / 1000,
  });
});

test('numbers of the payload stand as they were, of any length; strings that look like numbers stay strings', () => {
  const text =
    '{"event":"kyc","data":{"id":"1","n":12345678901234567890.10,"e":-1.0E+2,"s":"12.50","list":[1.0,"1.0"]}}';
  expect(Buffer.from(restoredItem(line(stored(text)), 90)?.body ?? '').toString()).toBe(text);
});

test('any JSON comes back as it was, whatever is in its strings', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      // What JSON itself cannot keep is not this function's to keep.
      const text = JSON.stringify({ event: 'kyc', data });
      expect(Buffer.from(restoredItem(line(stored(text)), 90)?.body ?? '').toString()).toBe(text);
    }),
  );
});

test('a webhook that was masked takes its hash from its key, where that has one', () => {
  const hash = sha256('what PayCA signed');
  const masked = { bodySha256: hash, pk: `card_tokenization#sha256#${hash}` };
  expect(
    restoredItem(line(stored('{"event":"card_tokenization","data":{"code":"******"}}', masked)), 90)?.bodySha256,
  ).toBe(hash);
});

test('a conflict stays one', () => {
  const item = stored(CARD, { conflict: true, pk: 'k#conflict#1' });
  expect(restoredItem(line(item), 90)).toMatchObject({ conflict: true, pk: 'k#conflict#1' });
});

test.each(['', '{', '{"detail":{}}', '{"detail":{"key":"k","receivedAt":"yesterday","payload":{}}}', 'null'])(
  'the line %j is no event',
  (text) => {
    expect(restoredItem(text, 90)).toBeUndefined();
  },
);

test('folders are those that the archive writes to, hour by hour', () => {
  const [object] = archiveObjects([{ messageId: '1', body: line(stored(CARD)) }]).objects;
  const [first, ...others] = archiveFolders(new Date('2026-12-01T09:30:00Z'), new Date('2026-12-01T11:00:00Z'));
  expect(object?.key.startsWith(String(first))).toBe(true);
  expect(others).toEqual(['events/year=2026/month=12/day=01/hour=10/']);
  expect(archiveFolders(new Date('2026-12-31T23:59:00Z'), new Date('2027-01-01T00:00:01Z'))).toHaveLength(2);
});

test('an object is intact while its content is what its name says', () => {
  const [object] = archiveObjects([{ messageId: '1', body: line(stored(CARD)) }]).objects;
  const content = gunzipSync(object?.content ?? '').toString();
  expect([isIntact(String(object?.key), content), isIntact(String(object?.key), `${content} `)]).toEqual([true, false]);
});
