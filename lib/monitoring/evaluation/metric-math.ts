import { type Expression, MetricMathError, type Operator } from './metric-math-parser';

/** Values of a time series, one for each of the times, oldest first; `undefined` where there is no data point. */
export type Points = readonly (number | undefined)[];

/** What the expressions of one alarm or widget are evaluated over. */
export interface MetricMath {
  /** Start of each period, in seconds since 1970, oldest first. */
  readonly times: readonly number[];
  /** Seconds. */
  readonly period: number;
  /** Metrics by id. */
  readonly metrics: ReadonlyMap<string, Points>;
  /** Expressions by id; they may name metrics and each other. */
  readonly expressions: ReadonlyMap<string, Expression>;
}

/** The expression needs a model or data that only CloudWatch has. */
export class NotEvaluated extends Error {
  override readonly name = 'NotEvaluated';
}

interface Series {
  readonly points: Points;
}
/** A scalar, a time series, or an array of time series. */
type Value = number | Series | readonly Series[];

/**
 * The time series of a metric or expression, with CloudWatch's semantics: between two series a missing point counts as
 * 0, where all are missing there is no point, a point that divides by zero is dropped. Throws a `MetricMathError` for
 * what CloudWatch would refuse and for an unknown function, `NotEvaluated` for an anomaly detection band.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function evaluateMetricMath(id: string, math: MetricMath): Points {
  const value = new Evaluator(math).byId(id);
  if (isSeries(value)) return value.points;
  throw new MetricMathError(`${id} must be one time series, got ${describe(value)}`);
}

class Evaluator {
  private readonly open: string[] = [];

  constructor(private readonly math: MetricMath) {}

  byId(id: string): Value {
    const points = this.math.metrics.get(id);
    if (points) return { points };
    const expression = this.math.expressions.get(id);
    if (!expression) throw new MetricMathError(`no metric or expression has the id ${id}`);
    if (this.open.includes(id))
      throw new MetricMathError(`expressions name each other: ${[...this.open, id].join(' -> ')}`);
    this.open.push(id);
    const value = this.value(expression);
    this.open.pop();
    return value;
  }

  private value(expression: Expression): Value {
    switch (expression.kind) {
      case 'number':
        return expression.value;
      case 'id':
        return this.byId(expression.id);
      case 'minus':
        return map(this.value(expression.operand), (value) => -value);
      case 'binary':
        return zip(this.value(expression.left), this.value(expression.right), OPERATORS[expression.operator]);
      case 'list':
        return expression.items.flatMap((item) => listOf(this.value(item), 'a list of time series'));
      case 'call':
        return this.call(expression.name, expression.args);
      default:
        throw new MetricMathError(`${expression.kind === 'text' ? expression.value : expression.word} is not a value`);
    }
  }

  private call(name: string, args: readonly Expression[]): Value {
    if (name === 'ANOMALY_DETECTION_BAND') throw new NotEvaluated(`${name} needs the model that CloudWatch has learnt`);
    if (name === 'METRICS') return this.metricsNamed(args);
    if (name === 'PERIOD') return this.periodOf(args);
    if (name === 'FILL') return this.fill(args);
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!known) throw new MetricMathError(`the function ${name} is not known`);
    const [fewest, most, call] = known;
    if (args.length < fewest || args.length > most) {
      const allowed = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
      throw new MetricMathError(`${name} takes ${allowed} arguments, got ${args.length}`);
    }
    return call(
      args.map((arg) => this.value(arg)),
      this.math,
    );
  }

  private metricsNamed([filter]: readonly Expression[]): Value {
    if (filter && filter.kind !== 'text') throw new MetricMathError('METRICS takes a text that ids contain');
    const ids = [...this.math.metrics.keys()].filter((id) => id.includes(filter?.value ?? ''));
    return ids.map((id) => ({ points: this.math.metrics.get(id) as Points }));
  }

  private periodOf([metric]: readonly Expression[]): Value {
    if (metric?.kind === 'id' && this.math.metrics.has(metric.id)) return this.math.period;
    throw new MetricMathError('PERIOD takes the id of a metric');
  }

  private fill(args: readonly Expression[]): Value {
    const [series, filler] = args;
    if (!series || !filler || args.length > 2) throw new MetricMathError(`FILL takes 2 arguments, got ${args.length}`);
    const by = filler.kind === 'word' ? fillerNamed(filler.word) : fillerFrom(this.value(filler));
    return mapSeries(this.value(series), 'FILL', ({ points }) => ({
      points: points.map((point, i) => point ?? by(points, i)),
    }));
  }
}

type Filler = (points: Points, index: number) => number | undefined;

function fillerNamed(word: string): Filler {
  if (word === 'REPEAT') return (points, index) => points.slice(0, index).findLast((point) => point !== undefined);
  if (word !== 'LINEAR') throw new MetricMathError(`FILL takes a number, a time series, REPEAT or LINEAR, got ${word}`);
  return (points, index) => {
    const before = points.findLastIndex((point, i) => i < index && point !== undefined);
    const after = points.findIndex((point, i) => i > index && point !== undefined);
    const [from, to] = [points[before], points[after]];
    if (from === undefined || to === undefined) return undefined;
    return from + ((to - from) * (index - before)) / (after - before);
  };
}

function fillerFrom(value: Value): Filler {
  if (typeof value === 'number') return () => drop(value);
  if (isSeries(value)) return (_, index) => value.points[index];
  throw new MetricMathError(`FILL takes a number, a time series, REPEAT or LINEAR, got ${describe(value)}`);
}

const truth = (holds: boolean) => (holds ? 1 : 0);
const OPERATORS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<=': (a, b) => truth(a <= b),
  '>=': (a, b) => truth(a >= b),
  '<': (a, b) => truth(a < b),
  '>': (a, b) => truth(a > b),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
};

type Call = (args: readonly Value[], math: MetricMath) => Value;
type Known = readonly [fewest: number, most: number, call: Call];

const each = (name: string, change: (value: number) => number): Known => [
  1,
  1,
  ([value]) => mapSeries(value, name, (s) => map(s, change) as Series),
];
const overTime = (part: (date: Date) => number): Known => [
  1,
  1,
  (_, { times }) => ({ points: times.map((time) => part(new Date(time * 1000))) }),
];
/** Of one series the scalar over its points, of an array the series over its members. */
const summary = (name: string, of: (present: readonly number[], all: number) => number | undefined): Known => [
  1,
  1,
  ([value], { times }) => {
    const reduce = (points: Points) =>
      of(
        points.filter((point) => point !== undefined),
        points.length,
      );
    if (isSeries(value)) return reduce(value.points) ?? Number.NaN;
    const members = listOf(value, name);
    return { points: times.map((_, index) => reduce(members.map(({ points }) => points[index]))) };
  },
];

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const orNone = (values: readonly number[], value: number) => (values.length === 0 ? undefined : value);

