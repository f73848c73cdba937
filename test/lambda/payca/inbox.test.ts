import fc from 'fast-check';
import { conflictKey, inboxKey, indexed, SHARDS } from '../../../lambda/payca/inbox';

const part = fc.string({ minLength: 1, maxLength: 20, unit: 'binary' });
const facts = fc.record({
  event: part,
  type: fc.option(part, { nil: undefined }),
  subtype: fc.option(part, { nil: undefined }),
  id: part,
});

test('different events have different keys', () => {
  fc.assert(
    fc.property(facts, facts, (one, other) => {
      const same = (['event', 'type', 'subtype', 'id'] as const).every(
        (name) => (one[name] ?? '').toWellFormed() === (other[name] ?? '').toWellFormed(),
      );
      expect(inboxKey(one, 'hash') === inboxKey(other, 'hash')).toBe(same);
    }),
  );
});

test('separators in ids cannot make one event look like another', () => {
  expect(inboxKey({ event: 'a', type: 'b#c', id: 'd' }, '')).not.toBe(
    inboxKey({ event: 'a', type: 'b', subtype: 'c', id: 'd' }, ''),
  );
});

test('without an id the body is the identity', () => {
  expect(inboxKey({ event: 'kyc' }, 'one')).not.toBe(inboxKey({ event: 'kyc' }, 'other'));
  expect(inboxKey({ event: 'kyc' }, 'one')).toBe(inboxKey({ event: 'kyc' }, 'one'));
});

test('keys fit into DynamoDB with room for a conflict', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3000, unit: 'binary' }), (id) => {
      const key = inboxKey({ event: 'card_transaction', type: 'settle', id }, 'hash');
      expect(Buffer.byteLength(conflictKey(key, 'f'.repeat(64)))).toBeLessThanOrEqual(2048);
    }),
  );
});

test('a busy hour spreads over all shards', () => {
  const shards = new Set(
    Array.from(
      { length: 200 },
      (_, index) => indexed(`card_transaction#settle##${index}`, '2026-12-01T10:00:00.000Z').undispatched,
    ),
  );
  expect([...shards].sort()).toEqual([...SHARDS]);
});
