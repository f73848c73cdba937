/**
 * A one-sided score test on failures: does a window with `f` failures of `n` show a rate above `p`?
 * It is the approximation to the binomial test that metric math can compute; `docs/alarms.md` has its exact error rates.
 */
export interface ScoreTest {
  /** Tolerated rate of failures, between 0 and 1. */
  readonly p: number;
  /** Standard deviations above `p` that are evidence. */
  readonly z: number;
  /** Fewest failures that count as evidence. */
  readonly atLeast: number;
  /** Fewest failures that do when they are at least half of all, so that an outage at low volume is seen. */
  readonly atLeastOfHalf?: number;
}

/** The rate of failures at which an alarm is a false one: a network loses a few of a thousand deliveries. */
export const HEALTHY_FAILURE_RATE = 0.002;

/**
 * Failed webhooks: the runbook's 1 %. With z = 3.09, four failures of 97 fire, and windows that slide each minute would
 * raise 1.2 false alarms a month at the healthy rate; 3.3 keeps it under one for every n.
 */
export const WEBHOOK_FAILURES: ScoreTest = { p: 0.01, z: 3.3, atLeast: 4, atLeastOfHalf: 2 };

/**
 * Declines, for a stage whose usual decline rate is `baseline`, between 0 and 1. At most one false alarm in five days
 * for usual rates from 2 to 20 % and every n, in windows of 15 minutes that slide each minute.
 */
export function declines(baseline: number): ScoreTest {
  return { p: decimal(1.5 * baseline), z: 3.72, atLeast: 6 };
}

/**
 * The test in CloudWatch's metric math, 1 where it fires and 0 where not. `n` and `f` are ids of metrics, or expressions
 * in parentheses. A window without deliveries is 0 too: were it missing, CloudWatch would judge by an older window and
 * raise again what is over.
 *
 * @example scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES })
 */
export function scoreTest({ n, f, p, z, atLeast, atLeastOfHalf }: ScoreTest & { n: string; f: string }): string {
  const enough = `${f} >= ${atLeast}`;
  const evidence =
    atLeastOfHalf === undefined ? enough : `(${enough} OR (${f} >= ${atLeastOfHalf} AND 2*${f} >= ${n}))`;
  return `FILL(IF(${evidence} AND ${f} > ${p}*${n} + ${z}*(${p}*(1-${p})*${n})^0.5, 1, 0), 0)`;
}

/** The same test on numbers. */
export function exceeds({ p, z, atLeast, atLeastOfHalf }: ScoreTest, n: number, f: number): boolean {
  const half = atLeastOfHalf !== undefined && f >= atLeastOfHalf && 2 * f >= n;
  return (f >= atLeast || half) && f > p * n + z * (p * (1 - p) * n) ** 0.5;
}

/** Without the noise of binary fractions: 1.5 x 0.15 is 0.225. */
function decimal(value: number): number {
  return Number(value.toPrecision(12));
}
