import * as z from 'zod';
import { evaluateMetricMath, NotEvaluated, type Points } from '../evaluation/metric-math';
import { type Expression, parseMetricMath } from '../evaluation/metric-math-parser';
import { type MetricStat, Recording } from '../evaluation/metric-samples';
import type { Chart, Interval, Panel, Series } from './chart';

/** A graph of a dashboard, drawn from recorded metrics. */
export interface Picture {
  readonly title: string;
  /** Absent when nothing of it was recorded. */
  readonly chart?: Chart;
}

const AXES = ['left', 'right'] as const;
type Axis = (typeof AXES)[number];
const axis = z.enum(AXES).default('left');
const options = z.object({
  id: z.string().optional(),
  label: z.string().optional(),
  expression: z.string().optional(),
  stat: z.string().optional(),
  period: z.number().optional(),
  visible: z.boolean().default(true),
  yAxis: axis,
});
const graph = z.object({
  type: z.literal('metric'),
  properties: z.object({
    title: z.string().default(''),
    metrics: z.array(z.array(z.unknown())).default([]),
    annotations: z
      .object({
        horizontal: z.array(z.object({ label: z.string().default(''), value: z.number(), yAxis: axis })).default([]),
        vertical: z.array(z.object({ label: z.string().default(''), value: z.iso.datetime() })).default([]),
      })
      .prefault({}),
  }),
});
const body = z.object({ widgets: z.array(z.unknown()) });

type Graph = z.output<typeof graph>['properties'];
type Options = z.output<typeof options>;

/** CloudWatch's own where a metric names none. */
const PERIOD_SECONDS = 300;

/**
 * Every graph of a dashboard, in its order. Widgets that are no graphs are left out, and so are series that only CloudWatch
 * can tell, such as a band that it learns. Throws when `text` is no body of a dashboard.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export function dashboardPictures(text: string, recording: Recording, span: Interval): Picture[] {
  return graphsOf(text).map((one) => new Drawing(one, recording, span).picture());
}

function graphsOf(text: string): Graph[] {
  return body.parse(JSON.parse(text)).widgets.flatMap((widget) => {
    const read = graph.safeParse(widget);
    return read.success ? [read.data.properties] : [];
  });
}

/** A search, as our dashboards have it: metrics of this name with these dimensions, and of others those of `schema`. */
export interface MetricSearch extends MetricStat {
  readonly schema: readonly string[];
}

/** What a dashboard's graphs are drawn from. */
export function dashboardMetrics(text: string): { metrics: MetricStat[]; searches: MetricSearch[] } {
  const nothing = new Recording([]);
  const drawings = graphsOf(text).map((one) => new Drawing(one, nothing, { from: 0, to: 0 }));
  return {
    metrics: drawings.flatMap((drawing) => drawing.plainMetrics),
    searches: drawings.flatMap((drawing) => drawing.searches),
  };
}

interface Line extends Series {
  readonly axis: Axis;
}

class Drawing {
  private readonly metrics = new Map<string, { readonly metric: MetricStat; readonly options: Options }>();
  private readonly expressions = new Map<string, { readonly text: string; readonly options: Options }>();

  constructor(
    private readonly graph: Graph,
    private readonly recording: Recording,
    private readonly span: Interval,
  ) {
    for (const [index, entry] of graph.metrics.entries()) this.read(entry, index);
  }

  get plainMetrics(): MetricStat[] {
    return [...this.metrics.values()].map(({ metric }) => metric);
  }

  get searches(): MetricSearch[] {
    return [...this.expressions.values()].flatMap(({ text }) => searchOf(text) ?? []);
  }

  picture(): Picture {
    const { title, annotations } = this.graph;
    const lines = [...this.plainLines(), ...this.computedLines()].filter(({ points }) =>
      points.some(({ value }) => value !== undefined),
    );
    if (lines.length === 0) return { title };
    const panels = AXES.flatMap((side): Panel[] => {
      const series = lines.filter((line) => line.axis === side);
      const thresholds = annotations.horizontal.filter(({ yAxis }) => yAxis === side);
      return series.length > 0 ? [{ unit: side === 'left' ? title : labels(series), series, thresholds }] : [];
    });
    const description = lines.map(seriesWords).join('; ');
    return { title, chart: { title, description, ...this.span, panels, ...this.shaded() } };
  }

