import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, type Stage, type StageSynthesisOptions } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../config';
import { parseStages, type StageInput } from '../../lib/config/schema';
import { addGoLive } from '../../lib/golive';

type Change = (input: StageInput) => StageInput;

/**
 * The whole app with the flags of cdk.json, which tests do not read by themselves, without bundling and without what CDK
 * writes beside the templates about itself: the tree, and what its makers count.
 */
export function goLiveApp(change: Change = (input) => input, inputs: readonly StageInput[] = stages): App {
  const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8'));
  return withoutStackTraces(() => {
    const app = new QuickApp({
      context: { ...context, ...QUICK },
      stackTraces: false,
      treeMetadata: false,
      analyticsReporting: false,
    });
    addGoLive(app, parseStages(inputs.map(change)));
    return app;
  });
}

const QUICK = {
  'aws:cdk:bundling-stacks': [],
  'aws:cdk:disable-creation-stack-traces': true,
  '@aws-cdk/core:enableAdditionalMetadataCollection': false,
};

/** Jest keeps a hundred frames of a stack, and CDK takes a stack for each resource: a third of a synth. */
function withoutStackTraces<T>(make: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class QuickApp extends App {
  override synth(options?: StageSynthesisOptions) {
    return withoutStackTraces(() => super.synth(options));
  }
}

export type StackName = `${'Production' | 'Sandbox'}/${'State' | 'Service' | 'Launch'}`;

const unchanged = new Map<string, Stage>();

/** Templates by stack path; only the stage that is asked for is synthesised, once. */
export function templates(change?: Change): (name: StackName) => Template {
  const built = change ? new Map<string, Stage>() : unchanged;
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
  const stage = app.node.findChild(id) as Stage;
  // The stage alone: what the whole app adds is the register of exceptions, which no template shows.
  withoutStackTraces(() => stage.synth());
  return stage;
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
