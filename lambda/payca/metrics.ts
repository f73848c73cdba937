import { variable } from './variables';

/** Units of CloudWatch that are used here. */
const MetricUnit = { Count: 'Count', Seconds: 'Seconds', Milliseconds: 'Milliseconds', NoUnit: 'None' } as const;
type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/** CloudWatch namespace of all metrics of this app. */
export const METRICS_NAMESPACE = 'PayCA/GoLive';

/**
 * Every metric: the function that emits it, or the name under which several do, and what it is split by. The dimensions
 * in CloudWatch are `service`, `Stage`, and those named here, whose values come from enumerations so that their number
 * stays small.
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
  /** A delivery matched a former key within the last 4 h of its overlap. */
  PreviousKeyMatchedLate: { service: 'receive-webhook' },
  /** Counted after a new write only, so that a duplicate does not inflate a figure. */
  Events: { service: 'receive-webhook', by: ['Event', 'Type', 'Currency'] },
  /** Sum of their amounts, in the currency; exact in the inbox, a float only here. */
  EventAmounts: { service: 'receive-webhook', by: ['Event', 'Type', 'Currency'], unit: MetricUnit.NoUnit },
  /** Approved and declined authorizations in all currencies; smoke tests use `Cards` of their own. */
  CardDecisions: { service: 'receive-webhook', by: ['Cards', 'Decision'] },
  EventsDispatched: { service: 'dispatch-events' },
  EventsSetAside: { service: 'dispatch-events' },
  DispatchRetries: { service: 'dispatch-events' },
  UndispatchedAgeSeconds: { service: 'dispatch-events', unit: MetricUnit.Seconds },
  SetAsideEvents: { service: 'dispatch-events' },
  EventsArchived: { service: 'archive-events' },
  /** A pair that PayCA refused, or that could not be proven. */
  PromotionFailed: { service: 'promote-credentials' },
  /** Of the current pair, hourly. */
  CredentialsAgeDays: { service: 'promote-credentials', unit: MetricUnit.NoUnit },
  /** 1 while there is no pair, else 0, hourly. */
  CredentialsMissing: { service: 'promote-credentials' },
  /** Failed tries of calls to PayCA by whichever function makes them; `Code` is a `PaycaErrorCode`. */
  PaycaErrors: { service: 'payca-api', by: ['Code'] },
  /** 1 when PayCA answered, 0 when not. */
  PaycaReachable: { service: 'watch-payca' },
  PaycaLatencyMs: { service: 'watch-payca', unit: MetricUnit.Milliseconds },
  BalanceAvailable: { service: 'watch-payca', by: ['Currency'] },
  BalancePending: { service: 'watch-payca', by: ['Currency'] },
  FeesThisMonth: { service: 'watch-payca', by: ['Currency'] },
  /** How many times the spend of the last 24 hours the balance is. */
  BalanceToDailySpend: { service: 'watch-payca', by: ['Currency'] },
  /** 1 when a balance could not be read, 0 when all were. */
  BalanceUnknown: { service: 'watch-payca' },
  /** 1 when the ledger or our own calls moved since the last look, 0 when not. */
  LedgerMoved: { service: 'watch-payca' },
  /** Of the certificate that expires first. */
  TruststoreDaysLeft: { service: 'watch-payca' },
  /** What is missing, foreign, changed, silent or in doubt; 0 when all is well. Daily, and when an operator asks. */
  SubscriptionProblems: { service: 'check-subscriptions' },
  /** Wanted types that are not registered, or of which no delivery has come within a day of it. */
  SubscriptionsUnconfirmed: { service: 'check-subscriptions' },
  /** 1 for a catalogue that was put into the imports bucket and cannot be used, 0 for one that can. */
  BinImportRefused: { service: 'import-bins' },
  /** Steps of the launch that did not pass, and whatever else kept the timeline from its work. */
  LaunchStepsFailed: { service: 'run-timeline' },
  /** 1 while somebody has not answered by the deadline, 0 while not. */
  LaunchUnanswered: { service: 'run-timeline' },
  /** What timeline and hourly figures should have done by now, looked at from outside; none where no launch is on. */
  LaunchWorkOverdue: { service: 'watch-payca' },
  /** 1 when the newest run failed, 0 when not: after a run, and hourly. */
  SmokeFailed: { service: 'smoke-test' },
  /** What smoke tests made at PayCA and could not undo: after a run, and hourly. */
  SmokeLeftovers: { service: 'smoke-test' },
  /** 1 while no run has judged what is deployed, 0 when one has, hourly. */
  SmokeNotRun: { service: 'smoke-test' },
  NotificationsSent: { service: 'notify-incident', by: ['Channel'] },
  /** 1 for a statement that could not be read or does not agree, and while one was cut off; 0 for one that agrees. */
  ReconciliationFailed: { service: 'reconcile-fees' },
  NotificationsFailed: { service: 'notify-incident', by: ['Channel'] },
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
