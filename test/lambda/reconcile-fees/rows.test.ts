import fc from 'fast-check';
import { csvCell } from '../../../lambda/payca/csv';
import type { FeeLine } from '../../../lambda/reconcile-fees/lines';
import { told } from '../../../lambda/reconcile-fees/report/rows';

function line(at: number, word = 'settle_fee'): FeeLine {
  return { reference: 'r', word, currency: 'EUR', amount: 35n, at, zone: 'in', place: 'line 2' };
}

test('times are told in UTC, to the millisecond', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), fc.date({ noInvalidDate: true }), (received, booked) => {
      const row = told({ kind: 'matched', here: line(received.getTime()), there: line(booked.getTime()) }, () => 2);
      expect([row.receivedAt, row.bookedAt]).toEqual([received.toISOString(), booked.toISOString()]);
    }),
  );
});

test('both words of a fee are told where they differ, the statement first', () => {
  const subtype = (here?: string, there?: string) =>
    told(
      { kind: 'matched', here: here ? line(0, here) : undefined, there: there ? line(0, there) : undefined },
      () => 2,
    ).subtype;
  expect(subtype('settlement_fee', 'settle_fee')).toBe('settle_fee / settlement_fee');
  expect(subtype('settle_fee', 'settle_fee')).toBe('settle_fee');
  expect(subtype('settlement_fee')).toBe('settlement_fee');
});

test.each([
  ['', ''],
  [undefined, ''],
  ['line 2', 'line 2'],
  ['-0.35', '-0.35'],
  ['-1+1', '"\'-1+1"'],
  ['=A1', '"\'=A1"'],
  ['@a', '"\'@a"'],
  ['\ta', '"\'\ta"'],
  ['a=b', 'a=b'],
  ['a,b', '"a,b"'],
  ['a"b', '"a""b"'],
  ['a\nb', '"a\nb"'],
  ["a'b", '"a\'b"'],
])('the cell %j is written as %j', (value, cell) => expect(csvCell(value)).toBe(cell));
