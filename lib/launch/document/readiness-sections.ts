import { fields } from '../../../lambda/payca/json';
import { SECTIONS } from '../../runbook/lines';
import { isMissing, type LaunchFacts } from './facts';
import { type LineStatus, lineStatuses } from './line-status';
import {
  type Block,
  badge,
  heading,
  missing,
  moment,
  paragraph,
  person,
  type Section,
  type Text,
  table,
  verdictBadge,
  withCode,
} from './model';

/** The go or no-go, and every line of the runbook with who answers for it and what shows it. */
export function readinessSection(facts: LaunchFacts): Section {
  const statuses = lineStatuses(facts);
  const parts = Object.entries(SECTIONS).flatMap(([number, title]): Block[] => {
    const own = statuses.filter(({ line }) => line.id.split('.')[0] === number);
    if (own.length === 0) return [];
    const done = own.filter(({ status }) => status === 'pass' || status === 'attested').length;
    const name = /^\d/.test(number) ? `${number} ${title}` : title;
    const heads = ['Line', 'What must be true', 'Owner', 'Status', 'Date', 'Evidence'];
    const caption = `${name}: ${done} of ${own.length} shown or attested`;
    return [heading(name), table(caption, heads, own.map(lineRow), { empty: 'no lines' })];
  });
  return { id: 'readiness', title: 'Readiness', blocks: [decision(facts), ...parts] };
}

function decision({ readiness, config: { stage } }: LaunchFacts): Block {
  if (isMissing(readiness))
    return missing(
      `No go or no-go is recorded (${readiness.missing}): npm run golive -- readiness --stage ${stage} --record`,
    );
  const { decision: said, at, by, reasons, record } = readiness;
  const why = reasons.length > 0 ? `: ${reasons.join('; ')}` : '';
  return paragraph('Decision: ', verdictBadge(said), ` computed on ${moment(at)} by ${person(by)}${why}. `, { record });
}

function lineRow({ line, status, record, signOff, outdated }: LineStatus): Text[] {
  const { id, text, owner, deputy } = line;
  if (signOff && status === 'attested')
    return [
      id,
      text,
      ownerText(owner, deputy),
      badge(`attested by ${signOff.by}`, 'note'),
      moment(signOff.at),
      [{ link: signOff.link, text: 'proof' }],
    ];
  if (record)
    return [
      id,
      text,
      ownerText(owner, deputy),
      verdictBadge(status),
      moment(record.record.time),
      { record: record.key },
    ];
  const wanted = line.kind === 'attested' ? 'not attested' : 'no record';
  return [
    id,
    text,
    ownerText(owner, deputy),
    badge(wanted, 'plain'),
    '',
    withCode(outdated ?? `missing: ${line.evidence}`),
  ];
}

const ownerText = (owner: string, deputy: string) => `${owner} (${deputy})`;

/** Lines that smoke tests show. */
const SMOKE_LINES = /^(4\.|8\.4$)/;

/** By name, or as the list that the timeline was answered. */
function stepsOf({ steps, ...others }: Readonly<Record<string, unknown>>): [string, unknown][] {
  const listed = Array.isArray(steps) ? steps.map((one): [string, unknown] => [String(fields(one).id), one]) : [];
  return [...Object.entries(others), ...listed];
}

/** Request and response ids of the newest smoke test of each line. */
export function smokeSection({ evidence: { records } }: LaunchFacts): Section {
  const newest = new Map(
    records.filter(({ record }) => SMOKE_LINES.test(record.line)).map((one) => [one.record.line, one]),
  );
  const rows = [...newest.values()].flatMap(({ key, record: { line, time, details } }) =>
    stepsOf(details).flatMap(([step, found]): Text[][] => {
      const { verdict, requestId, responseId, httpStatus, latencyMs, reason } = fields(found);
      if (typeof verdict !== 'string') return [];
      const why = typeof reason === 'string' ? `: ${reason}` : '';
      return [
        [
          `${line} ${step}`,
          [verdictBadge(verdict), why],
          moment(time),
          id(requestId),
          id(responseId),
          String(httpStatus ?? ''),
          String(latencyMs ?? ''),
          { record: key },
        ],
      ];
    }),
  );
  const heads = ['Step', 'Verdict', 'Run', 'Request id', 'Response id', 'HTTP', 'ms', 'Record'];
  const caption = 'The newest smoke test of each line, with the ids that PayCA can look up';
  return {
    id: 'smoke',
    title: 'Smoke tests',
    blocks: [
      table(caption, heads, rows, { empty: 'No smoke test is recorded: npm run golive -- smoke', numbers: [5, 6] }),
    ],
  };
}

const id = (value: unknown): Text => (typeof value === 'string' ? { code: value } : '');

/** What the rule packs say of the templates. */
export function complianceSection({ compliance }: LaunchFacts): Section {
  const section = (...blocks: Block[]): Section => ({ id: 'compliance', title: 'Compliance', blocks });
  if (isMissing(compliance))
    return section(missing(`No compliance report was read (${compliance.missing}): npm run compliance`));
  const { verdict, asOf, commit, problems, warnings, packs, exceptions, file } = compliance;
  const rows = packs.map(({ framework, version, rules, counts, records }): Text[] => [
    `${framework} ${version}`,
    counts['non-compliant'] + counts.error > 0 ? badge('findings', 'bad') : badge('run and clean', 'good'),
    String(rules),
    String(counts['non-compliant'] + counts.error),
    String(counts.acknowledged),
    records === 'findings' ? 'not told' : String(counts.compliant),
  ]);
  const heads = ['Rule pack', 'State', 'Rules', 'Findings', 'Acknowledged', 'Compliant'];
  return section(
    paragraph(
      verdictBadge(verdict),
      ` as of ${asOf}, commit ${commit}: ${problems.length} problems, ${warnings.length} warnings, ${exceptions} exceptions. From ${file.name}, SHA-256 `,
      { code: file.sha256 },
    ),
    table('Rule packs that ran on the templates', heads, rows, { empty: 'no rule pack ran', numbers: [2, 3, 4, 5] }),
  );
}
