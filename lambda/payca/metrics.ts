import { variable } from './variables';

/** Units of CloudWatch that are used here. */
const MetricUnit = { Count: 'Count', Seconds: 'Seconds', Milliseconds: 'Milliseconds', NoUnit: 'None' } as const;
type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/** CloudWatch namespace of all metrics of this app. */
export const METRICS_NAMESPACE = 'PayCA/GoLive';

/**
 * Every metric: the function that emits it and what it is split by. The dimensions in CloudWatch are `service` (the
 * function), `Stage`, and those named here, whose values come from enumerations so that their number stays small.
 */
export const METRICS = {
  WebhooksReceived: { service: 'receive-webhook' },
  WebhooksAccepted: { service: 'receive-webhook' },
  WebhooksDuplicate: { service: 'receive-webhook' },
  WebhooksConflict: { service: 'receive-webhook' },
  WebhooksRejected: { service: 'receive-webhook', by: ['Reason'] },
  WebhooksNotStored: { service: 'receive-webhook' },
  CredentialsNotSupplied: { service: 'receive-webhook' },
  ClientIdAbsent: { service: 'receive-webhook' },
  CardNumberMasked: { service: 'receive-webhook' },
  KeyMatched: { service: 'receive-webhook', by: ['Key'] },
  /** Counted after a new write only, so that a duplicate does not inflate a figure. */
  Events: { service: 'receive-webhook', by: ['Event', 'Type', 'Currency'] },
  EventsDispatched: { service: 'dispatch-events' },
  EventsSetAside: { service: 'dispatch-events' },
  DispatchRetries: { service: 'dispatch-events' },
  UndispatchedAgeSeconds: { service: 'dispatch-events', unit: MetricUnit.Seconds },
  SetAsideEvents: { service: 'dispatch-events' },
  EventsArchived: { service: 'archive-events' },
} as const satisfies Record<string, { service: string; by?: readonly string[]; unit?: Unit }>;

export type Metric = keyof typeof METRICS;
type Dimensions = Readonly<Record<string, string>>;

interface Sample {
  readonly metric: Metric;
  readonly dimensions: Dimensions;
  value: number;
}

/** Collects the metrics of one invocation and writes them in the embedded metric format. */
export class Meter {
  private readonly samples = new Map<string, Sample>();

  add(metric: Metric, value = 1, dimensions: Dimensions = {}): void {
    const key = JSON.stringify([metric, dimensions]);
    const sample = this.samples.get(key);
    if (sample) sample.value += value;
    else this.samples.set(key, { metric, dimensions, value });
  }

  /** One line for as many metrics as can share it: each line is paid for, and most invocations need one. */
  publish(): void {
    const lines: Line[] = [];
    for (const sample of this.samples.values()) {
      if (!lines.some((line) => line.take(sample))) lines.push(new Line(sample));
    }
    this.samples.clear();
    for (const line of lines) process.stdout.write(`${line}\n`);
  }
}

/**
 * A line of the embedded metric format: dimensions and values by name, and which metrics go with which dimensions.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
class Line {
  private readonly members: Record<string, string | number> = {};
  private readonly directives = new Map<string, { Name: Metric; Unit: Unit }[]>();

  constructor(sample: Sample) {
    this.take(sample);
  }

  /** Whether it has room: a name can stand for one value only. */
  take({ metric, dimensions, value }: Sample): boolean {
    const all = { service: METRICS[metric].service, Stage: variable('STAGE'), ...dimensions };
    const isTaken = Object.entries(all).some(([name, own]) => (this.members[name] ?? own) !== own);
    if (isTaken || metric in this.members) return false;
    Object.assign(this.members, all, { [metric]: value });
    const names = JSON.stringify(Object.keys(all));
    this.directives.set(names, [...(this.directives.get(names) ?? []), { Name: metric, Unit: unitOf(metric) }]);
    return true;
  }

  toString(): string {
    const CloudWatchMetrics = [...this.directives].map(([names, Metrics]) => ({
      Namespace: METRICS_NAMESPACE,
      Dimensions: [JSON.parse(names)],
      Metrics,
    }));
    return JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, ...this.members });
  }
}

function unitOf(metric: Metric): Unit {
  const definition: { readonly service: string; readonly unit?: Unit } = METRICS[metric];
  return definition.unit ?? MetricUnit.Count;
}
