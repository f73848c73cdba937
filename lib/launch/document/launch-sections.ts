import { fields } from '../../../lambda/payca/json';
import { type Figures, KINDS } from '../../../lambda/report-figures/figures';
import { dueAt, phaseText } from '../../../lambda/run-timeline/launch';
import { timeInBoth } from '../../../lambda/run-timeline/message';
import { STEPS } from '../../../lambda/run-timeline/steps';
import { dashboardName } from '../../monitoring/alarms/alarm-row';
import { type Chart, renderChart, type Series } from '../../monitoring/dashboards/chart';
import { isMissing, type LaunchFacts, recordOf } from './facts';
import {
  type Block,
  badge,
  heading,
  list,
  missing,
  moment,
  paragraph,
  person,
  type Section,
  type Text,
  table,
  verdictBadge,
} from './model';

const HOUR_MS = 60 * 60 * 1000;

/** Each step: when it was due, when it ran, what it found, who approved. */
export function timelineSection({ launch, config, evidence }: LaunchFacts): Section {
  const section = (...blocks: Block[]): Section => ({ id: 'timeline', title: 'Timeline as it ran', blocks });
  if (isMissing(launch)) return section(missing(`No launch is recorded (${launch.missing}).`));
  const { zone } = config.launch;
  const rows = STEPS.map((step): Text[] => {
    const due = timeInBoth(dueAt(launch, step), zone);
    const state = launch.steps[step.id];
    if (!state) return [step.id, step.line, due, badge('not run', 'plain'), '', step.text, ''];
    const late = state.lateMinutes > 5 ? `, ${state.lateMinutes} min late` : '';
    const { approved } = state;
    const said = approved
      ? `${state.says}. Approved by ${person(approved.by)} on ${moment(approved.at)}: ${approved.reason}`
      : state.says;
    const found = state.state === 'done' ? verdictBadge(state.verdict) : badge(state.state, 'warn');
    return [
      step.id,
      step.line,
      due,
      found,
      `${moment(state.at)}${late}`,
      said,
      state.record ? { record: recordOf(evidence, state.record, step.line) } : '',
    ];
  });
  const history = launch.history.map(({ at, by, what, reason }): Text[] => [
    moment(at),
    person(by),
    reason ? `${what}: ${reason}` : what,
  ]);
  const T = timeInBoth(new Date(launch.at), zone);
  return section(
    paragraph(`T was ${T}; scheduled by ${person(launch.scheduledBy)}; the launch is ${phaseText(launch)}.`),
    table('Steps of the timeline', ['Step', 'Line', 'Due', 'Verdict', 'Began', 'What was found', 'Record'], rows, {
      empty: 'no steps',
    }),
    heading('What was done and decided'),
    table('History of the launch', ['When', 'Who', 'What'], history, { empty: 'Nothing was noted.' }),
  );
}

const FIGURES_LINE = '9.1';

/** A recorded hour, with the key of its record; an hour that could not be counted has no figures. */
interface RecordedHour {
  readonly key: string;
  readonly from: string;
  readonly figures?: Figures;
}

function recordedHours({ evidence }: LaunchFacts): RecordedHour[] {
  const hours = new Map<string, RecordedHour>();
  for (const { key, record } of evidence.records.filter(({ record: { line } }) => line === FIGURES_LINE)) {
    const counted = { ...record.details, verdict: record.verdict } as unknown as Figures;
    const figures = counted.kinds ? counted : undefined;
    if (figures || !hours.has(counted.from)) hours.set(counted.from, { key, from: counted.from, figures });
  }
  return [...hours.values()].sort((one, other) => one.from.localeCompare(other.from));
}

