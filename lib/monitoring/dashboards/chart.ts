import { escapeMarkup } from '../../../lambda/payca/markup';
import { niceSteps, numberLabel, timeSteps } from './chart-axis';

/** A time series chart: panels one above the other over one axis of time. Times are milliseconds since 1970. */
export interface Chart {
  readonly title: string;
  /** What the picture shows, for people who do not see it. */
  readonly description: string;
  readonly from: number;
  readonly to: number;
  readonly panels: readonly Panel[];
  /** Times that are shaded in all panels, such as while an alarm was raised. */
  readonly shaded?: Shading;
  /**
   * In pixels; letters have the same size in any width.
   *
   * @default 960
   */
  readonly width?: number;
}

interface Shading {
  readonly label: string;
  readonly intervals: readonly Interval[];
  /** @default trouble */
  readonly tone?: keyof typeof SHADES;
}

export interface Panel {
  /** What the values are: `webhooks in 5 minutes`, `EUR`. */
  readonly unit: string;
  readonly series: readonly Series[];
  /** Lines across the panel. */
  readonly thresholds?: readonly { readonly label: string; readonly value: number }[];
}

export interface Series {
  readonly label: string;
  readonly points: readonly Point[];
  /**
   * `line` joins the points; `step` holds each value until the next; `limit` is a step drawn like a threshold that changes.
   *
   * @default line
   */
  readonly style?: 'line' | 'step' | 'limit';
}

