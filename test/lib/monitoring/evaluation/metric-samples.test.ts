import fc from 'fast-check';
import {
  isKnownStatistic,
  type MetricStat,
  Recording,
  type Sample,
} from '../../../../lib/monitoring/evaluation/metric-samples';

const MINUTE = 60_000;
const metric = (statistic: string, period = 300): MetricStat => ({
  namespace: 'PayCA/GoLive',
  metric: 'Latency',
  dimensions: { service: 'look', Stage: 'production' },
  statistic,
  period,
});
const sample = (minute: number, value: number, other: Partial<Sample> = {}): Sample => ({
  metric: 'Latency',
  dimensions: { Stage: 'production', service: 'look' },
  timestamp: minute * MINUTE,
  value,
  ...other,
});
/** One object for each statistic, as an alarm has. */
const stats = new Map<string, MetricStat>();
function at(recording: Recording, statistic: string, minute: number, now = minute) {
  const known = stats.get(statistic) ?? metric(statistic);
  stats.set(statistic, known);
  return recording.value(known, minute * MINUTE, now * MINUTE);
}

test.each([
  ['Sum', 16],
  ['Average', 4],
  ['Minimum', 1],
  ['Maximum', 9],
  ['SampleCount', 4],
  ['p50', 2],
  ['p75', 4],
  ['p99', 9],
])('%s of single values', (statistic, expected) => {
  const recording = new Recording([sample(4, 9), sample(0, 2), sample(1.5, 4), sample(4.99, 1), sample(5, 1000)]);
  expect(at(recording, statistic, 5)).toBe(expected);
});

test('a period has its start and not its end, and is missing where nothing was recorded', () => {
  const recording = new Recording([sample(5, 1)]);
  expect([5, 6, 10, 11].map((minute) => at(recording, 'Sum', minute))).toEqual([undefined, 1, 1, undefined]);
});

test('minutes are put together by their own statistic', () => {
  const recorded = (statistic: string, values: number[]) => values.map((value, i) => sample(i, value, { statistic }));
  const recording = new Recording([
    ...recorded('Sum', [10, 20]),
    ...recorded('Minimum', [1, 2]),
    ...recorded('Maximum', [8, 7]),
    ...recorded('SampleCount', [2, 1]),
    ...recorded('p90', [8, 7]),
  ]);
  const values = ['Sum', 'Minimum', 'Maximum', 'SampleCount', 'Average', 'p90'].map((name) => at(recording, name, 5));
  expect(values).toEqual([30, 1, 8, 3, 10, 8]);
  expect(recording.lacks(metric('p99'))).toBe('not this statistic');
  expect(at(recording, 'p99', 5)).toBeUndefined();
});

test('without sums and counts, the average is that of the averages', () => {
  const recording = new Recording([sample(0, 4, { statistic: 'Average' }), sample(1, 8, { statistic: 'Average' })]);
  expect(at(recording, 'Average', 5)).toBe(6);
});

test('a late sample is seen from its arrival on', () => {
  const recording = new Recording([sample(1, 5), sample(2, 7, { arrived: 8.5 * MINUTE })]);
  expect([5, 8, 9].map((now) => at(recording, 'Sum', 5, now))).toEqual([5, 5, 12]);
});

test('metrics differ by name, dimensions and namespace; a namespace that was not recorded fits any', () => {
  const recording = new Recording([
    sample(1, 1),
    sample(1, 10, { dimensions: { Stage: 'production' } }),
    sample(1, 100, { dimensions: { Stage: 'sandbox', service: 'look' } }),
    sample(1, 1000, { metric: 'Other' }),
  ]);
  expect(at(recording, 'Sum', 5)).toBe(1);
  const other = new Recording([sample(1, 1, { namespace: 'Somebody' })]);
  expect(at(other, 'Sum', 5)).toBeUndefined();
  expect(other.lacks(metric('Sum'))).toBe('no samples');
  expect(new Recording([sample(1, 1, { namespace: 'PayCA/GoLive' })]).lacks(metric('Sum'))).toBeUndefined();
});

test('the order of samples does not matter, nor does what was asked before', () => {
  const samples = fc.array(fc.record({ minute: fc.nat({ max: 12 }), value: fc.nat(), late: fc.nat({ max: 6 }) }));
  fc.assert(
    fc.property(samples, fc.nat({ max: 20 }), (drawn, now) => {
      const recorded = drawn.map(({ minute, value, late }) =>
        sample(minute, value, { arrived: (minute + late) * MINUTE }),
      );
      const used = new Recording(recorded);
      for (let earlier = 0; earlier < now; earlier++) at(used, 'Sum', 10, earlier);
      const seen = drawn.filter(({ minute, late }) => minute >= 5 && minute < 10 && minute + late <= now);
      const expected = seen.length === 0 ? undefined : seen.reduce((sum, { value }) => sum + value, 0);
      expect(at(used, 'Sum', 10, now)).toBe(expected);
      expect(at(new Recording(recorded.toReversed()), 'Sum', 10, now)).toBe(expected);
    }),
  );
});

test('knows where it begins and ends', () => {
  expect(new Recording([sample(7, 1), sample(3, 1)])).toMatchObject({ from: 3 * MINUTE, to: 7 * MINUTE });
});

test.each([
  ['Sum', true],
  ['p99.9', true],
  ['p100', true],
  ['tm90', false],
  ['p101', false],
  ['constructor', false],
])('statistic %s is known: %s', (statistic, known) => {
  expect(isKnownStatistic(statistic)).toBe(known);
});
