import { fields } from '../../../lambda/payca/json';
import { type Figures, KINDS } from '../../../lambda/report-figures/figures';
import { retrospectiveTime, timeInBoth } from '../../../lambda/run-timeline/message';
import type { Chart, Series } from '../../monitoring/dashboards/chart';
import { seriesWords } from '../../monitoring/dashboards/pictures';
import { isMissing, type LaunchFacts, recordOf } from './facts';
import { drawn } from './launch-sections';
import {
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
  const description = series.map(seriesWords).join('; ');
  return { title: 'Webhooks an hour', description, from, to, panels: [{ unit: 'webhooks', series }] };
}

const RECONCILIATION_LINE = '9.2';

/** The first day's fees against PayCA's statement. */
export function reconciliationSection({ evidence: { records } }: LaunchFacts): Section {
  const newest = records.findLast(({ record }) => record.line === RECONCILIATION_LINE);
  const section = sectionOf('reconciliation', 'Fee reconciliation');
  if (!newest) return section(missing('No reconciliation is recorded: `npm run golive -- reconcile fees`'));
  const { key, record } = newest;
  const { from, to, breaks, found, currencies, tariff } = record.details;
  const kinds = Object.entries(fields(found)).map(([kind, count]) => `${plain(count)} ${kind.replaceAll('-', ' ')}`);
  const unpriced = Object.values(fields(fields(tariff).notJudged)).reduce<number>((sum, one) => sum + Number(one), 0);
  const rows = (Array.isArray(currencies) ? currencies : []).map((one): Text[] => {
    const { currency, here, there, difference, proof } = fields(one);
    const { verdict, opening, closing } = fields(proof);
    const balance = plain(opening) === '' ? [] : [` ${plain(opening)} to ${plain(closing)}`];
    return [
      plain(currency),
      ...[here, there].flatMap((side) => [plain(fields(side).count), plain(fields(side).amount)]),
      plain(difference),
      typeof verdict === 'string' ? [verdictBadge(verdict), ...balance] : '',
    ];
  });
  return section(
    paragraph(verdictBadge(record.verdict), ` on ${moment(record.time)} by ${record.actor}. `, { record: key }),
    {
      kind: 'facts',
      items: [
        ['Period', plain(from) && plain(to) ? words(`${plain(from)} to ${plain(to)}`) : 'not told'],
        ['Lines', kinds.join(', ') || 'none'],
        ['Breaks', plain(breaks) || 'not told'],
        [
          'Held against the tariff',
          `${plain(fields(tariff).judged) || 0} lines; ${unpriced} without a price in the catalogue`,
        ],
      ],
    },
    table(
      'Fees by currency',
      ['Currency', 'Webhooks', 'Amount', 'Statement', 'Amount', 'Difference', 'Balance'],
      rows,
      { empty: 'No fee is in the period on either side.', numbers: [1, 2, 3, 4, 5] },
    ),
  );
}

/** An amount, a time or a currency: whatever else a record holds stays in it. */
const PLAIN = /^(-?\d[\d.:TZ-]*|[A-Z]{3})$/;

function plain(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && PLAIN.test(value) ? value : '';
}

/** What customers said, and what is to be talked about. */
export function retrospectiveSection({ launch, config, evidence }: LaunchFacts): Section {
  const section = sectionOf('retrospective', 'Feedback and retrospective');
  if (isMissing(launch)) return section(missing(`No launch is recorded (${launch.missing}).`));
  const { feedback, steps } = launch;
  const counted = feedback
    ? paragraph(
        `${feedback.tickets} tickets of customers, counted on ${moment(feedback.at)} by ${person(feedback.by)}: `,
        { link: feedback.link, text: feedback.link },
      )
    : missing('Nobody has counted the tickets of customers: `npm run golive -- launch feedback`');
  const { record } = steps.retrospective ?? {};
  const key = record && recordOf(evidence, record, '9.4');
  const found = evidence.records.find((one) => one.key === key);
  const agenda = found?.record.details.agenda;
  if (!key || !Array.isArray(agenda))
    return section(counted, missing('The retrospective is not set: the timeline invites to it 48 hours after T.'));
  return section(
    counted,
    paragraph(
      `Everybody is invited to the retrospective on ${timeInBoth(retrospectiveTime(launch), config.launch.zone)}. `,
      { record: key },
    ),
    heading('Agenda, from the evidence'),
    list(agenda.map((point) => words(String(point)))),
  );
}
