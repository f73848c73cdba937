import { scoreTest, WEBHOOK_FAILURES } from '../../../../lib/monitoring/alarms/score-test';
import { readAlarms, replayAlarms } from '../../../../lib/monitoring/evaluation/alarm-replay';
import { Recording, type Sample } from '../../../../lib/monitoring/evaluation/metric-samples';

const MINUTE = 60_000;
const minutes = (history: { at: number }[]) => history.map(({ at }) => at / MINUTE);

function metricAlarm(name: string, change: object = {}) {
  return {
    type: 'AWS::CloudWatch::Alarm',
    properties: {
      AlarmName: name,
      Namespace: 'A',
      MetricName: name,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...change,
    },
  };
}

const compositeAlarm = (name: string, AlarmRule: string, change: object = {}) => ({
  type: 'AWS::CloudWatch::CompositeAlarm',
  properties: { AlarmName: name, AlarmRule, ...change },
});

const sample = (metric: string, minute: number, value = 1, arrived?: number): Sample => ({
  metric,
  dimensions: {},
  timestamp: minute * MINUTE,
  value,
  ...(arrived !== undefined && { arrived: arrived * MINUTE }),
});

/** Samples of 1 in the minutes after which a one-minute alarm on the metric is to be in ALARM. */
const alarmIn = (metric: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => sample(metric, from + i - 1));

function replay(resources: { type: string; properties: unknown }[], samples: Sample[], to = 60) {
  const histories = replayAlarms(readAlarms(resources), new Recording(samples), { from: 0, to: to * MINUTE });
  return Object.fromEntries(histories.map((history) => [history.alarm.name, history]));
}

/** `10 ALARM`: minute and state of each change or action. */
const told = (entries: readonly { at: number; to?: string; state?: string }[] = []) =>
  entries.map(({ at, to, state }) => `${at / MINUTE} ${to ?? state}`);

/** An alarm on an expression over sums of metrics that have the names of their ids. */
function expressionAlarm(name: string, Expression: string, ids: readonly string[], Period: number) {
  const query = (Id: string) => ({
    Id,
    ReturnData: false,
    MetricStat: { Metric: { Namespace: 'A', MetricName: Id }, Period, Stat: 'Sum' },
  });
  return {
    type: 'AWS::CloudWatch::Alarm',
    properties: {
      AlarmName: name,
      Metrics: [{ Id: 'expr_1', Expression }, ...ids.map(query)],
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    },
  };
}

/** In ALARM for as long as its metric is above 0. */
const exactly = (id: string) => expressionAlarm(id, `FILL(${id}, 0)`, [id], 60);

const page = expressionAlarm('page', scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES }), ['n', 'f'], 300);

