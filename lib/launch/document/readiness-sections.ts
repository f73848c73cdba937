import { fields } from '../../../lambda/payca/json';
import { SECTIONS } from '../../runbook/lines';
import type { ReadinessAnswer } from '../../runbook/readiness';
import { READINESS } from '../../runbook/readiness-inputs';
import { isMissing, type LaunchFacts, recordOf } from './facts';
import { type LineStatus, lineAnchor, lineCells, lineLink, lineStatuses } from './line-status';
import {
  type Block,
  badge,
  heading,
  type Inline,
  missing,
  moment,
  paragraph,
  person,
  type Section,
  sectionOf,
  type Text,
  table,
  verdictBadge,
} from './model';

/** The go or no-go, and every line of the runbook with who answers for it and what shows it. */
export function readinessSection(facts: LaunchFacts): Section {
  const { answer, lines } = lineStatuses(facts);
  const heads = ['Line', 'What must be true', 'Owner (deputy)', 'Status', 'Date', 'Evidence'];
  const parts = Object.entries(SECTIONS).flatMap(([number, title]): Block[] => {
    const own = lines.filter(({ line }) => line.id.split('.')[0] === number);
    if (own.length === 0) return [];
    const done = own.filter(({ ready }) => !ready.open).length;
    const name = /^\d/.test(number) ? `${number} ${title}` : title;
    const anchors = own.map(({ line }) => lineAnchor(line.id));
    const caption = `${done} of ${own.length} shown or attested`;
    return [
      heading(name),
      table(caption, heads, own.map(lineRow), { empty: 'no lines', anchors, widths: [5, 31, 17, 12, 17, 18] }),
    ];
  });
  return { id: 'readiness', title: 'Readiness', blocks: [...decisions(facts, answer), ...parts] };
}

/** What the records come to when this is made, and what the timeline went by. */
function decisions({ readiness, evidence, config: { stage } }: LaunchFacts, answer: ReadinessAnswer): Block[] {
  const waiting = answer.lines.filter(({ decides, open }) => decides && open);
  const others = answer.reasons.length - waiting.length;
  const because: Inline[] = waiting.flatMap(({ id }, index) => [
    index === 0 ? ', for these lines are open: ' : ', ',
    lineLink(id),
  ]);
  const now = paragraph(
    'When this was made: ',
    verdictBadge(answer.decision),
    ...because,
    others > 0 ? `; ${others} problems of the evidence` : '',
    '.',
  );
  const recorded = isMissing(readiness)
    ? missing(
        `No go or no-go was recorded (${readiness.missing}): \`npm run golive -- readiness --stage ${stage} --record\``,
      )
    : paragraph(
        'Recorded last: ',
        verdictBadge(readiness.decision),
        ` on ${moment(readiness.at)} by ${person(readiness.by)}${readiness.reasons.length > 0 ? `, for ${readiness.reasons.length} reasons` : ''}. `,
        { record: recordOf(evidence, readiness.record, READINESS) },
      );
  return [now, recorded, ...answer.remarks.map((remark) => paragraph(`Remark: ${remark}.`))];
}

function lineRow(status: LineStatus): Text[] {
  const { id, text, owner, deputy } = status.line;
  return [id, text, `${owner} (${deputy})`, ...lineCells(status)];
}

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
      table(caption, heads, rows, { empty: 'No smoke test is recorded: `npm run golive -- smoke`', numbers: [5, 6] }),
    ],
  };
}

const id = (value: unknown): Text => (typeof value === 'string' ? { code: value } : '');

/** What the rule packs say of the templates. */
export function complianceSection({ compliance }: LaunchFacts): Section {
  const section = sectionOf('compliance', 'Compliance');
  if (isMissing(compliance))
    return section(missing(`No compliance report was read (${compliance.missing}): \`npm run compliance\``));
  const { verdict, asOf, commit, isPresent, problems, warnings, packs, exceptions, file } = compliance;
  const rows = packs.map(({ framework, version, rules, counts, records }): Text[] => [
    `${framework} ${version}`,
    counts['non-compliant'] + counts.error > 0 ? badge('findings', 'bad') : badge('run and clean', 'good'),
    rules === undefined ? 'not told' : String(rules),
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
    ...(isPresent
      ? []
      : [
          paragraph(
            'This document was made from other sources than that report: ',
            { code: 'npm run compliance' },
            '.',
          ),
        ]),
    table('Rule packs that ran on the templates', heads, rows, { empty: 'no rule pack ran', numbers: [2, 3, 4, 5] }),
  );
}
