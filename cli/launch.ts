import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { Command, InvalidArgumentError } from 'commander';
import { commandSchema, type Command as Wanted } from '../lambda/run-timeline/commands';
import { signIdentity } from '../lambda/run-timeline/identity';
import { isActive, type Launch } from '../lambda/run-timeline/launch';
import { calendarOf } from '../lambda/run-timeline/message';
import type { Readiness } from '../lambda/run-timeline/readiness';
import type { Reply } from '../lambda/run-timeline/reply';
import { STEPS } from '../lambda/run-timeline/steps';
import type { StageConfig } from '../lib/config/schema';
import { invoke } from './invoke';
import { launchLines, rollbackLines } from './launch-status';
import { explain, OperatorError, output, parseTime, readStage, stageOption, stageOutputs } from './stage';

const WATCH_SECONDS = 15;

type Told = Exclude<Reply, { refused: string }>;

/** Asks the timeline of a stage; a refusal is an `OperatorError`. */
async function ask(config: StageConfig, request: object): Promise<Told> {
  if (!config.launch.enabled)
    throw new OperatorError(`${config.stage} has no stack Launch: set launch.enabled, then deploy it`);
  const FunctionName = output(await stageOutputs(config, ['launch']), 'TimelineFunction');
  const reply = (await invoke(FunctionName, request, { region: config.region })) as Reply;
  if ('refused' in reply) throw new OperatorError(`refused: ${reply.refused}`);
  return reply;
}

/** Asks with a signature by which AWS says who asks. */
async function askSigned(config: StageConfig, asked: { wanted: Wanted } | { readiness: object }): Promise<Told> {
  const credentials = await fromNodeProviderChain()().catch((error) => {
    throw new OperatorError(explain(error, 'who gives this command'));
  });
  const [signed] = Object.values(asked);
  return ask(config, {
    identity: signIdentity(signed, { region: config.region, credentials, now: new Date() }),
    ...asked,
  });
}

/** Leaves a readiness with the timeline, which asks for it at T. */
export async function leaveReadiness(config: StageConfig, readiness: Omit<Readiness, 'at' | 'by'>): Promise<void> {
  await askSigned(config, { readiness });
}

interface Options {
  readonly stage: string;
  readonly json: boolean;
  readonly ics?: string;
}

async function give(command: object, { stage, json, ics }: Options): Promise<void> {
  const config = readStage(stage);
  const wanted = commandSchema.safeParse(command);
  if (!wanted.success) {
    const places = wanted.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`);
    throw new OperatorError(places.join('; '));
  }
  const told = await askSigned(config, { wanted: wanted.data });
  show(config, told, json);
  if (ics) writeCalendar(config, told.launch, ics);
  for (const { kind, name, problem } of told.stuck ?? []) console.error(`not put back: ${kind} ${name}: ${problem}`);
  if (told.stuck?.length) process.exitCode = 1;
}

function show({ launch: { zone } }: StageConfig, told: Told, json: boolean, history?: number): void {
  const lines = launchLines(told, { zone, now: new Date(), history });
  console.log(json ? JSON.stringify(told, undefined, 2) : lines.join('\n'));
}

function writeCalendar(
  { programme, stage, launch: { zone } }: StageConfig,
  launch: Launch | undefined,
  file: string,
): void {
  if (!launch) throw new OperatorError('no launch was ever scheduled: there is nothing for a calendar');
  writeFileSync(file, calendarOf({ programme, stage, zone }, launch, new Date()));
  console.error(`calendar: ${file}`);
}

async function status(options: Options & { readonly watch: boolean; readonly history: boolean }): Promise<void> {
  const config = readStage(options.stage);
  for (;;) {
    const told = await ask(config, { ask: 'status' });
    show(config, told, options.json, options.history ? Number.POSITIVE_INFINITY : undefined);
    if (options.ics) writeCalendar(config, told.launch, options.ics);
    if (!options.watch || !told.launch || !isActive(told.launch)) return;
    await sleep(WATCH_SECONDS * 1000);
    console.log('');
  }
}

async function rollback(options: Options & { readonly dryRun: boolean; readonly reason?: string }): Promise<void> {
  const config = readStage(options.stage);
  const { launch } = await ask(config, { ask: 'status' });
  if (!launch) throw new OperatorError('no launch was ever scheduled: there is nothing to roll back');
  if (!options.json) console.log(rollbackLines(launch).join('\n'));
  if (options.dryRun) {
    if (options.json) console.log(JSON.stringify({ launch, wouldPutBack: launch.switched }, undefined, 2));
    return;
  }
  if (!options.reason) throw new OperatorError('say why, with --reason');
  await give({ command: 'rollback', reason: options.reason }, options);
}

const HELP = `
Before:  the stacks Launch of both stages are deployed; each address in launch.owners has confirmed its subscription.
         npm run golive -- readiness --record
         npm run golive -- launch schedule --at 2026-12-01T09:00:00Z --ics launch.ics
During:  npm run golive -- launch status --watch
         A step that fails, or has no data, waits for: launch approve, hold or abort; the approver is not the scheduler.
Back:    npm run golive -- launch rollback --dry-run

docs/launch.md tells what each step does, and what happens when nobody answers.`;

function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(stageOption())
    .option('--json', 'print the launch as JSON', false)
    .option('--ics <file>', 'write the steps as a calendar file');
}

function withReason(name: string, description: string): Command {
  return subcommand(name, description)
    .requiredOption('--reason <text>', 'why; it stays in the history')
    .action(({ reason, ...options }) => give({ command: name, reason }, options));
}

function wholeNumber(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** `golive launch`. */
export function launchCommand(): Command {
  return new Command('launch')
    .description('schedule a launch, follow it, decide what waits for a person, and roll it back')
    .addHelpText('after', HELP)
    .addCommand(
      subcommand('schedule', 'schedule the launch, or move it: what was done for the former time is done again')
        .requiredOption('--at <time>', 'T in UTC: 2026-12-01T09:00:00Z', parseTime)
        .action(({ at, ...options }) => give({ command: 'schedule', at: at.toISOString() }, options)),
    )
    .addCommand(withReason('cancel', 'take a scheduled launch off; what was switched is switched back'))
    .addCommand(
      subcommand('status', 'where the launch stands: steps, who is waited for, what is switched')
        .option('--watch', `show it again every ${WATCH_SECONDS} seconds, until it ends`, false)
        .option('--history', 'the whole history, of earlier launches too', false)
        .action(status),
    )
    .addCommand(
      subcommand('approve', 'go on although a step did not pass, or after a hold; not by who scheduled it')
        .option('--step <step>', `which, when several wait: ${STEPS.map(({ id }) => id).join(', ')}`)
        .requiredOption('--reason <text>', 'why; it stays in the history and in the evidence')
        .action(({ step, reason, ...options }) => give({ command: 'approve', step, reason }, options)),
    )
    .addCommand(withReason('hold', 'let nothing go on before the window until somebody approves'))
    .addCommand(withReason('abort', 'end the launch; what was switched is switched back'))
    .addCommand(
      subcommand('feedback', 'how many tickets customers have opened, and where they are')
        .requiredOption('--tickets <count>', 'how many', wholeNumber)
        .requiredOption('--link <url>', 'where they are: https://...')
        .action(({ tickets, link, ...options }) => give({ command: 'feedback', tickets, link }, options)),
    )
    .addCommand(
      subcommand('rollback', 'put back what was switched, suspend the schedule, and list what people do by hand')
        .option('--dry-run', 'say what would be done, and do nothing', false)
        .option('--reason <text>', 'why; it stays in the history and in the evidence')
        .action(rollback),
    );
}
