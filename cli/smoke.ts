import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Command } from 'commander';
import type { Leftover, SmokeRequest, SmokeResult } from '../lambda/smoke-test/run';
import type { StageConfig } from '../lib/config/schema';
import { operatorRun } from './evidence';
import { explain, OperatorError, output, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly all: boolean;
  readonly step?: string[];
  readonly json: boolean;
}

async function run({ stage, all, step, json }: Options): Promise<void> {
  if (all && step) throw new OperatorError('--all and --step exclude each other');
  const config = readStage(stage);
  const smokeFunction = output(await stageOutputs(config, ['service']), 'SmokeFunction');
  const { actor } = operatorRun(new Date());
  const result = await invoke(config, smokeFunction, { steps: all ? 'all' : (step ?? 'deploy'), actor });
  console.log(json ? JSON.stringify(result, undefined, 2) : smokeLines(result).join('\n'));
  process.exitCode = result.verdict === 'pass' ? 0 : 1;
}

async function invoke({ region }: StageConfig, FunctionName: string, request: SmokeRequest): Promise<SmokeResult> {
  const Payload = Buffer.from(JSON.stringify(request));
  const answer = await new LambdaClient({ region, maxAttempts: 1 })
    .send(new InvokeCommand({ FunctionName, Payload }))
    .catch((error) => {
      throw new OperatorError(explain(error, `function ${FunctionName}`));
    });
  const result = JSON.parse(Buffer.from(answer.Payload ?? []).toString());
  if (answer.FunctionError)
    throw new OperatorError(`${FunctionName} failed (${result.errorMessage}); what it made is undone within the hour`);
  return result;
}

/** A run in plain lines: each step, then what is left to a person. */
export function smokeLines({ id, verdict, reason, steps, swept, leftovers, evidence }: SmokeResult): string[] {
  return [
    ...steps.map(({ id: step, verdict: own, ...found }) => {
      const ids = found.requestId && `request ${found.requestId}, response ${found.responseId ?? 'none'}`;
      return `${own.padEnd(8)} ${step.padEnd(16)} ${[found.reason, ids].filter(Boolean).join('; ')}`.trimEnd();
    }),
    ...swept.map(
      ({ kind, run: earlier, undone }) => `swept    ${kind} of ${earlier}: ${undone ? 'undone' : 'not undone'}`,
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
    .option('--json', 'print the result as JSON', false)
    .action(run);
}
