import fc from 'fast-check';
import {
  judge,
  type MetricAlarm,
  readMetricAlarm,
  type State,
} from '../../../../lib/monitoring/evaluation/alarm-state';
import type { Points } from '../../../../lib/monitoring/evaluation/metric-math';

const properties = {
  AlarmName: 'failures',
  Namespace: 'PayCA/GoLive',
  MetricName: 'Failed',
  Statistic: 'Sum',
  Period: 300,
  EvaluationPeriods: 3,
  Threshold: 0.5,
  ComparisonOperator: 'GreaterThanThreshold',
};
const alarm = (change: object = {}): MetricAlarm => readMetricAlarm({ ...properties, ...change });

/** `0 - X`: not breaching, missing, breaching, the newest last. */
function points(text: string): Points {
  return text.split(' ').map((point) => (point === '-' ? undefined : point === 'X' ? 1 : 0));
}

const RETAINED = 'retained';
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
type Row = [text: string, ...states: (State | typeof RETAINED)[]];

function expectRow(m: number, [text, ...states]: Row): void {
  for (const current of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const) {
    const found = TREATMENTS.map(
      (TreatMissingData) => judge(alarm({ DatapointsToAlarm: m, TreatMissingData }), points(text), current).state,
    );
    expect(found).toEqual(states.map((state) => (state === RETAINED ? current : state)));
  }
}

// The tables of the documentation's page on missing data: columns missing, ignore, breaching, notBreaching.
test.each<Row>([
  ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
  ['- - - - -', 'INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'],
  ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['- - X - -', 'ALARM', RETAINED, 'ALARM', 'OK'],
])('as documented, 3 of 3: %s', (...row) => expectRow(3, row));

test.each<Row>([
  ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - X -', 'ALARM', RETAINED, 'ALARM', 'OK'],
])('as documented, 2 of 3: %s', (...row) => expectRow(2, row));

test.each(['- - - - X', '- - - X -'])('as documented, 3 of 3 does not go into ALARM prematurely: %s', (text) => {
  expect(judge(alarm(), points(text), 'OK').state).toBe('OK');
});

test('as many breaching points as are needed are an alarm, however missing data is treated', () => {
  const treatment = fc.constantFrom(...TREATMENTS);
  const drawn = fc.array(fc.option(fc.constantFrom(0, 1), { nil: undefined }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(treatment, fc.integer({ min: 1, max: 3 }), drawn, (TreatMissingData, m, newest) => {
      const subject = alarm({ DatapointsToAlarm: m, TreatMissingData });
      const present = newest.filter((point) => point !== undefined).slice(-3);
      const breaching = present.filter((point) => point === 1).length;
      const { state } = judge(subject, newest, 'OK');
      if (breaching >= m) expect(state).toBe('ALARM');
      if (breaching < m && present.length === 3) expect(state).toBe('OK');
      if (state === 'INSUFFICIENT_DATA') expect(present).toEqual([]);
    }),
  );
});

test.each<[string, number, State]>([
  ['GreaterThanThreshold', 0.5, 'OK'],
  ['GreaterThanOrEqualToThreshold', 0.5, 'ALARM'],
  ['LessThanThreshold', 0.5, 'OK'],
  ['LessThanOrEqualToThreshold', 0.5, 'ALARM'],
  ['LessThanThreshold', 0.4, 'ALARM'],
])('%s at a threshold of 0.5: %d is %s', (ComparisonOperator, value, expected) => {
  const subject = alarm({ ComparisonOperator, EvaluationPeriods: 1 });
  expect(judge(subject, [undefined, undefined, value], 'OK').state).toBe(expected);
});

test('the reason tells the values', () => {
  const subject = alarm({ DatapointsToAlarm: 2, TreatMissingData: 'breaching' });
  expect(judge(subject, [undefined, undefined, undefined, 0, 7], 'OK').reason).toBe(
    '2 of 3 data points > 0.5: 7, 1 missing',
  );
});

const query = { Id: 'n', MetricStat: { Metric: { Namespace: 'A', MetricName: 'N' }, Period: 300, Stat: 'Sum' } };

test('reads metrics and the expression that is watched', () => {
  const read = readMetricAlarm({
    AlarmName: 'rate',
    EvaluationPeriods: 1,
    Threshold: '1',
    ComparisonOperator: 'GreaterThanThreshold',
    Metrics: [
      { Id: 'expr_1', Expression: '100 * n', Label: 'rate' },
      {
        ...query,
        MetricStat: {
          ...query.MetricStat,
          Metric: { ...query.MetricStat.Metric, Dimensions: [{ Name: 'Stage', Value: 'production' }] },
        },
        ReturnData: false,
      },
    ],
  });
  expect(read).toMatchObject({
    watched: 'expr_1',
    period: 300,
    datapointsToAlarm: 1,
    threshold: 1,
    missing: 'missing',
  });
  expect(read.metrics.get('n')).toEqual({
    namespace: 'A',
    metric: 'N',
    dimensions: { Stage: 'production' },
    statistic: 'Sum',
    period: 300,
  });
});

test('an alarm on an anomaly band says why it is not evaluated', () => {
  const read = readMetricAlarm({
    AlarmName: 'unusual',
    EvaluationPeriods: 3,
    ComparisonOperator: 'GreaterThanUpperThreshold',
    ThresholdMetricId: 'band',
    Metrics: [{ Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(n, 3)' }, query],
  });
  expect(read).toMatchObject({ watched: 'n', notEvaluated: expect.stringContaining('anomaly detection band') });
});

test.each<[object, string]>([
  [{ EvaluationWindow: {} }, 'failures: the alarm: Unrecognized key: "EvaluationWindow"'],
  [{ Period: 90 }, 'failures: Period: must be whole minutes'],
  [{ Statistic: 'tm99' }, 'failures: Statistic: must be Sum, Average, Minimum, Maximum, SampleCount or a percentile'],
  [{ Threshold: undefined }, 'failures: Threshold: must be a number, unless ThresholdMetricId names a band'],
  [
    { ComparisonOperator: 'GreaterThanUpperThreshold' },
    'failures: Threshold: must be a number, unless ThresholdMetricId names a band',
  ],
  [{ MetricName: undefined }, 'failures: without Metrics it must have Namespace, MetricName, Period and a statistic'],
  [{ Metrics: [query, { Id: 'e1', Expression: 'n +' }] }, 'failures: Metrics.e1: expected a value at the end in n +'],
  [{ Metrics: [{ Id: 'e1' }] }, 'failures: Metrics.e1: must have MetricStat or Expression'],
  [
    { Metrics: [query, { ...query, Id: 'f', MetricStat: { ...query.MetricStat, Period: 60 } }] },
    'failures: Metrics: all metrics must have one period',
  ],
  [{ Metrics: [{ ...query, ReturnData: false }] }, 'failures: Metrics: one must have ReturnData'],
])('%j is refused, naming alarm and property', (change, message) => {
  expect(() => alarm(change)).toThrow(new Error(message));
});

test('all problems of an alarm are told at once', () => {
  expect(() => alarm({ Period: 90, EvaluationPeriods: 0 })).toThrow(/Period.*\n.*EvaluationPeriods/);
});
