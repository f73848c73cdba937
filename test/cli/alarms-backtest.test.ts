import { backtest, backtestLines, backtestPages } from '../../cli/alarms-backtest';
import { scoreTest, WEBHOOK_FAILURES } from '../../lib/monitoring/alarms/score-test';
import { readAlarms } from '../../lib/monitoring/evaluation/alarm-replay';
import type { Sample } from '../../lib/monitoring/evaluation/metric-samples';

const MINUTE = 60_000;
const START = Date.parse('2026-12-01T06:00:00Z');
const ABOUT = { stage: 'production', metrics: 'metrics.csv' };

const shared = { EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' };
const metric = (Id: string, Period = 300) => ({
  Id,
  ReturnData: false,
  MetricStat: { Metric: { Namespace: 'A', MetricName: Id }, Period, Stat: 'Sum' },
});
const alarm = (AlarmName: string, Expression: string, metrics: object[]) => ({
  type: 'AWS::CloudWatch::Alarm',
  properties: { ...shared, AlarmName, Metrics: [{ Id: 'expr_1', Expression }, ...metrics] },
});
const page = alarm('failures-page', scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES }), [metric('n'), metric('f')]);
const balance = {
  type: 'AWS::CloudWatch::Alarm',
  properties: {
    ...shared,
    AlarmName: 'balance <low>',
    Namespace: 'A',
    MetricName: 'balance',
    Dimensions: [{ Name: 'Currency', Value: 'EUR' }],
    Statistic: 'Minimum',
    Period: 300,
    Threshold: 25_000,
    ComparisonOperator: 'LessThanThreshold',
  },
};

const sample = (name: string, minute: number, value: number, more: Partial<Sample> = {}): Sample => ({
  metric: name,
  dimensions: {},
  timestamp: START + minute * MINUTE,
  value,
  statistic: 'Sum',
  ...more,
});
const every = (minutes: number, make: (minute: number) => Sample[]) =>
  Array.from({ length: minutes }, (_, minute) => make(minute)).flat();
/** An hour with 50 deliveries a minute; all fail from minute 30 to 40. */
const outage = every(60, (minute) => [
  sample('n', minute, 50),
  sample('f', minute, minute >= 30 && minute < 40 ? 50 : 0),
]);

const run = (resources: object[], samples: readonly Sample[]) =>
  backtest(readAlarms(resources as { type: string; properties: unknown }[]), samples, ABOUT);

test('says when each alarm would have fired, and why', () => {
  const report = run([page], outage);
  expect(report.title).toBe(
    'Backtest of stage production on metrics.csv: 2026-12-01 06:00 to 2026-12-01 07:00 UTC, 60 minutes',
  );
  expect(report.results).toEqual([
    {
      alarm: 'failures-page',
      verdict: 'fired',
      raised: [
        {
          from: '2026-12-01T06:31:00.000Z',
          to: '2026-12-01T06:45:00.000Z',
          reason: '50 of 250 failed, and it fires from 8',
        },
      ],
      notes: [],
    },
  ]);
  expect(backtestLines(report)).toContain(
    '           2026-12-01 06:31 to 2026-12-01 06:45: 50 of 250 failed, and it fires from 8',
  );
  expect(backtestLines(report).at(-1)).toBe('1 fired, 0 quiet, 0 without data.');
});

test('an alarm that is still raised at the end has no end', () => {
  const report = run(
    [page],
    outage.filter(({ timestamp }) => timestamp < START + 38 * MINUTE),
  );
  expect(report.results[0]?.raised[0]).not.toHaveProperty('to');
  expect(backtestLines(report).join('\n')).toContain('06:31 to the end');
});

test('what is not in the file is no data, never quiet', () => {
  const quiet = alarm('all-refused-page', 'FILL(refused, 0) - n', [metric('n'), metric('refused')]);
  const long = alarm('day-page', 'n - 1000000', [metric('n', 86_400)]);
  const wrong = {
    ...balance,
    properties: { ...balance.properties, AlarmName: 'wrong', MetricName: 'n', Dimensions: [] },
  };
  const results = run([page, quiet, balance, long, wrong], outage).results.map(({ alarm, verdict, notes }) => [
    alarm,
    verdict,
    ...notes,
  ]);
  expect(results).toEqual([
    ['failures-page', 'fired'],
    ['all-refused-page', 'quiet', 'no samples of refused (Sum): taken as never reported'],
    ['balance <low>', 'no-data', 'no samples of balance EUR (Minimum)'],
    ['day-page', 'no-data', 'it looks at 1440 minutes, more than are recorded'],
    ['wrong', 'no-data', 'recorded, but not with this statistic: n (Minimum)'],
  ]);
});

