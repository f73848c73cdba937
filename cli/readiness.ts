import { existsSync, readFileSync } from 'node:fs';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { Command, Option } from 'commander';
import type { Finding } from '../lambda/payca/evidence';
import { readEvidence } from '../lambda/payca/evidence-chain';
import { PIPELINE_VARIABLES, parameterPath, stackName } from '../lib/config/names';
import { problemLine } from '../lib/config/problems';
import type { StageConfig } from '../lib/config/schema';
import { alarmNameOf, dashboardName, placeholders } from '../lib/monitoring/alarms/alarm-row';
import { alarmTable } from '../lib/monitoring/alarms/alarm-table';
import { RUNBOOK } from '../lib/runbook/lines';
import {
  type FoundLine,
  type ReadinessAnswer,
  type ReadinessInputs,
  readiness,
  readinessLines,
} from '../lib/runbook/readiness';
import { READINESS, readinessInputs, storedInputs } from '../lib/runbook/readiness-inputs';
import { repositorySignOffs } from '../lib/runbook/reviewed-commits';
import { EvidenceStore, operatorRun } from './evidence';
import { keptObjects } from './evidence-records';
import { leaveReadiness } from './launch';
import { explain, OperatorError, output, readAws, readStage, stageOption, stageOutputs } from './stage';
import { presentVersion } from './support-pack';

interface Options {
  readonly stage: string;
  readonly owner?: string;
  readonly record: boolean;
  readonly inputs?: string;
  readonly json: boolean;
}

async function run(options: Options): Promise<void> {
  if (options.inputs && options.record) throw new OperatorError('--inputs and --record exclude each other');
  const now = new Date();
  const inputs = options.inputs ? inputsIn(options.inputs) : await presentInputs(options.stage, now);
  const answer = readiness(inputs);
  const owners = [...new Set(answer.lines.map(({ owner }) => owner))];
  if (options.owner && !owners.some((one) => one.toLowerCase() === options.owner?.toLowerCase()))
    throw new OperatorError(`no line has the owner ${options.owner}; there are ${owners.join(', ')}`);
  const key = options.record ? await record(readStage(options.stage), inputs, answer, now) : undefined;
  if (options.json) console.log(JSON.stringify({ ...answer, record: key }, undefined, 2));
  else console.log([...readinessLines(answer, options.owner), ...(key ? [`recorded ${key}`] : [])].join('\n'));
  process.exitCode = answer.decision === 'go' ? 0 : 1;
}

/** From a record that `--record` wrote: the same inputs, the same answer. */
function inputsIn(file: string): ReadinessInputs {
  if (!existsSync(file)) throw new OperatorError(`there is no file ${file}`);
  try {
    const inputs = storedInputs(JSON.parse(readFileSync(file, 'utf8')).details);
    if (inputs) return inputs;
  } catch {
    // It is told below what the file is not.
  }
  throw new OperatorError(`${file} is no record of a readiness: golive evidence show ${READINESS} --json names them`);
}

async function presentInputs(stage: string, now: Date): Promise<ReadinessInputs> {
  const config = readStage(stage);
  const { signOffs, problems } = repositorySignOffs();
  if (!signOffs) throw new OperatorError(problems.map(problemLine).join('\n'));
  const evidence = readEvidence(await keptObjects({ stage }));
  const at = now.toISOString();
  const deployed = deployedLines(config, await deployedNames(config));
  const standing = deployed.map((line) => ({ ...line, at, by: 'stacks' }));
  return readinessInputs({ config, signOffs, evidence, standing, supportVersion: presentVersion(config), at });
}

/** Lines that the deployed stacks show by being there. */
function deployedLines(
  config: StageConfig,
  deployed: readonly string[],
): Pick<FoundLine, 'line' | 'verdict' | 'says'>[] {
  const there = (line: string, wanted: readonly string[]) => {
    const missing = wanted.filter((name) => !deployed.includes(name));
    const says = missing.length > 0 ? `not deployed: ${missing.join(', ')}` : `deployed: ${wanted.join(', ')}`;
    return { line, verdict: missing.length > 0 ? ('fail' as const) : ('pass' as const), says };
  };
  const alarms = alarmTable(config, placeholders(config));
  return [
    there(
      '1.4',
      PIPELINE_VARIABLES.map((name) => `${parameterPath(config)}/${name}`),
    ),
    there('5.1', [dashboardName(config, 'launch'), dashboardName(config, 'operations')]),
    ...['5.2', '5.3', '5.4', '5.5'].map((line) =>
      there(
        line,
        alarms.filter((row) => row.line === line).map((row) => alarmNameOf(config, row)),
      ),
    ),
  ];
}

async function deployedNames(config: StageConfig): Promise<string[]> {
  const names = await Promise.all(
    (['state', 'service'] as const).map((part) => {
      const StackName = stackName(config, part);
      return readAws(config, async (credentials) => {
        const client = new CloudFormationClient({ region: config.region, credentials });
        const found: string[] = [];
        for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
          found.push(...StackResourceSummaries.flatMap(({ PhysicalResourceId }) => PhysicalResourceId ?? []));
        return found;
      }).catch((error) => {
        throw new OperatorError(explain(error, `stack ${StackName} in account ${config.account}, ${config.region}`));
      });
    }),
  );
  return names.flat();
}

/** Keeps inputs and answer as evidence, and leaves the answer with the timeline, which asks for it at T. */
async function record(
  config: StageConfig,
  inputs: ReadinessInputs,
  answer: ReadinessAnswer,
  now: Date,
): Promise<string> {
  const { decision, reasons } = answer;
  const finding: Finding = {
    line: READINESS,
    verdict: decision === 'go' ? 'pass' : 'fail',
    details: { decision, reasons, inputs },
  };
  const bucket = output(await stageOutputs(config, ['state']), 'EvidenceBucket');
  const { key } = await new EvidenceStore(bucket, config.region).write(operatorRun(now), [finding]);
  if (config.launch.enabled) await leaveReadiness(config, { decision, reasons: reasons.slice(0, 200), record: key });
  return key;
}

/** `golive readiness`. */
export function readinessCommand(): Command {
  const owners = [...new Set(RUNBOOK.map(({ owner }) => owner))].join(', ');
  return new Command('readiness')
    .description('go or no-go: a verdict for each line of the runbook, by owner; exit code 1 for no-go')
    .addOption(stageOption())
    .addOption(new Option('--owner <role>', `only the lines of this role: ${owners}, or one of the team's own`))
    .option('--record', 'keep inputs and answer as evidence, and leave the answer with the timeline', false)
    .option('--inputs <file>', 'answer again from a record, without AWS')
    .option('--json', 'print the answer as JSON', false)
    .action(run);
}
