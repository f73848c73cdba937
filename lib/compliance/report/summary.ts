import { type Report, VERDICTS } from './report';

const SHOWN = 20;

/** The report in plain lines: a row for each pack, what is wrong, where to read on. */
export function summaryLines(report: Report, paths: readonly string[]): string[] {
  const { asOf, commit, packs, exceptions, problems, warnings, resources, templates } = report;
  const width = Math.max(...packs.map(({ framework }) => framework.length));
  const head = `  ${'pack'.padEnd(width)} ${'rules'.padStart(6)}${VERDICTS.map((verdict) => verdict.padStart(16)).join('')}`;
  const rows = packs.map(({ framework, rules, counts, records }) => {
    const cells = VERDICTS.map((verdict) => {
      const unknown = records === 'findings' && (verdict === 'compliant' || verdict === 'not applicable');
      return (unknown ? '-' : String(counts[verdict])).padStart(16);
    });
    return `  ${framework.padEnd(width)} ${String(rules ?? '-').padStart(6)}${cells.join('')}`;
  });
  return [
    `Compliance as of ${asOf}, commit ${commit}: ${resources.length} resources in ${templates.length} templates, ${exceptions.length} exceptions`,
    '',
    head,
    ...rows,
    '',
    ...list('error  ', problems),
    ...list('warning', warnings),
    `Report:  ${paths.join('  ')}`,
    `Verdict: ${report.verdict}`,
  ];
}

function list(label: string, sentences: readonly string[]): string[] {
  if (sentences.length === 0) return [];
  const more = sentences.length > SHOWN ? [`  ... and ${sentences.length - SHOWN} more in the report`] : [];
  return [...sentences.slice(0, SHOWN).map((sentence) => `  ${label} ${sentence}`), ...more, ''];
}
