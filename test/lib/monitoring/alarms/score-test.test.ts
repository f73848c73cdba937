import fc from 'fast-check';
import {
  declines,
  exceeds,
  type ScoreTest,
  scoreTest,
  WEBHOOK_FAILURES,
} from '../../../../lib/monitoring/alarms/score-test';
import { evaluateMetricMath } from '../../../../lib/monitoring/evaluation/metric-math';
import { parseMetricMath } from '../../../../lib/monitoring/evaluation/metric-math-parser';

/** Whether the expression fires for each pair, as CloudWatch evaluates it. */
function expressionFires(test: ScoreTest, n: readonly number[], f: readonly number[]): boolean[] {
  const points = evaluateMetricMath('result', {
    times: n.map((_, index) => index * 300),
    period: 300,
    metrics: new Map([
      ['n', n],
      ['f', f],
    ]),
    expressions: new Map([['result', parseMetricMath(scoreTest({ n: 'n', f: 'f', ...test }))]]),
  });
  return points.map((point) => point === 1);
}

const tests = fc.record(
  {
    p: fc.constantFrom(0.001, 0.01, 0.03, 0.075, 0.15, 0.3),
    z: fc.double({ min: 1, max: 5, noNaN: true }),
    atLeast: fc.integer({ min: 1, max: 9 }),
    atLeastOfHalf: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['p', 'z', 'atLeast'] },
);

test('the expression of the page', () => {
  expect(scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES })).toBe(
    'FILL(IF((f >= 4 OR (f >= 2 AND 2*f >= n)) AND f > 0.01*n + 3.3*(0.01*(1-0.01)*n)^0.5, 1, 0), 0)',
  );
});

test('the expression of the decline rate, without the noise of binary fractions', () => {
  expect(scoreTest({ n: '(approved + declined)', f: 'declined', ...declines(0.15) })).toBe(
    'FILL(IF(declined >= 6 AND declined > 0.225*(approved + declined) + 3.72*(0.225*(1-0.225)*(approved + declined))^0.5, 1, 0), 0)',
  );
});

test('expression and function agree on every f of n up to 300, and around the firing point up to 10,000', () => {
  for (const test of [WEBHOOK_FAILURES, declines(0.02), declines(0.2)]) {
    const n: number[] = [];
    const f: number[] = [];
    for (let deliveries = 0; deliveries <= 10_000; deliveries++) {
      const near = Math.floor(test.p * deliveries + test.z * Math.sqrt(test.p * (1 - test.p) * deliveries));
      const [from, to] = deliveries <= 300 ? [0, deliveries] : [near - 2, near + 3];
      for (let failures = from; failures <= Math.min(to, deliveries); failures++) {
        n.push(deliveries);
        f.push(failures);
      }
    }
    const fires = expressionFires(test, n, f);
    const differ = n.flatMap((deliveries, index) =>
      exceeds(test, deliveries, f[index] ?? 0) === fires[index] ? [] : [[deliveries, f[index]]],
    );
    expect(differ).toEqual([]);
    expect(fires).toContain(true);
  }
});

test('expression and function agree for any constants, n and f', () => {
  const pairs = fc.array(fc.tuple(fc.nat({ max: 10_000 }), fc.nat({ max: 10_000 })), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(tests, pairs, (test, drawn) => {
      const n = drawn.map(([a, b]) => Math.max(a, b));
      const f = drawn.map(([a, b]) => Math.min(a, b));
      expect(expressionFires(test, n, f)).toEqual(n.map((_, index) => exceeds(test, n[index] ?? 0, f[index] ?? 0)));
    }),
    { numRuns: 300 },
  );
});

test('more failures of the same n never silence it', () => {
  fc.assert(
    fc.property(tests, fc.integer({ min: 1, max: 10_000 }), fc.nat(), (test, n, seed) => {
      const f = seed % n;
      if (exceeds(test, n, f)) expect(exceeds(test, n, f + 1)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [1, 1, false],
  [2, 1, false],
  [2, 2, true],
  [4, 2, true],
  [5, 2, false],
  [5, 3, true],
  [89, 3, false],
  [89, 4, true],
  [90, 4, false],
  [300, 8, false],
  [300, 9, true],
  [10_000, 132, false],
  [10_000, 133, true],
])('of %i deliveries %i failed: the page fires: %s', (n, f, expected) => {
  expect(exceeds(WEBHOOK_FAILURES, n, f)).toBe(expected);
});
