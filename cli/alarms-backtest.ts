import { escapeMarkup } from '../lambda/payca/markup';
import { rateAlarmOf } from '../lib/monitoring/alarms/rate-alarm';
import { type Chart, type Interval, type Panel, type Point, renderChart } from '../lib/monitoring/dashboards/chart';
import {
  type AlarmDefinition,
  type AlarmHistory,
  looksAt,
  replayAlarms,
} from '../lib/monitoring/evaluation/alarm-replay';
import { type MetricAlarm, thresholdText } from '../lib/monitoring/evaluation/alarm-state';
import { type MetricStat, Recording, type Sample } from '../lib/monitoring/evaluation/metric-samples';

const MINUTE = 60_000;
/** Times in ALARM that are printed of one alarm. */
const SHOWN = 10;

/** What one alarm would have done. */
export interface AlarmResult {
  readonly alarm: string;
  readonly verdict: 'fired' | 'quiet' | 'no-data';
  /** When it would have been in ALARM; `to` is missing when it still was at the end. Times are ISO 8601 in UTC. */
  readonly raised: readonly { readonly from: string; readonly to?: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

export interface Backtest {
  readonly title: string;
  readonly note?: string;
  /** Fired first, then by name. */
  readonly results: readonly AlarmResult[];
  /** Pictures of the alarms that were judged. */
  readonly charts: ReadonlyMap<string, Chart>;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Evaluates a stage's alarms over recorded samples, from the first to the last. */
export function backtest(
  alarms: readonly AlarmDefinition[],
  samples: readonly Sample[],
  { stage, metrics }: { readonly stage: string; readonly metrics: string },
): Backtest {
  const recording = new Recording(samples);
  const span = { from: recording.from, to: (Math.floor(recording.to / MINUTE) + 1) * MINUTE };
  const judged = alarms.map((alarm) => (alarm.kind === 'metric' ? unlessBlind(alarm, recording, span) : alarm));
  // Before it, an alarm would be judged by data that nobody recorded.
  const begin = (alarm: MetricAlarm) => span.from + lookBack(alarm);
  const histories = replayAlarms(judged, recording, { ...span, begin });
  const states = new Map(histories.map((history) => [history.alarm.name, history]));
  const order = ['fired', 'quiet', 'no-data'];
  const results = histories
    .map((history) => resultOf(history, recording))
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || (a.alarm < b.alarm ? -1 : 1));
  const charts = histories.flatMap((history) => {
    const { alarm, notEvaluated } = history;
    return notEvaluated ? [] : [[alarm.name, chartOf(history, states, recording, span)] as const];
  });
  const minutes = Math.round((span.to - span.from) / MINUTE);
  return {
    title: `Backtest of stage ${stage} on ${metrics}: ${clock(span.from)} to ${clock(span.to)} UTC, ${minutes} minutes`,
    ...coarseness(samples),
    results,
    charts: new Map(charts),
  };
}

const lookBack = ({ evaluationPeriods, period }: MetricAlarm) => evaluationPeriods * period * 1000;

/** The alarm, with the reason why it cannot be judged if there is one. */
function unlessBlind(alarm: MetricAlarm, recording: Recording, { from, to }: Span): MetricAlarm {
  if (alarm.notEvaluated) return alarm;
  const metrics = [...alarm.metrics.values()];
  const none = metrics.filter((metric) => recording.lacks(metric) === 'no samples');
  if (none.length === metrics.length) return { ...alarm, notEvaluated: `no samples of ${namesOf(none)}` };
  const other = metrics.filter((metric) => recording.lacks(metric) === 'not this statistic');
  if (other.length > 0) return { ...alarm, notEvaluated: `recorded, but not with this statistic: ${namesOf(other)}` };
  if (to - from < lookBack(alarm))
    return { ...alarm, notEvaluated: `it looks at ${lookBack(alarm) / MINUTE} minutes, more than are recorded` };
  return alarm;
}

const namesOf = (metrics: readonly MetricStat[]) =>
  metrics.map((metric) => `${labelOf(metric)} (${metric.statistic})`).join(', ');

function resultOf(history: AlarmHistory, recording: Recording): AlarmResult {
  const { alarm, notEvaluated, unknown } = history;
  const rate = rateOf(alarm);
  const raised = raisedIn(history).map(({ from, to, reason }) => ({
    from: new Date(from).toISOString(),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
    reason: rate ? rateReason(rate, recording, from) : reason,
  }));
  if (notEvaluated) return { alarm: alarm.name, verdict: 'no-data', raised, notes: [notEvaluated] };
  const absent = alarm.kind === 'metric' ? [...alarm.metrics.values()].filter((metric) => recording.lacks(metric)) : [];
  const notes = [
    ...(absent.length > 0 ? [`no samples of ${namesOf(absent)}: taken as never reported`] : []),
    ...(unknown.length > 0 ? [`not evaluated, taken as neither OK nor in ALARM: ${unknown.join(', ')}`] : []),
  ];
  return { alarm: alarm.name, verdict: raised.length > 0 ? 'fired' : 'quiet', raised, notes };
}

/** An alarm on `f` failures of `n`, where both are recorded. */
interface RecordedRate {
  readonly n: MetricStat;
  readonly f: MetricStat;
  readonly firesFrom: (n: number) => number;
}

function rateOf(alarm: AlarmDefinition): RecordedRate | undefined {
  if (alarm.kind !== 'metric' || alarm.evaluationPeriods !== 1) return undefined;
  const [n, f] = [alarm.metrics.get('n'), alarm.metrics.get('f')];
  const rate = n && f && rateAlarmOf(alarm);
  return rate && { n, f, firesFrom: rate.firesFrom };
}

function rateReason({ n, f, firesFrom }: RecordedRate, recording: Recording, at: number): string {
  const [failed = 0, all = 0] = [recording.value(f, at, at), recording.value(n, at, at)];
  return `${failed} of ${all} failed, and it fires from ${firesFrom(all)}`;
}

function raisedIn({ changes }: AlarmHistory): { from: number; to: number | undefined; reason: string }[] {
  return changes.flatMap(({ at, to, reason }, index) =>
    to === 'ALARM' ? [{ from: at, to: changes[index + 1]?.at, reason }] : [],
  );
}

/** Values of longer than a minute are seen as if they were of their first. */
function coarseness(samples: readonly Sample[]): { note?: string } {
  const times = samples.filter(({ statistic }) => statistic).map(({ timestamp }) => timestamp);
  const [first = 0] = times;
  const step = times.reduce((divisor, time) => greatestDivisor(Math.abs(time - first), divisor), 0);
  if (step < 2 * MINUTE) return {};
  const minutes = Math.round(step / MINUTE);
  return {
    note: `The values are ${minutes} minutes apart: an alarm would have changed up to ${minutes} minutes later.`,
  };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function chartOf(
  history: AlarmHistory,
  states: ReadonlyMap<string, AlarmHistory>,
  recording: Recording,
  { from, to }: Span,
): Chart {
  const { alarm } = history;
  const intervals = raisedIn(history).map((raised) => ({ from: raised.from, to: raised.to ?? to }));
  return {
    title: alarm.name,
    description: intervals.length > 0 ? `In ALARM ${intervals.map(between).join(', ')}.` : 'Never in ALARM.',
    from,
    to,
    panels:
      alarm.kind === 'metric'
        ? metricPanels(alarm, history, recording)
        : looksAt(alarm).flatMap((name) => statePanel(name, states.get(name), { from, to })),
    shaded: { label: 'in ALARM', intervals },
  };
}

const between = ({ from, to }: Interval) => `from ${clock(from)} to ${clock(to)}`;

function metricPanels(alarm: MetricAlarm, { watched }: AlarmHistory, recording: Recording): Panel[] {
  const window = `in ${alarm.period / 60} minutes`;
  const points = (metric: MetricStat): Point[] =>
    watched.map(({ at }) => ({ at, value: recording.value(metric, at, at) }));
  const rate = rateOf(alarm);
  if (rate) {
    const all = points(rate.n);
    const limit = all.map(({ at, value }) => ({
      at,
      value: value === undefined ? undefined : finite(rate.firesFrom(value)),
    }));
    const failed = { label: 'failed (f)', style: 'step', points: points(rate.f) } as const;
    return [
      { unit: `failed ${window}`, series: [failed, { label: 'fires from', style: 'limit', points: limit }] },
      { unit: `all ${window}`, series: [{ label: 'all (n)', style: 'step', points: all }] },
    ];
  }
  const metrics = [...alarm.metrics.values()];
  const recorded: Panel = {
    unit: `${[...new Set(metrics.map(({ statistic }) => statistic))].join(', ')} ${window}`,
    series: metrics.map((metric) => ({ label: labelOf(metric), style: 'step', points: points(metric) })),
  };
  const thresholds = [{ label: `alarm ${thresholdText(alarm)}`, value: alarm.threshold }];
  if (alarm.expression === undefined) return [{ ...recorded, thresholds }];
  // An expression that only says yes or no tells less than the metrics that it judges.
  if (watched.every(({ value }) => value === undefined || value === 0 || value === 1)) return [recorded];
  return [
    { unit: alarm.watched, series: [{ label: 'watched', style: 'step', points: watched }], thresholds },
    recorded,
  ];
}

const finite = (value: number) => (Number.isFinite(value) ? value : undefined);

/** A metric by its name and by what tells it from others of that name. */
function labelOf({ metric, dimensions }: MetricStat): string {
  const { Stage: _stage, service: _service, ...others } = dimensions;
  return [metric, ...Object.values(others)].join(' ');
}

function statePanel(name: string, history: AlarmHistory | undefined, { from, to }: Span): Panel[] {
  if (!history || history.notEvaluated) return [];
  const points = history.changes.map((change) => ({ at: change.at, value: change.to === 'ALARM' ? 1 : 0 }));
  const last = points.at(-1)?.value ?? 0;
  const series = {
    label: name,
    style: 'step',
    points: [{ at: from, value: 0 }, ...points, { at: to, value: last }],
  } as const;
  return [{ unit: '1 while in ALARM', series: [series] }];
}

/** The report in plain lines. */
export function backtestLines({ title, note, results }: Backtest): string[] {
  const count = (verdict: AlarmResult['verdict']) => results.filter((result) => result.verdict === verdict).length;
  return [
    title,
    ...(note ? [note] : []),
    '',
    ...results.flatMap(({ alarm, verdict, raised, notes }) => [
      `${verdict.padEnd(8)} ${alarm}`,
      ...raised.slice(0, SHOWN).map((interval) => `           ${raisedText(interval)}`),
      ...(raised.length > SHOWN ? [`           and ${raised.length - SHOWN} times more, on the page`] : []),
      ...notes.map((text) => `           ${text}`),
    ]),
    '',
    `${count('fired')} fired, ${count('quiet')} quiet, ${count('no-data')} without data.`,
  ];
}

function raisedText({ from, to, reason }: AlarmResult['raised'][number]): string {
  const end = to ? `to ${clock(Date.parse(to))}` : 'to the end';
  return `${clock(Date.parse(from))} ${end}: ${reason}`;
}

/** `2026-12-01 08:05`. */
const clock = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/** Pictures and a page that shows them. */
export function backtestPages(report: Backtest): { file: string; content: string }[] {
  const pictures = [...report.charts].map(([name, chart]) => ({ file: pictureOf(name), content: renderChart(chart) }));
  return [...pictures, { file: 'index.html', content: indexPage(report) }];
}

const pictureOf = (alarm: string) => `${alarm.replace(/[^\w.-]/g, '_')}.svg`;

function indexPage({ title, note, results, charts }: Backtest): string {
  const text = escapeMarkup;
  const rows = results.map(({ alarm, verdict, raised, notes }) => {
    const details = [...raised.map(raisedText), ...notes].map(text).join('<br>');
    const name = charts.has(alarm) ? `<a href="#${text(encodeURIComponent(alarm))}">${text(alarm)}</a>` : text(alarm);
    return `<tr><td class="${verdict}">${verdict}</td><td>${name}</td><td>${details}</td></tr>`;
  });
  const figures = results.flatMap(({ alarm }) => {
    const chart = charts.get(alarm);
    if (!chart) return [];
    const alt = text(`${alarm}: ${chart.description}`);
    return `<figure id="${text(encodeURIComponent(alarm))}"><img src="${encodeURIComponent(pictureOf(alarm))}" alt="${alt}"></figure>`;
  });
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>Alarm backtest</title>',
    `<style>${STYLE}</style>`,
    `<h1>${text(title)}</h1>`,
    ...(note ? [`<p>${text(note)}</p>`] : []),
    '<table><thead><tr><th>verdict</th><th>alarm</th><th>in ALARM</th></tr></thead><tbody>',
    ...rows,
    '</tbody></table>',
    ...figures,
    '</html>',
    '',
  ].join('\n');
}

const STYLE = [
  'body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:62rem;margin:2rem auto;padding:0 1rem}',
  'h1{font-size:1.25rem}',
  'table{border-collapse:collapse;width:100%}',
  'th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #e4e7eb}',
  '.fired{color:#c81e1e;font-weight:600}.no-data{color:#52606d}',
  'figure{margin:2rem 0;break-inside:avoid}img{max-width:100%;height:auto}',
].join('');
