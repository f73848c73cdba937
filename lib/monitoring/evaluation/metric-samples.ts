/** One recorded value of a metric. */
export interface Sample {
  /**
   * Namespace of the metric.
   *
   * @default - not recorded, so any namespace fits
   */
  readonly namespace?: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Milliseconds since 1970: when it was measured, or the start of the minute it sums up. */
  readonly timestamp: number;
  readonly value: number;
  /**
   * What the value is of its minute: `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`.
   *
   * @default - one single value, which has every statistic
   */
  readonly statistic?: string;
  /**
   * Milliseconds since 1970: when CloudWatch had it. Alarms see it from then on.
   *
   * @default - at once
   */
  readonly arrived?: number;
}

/** What an alarm takes of a metric. */
export interface MetricStat {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** As CloudWatch names it: `Sum`, `p99`. */
  readonly statistic: string;
  /** Seconds. */
  readonly period: number;
}

type Values = readonly Sample[];

const SIMPLE: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
};
const PERCENTILE = /^p(\d{1,2}(\.\d+)?|100)$/;

/** Whether a period's value can be made of recorded samples. */
export function isKnownStatistic(statistic: string): boolean {
  return statistic === 'SampleCount' || Object.hasOwn(SIMPLE, statistic) || PERCENTILE.test(statistic);
}

/** Recorded samples, read as CloudWatch would have given them at some moment. */
export class Recording {
  /** Milliseconds since 1970 of the first and the last sample; both 0 when there is none. */
  readonly from: number;
  readonly to: number;
  private readonly byMetric = new Map<string, Sample[]>();
  private readonly settled = new Map<MetricStat, Map<number, number | undefined>>();

  constructor(samples: readonly Sample[]) {
    const sorted = [...samples].sort((a, b) => a.timestamp - b.timestamp);
    this.from = sorted.at(0)?.timestamp ?? 0;
    this.to = sorted.at(-1)?.timestamp ?? 0;
    for (const sample of sorted) {
      const key = keyOf(sample);
      const found = this.byMetric.get(key);
      if (found) found.push(sample);
      else this.byMetric.set(key, [sample]);
    }
  }

  /** Why the recording cannot tell what `metric` was, or `undefined` when it can. */
  lacks(metric: MetricStat): 'no samples' | 'not this statistic' | undefined {
    const samples = this.samples(metric);
    if (samples.length === 0) return 'no samples';
    return relevant(samples, metric.statistic).length === 0 ? 'not this statistic' : undefined;
  }

  /**
   * The value over the period that ends at `end`, of what had arrived at `now` (both in milliseconds since 1970);
   * `undefined` where there is no data point.
   */
  value(metric: MetricStat, end: number, now: number): number | undefined {
    let values = this.settled.get(metric);
    if (!values) {
      values = new Map();
      this.settled.set(metric, values);
    }
    if (values.has(end)) return values.get(end);
    const all = between(this.samples(metric), end - metric.period * 1000, end);
    const seen = all.filter(({ timestamp, arrived = timestamp }) => arrived <= now);
    const value = statisticOf(metric.statistic, seen);
    // What can still change because a sample is late is not kept.
    if (seen.length === all.length) values.set(end, value);
    return value;
  }

  /** The dimensions of every metric of this name that has all of `dimensions` and of others exactly those that `schema` names. */
  dimensionsOf(
    { namespace, metric, dimensions }: Pick<MetricStat, 'namespace' | 'metric' | 'dimensions'>,
    schema: readonly string[],
  ): Readonly<Record<string, string>>[] {
    return [...this.byMetric.keys()].flatMap((key) => {
      const [recordedIn, name, entries]: [string, string, [string, string][]] = JSON.parse(key);
      const found = Object.fromEntries(entries);
      const fits = name === metric && (recordedIn === '' || recordedIn === namespace);
      const sameNames = entries.length === schema.length && schema.every((dimension) => dimension in found);
      return fits && sameNames && Object.entries(dimensions).every(([one, value]) => found[one] === value)
        ? [found]
        : [];
    });
  }

  private samples(metric: MetricStat): Values {
    return this.byMetric.get(keyOf(metric)) ?? this.byMetric.get(keyOf({ ...metric, namespace: undefined })) ?? [];
  }
}

function keyOf({ namespace = '', metric, dimensions }: Pick<Sample, 'namespace' | 'metric' | 'dimensions'>): string {
  return JSON.stringify([namespace, metric, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** The samples with `from <= timestamp < to`, of samples in the order of time. */
function between(samples: Values, from: number, to: number): Values {
  return samples.slice(firstFrom(samples, from), firstFrom(samples, to));
}

function firstFrom(samples: Values, time: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.timestamp ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The samples that a statistic can be made of. */
function relevant(samples: Values, statistic: string): Values {
  const wanted = statistic === 'Average' && hasBoth(samples) ? ['Sum', 'SampleCount'] : [statistic];
  return samples.filter(({ statistic: own }) => own === undefined || wanted.includes(own));
}

/** Sums with their counts give the exact average of a longer period; averages of minutes do not. */
function hasBoth(samples: Values): boolean {
  return ['Sum', 'SampleCount'].every((wanted) => samples.some(({ statistic }) => statistic === wanted));
}

function statisticOf(statistic: string, samples: Values): number | undefined {
  const own = relevant(samples, statistic);
  if (own.length === 0) return undefined;
  if (statistic === 'SampleCount') return total(own, 'SampleCount', () => 1);
  if (statistic === 'Average' && hasBoth(samples))
    return total(own, 'Sum', ({ value }) => value) / total(own, 'SampleCount', () => 1);
  const simple = SIMPLE[statistic];
  return simple ? simple(own.map(({ value }) => value)) : percentile(statistic, own);
}

/** Of the samples that are this statistic of their minute, and of single values as `single` counts them. */
function total(samples: Values, statistic: string, single: (sample: Sample) => number): number {
  return samples.reduce((sum, sample) => {
    if (sample.statistic === undefined) return sum + single(sample);
    return sample.statistic === statistic ? sum + sample.value : sum;
  }, 0);
}

/** By nearest rank; of percentiles of minutes the largest, which that of the whole period cannot exceed. */
function percentile(statistic: string, samples: Values): number | undefined {
  const sorted = samples.map(({ value }) => value).sort((a, b) => a - b);
  if (samples.some((sample) => sample.statistic === statistic)) return sorted.at(-1);
  const share = Number(PERCENTILE.exec(statistic)?.[1]) / 100;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
