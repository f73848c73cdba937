import type { Deployment } from '../deployment';
import { type Backend, type Call, ok } from './gate';

/** As many as the Parameter Store gives at once. */
const PAGE = 10;

/** The template's parameters. */
export class Ssm implements Backend {
  readonly service = 'ssm';

  constructor(private readonly deployment: Deployment) {}

  targets({ operation, input }: Call) {
    if (operation !== 'GetParametersByPath' || input.Recursive)
      throw new Error(`the rehearsal does not know ssm:${operation}${input.Recursive ? ' with Recursive' : ''}`);
    const { account, region } = this.deployment;
    return [{ action: `ssm:${operation}`, resource: `arn:aws:ssm:${region}:${account}:parameter${input.Path}` }];
  }

  async handle({ input }: Call) {
    const types = (input.ParameterFilters as { Key: string; Values: string[] }[] | undefined)?.find(
      ({ Key }) => Key === 'Type',
    )?.Values;
    const found = this.deployment
      .resources('AWS::SSM::Parameter')
      .filter(
        ({ name, properties }) => parent(name) === input.Path && (types?.includes(String(properties.Type)) ?? true),
      )
      .map(({ name, arn, properties: { Type, Value } }) => ({ Name: name, ARN: arn, Type, Value, Version: 1 }));
    const from = Number(input.NextToken ?? 0);
    const to = from + Math.min(Number(input.MaxResults ?? PAGE), PAGE);
    return ok({
      Parameters: found.slice(from, to),
      NextToken: to < found.length ? String(to) : undefined,
    });
  }
}

function parent(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}