const FUNCTIONS: Readonly<Record<string, Known>> = {
  ABS: each('ABS', Math.abs),
  CEIL: each('CEIL', Math.ceil),
  FLOOR: each('FLOOR', Math.floor),
  LOG: each('LOG', Math.log),
  LOG10: each('LOG10', Math.log10),
  SUM: summary('SUM', (present) => orNone(present, total(present))),
  // Missing values count as 0 here, as documented.
  AVG: summary('AVG', (present, all) => orNone(present, total(present) / all)),
  MAX: summary('MAX', (present) => orNone(present, Math.max(...present))),
  MIN: summary('MIN', (present) => orNone(present, Math.min(...present))),
  TIME_SERIES: [1, 1, ([value], { times }) => ({ points: times.map(() => drop(scalar(value, 'TIME_SERIES'))) })],
  DIFF: [1, 1, ([value]) => mapSeries(value, 'DIFF', (series) => ({ points: differences(series.points) }))],
  RATE: [
    1,
    1,
    ([value], { times }) =>
      mapSeries(value, 'RATE', ({ points }) => ({
        points: differences(points, (from, to) => seconds(times, from, to)),
      })),
  ],
  IF: [2, 3, ([condition, yes, no]) => choose(condition as Value, yes as Value, no)],
  MINUTE: overTime((date) => date.getUTCMinutes()),
  HOUR: overTime((date) => date.getUTCHours()),
  // Monday is 1.
  DAY: overTime((date) => date.getUTCDay() || 7),
  DATE: overTime((date) => date.getUTCDate()),
  MONTH: overTime((date) => date.getUTCMonth() + 1),
  YEAR: overTime((date) => date.getUTCFullYear()),
  EPOCH: overTime((date) => date.getTime() / 1000),
};

