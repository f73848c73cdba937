import { CfnParameter, CfnRule, Fn, type Stack } from 'aws-cdk-lib';
import { exampleValues } from './config/example';
import type { StageConfig } from './config/schema';

/**
 * Lets example values synthesise and refuses to deploy them. Parameter and rule exist only while there are example
 * values, and the parameter takes no other value: a stored parameter of an earlier deploy cannot switch the rule off.
 */
export function refuseExampleValues(stack: Stack, stages: readonly StageConfig[]): void {
  const examples = stages
    .map((config) => ({ file: `config/${config.stage}.ts`, paths: exampleValues(config).map(({ path }) => path) }))
    .filter(({ paths }) => paths.length > 0);
  if (examples.length === 0) return;
  const parameter = new CfnParameter(stack, 'ExampleValues', {
    description: 'Present while the stage config still has example values',
    default: 'present',
    allowedValues: ['present'],
  });
  new CfnRule(stack, 'NoExampleValues', {
    assertions: examples.map(({ file, paths }) => ({
      assert: Fn.conditionEquals(parameter.valueAsString, 'replaced'),
      assertDescription: `Edit ${file}, it still has example values: ${paths.join(', ')}`,
    })),
  });
}
