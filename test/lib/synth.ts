import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, type Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../config';
import { parseStages, type StageInput } from '../../lib/config/schema';
import { addGoLive } from '../../lib/golive';

type Change = (input: StageInput) => StageInput;

/**
 * The whole app with the flags of cdk.json, which tests do not read by themselves, without bundling and without CDK's own
 * template validation: to load its rules takes longer than all else, and every real synth has it.
 */
export function goLiveApp(change: Change = (input) => input): App {
  const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8'));
  const app = new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: false,
    stackTraces: false,
  });
  addGoLive(app, parseStages(stages.map(change)));
  return app;
}

export type StackName = 'Production/State' | 'Production/Service' | 'Sandbox/State' | 'Sandbox/Service';

/** Templates of the app by stack path, after one synth. */
export function templates(change?: Change): (name: StackName) => Template {
  const app = goLiveApp(change);
  app.synth();
  return (name) => {
    const [stage, stack] = name.split('/') as [string, string];
    return Template.fromStack((app.node.findChild(stage) as Stage).node.findChild(stack) as Stack);
  };
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
