import { dueAt, type Entry, type Launch, phaseText } from '../../../lambda/run-timeline/launch';
import { timeInBoth } from '../../../lambda/run-timeline/message';
import { STEPS, type StepId } from '../../../lambda/run-timeline/steps';
import { dashboardName } from '../../monitoring/alarms/alarm-row';
import { type Chart, renderChart } from '../../monitoring/dashboards/chart';
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
  sectionOf,
  type Text,
  table,
  verdictBadge,
  words,
} from './model';

const HOUR_MS = 60 * 60 * 1000;

/** Each step: when it was due, when it ran, what it found, who approved. */
export function timelineSection({ launch, config, evidence }: LaunchFacts): Section {
  const section = sectionOf('timeline', 'Timeline as it ran');
  if (isMissing(launch)) return section(missing(`No launch is recorded (${launch.missing}).`));
  const { zone } = config.launch;
  const rows = STEPS.map((step): Text[] => {
    const due = timeInBoth(dueAt(launch, step), zone);
    const state = launch.steps[step.id];
    if (!state) return [step.id, step.line, badge('not run', 'plain'), step.text, due, '', ''];
    const late = state.lateMinutes > 5 ? `, ${state.lateMinutes} min late` : '';
    const { approved } = state;
    const said = approved
      ? `${words(state.says)}. Approved by ${person(approved.by)} on ${moment(approved.at)}: ${approved.reason}`
      : words(state.says);
    const found = state.state === 'done' ? verdictBadge(state.verdict) : badge(state.state, 'warn');
    return [
      step.id,
      step.line,
      found,
      said,
      due,
      `${moment(state.at)}${late}`,
      state.record ? { record: recordOf(evidence, state.record, step.line) } : '',
    ];
  });
  const history = launch.history
    .filter((entry) => !isInSteps(launch, entry))
    .map(({ at, by, what, reason }): Text[] => [moment(at), person(by), words(reason ? `${what}: ${reason}` : what)]);
  const T = timeInBoth(new Date(launch.at), zone);
  return section(
    paragraph(`T was ${T}; scheduled by ${person(launch.scheduledBy)}; the launch is ${phaseText(launch)}.`),
    table('Steps of the timeline', ['Step', 'Line', 'Verdict', 'What was found', 'Due', 'Began', 'Record'], rows, {
      empty: 'no steps',
    }),
    heading('What was done and decided'),
    table('History of the launch', ['When', 'Who', 'What'], history, { empty: 'Nothing was noted.' }),
  );
}

/** What the table of steps tells already. */
function isInSteps({ steps }: Launch, { by, what }: Entry): boolean {
  const [step = ''] = what.split(':');
  const state = steps[step as StepId];
  return by === 'timeline' && state?.state === 'done' && what.endsWith(`; ${state.says}`);
}

/** A chart as the document shows it. */
export const drawn = (chart: Chart) => ({
  caption: chart.title,
  description: chart.description,
  svg: renderChart({ ...chart, width: PICTURE }),
});
/** Two beside each other on paper, with letters that can be read. */
const PICTURE = 560;

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
            heading(
              `Incident ${id}: ${resolved ? `${moment(at)} to ${moment(resolved)}` : `open since ${moment(at)}`}`,
            ),
            list([
              ...entries.map((entry) => `${moment(entry.at)}, ${entry.by}: ${entry.text}`),
              ...named.map(({ name, state }) => `alarm ${name}, ${state} when it was noted`),
              ...links.map((link): Text => ({ link, text: link })),
              record ? ['record ', { record: record.key }] : 'no record of it is in the evidence',
            ]),
          ];
        });
  return { id: 'alarms', title: 'Alarms and incidents', blocks: [...blocks, ...logged] };
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
