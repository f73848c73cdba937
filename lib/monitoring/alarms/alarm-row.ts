import { alarmName, alarmPrefix, type Severity } from '../../../lambda/payca/alarm-names';
import type { CONTRACT_CODES } from '../../../lambda/payca/api';
import { METRICS, METRICS_NAMESPACE, type Metric } from '../../../lambda/payca/metrics';
import type { StageConfig } from '../../config/schema';

/** A metric with the statistic that an alarm takes of it. */
export interface MetricRef {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Minimum' | 'Maximum';
}

/** One alarm. Alarm, text, dashboard line and runbook page are made of it, so that they cannot drift apart. */
export interface AlarmRow {
  /** Plain and stable: a part of the alarm's name. */
  readonly id: string;
  readonly severity: Severity;
  /** Line of the go-live runbook that it answers. */
  readonly line: string;
  /** What has happened, in the row's own numbers. */
  readonly when: string;
  /** What it costs. */
  readonly impact: string;
  /** The first thing to run, whole, without a clone of this repository. */
  readonly command: string;
  /** Page and anchor below `docs/runbooks/`. */
  readonly page: string;
  readonly metrics: Readonly<Record<string, MetricRef>>;
  /** Metric math over the ids of `metrics`; one id alone is that metric. */
  readonly expression: string;
  readonly comparison: 'above' | 'at least' | 'below';
  readonly threshold: number;
  /**
   * Standard deviations of an anomaly band whose upper edge takes the place of the threshold.
   *
   * @default - none
   */
  readonly band?: number;
  readonly periodMinutes: number;
  /**
   * So many periods of the last `of` have to breach.
   *
   * @default - one of one
   */
  readonly datapoints?: { readonly breaching: number; readonly of: number };
  /**
   * A decision for every row: nothing counted is nothing wrong (`not-breaching`); what must be heard is wrong when it is
   * not (`breaching`); what was last known of a level still holds (`ignore`).
   */
  readonly missing: 'not-breaching' | 'breaching' | 'ignore';
  /**
   * Row whose alarm explains this one: while it is raised, this one is not.
   *
   * @default - it always speaks for itself
   */
  readonly quietDuring?: string;
}

/** What CloudFormation names, for commands and dimensions. */
export interface Places {
  /** Names of log groups. */
  readonly accessLog: string;
  readonly receiverLog: string;
  readonly dispatcherLog: string;
  readonly archiverLog: string;
  readonly smokeLog: string;
  readonly subscriptionsLog: string;
  readonly watcherLog: string;
  readonly binImportLog: string;
  /** Name of the function. */
  readonly binImportFunction: string;
  /** ARN of the credentials' secret. */
  readonly secret: string;
  /** Name of the queue of events that could not be archived. */
  readonly archiveDeadLetters: string;
  /** The channels by which people are told of alarms, with the names of their queues. */
  readonly channels: readonly { readonly name: string; readonly queue: string; readonly deadLetters: string }[];
  /** Names of the Firehose streams to the log platform; at most ten. */
  readonly shippingStreams: readonly string[];
}

/** For who is not interested in what CloudFormation names, or cannot know it: words in capitals. */
export function placeholders({ escalation, shipping }: StageConfig): Places {
  return {
    accessLog: 'ACCESS_LOG',
    receiverLog: 'RECEIVER_LOG',
    dispatcherLog: 'DISPATCHER_LOG',
    archiverLog: 'ARCHIVER_LOG',
    smokeLog: 'SMOKE_LOG',
    subscriptionsLog: 'SUBSCRIPTIONS_LOG',
    watcherLog: 'WATCHER_LOG',
    binImportLog: 'BIN_IMPORT_LOG',
    binImportFunction: 'BIN_IMPORT_FUNCTION',
    secret: 'SECRET_ARN',
    archiveDeadLetters: 'ARCHIVE_DEAD_LETTERS',
    channels: escalation.channels.map(({ name }) => ({ name, queue: 'QUEUE', deadLetters: 'DEAD_LETTERS' })),
    shippingStreams: shipping ? ['SHIPPING_STREAM'] : [],
  };
}

