import * as z from 'zod';
import { evaluateMetricMath, type Points } from './metric-math';
import { type Expression, parseMetricMath } from './metric-math-parser';
import { isKnownStatistic, type MetricStat, type Recording } from './metric-samples';

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** An `AWS::CloudWatch::Alarm`, ready to be evaluated. */
export interface MetricAlarm {
  readonly kind: 'metric';
  readonly name: string;
  readonly actionsEnabled: boolean;
  /** Metrics by id. */
  readonly metrics: ReadonlyMap<string, MetricStat>;
  readonly expressions: ReadonlyMap<string, Expression>;
  /** Id of the metric or expression that is judged. */
  readonly watched: string;
  /** Text of the expression that is judged. */
  readonly expression?: string;
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly missing: Missing;
  /** Why this alarm cannot be evaluated here. */
  readonly notEvaluated?: string;
}

const COMPARISONS = {
  GreaterThanThreshold: { sign: '>', holds: (value: number, threshold: number) => value > threshold },
  GreaterThanOrEqualToThreshold: { sign: '>=', holds: (value: number, threshold: number) => value >= threshold },
  LessThanThreshold: { sign: '<', holds: (value: number, threshold: number) => value < threshold },
  LessThanOrEqualToThreshold: { sign: '<=', holds: (value: number, threshold: number) => value <= threshold },
} as const;
type Comparison = keyof typeof COMPARISONS;
/** These compare with an anomaly detection band. */
const BAND_COMPARISONS = [
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
] as const;
const MISSING = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
type Missing = (typeof MISSING)[number];

/**
 * How many data points CloudWatch asks for beyond the evaluation periods, to be used where newer ones are missing. Its
 * documentation shows 5 for 3 periods and says no more.
 */
const EXTRA_POINTS = 2;

const text = z.string().min(1);
const dimensions = z
  .array(z.strictObject({ Name: text, Value: text }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));
const seconds = z.coerce.number().int().multipleOf(60, 'must be whole minutes');
const statistic = text.refine(isKnownStatistic, 'must be Sum, Average, Minimum, Maximum, SampleCount or a percentile');

const query = z.strictObject({
  Id: z.string().regex(/^[a-z]\w*$/, 'must begin with a small letter'),
  Label: z.string().optional(),
  AccountId: z.string().optional(),
  ReturnData: z.boolean().optional(),
  Period: seconds.optional(),
  Expression: text.optional(),
  MetricStat: z
    .strictObject({
      Metric: z.strictObject({ Namespace: text, MetricName: text, Dimensions: dimensions }),
      Period: seconds,
      Stat: statistic,
      Unit: z.string().optional(),
    })
    .optional(),
});

const shape = z.strictObject({
  AlarmName: text,
  AlarmDescription: z.string().optional(),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: z.array(z.unknown()).optional(),
  OKActions: z.array(z.unknown()).optional(),
  InsufficientDataActions: z.array(z.unknown()).optional(),
  Tags: z.array(z.unknown()).optional(),
  Unit: z.string().optional(),
  Namespace: text.optional(),
  MetricName: text.optional(),
  Dimensions: dimensions,
  Statistic: statistic.optional(),
  ExtendedStatistic: statistic.optional(),
  Period: seconds.optional(),
  Metrics: z.array(query).optional(),
  EvaluationPeriods: z.coerce.number().int().positive(),
  DatapointsToAlarm: z.coerce.number().int().positive().optional(),
  Threshold: z.coerce.number().optional(),
  ThresholdMetricId: z.string().optional(),
  ComparisonOperator: z.enum([...(Object.keys(COMPARISONS) as Comparison[]), ...BAND_COMPARISONS]),
  TreatMissingData: z.enum(MISSING).default('missing'),
});
type Shape = z.infer<typeof shape>;

/**
 * Reads the resolved properties of an `AWS::CloudWatch::Alarm`. Throws with every problem, each naming the property; a
 * property that this evaluator does not know is one.
 */
export function readMetricAlarm(properties: unknown): MetricAlarm {
  const read = shape.safeParse(properties);
  if (!read.success) {
    const name = (properties as { AlarmName?: unknown } | null)?.AlarmName ?? 'alarm without a name';
    const problems = read.error.issues.map(
      ({ path, message }) => `${name}: ${path.join('.') || 'the alarm'}: ${message}`,
    );
    throw new Error(problems.join('\n'));
  }
  const alarm = read.data;
  const band = alarm.ThresholdMetricId !== undefined;
  const comparison = alarm.ComparisonOperator as Comparison;
  if (!band && (alarm.Threshold === undefined || !(comparison in COMPARISONS)))
    throw new Error(`${alarm.AlarmName}: Threshold: must be a number, unless ThresholdMetricId names a band`);
  return {
    kind: 'metric',
    name: alarm.AlarmName,
    actionsEnabled: alarm.ActionsEnabled,
    ...(alarm.Metrics ? watchedQuery(alarm.AlarmName, alarm.Metrics) : watchedMetric(alarm)),
    evaluationPeriods: alarm.EvaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
    threshold: alarm.Threshold ?? Number.NaN,
    comparison,
    missing: alarm.TreatMissingData,
    ...(band && { notEvaluated: 'an anomaly detection band needs the model that CloudWatch has learnt' }),
  };
}

type Watched = Pick<MetricAlarm, 'metrics' | 'expressions' | 'watched' | 'expression' | 'period'>;