describe('a metric alarm', () => {
  test('the window of five minutes slides each minute', () => {
    // Four failures of 50 in five minutes, that no five minutes of the clock have together.
    const deliveries = Array.from({ length: 40 }, (_, minute) => sample('n', minute, 10));
    const failures = [12, 13, 15, 16].map((minute) => sample('f', minute));
    const { changes } = replay([page], [...deliveries, ...failures]).page ?? {};
    expect(told(changes)).toEqual(['0 OK', '17 ALARM', '18 OK']);
  });

  test('an outage at two webhooks in five minutes pages, one failure does not', () => {
    const outage = [sample('n', 10), sample('f', 10), sample('n', 13), sample('f', 13)];
    expect(told(replay([page], outage).page?.changes)).toEqual(['0 OK', '14 ALARM', '16 OK']);
    expect(told(replay([page], outage.slice(0, 2)).page?.changes)).toEqual(['0 OK']);
  });

  test('without FILL, CloudWatch judges by an older window when the newest has no data, and raises again what is over', () => {
    const unfilled = scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES }).replace(/^FILL\((.*), 0\)$/, '$1');
    const outage = [sample('n', 10), sample('f', 10), sample('n', 13), sample('f', 13)];
    const { changes } = replay([expressionAlarm('page', unfilled, ['n', 'f'], 300)], outage).page ?? {};
    expect(told(changes)).toEqual(['0 OK', '14 ALARM', '16 OK', '19 ALARM', '21 OK', '24 ALARM', '26 OK']);
  });

  test('a late sample raises it when it arrives', () => {
    const failures = [10, 11, 12, 13].map((minute) => sample('f', minute, 1, minute === 13 ? 14.5 : undefined));
    const deliveries = Array.from({ length: 40 }, (_, minute) => sample('n', minute, 10));
    expect(told(replay([page], [...failures, ...deliveries]).page?.changes)).toEqual(['0 OK', '15 ALARM', '16 OK']);
  });

  test('while its data is missing it is judged by what came before, as CloudWatch does', () => {
    const ignoring = metricAlarm('level', { TreatMissingData: 'missing' });
    const { changes } = replay([ignoring], [sample('level', 9)], 20).level ?? {};
    // Two more data points than needed are asked for, so the breaching one still counts at 11 and 12.
    expect(told(changes)).toEqual(['10 ALARM', '13 INSUFFICIENT_DATA']);
  });

  test('a heartbeat that stops is missed', () => {
    const heartbeat = metricAlarm('beat', {
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    const beats = Array.from({ length: 10 }, (_, minute) => sample('beat', minute));
    expect(told(replay([heartbeat], beats, 20).beat?.changes)).toEqual(['0 ALARM', '1 OK', '13 ALARM']);
  });

  test('tells what it watched, and acts on each change unless its actions are off', () => {
    const resources = [
      exactly('a'),
      { ...exactly('b'), properties: { ...exactly('b').properties, ActionsEnabled: false } },
    ];
    const { a, b } = replay(resources, [...alarmIn('a', 2, 3), ...alarmIn('b', 2, 3)], 3);
    expect(a?.watched.map(({ value }) => value)).toEqual([0, 0, 1, 0]);
    expect(told(a?.actions)).toEqual(['0 OK', '2 ALARM', '3 OK']);
    expect(told(b?.changes)).toEqual(['0 OK', '2 ALARM', '3 OK']);
    expect(b?.actions).toEqual([]);
  });
});

describe('a composite alarm', () => {
  test('follows its rule', () => {
    const resources = [
      compositeAlarm('quiet', 'ALARM("a") AND NOT ALARM("arn:aws:cloudwatch:eu-central-1:123456789012:alarm:b")'),
      exactly('a'),
      exactly('b'),
    ];
    const { quiet } = replay(resources, [...alarmIn('a', 5, 20), ...alarmIn('b', 10, 15)]);
    expect(told(quiet?.changes)).toEqual(['0 OK', '5 ALARM', '10 OK', '15 ALARM', '20 OK']);
    expect(quiet?.changes[1]?.reason).toBe('a is ALARM, b is OK');
  });

  // The documentation's examples: wait of 2 and extension of 3 units of time, here minutes, 10 minutes later.
  test.each<[string, [number, number], [number, number], string[]]>([
    ['1: it acts after the wait', [12, 30], [50, 51], ['14 ALARM', '32 OK']],
    ['2: the suppressor comes before the wait is over', [12, 30], [13, 60], []],
    ['3: it changes back during the wait', [12, 13], [50, 51], ['15 OK']],
    ['4: the suppressor is there already', [12, 30], [11, 60], []],
    ['5: it acts after the extension', [12, 40], [13, 16], ['19 ALARM', '42 OK']],
    ['6: it changes back during the extension', [12, 17], [13, 16], ['19 OK']],
    ['a suppressor that comes as the wait ends is in time', [12, 30], [14, 60], []],
  ])('action suppression, example %s', (_, watched, suppressor, expected) => {
    const resources = [
      exactly('watched'),
      exactly('suppressor'),
      compositeAlarm('told', 'ALARM(watched)', {
        ActionsSuppressor: 'suppressor',
        ActionsSuppressorWaitPeriod: 120,
        ActionsSuppressorExtensionPeriod: 180,
      }),
    ];
    const { told: history } = replay(
      resources,
      [...alarmIn('watched', ...watched), ...alarmIn('suppressor', ...suppressor)],
      49,
    );
    expect(told(history?.actions)).toEqual(['2 OK', ...expected]);
    expect(told(history?.changes)).toEqual(['0 OK', `${watched[0]} ALARM`, `${watched[1]} OK`]);
  });

  test('a wait that ends between two minutes is acted on then', () => {
    const resources = [
      exactly('watched'),
      exactly('suppressor'),
      compositeAlarm('told', 'ALARM(watched)', {
        ActionsSuppressor: 'suppressor',
        ActionsSuppressorWaitPeriod: 90,
        ActionsSuppressorExtensionPeriod: 60,
      }),
    ];
    const { told: history } = replay(resources, [...alarmIn('watched', 12, 30), ...alarmIn('suppressor', 14, 60)], 49);
    expect(told(history?.actions)).toEqual(['1.5 OK', '13.5 ALARM']);
  });

  const band = metricAlarm('band', { ThresholdMetricId: 'expected', ComparisonOperator: 'GreaterThanUpperThreshold' });

  test('is not evaluated when its rule never holds or fails without an alarm that is not', () => {
    const resources = [
      band,
      exactly('a'),
      compositeAlarm('both', 'ALARM(band) AND NOT ALARM(a)'),
      compositeAlarm('b', 'OK(both)'),
    ];
    const { both, b } = replay(resources, []);
    expect(both).toMatchObject({ changes: [], notEvaluated: 'it depends on alarms that are not evaluated: band' });
    expect(b).toMatchObject({ changes: [], notEvaluated: 'it depends on alarms that are not evaluated: both' });
  });

  test('otherwise an alarm that is not evaluated is neither OK nor in ALARM, and is named', () => {
    const resources = [band, exactly('a'), compositeAlarm('quiet', 'ALARM(a) AND NOT ALARM(band)')];
    const { quiet } = replay(resources, alarmIn('a', 5, 20));
    expect(told(quiet?.changes)).toEqual(['0 OK', '5 ALARM', '20 OK']);
    expect(quiet?.unknown).toEqual(['band']);
  });
});