/** Metrics made of the access log. */
export type LogMetric = 'Deliveries' | 'DeliveriesFailed' | 'DeliveriesRefused';

export function logMetricsNamespace({ programme, stage }: StageConfig): string {
  return `${METRICS_NAMESPACE}/${programme}-${stage}`;
}

/** Name of the metric of a PayCA error code in the logs of the team's services. */
export function teamErrors(code: (typeof CONTRACT_CODES)[number]): string {
  return `TeamErrors.${code}`;
}

/** A metric of this app's functions. */
export function own(
  { stage }: StageConfig,
  metric: Metric,
  statistic: MetricRef['statistic'],
  dimensions: Readonly<Record<string, string>> = {},
): MetricRef {
  const { service } = METRICS[metric];
  return {
    namespace: METRICS_NAMESPACE,
    name: metric,
    statistic,
    dimensions: { service, Stage: stage, ...dimensions },
  };
}

/** A count in logs. */
export function counted(config: StageConfig, name: string): MetricRef {
  return { namespace: logMetricsNamespace(config), name, statistic: 'Sum' };
}

/** A number of messages in one SQS queue. */
export function queueMetric(
  queue: string,
  name: 'ApproximateNumberOfMessagesVisible' | 'ApproximateNumberOfMessagesNotVisible',
): MetricRef {
  return { namespace: 'AWS/SQS', name, dimensions: { QueueName: queue }, statistic: 'Maximum' };
}

/** The parts of a row whose expression is 1 when the alarm is to be raised and 0 when not. */
export function isTrue(expression: string): Pick<AlarmRow, 'expression' | 'comparison' | 'threshold'> {
  return { expression, comparison: 'at least', threshold: 1 };
}

/**
 * A count, or a judgement of counts, that is zero at once when nothing is counted. Left missing, CloudWatch judges the
 * last one again for some periods, and the alarm outlasts what it is about, or is raised again when what followed it is
 * forgotten.
 */
export function orZero(expression: string): string {
  return `FILL(${expression}, 0)`;
}

/**
 * A level that must be heard from `traffic.expectedFrom` on: what is missing counts as `silence` after it and as `quiet`
 * before. The time is in the expression, so that synthesis needs no clock. `EPOCH` is seconds since 1970; it and `FILL` give
 * a value for every period, also where the metric has none:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function heartbeat(
  config: StageConfig,
  id: string,
  { silence, quiet }: { readonly silence: number; readonly quiet: number },
): string {
  return `IF(${isExpected(config, id)}, FILL(${id}, ${silence}), FILL(${id}, ${quiet}))`;
}

/** True from `traffic.expectedFrom` on. */
export function isExpected({ traffic }: StageConfig, id: string): string {
  return `EPOCH(${id}) >= ${Date.parse(traffic.expectedFrom) / 1000}`;
}

/** Reads a log group of the last `since`, such as `15m`. */
export function tail({ region }: StageConfig, log: string, since: string, filter?: string): string {
  const pattern = filter === undefined ? '' : ` --filter-pattern '${filter}'`;
  return `aws logs tail ${log} --since ${since} --region ${region}${pattern}`;
}

/** The state of an alarm with the values that led to it. */
export function stateReason({ region }: StageConfig, alarm: string): string {
  return `aws cloudwatch describe-alarms --alarm-names ${alarm} --region ${region} --query 'MetricAlarms[].StateReason' --output text`;
}

/** Name of a row's alarm. */
export function alarmNameOf(
  { programme, stage }: StageConfig,
  { id, severity }: Pick<AlarmRow, 'id' | 'severity'>,
): string {
  return alarmName({ programme, stage, row: id, severity });
}

/** Name of the alarm on the metrics of a row that is quiet during another: no severity, so nobody is told of it. */
export function signalNameOf({ programme, stage }: StageConfig, { id }: Pick<AlarmRow, 'id'>): string {
  return `${alarmPrefix(programme, stage)}${id}-signal`;
}

export function dashboardName({ programme, stage }: StageConfig, about: 'launch' | 'operations'): string {
  return `${programme}-${stage}-${about}`;
}
