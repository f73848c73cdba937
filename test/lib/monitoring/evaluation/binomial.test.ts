import fc from 'fast-check';
import { atLeast, binomial } from '../../../../lib/monitoring/evaluation/binomial';

/** The same chance as a fraction of whole numbers, with 30 decimal digits: nothing is rounded on the way. */
function exactAtLeast(n: number, [numerator, denominator]: readonly [number, number], least: number): number {
  const [fails, all] = [BigInt(numerator), BigInt(denominator)];
  let ways = (all - fails) ** BigInt(n);
  let sum = 0n;
  for (let f = 0; f <= n; f++) {
    if (f >= least) sum += ways;
    // From the ways in which f fail to those of f + 1: the division leaves no rest.
    ways = (ways * BigInt(n - f) * fails) / (BigInt(f + 1) * (all - fails));
  }
  const digits = 10n ** 30n;
  return Number((sum * digits) / all ** BigInt(n)) / 1e30;
}

const rates = fc.constantFrom<readonly [number, number]>([2, 1000], [1, 100], [5, 100], [1, 3], [1, 2], [99, 100]);

test('agrees with whole-number fractions', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), rates, fc.nat({ max: 120 }), (n, rate, least) => {
      const exact = exactAtLeast(n, rate, least);
      const found = atLeast(binomial(n, rate[0] / rate[1]), least);
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(1e-12 * exact + 1e-29);
    }),
  );
});

test.each<[number, readonly [number, number], number]>([
  [1000, [1, 500], 7],
  [2000, [1, 20], 130],
  [10_000, [1, 500], 40],
])('agrees with whole-number fractions at n = %i', (n, rate, least) => {
  const exact = exactAtLeast(n, rate, least);
  expect(exact).toBeGreaterThan(1e-6);
  expect(Math.abs(atLeast(binomial(n, rate[0] / rate[1]), least) / exact - 1)).toBeLessThan(1e-12);
});

test.each<[number, number, number, number]>([
  [1, 0.5, 1, 0.5],
  [10, 0.5, 5, 0.623046875],
  [2, 0.002, 2, 0.000004],
  [5, 0, 1, 0],
  [5, 1, 5, 1],
  [5, 0.3, 0, 1],
  [5, 0.3, 6, 0],
  [0, 0.3, 0, 1],
])('of %i deliveries failing with chance %d, at least %i fail with chance %d', (n, rate, least, expected) => {
  expect(atLeast(binomial(n, rate), least)).toBeCloseTo(expected, 15);
});

test('none or more is certain, without a rounding error', () => {
  expect(atLeast(binomial(10_000, 0.37), 0)).toBe(1);
});

test('chances are none below 0, sum to 1, and have the mean of n times the rate', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
      (n, rate) => {
        const { first, chances } = binomial(n, rate);
        const sum = chances.reduce((total, chance) => total + chance, 0);
        const mean = chances.reduce((total, chance, index) => total + chance * (first + index), 0);
        expect(chances.every((chance) => chance >= 0)).toBe(true);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first + chances.length - 1).toBeLessThanOrEqual(n);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
        expect(Math.abs(mean / (n * rate) - 1)).toBeLessThan(1e-10);
      },
    ),
  );
});
