import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARMS_DOCUMENT, documentOf, pagingRateAlarms } from '../../cli/alarms';
import { readStage } from '../../cli/stage';
import { alarmPrefix } from '../../lambda/payca/alarm-names';
import { HEALTHY_FAILURE_RATE } from '../../lib/monitoring/alarms/score-test';
import { DAYS_PER_MONTH, MOST_DELIVERIES, worstFalseAlarms } from '../../lib/monitoring/evaluation/alarm-arithmetic';
import { type Deployment, loadStage } from '../../rehearsal/deployment';
import { goLiveApp } from '../lib/synth';

const assembly = goLiveApp().synth().directory;
const { programme, stage } = readStage('production');
const alarms = pagingRateAlarms(loadStage(assembly, 'production'), alarmPrefix(programme, stage));

test('docs/alarms.md is up to date: otherwise run npm run golive -- alarms table', () => {
  expect(readFileSync(join(__dirname, '..', '..', ALARMS_DOCUMENT), 'utf8')).toBe(documentOf(assembly));
});

test('every alarm that pages on a rate: at most one false page a month for every n from 1 to 10,000', () => {
  const over = alarms.filter(({ rate }) => worstFalseAlarms(rate, HEALTHY_FAILURE_RATE).perDay * DAYS_PER_MONTH > 1);
  expect(over.map(({ name }) => name)).toEqual([]);
});

test('every alarm that pages on a rate sees a total outage in one window from n = 2', () => {
  const blind = alarms.flatMap(({ name, rate }) => {
    const n = Array.from({ length: MOST_DELIVERIES - 1 }, (_, index) => index + 2).find((n) => rate.firesFrom(n) > n);
    return n === undefined ? [] : [`${name} at n = ${n}`];
  });
  expect(blind).toEqual([]);
});

describe('alarms that page on a rate', () => {
  const metric = (Id: string) => ({
    Id,
    ReturnData: false,
    MetricStat: { Metric: { Namespace: 'A', MetricName: Id }, Period: 300, Stat: 'Sum' },
  });
  const rate = (AlarmName: string) => ({
    type: 'AWS::CloudWatch::Alarm',
    properties: {
      AlarmName,
      Metrics: [{ Id: 'expr_1', Expression: 'f / n' }, metric('n'), metric('f')],
      EvaluationPeriods: 1,
      Threshold: 0.5,
      ComparisonOperator: 'GreaterThanThreshold',
    },
  });
  const composite = (AlarmName: string, AlarmRule: string) => ({
    type: 'AWS::CloudWatch::CompositeAlarm',
    properties: { AlarmName, AlarmRule },
  });
  const found = (...resources: object[]) =>
    pagingRateAlarms({ resources: () => resources } as unknown as Deployment, 'payca-production-').map(
      ({ name }) => name,
    );

  test('are told by severity in the name', () => {
    expect(found(rate('payca-production-a-page'), rate('payca-production-b-ticket'), rate('other-a-page'))).toEqual([
      'payca-production-a-page',
    ]);
  });

  test('are found behind a composite alarm that pages', () => {
    const resources = [
      rate('payca-production-a-signal'),
      rate('payca-production-b-signal'),
      composite('payca-production-a-page', 'ALARM(payca-production-a-signal)'),
      composite('payca-production-b-ticket', 'ALARM(payca-production-b-signal)'),
    ];
    expect(found(...resources)).toEqual(['payca-production-a-signal']);
  });
});
