import fc from 'fast-check';
import {
  declines,
  exceeds,
  HEALTHY_FAILURE_RATE,
  type ScoreTest,
  WEBHOOK_FAILURES,
} from '../../../../lib/monitoring/alarms/score-test';
import {
  DAYS_PER_MONTH,
  detection,
  falseAlarms,
  firingPoint,
  type RateAlarm,
  worstFalseAlarms,
} from '../../../../lib/monitoring/evaluation/alarm-arithmetic';

const alarm = (test: ScoreTest, windowMinutes: number): RateAlarm => ({
  windowMinutes,
  firesFrom: (n) => firingPoint((f) => exceeds(test, n, f), n),
});
const page = alarm(WEBHOOK_FAILURES, 5);
const windowsPerDay = (windowMinutes: number) => (24 * 60) / windowMinutes;

/** How many alarms begin while the minutes' deliveries come once: by every way in which they can fail or not. */
function beginsByEnumeration(deliveries: readonly number[], fires: (f: number) => boolean, rate: number): number {
  const window = deliveries.length;
  let begins = 0;
  for (let minute = 0; minute < window; minute++) {
    // The minutes of a window and the one after it, which has as many deliveries as the first.
    const counts = Array.from({ length: window + 1 }, (_, i) => deliveries[(minute + i) % window] ?? 0);
    const total = counts.reduce((sum, count) => sum + count, 0);
    for (let outcome = 0; outcome < 2 ** total; outcome++) {
      let bits = outcome;
      let failed = 0;
      const failures = counts.map((count) => {
        let f = 0;
        for (let i = 0; i < count; i++, bits >>= 1) f += bits & 1;
        failed += f;
        return f;
      });
      const before = failed - (failures.at(-1) ?? 0);
      const after = failed - (failures[0] ?? 0);
      if (fires(after) && !fires(before)) begins += rate ** failed * (1 - rate) ** (total - failed);
    }
  }
  return begins;
}

test('alarms begin as often as enumeration of all outcomes says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(0.002, 0.1, 0.5, 0.9),
      (windowMinutes, n, least, rate) => {
        const even = Array.from({ length: windowMinutes }, (_, i) => Math.floor((n + i) / windowMinutes));
        const expected = beginsByEnumeration(even, (f) => f >= least, rate) * windowsPerDay(windowMinutes);
        const { perDay } = falseAlarms({ windowMinutes, firesFrom: () => least }, n, rate);
        expect(perDay).toBeCloseTo(expected, 10);
      },
    ),
  );
});

test('deliveries that come unevenly do not make more alarms begin', () => {
  const minutes = fc.array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(minutes, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0.002, 0.05), (deliveries, least, rate) => {
      const n = deliveries.reduce((sum, count) => sum + count, 0);
      fc.pre(n > 0);
      const windowMinutes = deliveries.length;
      const uneven = beginsByEnumeration(deliveries, (f) => f >= least, rate) * windowsPerDay(windowMinutes);
      const even = falseAlarms({ windowMinutes, firesFrom: () => least }, n, rate);
      expect(uneven).toBeLessThanOrEqual(even.perDay * (1 + 1e-9));
    }),
  );
});

test('more alarms begin than windows side by side would raise, and never more than minutes fire', () => {
  for (const n of [2, 10, 89, 300, 1000]) {
    const { perWindow, perDay } = falseAlarms(page, n, HEALTHY_FAILURE_RATE);
    expect(perDay).toBeGreaterThan(perWindow * windowsPerDay(5));
    expect(perDay).toBeLessThan(perWindow * 24 * 60);
  }
});

test('the worst n is the worst of all, also for an alarm that nearly always fires', () => {
  for (const [least, rate] of [
    [1, 0.5],
    [3, 0.5],
    [4, 0.002],
  ] as const) {
    const subject: RateAlarm = { windowMinutes: 5, firesFrom: () => least };
    const all = Array.from({ length: 300 }, (_, index) => falseAlarms(subject, index + 1, rate).perDay);
    expect(worstFalseAlarms(subject, rate).perDay).toBeGreaterThanOrEqual(Math.max(...all));
  }
});

test('the page: at most one false alarm a month for every n from 1 to 10,000', () => {
  const worst = worstFalseAlarms(page, HEALTHY_FAILURE_RATE);
  expect(worst.n).toBe(89);
  expect(worst.perDay).toBeCloseTo(0.02806, 5);
  expect(worst.perDay * DAYS_PER_MONTH).toBeLessThan(1);
});

test('a total outage is seen in one window from n = 2', () => {
  expect(detection(page, 1, 1)).toBe(0);
  for (let n = 2; n <= 10_000; n++) expect(detection(page, n, 1)).toBe(1);
});

test('failures of 5 % at n = 300 are seen in 97 % of windows', () => {
  expect(detection(page, 300, 0.05)).toBeCloseTo(0.966, 3);
});

test('z = 3.09 would hold for windows side by side, but not for those that slide', () => {
  const worst = worstFalseAlarms(alarm({ ...WEBHOOK_FAILURES, z: 3.09 }, 5), HEALTHY_FAILURE_RATE);
  expect(worst.n).toBe(97);
  expect(worst.perWindow * windowsPerDay(5)).toBeCloseTo(0.0138, 4);
  expect(worst.perDay * DAYS_PER_MONTH).toBeCloseTo(1.173, 3);
});

test.each([0.02, 0.05, 0.1, 0.2])('declines at the usual rate of %d: at most one false alarm in five days', (usual) => {
  expect(worstFalseAlarms(alarm(declines(usual), 15), usual).perDay).toBeLessThan(0.21);
});

test('declines with z = 3.09 and 5 would raise four times as many as windows side by side tell', () => {
  const worst = worstFalseAlarms(alarm({ ...declines(0.02), z: 3.09, atLeast: 5 }, 15), 0.02);
  expect(worst.perWindow * windowsPerDay(15)).toBeCloseTo(0.2129, 4);
  expect(worst.perDay).toBeCloseTo(0.8066, 4);
});

test('an alarm that never fires has no false alarms', () => {
  expect(falseAlarms({ windowMinutes: 5, firesFrom: () => Number.POSITIVE_INFINITY }, 100, 0.5)).toEqual({
    perWindow: 0,
    perDay: 0,
  });
});

test('the firing point is the same for every guess', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 70 }),
      fc.oneof(fc.integer({ min: -2, max: 70 }), fc.constant(Number.POSITIVE_INFINITY)),
      (n, least, guess) => {
        const expected = least > n ? Number.POSITIVE_INFINITY : least;
        expect(firingPoint((f) => f >= least, n, guess)).toBe(expected);
      },
    ),
  );
});