function watchedMetric(alarm: Shape): Watched {
  const { AlarmName, Namespace, MetricName, Period, Dimensions } = alarm;
  const statistic = alarm.Statistic ?? alarm.ExtendedStatistic;
  if (!Namespace || !MetricName || !Period || !statistic)
    throw new Error(`${AlarmName}: without Metrics it must have Namespace, MetricName, Period and a statistic`);
  const metric = { namespace: Namespace, metric: MetricName, dimensions: Dimensions, statistic, period: Period };
  return { metrics: new Map([['m1', metric]]), expressions: new Map(), watched: 'm1', period: Period };
}

function watchedQuery(name: string, queries: readonly z.infer<typeof query>[]): Watched {
  const metrics = new Map<string, MetricStat>();
  const expressions = new Map<string, Expression>();
  for (const { Id, MetricStat, Expression } of queries) {
    if (MetricStat) {
      const { Metric, Period, Stat } = MetricStat;
      const { Namespace: namespace, MetricName: metric, Dimensions } = Metric;
      metrics.set(Id, { namespace, metric, dimensions: Dimensions, statistic: Stat, period: Period });
    } else if (Expression) expressions.set(Id, parsed(`${name}: Metrics.${Id}`, Expression));
    else throw new Error(`${name}: Metrics.${Id}: must have MetricStat or Expression`);
  }
  const periods = new Set([...metrics.values()].map(({ period }) => period));
  const [period, other] = periods;
  if (!period || other) throw new Error(`${name}: Metrics: all metrics must have one period`);
  // Only one may return data; where none says so, all do.
  const returned = queries.filter(({ ReturnData }) => ReturnData !== false);
  const watched =
    returned.length === 1 ? returned[0] : returned.find(({ Expression }) => !Expression?.includes('BAND'));
  if (!watched) throw new Error(`${name}: Metrics: one must have ReturnData`);
  return { metrics, expressions, watched: watched.Id, expression: watched.Expression, period };
}

function parsed(place: string, expression: string): Expression {
  try {
    return parseMetricMath(expression);
  } catch (error) {
    throw new Error(`${place}: ${(error as Error).message}`);
  }
}

/** Whether a data point crosses the alarm's threshold. */
export function isBreaching({ comparison, threshold }: MetricAlarm, value: number): boolean {
  return COMPARISONS[comparison].holds(value, threshold);
}

/** `> 1`: what a data point is when it breaches. */
export function thresholdText({ comparison, threshold }: MetricAlarm): string {
  return `${COMPARISONS[comparison].sign} ${threshold}`;
}

/**
 * The data points that the alarm is judged by at `now` (milliseconds since 1970), oldest first: the window slides, so
 * that at the end of each minute the newest period ends with it.
 */
export function pointsAt(alarm: MetricAlarm, recording: Recording, now: number): Points {
  const step = alarm.period * 1000;
  const count = alarm.evaluationPeriods + EXTRA_POINTS;
  const ends = Array.from({ length: count }, (_, index) => now - (count - 1 - index) * step);
  const metrics = new Map<string, Points>();
  for (const [id, metric] of alarm.metrics)
    metrics.set(
      id,
      ends.map((end) => recording.value(metric, end, now)),
    );
  const times = ends.map((end) => end / 1000 - alarm.period);
  return evaluateMetricMath(alarm.watched, { times, period: alarm.period, metrics, expressions: alarm.expressions });
}

/** A judgement, with its reason in words. */
export interface Judgement {
  readonly state: State;
  readonly reason: string;
}

/**
 * The state that CloudWatch's documentation gives for the newest data points, `points` being its evaluation range, oldest
 * first. Where it says that an alarm does not yet go into ALARM but not what it does instead, the state stays.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function judge(alarm: MetricAlarm, points: Points, current: State): Judgement {
  const { evaluationPeriods, datapointsToAlarm, missing } = alarm;
  // Existing points are used before missing ones, also older ones of the evaluation range.
  const present = points.filter((point) => point !== undefined).slice(-evaluationPeriods);
  const breaching = present.filter((point) => isBreaching(alarm, point));
  const filled = evaluationPeriods - present.length;
  const count = breaching.length + (missing === 'breaching' ? filled : 0);
  if (count >= datapointsToAlarm) return { state: 'ALARM', reason: reasonOf(alarm, breaching, count) };
  const undecided =
    filled > 0 && breaching.length === present.length && (missing === 'missing' || missing === 'ignore');
  if (!undecided) return { state: 'OK', reason: reasonOf(alarm, breaching, count) };
  if (missing === 'ignore') return { state: current, reason: 'missing data is ignored' };
  if (present.length === 0) return { state: 'INSUFFICIENT_DATA', reason: 'no data points' };
  const oldest = points.length - points.findIndex((point) => point !== undefined);
  if (oldest < datapointsToAlarm) return { state: current, reason: 'too few data points yet' };
  return { state: 'ALARM', reason: `${reasonOf(alarm, breaching, count)}, and nothing newer says otherwise` };
}

function reasonOf(alarm: MetricAlarm, breaching: readonly number[], count: number): string {
  const values = breaching.map((value) => Number(value.toPrecision(6)));
  const filled = count > breaching.length ? [`${count - breaching.length} missing`] : [];
  const what = [...values, ...filled].join(', ') || 'none';
  return `${count} of ${alarm.evaluationPeriods} data points ${thresholdText(alarm)}: ${what}`;
}
