import { Command } from 'commander';
import type { Leftover, SmokeResult } from '../lambda/smoke-test/result';
import type { SmokeRequest } from '../lambda/smoke-test/run';
import { operatorRun } from './evidence';
import { invoke } from './invoke';
import { OperatorError, output, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly all: boolean;
  readonly step?: string[];
  readonly settled?: string[];
  readonly json: boolean;
}

async function run({ stage, all, step, settled, json }: Options): Promise<void> {
  if (all && step) throw new OperatorError('--all and --step exclude each other');
  const config = readStage(stage);
  const smokeFunction = output(await stageOutputs(config, ['service']), 'SmokeFunction');
  const { actor } = operatorRun(new Date());
  const steps = all ? 'all' : (step ?? (settled ? [] : 'deploy'));
  const request: SmokeRequest = { steps, actor, settled };
  const advice = 'what it made is undone within the hour';
  // A second run would not undo the first one sooner.
  const asking = { region: config.region, maxAttempts: 1, advice };
  const result = (await invoke(smokeFunction, request, asking)) as SmokeResult;
  console.log(json ? JSON.stringify(result, undefined, 2) : smokeLines(result).join('\n'));
  const isFine = steps.length > 0 ? result.verdict === 'pass' : result.leftovers.length === 0;
  process.exitCode = isFine ? 0 : 1;
}

/** A run in plain lines: each step, then what is left to a person. */
export function smokeLines({ id, verdict, reason, steps, swept, leftovers, evidence }: SmokeResult): string[] {
  return [
    ...steps.map(({ id: step, verdict: own, ...found }) => {
      const ids = found.requestId && `request ${found.requestId}, response ${found.responseId ?? 'none'}`;
      return `${own.padEnd(8)} ${step.padEnd(16)} ${[found.reason, ids].filter(Boolean).join('; ')}`.trimEnd();
    }),
    ...swept.map(
      ({ kind, run: earlier, undone, by }) =>
        `swept    ${kind} of ${earlier}: ${undone ? 'undone' : 'not undone'}${by ? ` by ${by}` : ''}`,
    ),
    ...leftovers.flatMap(leftoverLines),
    ...(evidence ? [`recorded: ${evidence}`] : []),
    `verdict: ${verdict} (${[id, reason].filter(Boolean).join(', ')})`,
  ];
}

function leftoverLines({ kind, id, step, at, requestIds, idempotencyKey, reason }: Leftover): string[] {
  return [
    `LEFT     ${kind} ${id ?? '(id not known)'} of step ${step}, ${at}: ${reason ?? 'not undone yet'}`,
    `         idempotency key ${idempotencyKey}; request ids ${requestIds.join(', ') || 'none'}`,
  ];
}

/** `golive smoke`. */
export function smokeCommand(): Command {
  return new Command('smoke')
    .description('run the smoke tests of a deployed stage, undo what they made, and record the evidence')
    .addOption(stageOption())
    .option('--all', 'also the steps that make a user and a card and move money, within smoke.caps', false)
    .option('--step <id...>', 'only these steps')
    .option('--settled <key...>', 'you have undone these by hand at PayCA: idempotency keys of what was left')
    .option('--json', 'print the result as JSON', false)
    .action(run);
}
