import { Stack, Stage } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { Leaf } from '../../lambda/run-timeline/compare';
import { exportedConfigPath } from '../config/names';
import type { StageConfig } from '../config/schema';
import { PaycaFunction } from '../payca-function';

/** The Parameter Store takes 4 KB without extra cost. */
const MAX_BYTES = 4096;

/** The stage's config and the hash of each function's code, as parameters that the other stage can read; no secret is in it. */
export class ExportedConfig extends Construct {
  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    const leaves = [...leavesOf(config), ...codeOf(Stage.of(this) ?? Stack.of(this))];
    for (const [index, chunk] of chunks(leaves).entries()) {
      new StringParameter(this, String(index), {
        parameterName: `${exportedConfigPath(config)}/${index}`,
        stringValue: chunk,
      });
    }
  }
}

/** Every value by its place in the config. */
export function leavesOf(value: unknown, path = ''): Leaf[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [[path, value as Leaf[1]]];
  const entries = Array.isArray(value)
    ? value.map((item, index): [string, unknown] => [`${path}[${index}]`, item])
    : Object.entries(value).map(([key, item]): [string, unknown] => [path ? `${path}.${key}` : key, item]);
  return entries.flatMap(([place, item]) => leavesOf(item, place));
}

/** One leaf for each function: several may run the same code. */
function codeOf(scope: Construct): Leaf[] {
  const functions = scope.node.findAll().filter((one) => one instanceof PaycaFunction);
  const code = functions.map(({ name, function: { node, stack } }): [string, string] => [
    `code.${name}`,
    String(stack.resolve((node.defaultChild as CfnFunction).code as CfnFunction.CodeProperty).s3Key),
  ]);
  return [...new Map(code)];
}

function chunks(leaves: readonly Leaf[]): string[] {
  const found: Leaf[][] = [[]];
  for (const leaf of leaves) {
    const last = found.at(-1) as Leaf[];
    if (Buffer.byteLength(JSON.stringify([...last, leaf])) <= MAX_BYTES) last.push(leaf);
    else found.push([leaf]);
  }
  return found.map((chunk) => JSON.stringify(chunk));
}