test('an alarm is judged from the time on that is said', () => {
  const histories = replayAlarms(readAlarms([exactly('a')]), new Recording(alarmIn('a', 1, 30)), {
    from: 0,
    to: 60 * MINUTE,
    begin: () => 10 * MINUTE,
  });
  expect(told(histories[0]?.changes)).toEqual(['10 ALARM', '30 OK']);
});

test('alarms that name each other in a circle, or one that is not there, are refused', () => {
  expect(() => readAlarms([compositeAlarm('a', 'ALARM(b)'), compositeAlarm('b', 'OK(a)')])).toThrow(
    'alarms look at each other: a -> b -> a',
  );
  expect(() => readAlarms([compositeAlarm('a', 'ALARM(c)')])).toThrow('a looks at the alarm c, which is not there');
});

test('problems of all alarms are told at once; other resources are passed over', () => {
  const broken = [
    metricAlarm('a', { Period: 30 }),
    compositeAlarm('b', 'ALARM(a'),
    { type: 'AWS::SNS::Topic', properties: {} },
  ];
  expect(() => readAlarms(broken)).toThrow(
    /a: Period: must be whole minutes\nb: expected ALARM\(\.\.\.\).* in the alarm rule ALARM\(a/,
  );
});

test('an expression that cannot be evaluated names its alarm', () => {
  const broken = metricAlarm('a', {
    MetricName: undefined,
    Metrics: [
      { Id: 'e1', Expression: 'MEDIAN(m1)' },
      {
        Id: 'm1',
        ReturnData: false,
        MetricStat: { Metric: { Namespace: 'A', MetricName: 'm' }, Period: 60, Stat: 'Sum' },
      },
    ],
  });
  expect(() => replay([broken], [])).toThrow('a: the function MEDIAN is not known');
});

test('the changes of an alarm are in the order of time', () => {
  const samples = [...alarmIn('a', 3, 6), ...alarmIn('a', 9, 12)];
  const { a } = replay([exactly('a')], samples);
  expect(minutes([...(a?.changes ?? [])])).toEqual([0, 3, 6, 9, 12]);
});
