import { Deployment } from '../../rehearsal/deployment';
import { circles, type Resource, StackResolver, type Template } from '../../rehearsal/template';

const SOURCE = { name: 'payca-test', account: '210987654321', region: 'eu-central-1' };

export interface Resolved {
  readonly resources: Resource[];
  readonly outputs: Record<string, unknown>;
  readonly problems: string[];
}

/** A small template as the rehearsal reads it, with what it could not resolve. */
export function resolved(template: Template, exports: Readonly<Record<string, unknown>> = {}): Resolved {
  const stack = new StackResolver({ ...SOURCE, template }, (name) => {
    if (name in exports) return exports[name];
    throw new Error(`no export ${name}`);
  });
  const problems: string[] = [];
  const resources = stack.resources(problems);
  const outputs = Object.fromEntries(stack.outputs(problems));
  return { resources, outputs, problems: [...problems, ...circles(stack)] };
}

/** A small template, deployed. */
export function deployed(Resources: NonNullable<Template['Resources']>): Deployment {
  const { resources, problems } = resolved({ Resources });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return new Deployment('production', SOURCE.account, SOURCE.region, resources, new Map(), new Map(), new Map());
}

export function the(deployment: Deployment, logicalId: string): Resource {
  const found = deployment.find((resource) => resource.logicalId === logicalId);
  if (!found) throw new Error(`the template has no ${logicalId}`);
  return found;
}

export const getAtt = (id: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [id, attribute] });

/** A policy document of one or more statements. */
export const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
