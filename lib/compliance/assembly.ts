import { join } from 'node:path';
import { type App, CfnResource, Stack, Stage } from 'aws-cdk-lib';

/** Where the stack's template is after a synth. */
export function templatePath(stack: Stack): string {
  return join(Stage.of(stack)?.outdir ?? '', stack.templateFile);
}

export function stacksOf(app: App): Stack[] {
  return app.node.findAll().filter(Stack.isStack);
}

export function resourcesOf(app: App): CfnResource[] {
  return app.node.findAll().filter(CfnResource.isCfnResource);
}