/** The hours after T, as they were counted from the inbox. */
export function figuresSection(facts: LaunchFacts): Section {
  const kinds = Object.keys(KINDS);
  const hours = recordedHours(facts);
  const rows = hours.map(({ key, from, figures }): Text[] => {
    if (!figures)
      return [moment(from), ...kinds.map(() => 'no data'), '', '', verdictBadge('no-data'), { record: key }];
    const { conflicts, setAside, late, balances, verdict } = figures;
    const counts = figures.kinds.map(
      ({ count, standing }): Text => [
        String(count),
        ...(standing === 'low' || standing === 'high' ? [' ', badge(standing, 'bad')] : []),
      ],
    );
    const held = balances.map(({ currency, standing }) => `${currency} ${standing}`).join(', ');
    const failures = String(conflicts + setAside + late);
    return [moment(from), ...counts, failures, held || 'no data', verdictBadge(verdict), { record: key }];
  });
  const heads = ['Hour from', ...kinds.map(capital), 'Failures', 'Balances', 'Verdict', 'Record'];
  const charts = hours.length > 1 ? [drawn(hoursChart(hours))] : [];
  return {
    id: 'figures',
    title: 'The first 48 hours',
    blocks: [
      paragraph('Counted from the inbox, smoke tests left out, never from metrics.'),
      ...(charts.length > 0 ? [{ kind: 'pictures' as const, pictures: charts }] : []),
      table(`${hours.length} recorded hours`, heads, rows, {
        empty: 'No hour is recorded: the figures begin an hour after the window is opened.',
        numbers: [1, 2, 3, 4, 5, 6],
      }),
    ],
  };
}

const drawn = (chart: Chart) => ({
  caption: chart.title,
  description: chart.description,
  svg: renderChart({ ...chart, width: PICTURE }),
});
/** Two beside each other on paper, with letters that can be read. */
const PICTURE = 560;
const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);

function hoursChart(hours: readonly RecordedHour[]): Chart {
  const series = Object.keys(KINDS).map(
    (kind): Series => ({
      label: kind,
      points: hours.map(({ from, figures }) => ({
        at: Date.parse(from),
        value: figures?.kinds.find((one) => one.kind === kind)?.count,
      })),
    }),
  );
  const times = hours.map((hour) => Date.parse(hour.from));
  const [from = 0, to = 1] = [times.at(0), times.at(-1)];
  const description = series
    .map(({ label, points }) => `${label}: ${points.map(({ value }) => value ?? 'no data').join(', ')}`)
    .join('; ');
  return { title: 'Webhooks an hour', description, from, to, panels: [{ unit: 'webhooks', series }] };
}

/** The launch dashboard, and where to find it. */
export function dashboardsSection({ pictures, config, launch }: LaunchFacts): Section {
  const { region } = config;
  const links = (['launch', 'operations'] as const).map((about): Text => {
    const name = dashboardName(config, about);
    const home = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
    return { link: `${home}#dashboards/dashboard/${name}`, text: name };
  });
  const section = (...blocks: Block[]): Section => ({
    id: 'dashboards',
    title: 'Dashboards',
    blocks: [paragraph('In CloudWatch:'), list(links), ...blocks],
  });
  if (isMissing(pictures)) return section(missing(`No pictures: ${pictures.missing}.`));
  const shown = pictures.pictures.flatMap(({ chart }) => (chart ? [drawn({ ...chart, ...launchWindow(launch) })] : []));
  const empty = pictures.pictures.flatMap(({ title, chart }) => (chart ? [] : [title]));
  const { name, sha256 } = pictures.metrics;
  return section(
    paragraph(`Drawn from the metrics in ${name}, SHA-256 `, { code: sha256 }, '; thresholds are those of the alarms.'),
    ...(shown.length > 0 ? [{ kind: 'pictures' as const, pictures: shown }] : []),
    ...(empty.length > 0 ? [missing(`Nothing was recorded of: ${empty.join('; ')}.`)] : []),
  );
}

/** From T to the debrief, where it is known better than by the config. */
function launchWindow(launch: LaunchFacts['launch']): Pick<Chart, 'shaded'> {
  if (isMissing(launch)) return {};
  const from = Date.parse(launch.at);
  return { shaded: { label: 'launch window', tone: 'plan', intervals: [{ from, to: from + 2 * HOUR_MS }] } };
}