export interface Point {
  readonly at: number;
  /** A gap where there is none. */
  readonly value: number | undefined;
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

const WIDTH = 960;
const LEFT = 76;
const RIGHT = 24;
const PANEL = 190;
const GAP = 38;
const AXIS = 46;
const LEGEND_LINE = 20;
const innerWidth = ({ width = WIDTH }: Chart) => width - LEFT - RIGHT;
const shadeOf = ({ tone = 'trouble' }: Shading) => SHADES[tone];
/** Dark enough for print, and distinct for people who see colours differently (after Okabe and Ito). */
const COLOURS = ['#0072b2', '#b35900', '#00795a', '#9b4f80', '#5c5c5c', '#8a7500'];
const INK = '#1f2933';
const MUTED = '#52606d';
const GRID = '#e4e7eb';
const LIMIT = '#c81e1e';
const SHADES = { trouble: '#f8b4b4', plan: '#bcd9f5' } as const;

/** The chart as SVG text: complete, without script or outside reference, the same for the same input. */
export function renderChart(chart: Chart): string {
  const { width = WIDTH } = chart;
  const right = LEFT + innerWidth(chart);
  const colours = coloursOf(chart);
  const legend = legendOf(chart, colours);
  const top = 44 + legend.lines * LEGEND_LINE + 22;
  const height = top + chart.panels.length * PANEL + (chart.panels.length - 1) * GAP + AXIS;
  const x = scale(chart.from, chart.to, LEFT, right);
  const steps = timeSteps(chart.from, chart.to);
  const panels = chart.panels.map((panel, index) =>
    panelMarkup(panel, { chart, x, top: top + index * (PANEL + GAP), steps, colours }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${round(height)}" width="${width}" height="${round(height)}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escapeMarkup(chart.title)}</title>`,
    `<desc>${escapeMarkup(chart.description)}</desc>`,
    `<rect width="${width}" height="${round(height)}" fill="#ffffff"/>`,
    `<text x="24" y="30" font-size="17" font-weight="600">${escapeMarkup(chart.title)}</text>`,
    legend.markup,
    ...panels,
    timeAxis(steps, { x, right, top: height - AXIS }),
    '</svg>',
    '',
  ].join('\n');
}

interface Frame {
  readonly chart: Chart;
  readonly x: (at: number) => number;
  readonly top: number;
  readonly steps: ReturnType<typeof timeSteps>;
  readonly colours: Colours;
}

function panelMarkup(panel: Panel, { chart, x, top, steps, colours }: Frame): string {
  const values = panel.series.flatMap(({ points }) =>
    points.flatMap(({ value }) => (value === undefined ? [] : [value])),
  );
  const limits = (panel.thresholds ?? []).map(({ value }) => value);
  const ticks = niceSteps(Math.min(0, least(values), least(limits)), Math.max(most(values), most(limits)));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const y = scale(low, high, top + PANEL, top);
  const across = (value: number, attributes: string) =>
    `<line x1="${LEFT}" x2="${LEFT + innerWidth(chart)}" y1="${round(y(value))}" y2="${round(y(value))}" ${attributes}/>`;
  return [
    `<text x="${LEFT}" y="${top - 9}" fill="${MUTED}">${escapeMarkup(panel.unit)}</text>`,
    ...(chart.shaded?.intervals ?? []).map((interval) => shade(interval, chart, x, top)),
    ...ticks.map((tick) => across(tick, `stroke="${GRID}"`)),
    ...steps.marks.map(
      ({ at }) => `<line x1="${round(x(at))}" x2="${round(x(at))}" y1="${top}" y2="${top + PANEL}" stroke="${GRID}"/>`,
    ),
    ...ticks.map(
      (tick) =>
        `<text x="${LEFT - 10}" y="${round(y(tick) + 4)}" text-anchor="end" fill="${MUTED}">${numberLabel(tick)}</text>`,
    ),
    across(low, `stroke="${MUTED}"`),
    ...panel.series.map((series) => line(series, x, y, colours.get(series) ?? INK)),
    ...limits.map((value) => across(value, `stroke="${LIMIT}" stroke-width="1.5" stroke-dasharray="6 4"`)),
  ].join('\n');
}

function shade({ from, to }: Interval, chart: Chart, x: (at: number) => number, top: number): string {
  const left = x(Math.max(from, chart.from));
  // A minute of a month is thinner than a line, and must be seen.
  const width = Math.max(x(Math.min(to, chart.to)) - left, 2);
  return `<rect x="${round(left)}" y="${top}" width="${round(width)}" height="${PANEL}" fill="${chart.shaded ? shadeOf(chart.shaded) : 'none'}" fill-opacity="0.55"/>`;
}

function line(
  { points, style = 'line' }: Series,
  x: (at: number) => number,
  y: (value: number) => number,
  colour: string,
): string {
  const runs = unbroken(points).map((run) => thinned(run.map(({ at, value }) => [x(at), y(value)] as const)));
  const dots = runs.flatMap(([first, second]) =>
    first && !second ? [`<circle cx="${round(first[0])}" cy="${round(first[1])}" r="2" fill="${colour}"/>`] : [],
  );
  const path = runs.filter(({ length }) => length > 1).map((run) => pathOf(run, style !== 'line'));
  const dash = style === 'limit' ? ' stroke-dasharray="6 4"' : '';
  const stroke =
    path.length > 0
      ? [
          `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="1.75" stroke-linejoin="round"${dash}/>`,
        ]
      : [];
  return [...stroke, ...dots].join('\n');
}

type Pixel = readonly [x: number, y: number];

function pathOf(run: readonly Pixel[], stepped: boolean): string {
  return run
    .map(([x, y], index) => {
      if (index === 0) return `M${round(x)} ${round(y)}`;
      return stepped ? `H${round(x)}V${round(y)}` : `L${round(x)} ${round(y)}`;
    })
    .join('');
}

function unbroken(points: readonly Point[]): { at: number; value: number }[][] {
  const runs: { at: number; value: number }[][] = [[]];
  for (const { at, value } of points) {
    if (value === undefined) runs.push([]);
    else runs.at(-1)?.push({ at, value });
  }
  return runs.filter(({ length }) => length > 0);
}

/** Of the points in one column of pixels the first, the last, the highest and the lowest: a month looks the same with fewer. */
function thinned(run: readonly Pixel[]): Pixel[] {
  const columns = new Map<number, Pixel[]>();
  for (const pixel of run) {
    const column = Math.floor(pixel[0]);
    const found = columns.get(column);
    if (found) found.push(pixel);
    else columns.set(column, [pixel]);
  }
  return [...columns.values()].flatMap((pixels) => {
    if (pixels.length <= 4) return pixels;
    const byHeight = [...pixels].sort(([, a], [, b]) => a - b);
    const kept = new Set([pixels[0], byHeight[0], byHeight.at(-1), pixels.at(-1)]);
    return pixels.filter((pixel) => kept.has(pixel));
  });
}

function timeAxis(
  { marks, caption }: ReturnType<typeof timeSteps>,
  { x, right, top }: { readonly x: (at: number) => number; readonly right: number; readonly top: number },
): string {
  return [
    ...marks.map(
      ({ at, label }) =>
        `<text x="${round(x(at))}" y="${round(top + 18)}" text-anchor="middle" fill="${MUTED}">${escapeMarkup(label)}</text>`,
    ),
    `<text x="${right}" y="${round(top + 37)}" text-anchor="end" fill="${MUTED}">${escapeMarkup(caption)}</text>`,
  ].join('\n');
}

type Colours = ReadonlyMap<Series, string>;

/** Each series has a colour of its own in the whole chart; a limit has that of thresholds. */
function coloursOf({ panels }: Chart): Colours {
  const all = panels.flatMap(({ series }) => series);
  const plain = all.filter(({ style }) => style !== 'limit');
  const colour = (series: Series) => COLOURS[plain.indexOf(series) % COLOURS.length] ?? LIMIT;
  return new Map(all.map((series) => [series, colour(series)]));
}

function legendOf(chart: Chart, colours: Colours): { markup: string; lines: number } {
  const stroke = (attributes: string) => (x: number, y: number) =>
    `<line x1="${x}" x2="${x + 22}" y1="${y - 4}" y2="${y - 4}" ${attributes}/>`;
  const dashed = stroke(`stroke="${LIMIT}" stroke-width="1.75" stroke-dasharray="6 4"`);
  const entries = chart.panels.flatMap((panel) => [
    ...panel.series.map((series) => ({
      label: series.label,
      mark: series.style === 'limit' ? dashed : stroke(`stroke="${colours.get(series)}" stroke-width="2.5"`),
    })),
    ...(panel.thresholds ?? []).map(({ label }) => ({ label, mark: dashed })),
  ]);
  const { width: most = WIDTH, shaded } = chart;
  if (shaded) {
    const mark = (x: number, y: number) =>
      `<rect x="${x}" y="${y - 10}" width="22" height="12" fill="${shadeOf(shaded)}" fill-opacity="0.55"/>`;
    entries.push({ label: shaded.label, mark });
  }
  let [x, lines] = [24, 0];
  const markup = entries.map(({ label, mark }) => {
    const width = 29 + widthOf(label) + 26;
    if (x > 24 && x + width > most) [x, lines] = [24, lines + 1];
    const y = 54 + lines * LEGEND_LINE;
    const entry = `${mark(round(x), y)}<text x="${round(x + 29)}" y="${y}">${escapeMarkup(label)}</text>`;
    x += width;
    return entry;
  });
  return { markup: markup.join('\n'), lines: lines + 1 };
}

/** About as wide as sans-serif letters of 12 pixels run. */
function widthOf(text: string): number {
  const widths = [...text].map((letter) =>
    /[ iljtfrI.,:;|()'-]/.test(letter) ? 4.5 : /[mwA-Z%@]/.test(letter) ? 9 : 7.3,
  );
  return widths.reduce((sum, width) => sum + width, 0);
}

function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  return (value) => start + ((value - from) / (to - from || 1)) * (end - start);
}

const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), 0);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);

/** A tenth of a pixel is finer than anybody sees. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
