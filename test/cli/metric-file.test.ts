import { readMetricFile } from '../../cli/metric-file';

const csv = (...lines: string[]) => lines.join('\n');
const TIME = '2026-12-01T08:05:00Z';
const AT = Date.parse(TIME);

test('reads CSV in any order of columns, with quotes, comments of a spreadsheet and empty lines', () => {
  const text = csv(
    '\ufeffvalue,statistic,timestamp,metric,dimensions,namespace,arrived',
    `3,Sum,${TIME},WebhooksReceived,Stage=production;service=receive-webhook,PayCA/GoLive,2026-12-01T08:09:30Z`,
    '',
    `"1.5e3",,2026-12-01T09:05+01:00,"Balance, EUR",,,\r`,
  );
  expect(readMetricFile(text)).toEqual([
    {
      metric: 'WebhooksReceived',
      dimensions: { Stage: 'production', service: 'receive-webhook' },
      timestamp: AT,
      value: 3,
      statistic: 'Sum',
      namespace: 'PayCA/GoLive',
      arrived: Date.parse('2026-12-01T08:09:30Z'),
    },
    { metric: 'Balance, EUR', dimensions: {}, timestamp: AT, value: 1500 },
  ]);
});

test('columns that may be left out may be left out', () => {
  expect(readMetricFile(csv('metric,timestamp,value', `n,${TIME},0`))).toEqual([
    { metric: 'n', dimensions: {}, timestamp: AT, value: 0 },
  ]);
});

test('tells every problem at once, each with its line and what it found', () => {
  const text = csv(
    'metric,dimensions,timestamp,value,statistic,arrived',
    `,Stage,yesterday,many,tm99,${TIME}`,
    `n,Stage=production,${TIME},1,Sum`,
    '',
    `n,Stage=production,${TIME},1,Sum,2026-12-01T08:04:00Z`,
    `n,Stage=production,${TIME},1,Sum,`,
    `n,Stage=production,${TIME},2,Sum,`,
    `n,Stage=production,2026-12-01T08:05:00,,Sum,`,
    `"n,Stage=production,${TIME},2,Sum,`,
  );
  expect(() => readMetricFile(text)).toThrow(
    csv(
      'the metrics cannot be read:',
      '  line 2: metric must be the name of a metric, got ""',
      '  line 2: dimensions must be Name=Value;Name=Value, got "Stage"',
      '  line 2: timestamp must be a time with its zone such as 2026-12-01T08:05:00Z, got "yesterday"',
      '  line 2: value must be a number, got "many"',
      '  line 2: statistic must be Sum, Average, Minimum, Maximum, SampleCount, a percentile or empty, got "tm99"',
      '  line 3: must have 6 fields, got 5',
      '  line 5: arrived must be a time with its zone, not before timestamp, got "2026-12-01T08:04:00Z"',
      '  line 7: has the same metric, dimensions, timestamp and statistic as line 6',
      '  line 8: timestamp must be a time with its zone such as 2026-12-01T08:05:00Z, got "2026-12-01T08:05:00"',
      '  line 8: value must be a number, got ""',
      '  line 9: Quote Not Closed: the parsing is finished with an opening quote',
    ),
  );
});

test('single values may repeat', () => {
  expect(readMetricFile(csv('metric,timestamp,value', `n,${TIME},1`, `n,${TIME},1`))).toHaveLength(2);
});

test('a header that is not understood is told column by column', () => {
  expect(() => readMetricFile(csv('Metric,value,value,time', 'a,b,c,d'))).toThrow(
    csv(
      'the metrics cannot be read:',
      '  line 1: unknown column "Metric"; known are metric, dimensions, timestamp, value, statistic, namespace, arrived',
      '  line 1: unknown column "time"; known are metric, dimensions, timestamp, value, statistic, namespace, arrived',
      '  line 1: no column metric',
      '  line 1: no column timestamp',
      '  line 1: column value is there twice',
    ),
  );
});

test.each(['', 'metric,timestamp,value', '\n\n'])('a file without samples is refused: %j', (text) => {
  expect(() => readMetricFile(text)).toThrow('the metrics cannot be read:');
});

test('after a hundred problems the rest are counted', () => {
  const text = csv('metric,timestamp,value', ...Array.from({ length: 250 }, () => 'n,never,1'));
  expect(() => readMetricFile(text)).toThrow(/line 101: .*\n {2}\.\.\. and 150 more problems$/);
});

test('reads the JSON lines of a metric stream', () => {
  const line = JSON.stringify({
    metric_stream_name: 'logs',
    account_id: '123456789012',
    region: 'eu-central-1',
    namespace: 'PayCA/GoLive',
    metric_name: 'WebhooksReceived',
    dimensions: { Stage: 'production' },
    timestamp: AT,
    value: { count: 3, sum: 20, max: 18, min: 0, p99: 17.56, 'TM(25%:75%)': 16.43 },
    unit: 'Count',
  });
  const samples = readMetricFile(`${line}\n\n`);
  expect(samples.map(({ statistic, value }) => [statistic, value])).toEqual([
    ['SampleCount', 3],
    ['Sum', 20],
    ['Maximum', 18],
    ['Minimum', 0],
    ['p99', 17.56],
  ]);
  expect(samples[0]).toMatchObject({
    namespace: 'PayCA/GoLive',
    metric: 'WebhooksReceived',
    dimensions: { Stage: 'production' },
    timestamp: AT,
  });
});

test('problems of a metric stream are told with their lines', () => {
  expect(() => readMetricFile('{}\n{"namespace":1\n')).toThrow(
    /line 1: namespace: .*; metric_name: .*\n {2}line 2: the line: /,
  );
});