  /** `[namespace, name, dimension, value, ..., options]`, or options alone with an expression. */
  private read(entry: readonly unknown[], index: number): void {
    const own = options.parse(entry.findLast((part) => typeof part === 'object') ?? {});
    const id = own.id ?? `entry${index}`;
    if (own.expression !== undefined) {
      this.expressions.set(id, { text: own.expression, options: own });
      return;
    }
    const [namespace = '', name = '', ...rest] = entry.filter((part) => typeof part === 'string');
    const dimensions: Record<string, string> = {};
    for (let at = 0; at + 1 < rest.length; at += 2) dimensions[rest[at] ?? ''] = rest[at + 1] ?? '';
    const metric = {
      namespace,
      metric: name,
      dimensions,
      statistic: own.stat ?? 'Average',
      period: own.period ?? PERIOD_SECONDS,
    };
    this.metrics.set(id, { metric, options: own });
  }

  private plainLines(): Line[] {
    return [...this.metrics.values()]
      .filter((one) => one.options.visible)
      .map(({ metric, options: own }) =>
        this.line(own, own.label ?? metric.metric, metric.period, this.points(metric)),
      );
  }

  private computedLines(): Line[] {
    return [...this.expressions]
      .filter(([, one]) => one.options.visible)
      .flatMap(([id, { text, options: own }]) => {
        const search = searchOf(text);
        if (search) return this.found(search, own);
        const period = own.period ?? PERIOD_SECONDS;
        const points = this.computed(id, period);
        return points ? [this.line(own, own.label ?? id, period, points)] : [];
      });
  }

  /** A line for each recorded metric that the search finds. */
  private found({ schema, ...metric }: MetricSearch, own: Options): Line[] {
    const by = /^\$\{PROP\('Dim\.(\w+)'\)\}$/.exec(own.label ?? '')?.[1];
    return this.recording.dimensionsOf(metric, schema).map((dimensions) => {
      const label = (by && dimensions[by]) ?? metric.metric;
      return this.line(own, label, metric.period, this.points({ ...metric, dimensions }));
    });
  }

  /** `undefined` for what only CloudWatch can tell. */
  private computed(id: string, period: number): Points | undefined {
    const metrics = [...this.metrics].map(([name, { metric }]) => [name, this.points({ ...metric, period })] as const);
    const expressions = [...this.expressions].flatMap(([name, { text }]): [string, Expression][] =>
      searchOf(text) ? [] : [[name, parseMetricMath(text)]],
    );
    try {
      const times = this.times(period).map((at) => at / 1000);
      return evaluateMetricMath(id, { times, period, metrics: new Map(metrics), expressions: new Map(expressions) });
    } catch (error) {
      if (error instanceof NotEvaluated) return undefined;
      throw error;
    }
  }

  /** Starts of the periods, in milliseconds. */
  private times(period: number): number[] {
    const step = period * 1000;
    const first = Math.floor(this.span.from / step);
    const count = Math.ceil(this.span.to / step) - first;
    return Array.from({ length: count }, (_, index) => (first + index) * step);
  }

  private points(metric: MetricStat): Points {
    return this.times(metric.period).map((at) =>
      this.recording.value(metric, at + metric.period * 1000, Number.POSITIVE_INFINITY),
    );
  }

  private line({ yAxis }: Options, label: string, period: number, values: Points): Line {
    const times = this.times(period);
    const points = values.map((value, index) => ({ at: Math.max(times[index] ?? 0, this.span.from), value }));
    return { label, axis: yAxis, style: 'step', points };
  }

  /** The launch window, from its opening to the last of its marks. */
  private shaded(): Pick<Chart, 'shaded'> {
    const marks = this.graph.annotations.vertical.map(({ value }) => Date.parse(value));
    const [from, to] = [Math.min(...marks), Math.max(...marks)];
    if (marks.length < 2 || from > this.span.to || to < this.span.from) return {};
    return { shaded: { label: 'launch window', tone: 'plan', intervals: [{ from, to }] } };
  }
}

/** `SEARCH('{namespace,dimension} Name="value"', 'Sum', 300)`, as our dashboards write it. */
const SEARCH = /^SEARCH\('\{(?<schema>[^}]*)\} (?<terms>[^']*)', '(?<statistic>\w+)', (?<period>\d+)\)$/;

function searchOf(text: string): MetricSearch | undefined {
  const { schema = '', terms = '', statistic = '', period = '' } = SEARCH.exec(text)?.groups ?? {};
  if (schema === '') return undefined;
  const [namespace = '', ...names] = schema.split(',');
  const named = [...terms.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const { MetricName: metric = '', ...dimensions }: Record<string, string> = Object.fromEntries(named);
  return { namespace, metric, dimensions, statistic, period: Number(period), schema: names };
}

const labels = (series: readonly Series[]) => series.map(({ label }) => label).join(', ');

/** A line of a chart in words. */
export function seriesWords({ label, points }: Series): string {
  const values = points.flatMap(({ value }) => (value === undefined ? [] : Number(value.toFixed(2))));
  if (values.length === 0) return `${label}: no data`;
  return `${label}: from ${Math.min(...values)} to ${Math.max(...values)}, last ${values.at(-1)}`;
}
