import fc from 'fast-check';
import { readTiers } from '../../../lambda/import-bins/tiers';
import { tierBounds } from '../../../lambda/payca/bin-catalogue';

function read(tiers: unknown, decimals = 2) {
  const [problems, doubts]: [string[], string[]] = [[], []];
  const problem = (place: string, must: string) => problems.push(`${place.trim()}: ${must}`);
  return { tiers: readTiers(tiers, decimals, { problem, doubt: (text) => doubts.push(text) }), problems, doubts };
}

const tiers = (...ranges: string[]) => ranges.map((range, index) => ({ range, value: `0.${index + 1}0` }));

test.each([
  ['one', tiers('0-')],
  ['one after the other', tiers('0-100', '100.01-500', '500.01-')],
  ['from the smallest coin on', tiers('0.01-')],
  ['with spaces', tiers('0 - 100', '100.01 -')],
])('%s: nothing to say', (_name, given) => {
  expect(read(given)).toMatchObject({ problems: [], doubts: [], tiers: given });
});

test.each([
  ['a gap', tiers('0-100', '100.02-200'), 'tier 2 range: leave no gap after 100.00: begin at 100.01'],
  [
    'whole amounts where there are cents',
    tiers('0-100', '101-200'),
    'tier 2 range: leave no gap after 100.00: begin at 100.01',
  ],
  ['a gap at the beginning', tiers('1-100'), 'tier 1 range: begin at 0 or 0.01: nothing is said of less'],
  ['an overlap', tiers('0-100', '99.99-200'), 'tier 2 range: not overlap tier 1, which ends at 100.00'],
  ['disorder', tiers('0-100', '100.01-200', '50-60'), 'tier 3 range: come before tier 2: tiers go upwards'],
  ['an end that is missing', tiers('0-', '100-200'), 'tier 1 range: have an end: only the last tier has none'],
  ['an end before its beginning', tiers('100-0'), 'tier 1 range: end above its beginning'],
  [
    'an amount instead of a range',
    tiers('100'),
    'tier 1 range: be low-high, or low- for the last tier, each with at most 2 decimals',
  ],
  ['a sign', tiers('>100'), 'tier 1 range: be low-high, or low- for the last tier, each with at most 2 decimals'],
  [
    'half a cent',
    tiers('0-100.005'),
    'tier 1 range: be low-high, or low- for the last tier, each with at most 2 decimals',
  ],
  [
    'what may be a thousand',
    tiers('0-1.000'),
    'tier 1 range: be low-high, or low- for the last tier, each with at most 2 decimals',
  ],
  ['another field', [{ range: '0-', value: '1', percent: '2' }], 'tier 1: have range and value only'],
  ['no list', '0.35', ': be tiers: 0-100:0.35|100.01-:0.50 in CSV, a list of objects with range and value in JSON'],
  ['an empty list', [], ': be tiers: 0-100:0.35|100.01-:0.50 in CSV, a list of objects with range and value in JSON'],
])('%s', (_name, given, told) => {
  expect(read(given)).toEqual({ tiers: undefined, problems: [told], doubts: [] });
});

test('what two tiers share is a doubt where their prices differ, and nobody guesses', () => {
  const given = tiers('0-100', '100-500', '500-');
  expect(read(given)).toEqual({
    tiers: given,
    problems: [],
    doubts: ['100.00 is in tiers 1 and 2: 0.10 or 0.20?', '500.00 is in tiers 2 and 3: 0.20 or 0.30?'],
  });
  expect(read(given.map(({ range }) => ({ range, value: '0.10' }))).doubts).toEqual([]);
});

test('an end of the last tier is a doubt: nothing is said of what lies above', () => {
  const doubts = ['nothing is said of more than 100.00: is no transaction larger?'];
  expect(read(tiers('0-100'))).toEqual({ tiers: tiers('0-100'), problems: [], doubts });
});

test('every problem of a list is told', () => {
  const { problems } = read([{ range: 'x', value: 'y' }, { range: '0-1' }]);
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(['tier 1 range', 'tier 1 value', 'tier 2 value']);
});

/** Tiers from 0 on whose bounds are whole cents: each begins so many cents above the end of the one before it. */
const written = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 }),
    steps: fc.array(fc.constantFrom(-3, -1, 0, 1, 2, 7), { minLength: 6, maxLength: 6 }),
    isOpen: fc.boolean(),
  })
  .map(({ widths, steps, isOpen }) => {
    let end = 0;
    return widths.map((width, index) => {
      const low = index === 0 ? 0 : Math.max(0, end + (steps[index] ?? 1));
      end = low + width;
      const text = (cents: number) => (cents / 100).toFixed(2);
      const isLast = index === widths.length - 1;
      return { range: `${text(low)}-${isLast && isOpen ? '' : text(end)}`, value: `${index + 1}.00` };
    });
  });

/** By each amount in cents up to some bound: in how many tiers is it, both ends taken in? */
function covers(given: readonly { readonly range: string }[], most: bigint): number[] {
  const bounds = given.flatMap(({ range }) => tierBounds(range, 2) ?? []);
  return Array.from({ length: Number(most) + 1 }, (_, cents) => {
    const amount = BigInt(cents);
    return bounds.filter(({ low, high }) => amount >= low && (high === undefined || amount <= high)).length;
  });
}

test('tiers pass exactly when each amount up to the last bound is in one, or at a shared bound in two', () => {
  fc.assert(
    fc.property(written, (given) => {
      const { tiers: passed, doubts } = read(given);
      const last = tierBounds(given.at(-1)?.range ?? '', 2);
      const most = last?.high ?? last?.low ?? 0n;
      const counts = covers(given, most);
      const isWhole = counts.every((count) => count >= 1);
      const shared = counts.filter((count) => count === 2).length + (last?.high === undefined ? 0 : 1);
      const starts = given.map(({ range }) => tierBounds(range, 2)?.low ?? 0n);
      const isAscending = starts.every((low, index) => index === 0 || low >= (starts[index - 1] ?? 0n));
      const isExact = shared === doubts.length && counts.every((count) => count <= 2);
      if (passed)
        expect({ isWhole, isExact, isAscending }).toEqual({ isWhole: true, isExact: true, isAscending: true });
      else expect(isWhole && counts.every((count) => count === 1) && isAscending).toBe(false);
    }),
    { numRuns: 300 },
  );
});
