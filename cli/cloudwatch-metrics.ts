import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataResult,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch';
import { dashboardMetrics, type MetricSearch } from '../lib/monitoring/dashboards/pictures';
import type { MetricStat, Sample } from '../lib/monitoring/evaluation/metric-samples';

/** Of one call: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES = 500;

/** What a dashboard shows of a time, as CloudWatch has it: a value for each period. */
export async function dashboardSamples(
  client: CloudWatchClient,
  body: string,
  span: { readonly from: Date; readonly to: Date },
): Promise<Sample[]> {
  const { metrics, searches } = dashboardMetrics(body);
  const found = await Promise.all(searches.map((search) => searched(client, search)));
  const wanted = finest([...metrics, ...found.flat()]);
  const samples: Sample[] = [];
  for (let start = 0; start < wanted.length; start += QUERIES)
    samples.push(...(await values(client, wanted.slice(start, start + QUERIES), span)));
  return samples;
}

async function searched(client: CloudWatchClient, { schema, ...search }: MetricSearch): Promise<MetricStat[]> {
  const Dimensions = Object.entries(search.dimensions).map(([Name, Value]) => ({ Name, Value }));
  const found: MetricStat[] = [];
  const input = { Namespace: search.namespace, MetricName: search.metric, Dimensions };
  for await (const { Metrics = [] } of paginateListMetrics({ client }, input)) {
    for (const metric of Metrics) {
      const dimensions = Object.fromEntries((metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
      const names = Object.keys(dimensions);
      if (names.length === schema.length && schema.every((name) => names.includes(name)))
        found.push({ ...search, dimensions });
    }
  }
  return found;
}

/** Each once: a sum of five minutes and one of fifteen would count twice. */
function finest(all: readonly MetricStat[]): MetricStat[] {
  const unique = new Map<string, MetricStat>();
  for (const one of all) {
    const { namespace, metric, dimensions, statistic, period } = one;
    const key = JSON.stringify([namespace, metric, statistic, Object.entries(dimensions).sort()]);
    if (period < (unique.get(key)?.period ?? Number.POSITIVE_INFINITY)) unique.set(key, one);
  }
  return [...unique.values()];
}

async function values(
  client: CloudWatchClient,
  metrics: readonly MetricStat[],
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<Sample[]> {
  const MetricDataQueries = metrics.map(({ namespace, metric, dimensions, statistic, period }, index) => {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const Metric = { Namespace: namespace, MetricName: metric, Dimensions };
    return { Id: `m${index}`, MetricStat: { Metric, Stat: statistic, Period: period } };
  });
  const samples: Sample[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetMetricDataCommand({ MetricDataQueries, StartTime: from, EndTime: to, NextToken }),
    );
    samples.push(...(page.MetricDataResults ?? []).flatMap((result) => samplesOf(result, metrics)));
    NextToken = page.NextToken;
  } while (NextToken);
  return samples;
}

function samplesOf(
  { Id = '', Timestamps = [], Values = [] }: MetricDataResult,
  metrics: readonly MetricStat[],
): Sample[] {
  const found = metrics[Number(Id.slice(1))];
  if (!found) return [];
  const { namespace, metric, dimensions, statistic } = found;
  return Timestamps.map((at, index) => ({
    namespace,
    metric,
    dimensions,
    statistic,
    timestamp: at.getTime(),
    value: Values[index] ?? 0,
  }));
}