/** Which alarms rang, whom they reached, and what was written into the incident log. */
export function alarmsSection({ alarms, incidents, launch, evidence }: LaunchFacts): Section {
  const since = isMissing(launch) ? '' : (launch.history[0]?.at ?? launch.at);
  const blocks = isMissing(alarms)
    ? [missing(`Alarms were not read (${alarms.missing}).`)]
    : alarmBlocks(alarms, since);
  const logged = isMissing(incidents)
    ? [missing(`The incident log was not read (${incidents.missing}).`)]
    : incidents.length === 0
      ? [paragraph('No incident is in the log.')]
      : incidents.flatMap((incident): Block[] => {
          const { id, at, resolved, alarms: named, links, entries } = incident;
          const record = evidence.records.findLast(
            ({ record: { details } }) => (details.incident as { id?: string } | undefined)?.id === id,
          );
          return [
            heading(`${id}: ${resolved ? `${moment(at)} to ${moment(resolved)}` : `open since ${moment(at)}`}`),
            list([
              ...entries.map((entry) => `${moment(entry.at)}, ${entry.by}: ${entry.text}`),
              ...named.map(({ name, state }) => `alarm ${name}, ${state} when it was noted`),
              ...links.map((link): Text => ({ link, text: link })),
              ...(record ? [[{ record: record.key }]] : ['no record of it is in the evidence']),
            ]),
          ];
        });
  return { id: 'alarms', title: 'Alarms and incidents', blocks: [...blocks, heading('Incident log'), ...logged] };
}

function alarmBlocks(alarms: Exclude<LaunchFacts['alarms'], { missing: string }>, since: string): Block[] {
  const ringing = alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name);
  const rows = alarms.flatMap(({ name, told }) =>
    told
      .filter(({ at }) => at >= since)
      .map(({ channel, state, at, drill }): Text[] => [
        name,
        [
          state === 'ALARM' ? badge('raised', 'bad') : badge('over', 'good'),
          ...(drill ? [' ', badge('drill', 'note')] : []),
        ],
        moment(at),
        channel,
      ]),
  );
  return [
    paragraph(
      `${alarms.length} alarms; ringing when this was made: ${ringing.length > 0 ? ringing.join(', ') : 'none'}.`,
    ),
    table(
      'What people were told of alarms since the launch was scheduled',
      ['Alarm', 'Change', 'When', 'Channel'],
      rows,
      {
        empty: 'No channel was told of an alarm.',
      },
    ),
  ];
}

const RECONCILIATION_LINE = '9.2';
const SHOWN = 60;

/** The first day's fees against PayCA's statement. */
export function reconciliationSection({ evidence: { records } }: LaunchFacts): Section {
  const newest = records.findLast(({ record }) => record.line === RECONCILIATION_LINE);
  const section = (...blocks: Block[]): Section => ({ id: 'reconciliation', title: 'Fee reconciliation', blocks });
  if (!newest) return section(missing('No reconciliation is recorded: npm run golive -- reconcile fees'));
  const { key, record } = newest;
  const items = flat(record.details).slice(0, SHOWN);
  return section(
    paragraph(verdictBadge(record.verdict), ` on ${moment(record.time)} by ${record.actor}. `, { record: key }),
    { kind: 'facts', items },
  );
}

/** An amount, a time or a currency: whatever else a record holds stays in it. */
const PLAIN = /^(-?\d[\d.:TZ-]*( [A-Z]{3})?|[A-Z]{3})$/;

/** Numbers, with the path to each. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'number' || typeof value === 'boolean') return [[path, String(value)]];
  if (typeof value === 'string') return PLAIN.test(value) ? [[path, value]] : [];
  return Object.entries(fields(value)).flatMap(([name, one]) => {
    // Entries of a list are told apart by their currency.
    const { currency } = fields(one);
    const own = Array.isArray(value) && typeof currency === 'string' ? currency : name;
    return flat(one, path ? `${path} ${own}` : own);
  });
}