test('an alarm is not judged by the time before the recording', () => {
  const heartbeat = {
    ...balance,
    properties: {
      ...shared,
      AlarmName: 'silent',
      Namespace: 'A',
      MetricName: 'n',
      Statistic: 'Sum',
      Period: 600,
      EvaluationPeriods: 2,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    },
  };
  expect(run([heartbeat], outage).results[0]).toMatchObject({ verdict: 'quiet' });
});

test('composite alarms are judged too, and name what they could not see', () => {
  const composite = (name: string, rule: string) => ({
    type: 'AWS::CloudWatch::CompositeAlarm',
    properties: { AlarmName: name, AlarmRule: rule },
  });
  const resources = [
    page,
    balance,
    composite('both', 'ALARM("failures-page") AND NOT ALARM("balance <low>")'),
    composite('money', 'ALARM("balance <low>")'),
  ];
  const report = run(resources, outage);
  expect(report.results.find(({ alarm }) => alarm === 'both')).toMatchObject({
    verdict: 'fired',
    notes: ['not evaluated, taken as neither OK nor in ALARM: balance <low>'],
  });
  expect(report.results.find(({ alarm }) => alarm === 'money')).toMatchObject({
    verdict: 'no-data',
    notes: ['it depends on alarms that are not evaluated: balance <low>'],
  });
  expect(report.charts.get('both')?.panels.map(({ unit }) => unit)).toEqual(['1 while in ALARM']);
});

test('says when the values are of more than a minute', () => {
  const coarse = outage.filter(({ timestamp }) => timestamp % (5 * MINUTE) === 0);
  expect(run([page], coarse).note).toBe(
    'The values are 5 minutes apart: an alarm would have changed up to 5 minutes later.',
  );
  expect(run([page], outage).note).toBeUndefined();
});

test('draws what the alarm judges, its threshold, and when it was raised', () => {
  const money = every(60, (minute) => [
    sample('balance', minute, 30_000 - 200 * minute, { dimensions: { Currency: 'EUR' }, statistic: 'Minimum' }),
  ]);
  const report = run([page, balance], [...outage, ...money]);
  const failures = report.charts.get('failures-page');
  expect(failures?.panels.map(({ series }) => series.map(({ label }) => label))).toEqual([
    ['failed (f)', 'fires from'],
    ['all (n)'],
  ]);
  expect(failures?.panels[0]?.series[1]?.points.at(-1)?.value).toBe(8);
  expect(failures?.shaded?.intervals).toEqual([{ from: START + 31 * MINUTE, to: START + 45 * MINUTE }]);
  expect(failures?.description).toBe('In ALARM from 2026-12-01 06:31 to 2026-12-01 06:45.');
  expect(report.charts.get('balance <low>')?.panels[0]?.thresholds).toEqual([
    { label: 'alarm < 25000', value: 25_000 },
  ]);
});

test('writes one picture for each alarm that was judged and a page that shows them, escaped', () => {
  const money = every(60, (minute) => [
    sample('balance', minute, 1, { dimensions: { Currency: 'EUR' }, statistic: 'Minimum' }),
  ]);
  const pages = backtestPages(run([page, balance, alarm('unseen', 'x + 0', [metric('x')])], [...outage, ...money]));
  expect(pages.map(({ file }) => file)).toEqual(['failures-page.svg', 'balance__low_.svg', 'index.html']);
  const html = pages.at(-1)?.content ?? '';
  expect(html).toContain('<img src="failures-page.svg" alt="failures-page: In ALARM from');
  expect(html).toContain('balance &lt;low&gt;');
  expect(html).not.toContain('balance <low>');
  expect(html.match(/<tr>/g)).toHaveLength(4);
});
