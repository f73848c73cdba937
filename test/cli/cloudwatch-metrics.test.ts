import { CloudWatchClient, type GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { dashboardSamples } from '../../cli/cloudwatch-metrics';

const SEARCH = `SEARCH('{N,Stage,Currency} MetricName="Events" Stage="production"', 'Sum', 300)`;
const BODY = JSON.stringify({
  widgets: [
    {
      type: 'metric',
      properties: {
        metrics: [
          ['N', 'Sent', 'Stage', 'production', { stat: 'Sum', period: 900 }],
          ['N', 'Sent', 'Stage', 'production', { stat: 'Sum' }],
          [{ expression: SEARCH }],
        ],
      },
    },
  ],
});
const dimension = (Name: string, Value: string) => ({ Name, Value });

test("a dashboard's metrics are read once each, searches among them, page by page", async () => {
  const asked: unknown[] = [];
  const client = new CloudWatchClient({ region: 'eu-central-1' });
  client.send = (async (command: unknown) => {
    if (command instanceof ListMetricsCommand) {
      const listed = [['EUR'], ['USD'], ['EUR', 'x']].map(([currency = '', other]) => ({
        Dimensions: [
          dimension('Stage', 'production'),
          dimension('Currency', currency),
          ...(other ? [dimension('Other', other)] : []),
        ],
      }));
      return { Metrics: listed };
    }
    const { MetricDataQueries = [], NextToken } = (command as GetMetricDataCommand).input;
    asked.push(...(NextToken ? [] : MetricDataQueries.map(({ MetricStat }) => MetricStat?.Period)));
    const [Id, Values] = NextToken ? ['m2', [7]] : ['m0', [5]];
    const MetricDataResults = [{ Id, Values, Timestamps: [new Date('2026-12-01T09:00:00Z')] }];
    return { MetricDataResults, NextToken: NextToken ? undefined : 'more' };
  }) as typeof client.send;
  const span = { from: new Date('2026-12-01T09:00:00Z'), to: new Date('2026-12-01T10:00:00Z') };
  const samples = await dashboardSamples(client, BODY, span);
  expect(asked).toEqual([300, 300, 300]);
  const timestamp = Date.parse('2026-12-01T09:00:00Z');
  expect(samples).toEqual([
    { namespace: 'N', metric: 'Sent', dimensions: { Stage: 'production' }, statistic: 'Sum', timestamp, value: 5 },
    {
      namespace: 'N',
      metric: 'Events',
      dimensions: { Stage: 'production', Currency: 'USD' },
      statistic: 'Sum',
      timestamp,
      value: 7,
    },
  ]);
});
