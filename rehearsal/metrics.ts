import { setImmediate } from 'node:timers/promises';
import type { Sample } from '../lib/monitoring/evaluation/metric-samples';
import { matchesFilter } from './filter-pattern';
import type { World } from './world';

/** Values of metrics at one moment. */
export type Reading = readonly Omit<Sample, 'timestamp'>[];

/** What CloudWatch would make of the logs: metrics that functions emit, and those of the template's metric filters. */
export class Metrics {
  /** Lines that were read, by log. */
  private readonly read = new Map<readonly string[], number>();

  constructor(private readonly world: World) {}

  /** What came since the last time. */
  async take(): Promise<Reading> {
    // What a function wrote before its answer is in the pipe by now, and read before this resolves.
    await setImmediate();
    const emitted = this.world.functions.flatMap(({ logs }) => this.unread(logs).flatMap(embedded));
    return [...emitted, ...this.filtered()];
  }

  /** Of the access log; a filter's default value stands for lines that it does not match. */
  private filtered(): Reading {
    const { deployment, edge } = this.world;
    const lines = this.unread(edge.accessLog);
    const [stage] = deployment.resources('AWS::ApiGateway::Stage');
    const { DestinationArn = '' } = (stage?.properties.AccessLogSetting ?? {}) as { DestinationArn?: string };
    const log = deployment.owner(DestinationArn)?.name;
    const filters = deployment
      .resources('AWS::Logs::MetricFilter')
      .map(({ properties }) => properties as unknown as MetricFilter)
      .filter(({ LogGroupName }) => LogGroupName === log);
    return filters.flatMap(({ FilterPattern, MetricTransformations }) =>
      MetricTransformations.flatMap(({ MetricNamespace, MetricName, MetricValue, DefaultValue }) =>
        lines.flatMap((line) => {
          const value = matchesFilter(FilterPattern, line) ? MetricValue : DefaultValue;
          if (value === undefined) return [];
          return [{ namespace: MetricNamespace, metric: MetricName, dimensions: {}, value: Number(value) }];
        }),
      ),
    );
  }

  private unread(log: readonly string[]): readonly string[] {
    const lines = log.slice(this.read.get(log) ?? 0);
    this.read.set(log, log.length);
    return lines;
  }
}

interface MetricFilter {
  readonly LogGroupName: string;
  readonly FilterPattern: string;
  readonly MetricTransformations: readonly {
    readonly MetricNamespace: string;
    readonly MetricName: string;
    readonly MetricValue: string;
    readonly DefaultValue?: number;
  }[];
}

interface Embedded {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function embedded(line: string): Reading {
  if (!line.includes('"CloudWatchMetrics"')) return [];
  const record: Embedded = JSON.parse(line);
  return record._aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(record[name])]));
      return Metrics.flatMap(({ Name: metric }) =>
        [record[metric]].flat().map((value) => ({ namespace, metric, dimensions, value: Number(value) })),
      );
    }),
  );
}
