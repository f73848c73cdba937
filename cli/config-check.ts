import { Command, Option } from 'commander';
import { stages } from '../config';
import { dateFindings, escalationFindings, exampleFindings } from '../lib/config/checks';
import { type Finding, type Problem, problemLine } from '../lib/config/problems';
import { readStages, type StageInput } from '../lib/config/schema';
import { repositorySignOffs } from '../lib/runbook/reviewed-commits';
import { readSignOffs, SIGN_OFFS_PLACE } from '../lib/runbook/sign-offs';
import { parseTime } from './stage';

export interface ConfigCheckOptions {
  /** Only this stage; all of them when absent. */
  readonly stage?: string;
  readonly asOf: Date;
  /** Judge as a deploy would: example values are errors. */
  readonly deployable: boolean;
  /** What was read of `config/sign-offs.yaml`; nothing when absent. */
  readonly signOffs?: ReturnType<typeof readSignOffs>;
  /** Where paths in the config begin; the repository when absent. */
  readonly root?: string;
}

export interface ConfigReport {
  readonly verdict: 'pass' | 'fail';
  readonly stages: readonly string[];
  readonly problems: readonly Problem[];
  readonly findings: readonly Finding[];
}

/** Everything that is to be said about the stages' config on a date. */
export function checkConfig(inputs: readonly StageInput[], options: ConfigCheckOptions): ConfigReport {
  const wanted = ({ stage }: { stage: string }) => !options.stage || stage === options.stage;
  const read = readStages(inputs, options.root);
  const configs = read.stages.filter(wanted);
  const signOffs = options.signOffs ?? readSignOffs('');
  // A problem of no known stage (its name is wrong, or it is of the config as a whole) may be the wanted stage's.
  const problems = read.problems.filter((problem) => wanted(problem) || !(problem.stage in FILES));
  const findings = configs.flatMap((config) => [
    ...dateFindings(config, options.asOf, options.root),
    ...escalationFindings(config),
    ...exampleFindings(config, options.deployable ? 'error' : 'warning'),
  ]);
  problems.push(...signOffs.problems);
  findings.push(...(signOffs.signOffs?.uncommitted ?? []).map(notCommitted));
  const failed = problems.length > 0 || findings.some(({ severity }) => severity === 'error');
  const named = new Set([...configs, ...problems, ...findings].map(({ stage }) => stage));
  return { verdict: failed ? 'fail' : 'pass', stages: [...named].sort(), problems, findings };
}

function notCommitted(index: number): Finding {
  return {
    id: 'sign-off-not-committed',
    severity: 'warning',
    stage: SIGN_OFFS_PLACE,
    path: `signOffs[${index}]`,
    message: 'does not count before a reviewed commit brings it: merged, and in the history of this clone',
  };
}

/** The report in plain lines, stage by stage, ending with what to do next. */
export function configReportLines(report: ConfigReport): string[] {
  const lines = report.stages.flatMap((stage) => {
    const own = [
      ...report.problems
        .filter((problem) => problem.stage === stage)
        .map((problem) => `  error    ${problemLine(problem)}`),
      ...report.findings
        .filter((finding) => finding.stage === stage)
        .map(({ severity, path, message, id }) => `  ${severity.padEnd(7)}  ${stage}.${path} ${message} [${id}]`),
    ];
    return [`${stage}:`, ...(own.length > 0 ? own : ['  nothing to report']), ''];
  });
  return [...lines, summary(report)];
}

/** Where a stage is written, by the name it has in a report. */
const FILES: Readonly<Record<string, string>> = {
  production: 'config/production.ts',
  sandbox: 'config/sandbox.ts',
  [SIGN_OFFS_PLACE]: SIGN_OFFS_PLACE,
};

function summary({ verdict, problems, findings }: ConfigReport): string {
  const errors = [...problems, ...findings.filter(({ severity }) => severity === 'error')];
  const warnings = findings.length + problems.length - errors.length;
  const counts = `${count(errors.length, 'error')}, ${count(warnings, 'warning')}.`;
  const examples = findings.some(({ id }) => id === 'example-value' || id === 'allow-list-not-supplied');
  if (verdict === 'fail') {
    const files = new Set(errors.map(({ stage }) => FILES[stage] ?? 'the stages in config/'));
    return `${counts} Edit ${[...files].join(' and ')}, then run this again.`;
  }
  if (examples) return `${counts} This synthesises; a deploy is refused until the example values are replaced.`;
  return `${counts} The config can be deployed.`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** `golive config check`. */
export function configCheckCommand(): Command {
  return new Command('check')
    .description('say what is wrong or missing in the stages in config/, also what depends on the date')
    .addOption(new Option('--stage <stage>', 'only this stage').choices(stages.map(({ stage }) => stage)))
    .option('--as-of <date>', 'judge as on this date in UTC, instead of now', parseTime)
    .option('--deployable', 'count example values as errors, as a deploy does', false)
    .option('--json', 'print the report as JSON', false)
    .action((options: { stage?: string; asOf?: Date; deployable: boolean; json: boolean }) => {
      const report = checkConfig(stages, {
        ...options,
        asOf: options.asOf ?? new Date(),
        signOffs: repositorySignOffs(),
      });
      console.log(options.json ? JSON.stringify(report, undefined, 2) : configReportLines(report).join('\n'));
      process.exitCode = report.verdict === 'pass' ? 0 : 1;
    });
}
