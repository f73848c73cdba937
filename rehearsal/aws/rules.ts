import type { Deployment } from '../deployment';
import type { Resource } from '../template';
import { AwsFault, type Call, ok } from './gate';

type State = 'ENABLED' | 'DISABLED';

const OPERATIONS = ['DescribeRule', 'EnableRule', 'DisableRule'];

/** Which rules are on: those of the template as it has them until they are switched, and rules of the team's own. */
export class Rules {
  /** Not in the templates: by `name`, or `bus/name`. */
  readonly ofTheTeam = new Map<string, State>();
  private readonly switched = new Map<string, State>();

  constructor(private readonly deployment: Deployment) {}

  knows(operation: string): boolean {
    return OPERATIONS.includes(operation);
  }

  isOn({ arn, properties }: Resource): boolean {
    return (this.switched.get(arn) ?? properties.State ?? 'ENABLED') !== 'DISABLED';
  }

  targets({ operation, input }: Call) {
    const { account, region } = this.deployment;
    const resource = `arn:aws:events:${region}:${account}:rule/${place(input)}`;
    return [{ action: `events:${operation}`, resource }];
  }

  handle({ operation, input }: Call) {
    const name = place(input);
    const rule = this.deployment.resources('AWS::Events::Rule').find(({ arn }) => arn.endsWith(`:rule/${name}`));
    if (!rule && !this.ofTheTeam.has(name))
      throw new AwsFault('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
    if (operation === 'DescribeRule') {
      const state = rule ? this.isOn(rule) : this.ofTheTeam.get(name) === 'ENABLED';
      return ok({ Name: input.Name, State: state ? 'ENABLED' : 'DISABLED' });
    }
    const state = operation === 'EnableRule' ? 'ENABLED' : 'DISABLED';
    if (rule) this.switched.set(rule.arn, state);
    else this.ofTheTeam.set(name, state);
    return ok({});
  }
}

function place({ Name, EventBusName = 'default' }: Call['input']): string {
  return EventBusName === 'default' ? String(Name) : `${EventBusName}/${Name}`;
}
