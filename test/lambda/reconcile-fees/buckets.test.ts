import fc from 'fast-check';
import { Buckets, type Row } from '../../../lambda/reconcile-fees/buckets';

/** Also what UTF-8 cannot write, and longer than a length of one byte tells. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    '\ud800',
    '\ud801',
    '\0',
    '\n',
    'ÿ',
    'Ā',
    'line 17',
    'account_transaction#fee#settle_fee#1',
    'a# b#',
  ),
  fc.constantFrom('x', '€').map((one) => one.repeat(300)),
);
const row: fc.Arbitrary<Row> = fc.record({
  record: fc.constantFrom('here', 'there', 'step', 'smoke'),
  reference: text,
  word: text,
  currency: text,
  amount: fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }).map(String),
  at: fc.integer({ min: 0, max: 253_402_300_799_999 }),
  zone: fc.constantFrom('before', 'in', 'after', 'far'),
  place: text,
});

function throughBuckets(rows: readonly Row[], count: number): Row[][] {
  const buckets = new Buckets(count);
  for (const one of rows) buckets.add(one);
  return [...buckets.drain()].map((some) => [...some]);
}

test('a row comes back as it was, in the order of its reference, with all others of that', () => {
  fc.assert(
    fc.property(fc.array(row), fc.integer({ min: 1, max: 5 }), (rows, count) => {
      const parts = throughBuckets(rows, count);
      expect(parts).toHaveLength(count);
      for (const reference of new Set(rows.map((one) => one.reference))) {
        const own = (some: readonly Row[]) => some.filter((one) => one.reference === reference);
        expect(parts.map(own).filter(({ length }) => length > 0)).toEqual([own(rows)]);
      }
      expect(parts.flat()).toHaveLength(rows.length);
    }),
  );
});

test('rows fill chunk after chunk, and one may be longer than a chunk', () => {
  const rows = Array.from({ length: 3000 }, (_, index): Row => {
    const place = `line ${'9'.repeat(index % 1000 === 0 ? 100_000 : 50)}${index}`;
    return { record: 'there', reference: 'r', word: '', currency: 'EUR', amount: '35', at: index, zone: 'in', place };
  });
  expect(throughBuckets(rows, 1)).toEqual([rows]);
});
