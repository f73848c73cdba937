import { Command, Option } from 'commander';
import { problemLine } from '../lib/config/problems';
import { RUNBOOK, type RunbookLine, SECTIONS } from '../lib/runbook/lines';
import { repositorySignOffs } from '../lib/runbook/reviewed-commits';
import type { SignOffs } from '../lib/runbook/sign-offs';
import { OperatorError } from './stage';

/** A line of the runbook with what shows today that it is true. */
export interface LineState extends RunbookLine {
  readonly section: string;
  /** Signed off by a person, or shown by an act of the rehearsal. */
  readonly shown: boolean;
  readonly state: string;
}

/** The runbook's lines and the team's own, or only those that `owner` answers for, in the runbook's order. */
export function runbookState({ lines, signOffs }: SignOffs, owner?: string): LineState[] {
  return lines
    .filter((line) => owner === undefined || line.owner.toLowerCase() === owner.toLowerCase())
    .map((line) => {
      const signed = signOffs.find((signOff) => signOff.line === line.id);
      const attested = signed ? `signed off by ${signed.by} at ${signed.at}, ${signed.link}` : 'not signed off';
      const automated = line.act ? `rehearsed by the act ${line.act}` : 'no act yet';
      return {
        ...line,
        section: SECTIONS[line.id.split('.')[0] ?? ''] ?? '',
        shown: line.kind === 'attested' ? signed !== undefined : line.act !== undefined,
        state: line.kind === 'attested' ? attested : automated,
      };
    });
}

/** The runbook in plain lines, section by section, ending with how much of it is shown. */
export function runbookLines(lines: readonly LineState[]): string[] {
  const sections = [...new Set(lines.map(({ section }) => section))];
  const written = sections.flatMap((section) => {
    const own = lines.filter((line) => line.section === section);
    return [
      `${own[0]?.id.split('.')[0]}  ${section}`,
      ...own.flatMap(({ id, text, kind, owner, deputy, evidence, state }) => [
        `  ${id.padEnd(4)} ${text}`,
        `       ${kind}, ${owner} (deputy ${deputy}): ${state}; shown by: ${evidence}`,
      ]),
      '',
    ];
  });
  const count = (kind: RunbookLine['kind']) => {
    const of = lines.filter((line) => line.kind === kind);
    return `${of.filter(({ shown }) => shown).length} of ${of.length}`;
  };
  return [
    ...written,
    `${lines.length} lines: ${count('automated')} automated ones are rehearsed, ${count('attested')} attested ones are signed off.`,
  ];
}

/** `golive runbook`. */
export function runbookCommand(): Command {
  const owners = [...new Set(RUNBOOK.map(({ owner }) => owner))].join(', ');
  return new Command('runbook')
    .description("PayCA's go-live runbook line by line: who answers for it, and what shows that it is done")
    .addOption(new Option('--owner <role>', `only the lines of this role: ${owners}, or one of the team's own`))
    .option('--json', 'print the lines as JSON', false)
    .action(({ owner, json }: { owner?: string; json: boolean }) => {
      const { signOffs, problems } = repositorySignOffs();
      if (!signOffs) throw new OperatorError(problems.map(problemLine).join('\n'));
      const lines = runbookState(signOffs, owner);
      if (lines.length === 0) throw new OperatorError(`no line has the owner ${owner}; there are ${owners}`);
      console.log(json ? JSON.stringify(lines, undefined, 2) : runbookLines(lines).join('\n'));
    });
}