/** `IF`, with the one rule that surprises: a true condition gives 0 where its series has no point. */
function choose(condition: Value, yes: Value, no: Value | undefined): Value {
  for (const value of [condition, yes, no])
    if (Array.isArray(value)) throw new MetricMathError('IF takes numbers and single time series, got an array');
  if (typeof condition === 'number') {
    const chosen = condition !== 0 ? yes : no;
    if (chosen === undefined) throw new MetricMathError('IF with a false number needs a third argument');
    return chosen;
  }
  const at = (value: Value, index: number) =>
    typeof value === 'number' ? drop(value) : (value as Series).points[index];
  return {
    points: (condition as Series).points.map((point, index) => {
      if (point === undefined) return undefined;
      return point !== 0 ? (at(yes, index) ?? 0) : no === undefined ? undefined : at(no, index);
    }),
  };
}

function differences(points: Points, divisor: (from: number, to: number) => number = () => 1): Points {
  return points.map((point, index) => {
    const before = points.findLastIndex((earlier, i) => i < index && earlier !== undefined);
    const from = points[before];
    return point === undefined || from === undefined ? undefined : (point - from) / divisor(before, index);
  });
}

const seconds = (times: readonly number[], from: number, to: number) => (times[to] ?? 0) - (times[from] ?? 0);

/** CloudWatch has no data points that are not numbers. */
function drop(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function map(value: Value, change: (value: number) => number): Value {
  if (typeof value === 'number') return change(value);
  if (isSeries(value))
    return { points: value.points.map((point) => (point === undefined ? undefined : drop(change(point)))) };
  return value.map((series) => map(series, change) as Series);
}

function mapSeries(value: Value | undefined, name: string, change: (series: Series) => Series): Value {
  if (isSeries(value)) return change(value);
  return listOf(value, name).map(change);
}

function zip(left: Value, right: Value, operate: (a: number, b: number) => number): Value {
  if (typeof right === 'number') return map(left, (value) => operate(value, right));
  if (typeof left === 'number') return map(right, (value) => operate(left, value));
  if (isSeries(left) && isSeries(right)) {
    return {
      points: left.points.map((point, index) => {
        const other = right.points[index];
        return point === undefined && other === undefined ? undefined : drop(operate(point ?? 0, other ?? 0));
      }),
    };
  }
  if (isSeries(right)) return (left as readonly Series[]).map((series) => zip(series, right, operate) as Series);
  if (isSeries(left)) return right.map((series) => zip(left, series, operate) as Series);
  throw new MetricMathError('an operator cannot stand between two arrays of time series');
}

function isSeries(value: Value | undefined): value is Series {
  return typeof value === 'object' && 'points' in value;
}

function listOf(value: Value | undefined, name: string): readonly Series[] {
  if (isSeries(value)) return [value];
  if (typeof value === 'object') return value;
  throw new MetricMathError(`${name} needs a time series, got ${describe(value)}`);
}

function scalar(value: Value | undefined, name: string): number {
  if (typeof value === 'number') return value;
  throw new MetricMathError(`${name} needs a number, got ${describe(value)}`);
}

function describe(value: Value | undefined): string {
  if (typeof value === 'number') return `the number ${value}`;
  if (value === undefined) return 'nothing';
  return isSeries(value) ? 'a time series' : `an array of ${value.length} time series`;
}
