import { rateAlarmOf } from '../../../../lib/monitoring/alarms/rate-alarm';
import { exceeds, scoreTest, WEBHOOK_FAILURES } from '../../../../lib/monitoring/alarms/score-test';
import { readMetricAlarm } from '../../../../lib/monitoring/evaluation/alarm-state';

const metric = (Id: string, Period = 300) => ({
  Id,
  ReturnData: false,
  MetricStat: { Metric: { Namespace: 'A', MetricName: Id }, Period, Stat: 'Sum' },
});

function rate(Expression: string, change: object = {}, others: object[] = [metric('n'), metric('f')]) {
  return rateAlarmOf(
    readMetricAlarm({
      AlarmName: 'rate',
      Metrics: [{ Id: 'expr_1', Expression }, ...others],
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      ...change,
    }),
  );
}

test('fires where the expression does', () => {
  const found = rate(scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES }));
  expect(found?.windowMinutes).toBe(5);
  for (const n of [1, 2, 3, 4, 5, 8, 9, 89, 90, 300, 1000, 10_000]) {
    const least = found?.firesFrom(n) ?? 0;
    if (least > n) expect(exceeds(WEBHOOK_FAILURES, n, n)).toBe(false);
    else expect([least - 1, least].map((f) => exceeds(WEBHOOK_FAILURES, n, f))).toEqual([false, true]);
  }
});

test.each<[string, object, number, number]>([
  ['IF(n >= 2 AND f >= n, 1, 0)', {}, 7, 7],
  ['100*f/n', { Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' }, 300, 4],
  ['n - f', { Threshold: 5, ComparisonOperator: 'LessThanThreshold' }, 20, 16],
])('%s fires from', (expression, change, n, least) => {
  expect(rate(expression, change)?.firesFrom(n)).toBe(least);
});

test('n and f may be expressions of their own', () => {
  const others = [{ Id: 'n', Expression: 'a + f', ReturnData: false }, metric('a', 900), metric('f', 900)];
  expect(rate('f - 0.5*n', {}, others)).toMatchObject({ windowMinutes: 15 });
});

test.each<[string, object[]]>([
  ['f + 0', [metric('n'), metric('f')]],
  ['f / n + other', [metric('n'), metric('f'), metric('other')]],
  ['declined / all', [metric('declined'), metric('all')]],
])('%s is not a rate of f and n', (expression, others) => {
  expect(rate(expression, {}, others)).toBeUndefined();
});

test('one metric is no rate, nor is what cannot be evaluated', () => {
  const plain = { AlarmName: 'f', Namespace: 'A', MetricName: 'f', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 };
  expect(
    rateAlarmOf(readMetricAlarm({ ...plain, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' })),
  ).toBeUndefined();
});

test('several data points are refused, not computed as if they were one', () => {
  expect(() => rate('f / n', { EvaluationPeriods: 3 })).toThrow(
    'rate: false alarms are computed for one data point, got 3 EvaluationPeriods',
  );
});
