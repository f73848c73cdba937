import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MetricUnit as Unit } from '@aws-lambda-powertools/metrics/types';
import { variable } from './variables';

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
  NotificationsSent: { service: 'notify-incident', by: ['Channel'] },
  NotificationsFailed: { service: 'notify-incident', by: ['Channel'] },
} as const satisfies Record<string, { service: string; by?: readonly string[]; unit?: Unit }>;

export type Metric = keyof typeof METRICS;
type Dimensions = Readonly<Record<string, string>>;

interface Sample {
  readonly metric: Metric;
  readonly dimensions: Dimensions;
  value: number;
}

/** Collects the metrics of one invocation and writes them as embedded metric format, one line for each set of dimensions. */
export class Meter {
  private readonly samples = new Map<string, Sample>();

  add(metric: Metric, value = 1, dimensions: Dimensions = {}): void {
    const key = JSON.stringify([metric, dimensions]);
    const sample = this.samples.get(key);
    if (sample) sample.value += value;
    else this.samples.set(key, { metric, dimensions, value });
  }

  publish(): void {
    const sets = new Map<string, Sample[]>();
    for (const sample of this.samples.values()) {
      const set = JSON.stringify(sample.dimensions);
      sets.set(set, [...(sets.get(set) ?? []), sample]);
    }
    this.samples.clear();
    for (const samples of sets.values()) {
      const metrics = new Metrics({ namespace: METRICS_NAMESPACE, defaultDimensions: { Stage: variable('STAGE') } });
      for (const { metric, dimensions, value } of samples) {
        metrics.addDimensions({ ...dimensions });
        metrics.addMetric(metric, unitOf(metric), value);
      }
      metrics.publishStoredMetrics();
    }
  }
}

function unitOf(metric: Metric): Unit {
  const definition: { readonly service: string; readonly unit?: Unit } = METRICS[metric];
  return definition.unit ?? MetricUnit.Count;
}
