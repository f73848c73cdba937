import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, type Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../config';
import { parseStages, type StageInput } from '../../lib/config/schema';
import { addGoLive } from '../../lib/golive';

// Jest keeps a hundred frames of a stack. CDK takes a stack for each resource and acknowledgement: a third of a synth.
Error.stackTraceLimit = 5;

type Change = (input: StageInput) => StageInput;

/**
 * The whole app with the flags of cdk.json, which tests do not read by themselves, without bundling.
 */
export function goLiveApp(change: Change = (input) => input, inputs: readonly StageInput[] = stages): App {
  const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8'));
  const app = new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-creation-stack-traces': true },
    stackTraces: false,
  });
  addGoLive(app, parseStages(inputs.map(change)));
  return app;
}

export type StackName = `${'Production' | 'Sandbox'}/${'State' | 'Service' | 'Launch'}`;

/** Templates by stack path; only the stage that is asked for is synthesised, once. */
export function templates(change?: Change): (name: StackName) => Template {
  const built = new Map<string, Stage>();
  return (name) => {
    const [id, stack] = name.split('/') as [string, string];
    const stage = built.get(id) ?? synthesised(id, change);
    built.set(id, stage);
    return Template.fromStack(stage.node.findChild(stack) as Stack);
  };
}

function synthesised(id: string, change?: Change): Stage {
  const app = goLiveApp(
    change,
    stages.filter(({ stage }) => stage === id.toLowerCase()),
  );
  app.synth();
  return app.node.findChild(id) as Stage;
}

export function stacks(app: App): Stack[] {
  return app.node.findAll().filter(Stack.isStack);
}

type Deep<T> = { [K in keyof T]?: T[K] extends object ? Deep<T[K]> : T[K] };

/** Changes one stage's input; nested objects are merged, arrays and unions replaced. */
export function changed(stage: StageInput['stage'], change: Deep<StageInput>): Change {
  return (input) => (input.stage === stage ? (merge(input, change) as StageInput) : input);
}

function merge(value: unknown, change: unknown): unknown {
  if (!isPlain(value) || !isPlain(change)) return change;
  return {
    ...value,
    ...Object.fromEntries(Object.entries(change).map(([key, next]) => [key, merge(value[key], next)])),
  };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
