import { spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { Command } from 'commander';
import { partition, STAGE_IDS, stackName } from '../lib/config/names';
import type { StageConfig } from '../lib/config/schema';
import { REPOSITORY } from '../lib/config/truststore';
import { explain, OperatorError, readAws, readStage, stageOption } from './stage';

interface Options {
  readonly stage: string;
  readonly fixForward: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

interface Watch {
  /** Nothing undoes the deploy, failed smoke tests neither. @default false */
  readonly fixForward?: boolean;
  /** ARNs of the alarms that may undo the deploy of `Service`. */
  readonly alarms: readonly string[];
  /** The same for people. */
  readonly says: string;
}

/**
 * CloudFormation refuses an alarm that does not exist yet, so on the first deploy there is none; and one that rings already
 * would undo the very deploy that mends its cause, so there is a way without.
 */
export function watchedBy(config: StageConfig, deployed: readonly string[], fixForward: boolean): Watch {
  const { programme, stage, account, region, rollback } = config;
  if (fixForward)
    return { fixForward, alarms: [], says: 'fix forward: neither an alarm nor a failed smoke test undoes this deploy' };
  const names = rollback.alarms.map((alarm) => `${programme}-${stage}-${alarm}`);
  const present = names.filter((name) => deployed.includes(name));
  const absent = names.filter((name) => !deployed.includes(name));
  const watched =
    present.length > 0
      ? `undone if one goes off during it or within ${rollback.monitoringMinutes} minutes after it: ${present.join(', ')}`
      : 'no alarm undoes this deploy';
  return {
    alarms: present.map((name) => `arn:${partition(region)}:cloudwatch:${region}:${account}:alarm:${name}`),
    says: absent.length > 0 ? `${watched}; not deployed yet: ${absent.join(', ')}` : watched,
  };
}

/**
 * What `cdk` is called with, in order. It is synthesised once, with every rule pack, and what was synthesised is deployed:
 * first `State`, which no alarm may undo, then `Service`, then `Launch` where the config has one. Triggers of an earlier
 * deploy stay with a stack until they are replaced, so no triggers has to be said too.
 */
export function cdkCalls(
  { stage, rollback, launch }: StageConfig,
  { alarms, fixForward }: Watch,
  yes: boolean,
): string[][] {
  const deploy = (part: string) => [
    'deploy',
    `${STAGE_IDS[stage]}/${part}`,
    '--exclusively',
    '--app',
    'cdk.out',
    ...(yes ? ['--require-approval', 'never'] : []),
  ];
  const triggers =
    alarms.length > 0 ? [...alarms, '--monitoring-time-minutes', String(rollback.monitoringMinutes)] : ['none'];
  return [
    ['synth', '**', '--quiet', ...(fixForward ? ['-c', 'smoke=report'] : [])],
    deploy('State'),
    [...deploy('Service'), '--rollback-trigger-alarm-arns', ...triggers],
    ...(launch.enabled ? [deploy('Launch')] : []),
  ];
}

/** Names of the alarms in the deployed `Service`; none when there is no such stack. */
async function deployedAlarms(config: StageConfig): Promise<string[]> {
  const StackName = stackName(config, 'service');
  const { account, region } = config;
  try {
    return await readAws(config, async (credentials) => {
      const client = new CloudFormationClient({ region, credentials });
      const found: StackResourceSummary[] = [];
      for await (const page of paginateListStackResources({ client }, { StackName })) {
        found.push(...(page.StackResourceSummaries ?? []));
      }
      return found.flatMap(alarmName);
    });
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return [];
    throw new OperatorError(explain(error, `stack ${StackName} in account ${account}, ${region}`));
  }
}

function alarmName({ ResourceType, ResourceStatus, PhysicalResourceId = '' }: StackResourceSummary): string[] {
  const stands = ResourceType === 'AWS::CloudWatch::Alarm' && !ResourceStatus?.startsWith('DELETE');
  return stands ? [PhysicalResourceId] : [];
}

async function run({ stage, fixForward, yes, dryRun }: Options): Promise<void> {
  const config = readStage(stage);
  const watch = watchedBy(config, await deployedAlarms(config), fixForward);
  console.log(`${stage}: ${watch.says}`);
  for (const call of cdkCalls(config, watch, yes)) {
    console.log(`npx cdk ${call.map((word) => (word.includes('*') ? `'${word}'` : word)).join(' ')}`);
    if (dryRun) continue;
    process.exitCode = await cdk(call);
    if (process.exitCode !== 0) return;
  }
}

function cdk(call: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'node_modules', 'aws-cdk', 'bin', 'cdk'), ...call], {
    cwd: REPOSITORY,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** `golive deploy`. */
export function deployCommand(): Command {
  return new Command('deploy')
    .description(
      'deploy the stage with cdk: State, then Service, which is undone when an alarm of rollback.alarms goes off, then Launch',
    )
    .addOption(stageOption())
    .option(
      '--fix-forward',
      'let neither alarms nor failed smoke tests undo it: for the deploy that mends what they tell of',
      false,
    )
    .option('--yes', 'do not ask about broader permissions, as in a pipeline that was approved', false)
    .option('--dry-run', 'print the calls of cdk and make none', false)
    .action(run);
}
