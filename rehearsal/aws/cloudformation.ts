import type { Deployment } from '../deployment';
import { AwsFault, type Backend, type Call } from './gate';

const ACTIONS = ['DescribeStacks', 'ListStackResources'];

/** What the deployed stacks tell about themselves, as operators' commands ask for it. */
export class CloudFormation implements Backend {
  readonly service = 'cloudformation';

  constructor(private readonly deployment: Deployment) {}

  targets({ body }: Call) {
    const { Action = '' } = parameters(body);
    if (!ACTIONS.includes(Action)) throw new Error(`the rehearsal does not know cloudformation:${Action}`);
    return [{ action: `cloudformation:${Action}`, resource: '*' }];
  }

  async handle({ body }: Call) {
    const { Action = '', StackName = '' } = parameters(body);
    if (!this.deployment.templateOf(StackName)) {
      throw new AwsFault('ValidationError', `Stack with id ${StackName} does not exist`);
    }
    const result = Action === 'DescribeStacks' ? this.stacks(StackName) : this.stackResources(StackName);
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<${Action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${Action}Result>${result}</${Action}Result></${Action}Response>`,
    };
  }

  private stacks(name: string): string {
    const outputs = Object.entries(this.deployment.outputs(name)).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    return `<Stacks><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${outputs.join('')}</Outputs></member></Stacks>`;
  }

  private stackResources(name: string): string {
    const members = this.deployment
      .resources()
      .filter(({ stack }) => stack === name)
      .map(
        ({ logicalId, type, physicalId }) =>
          `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`,
      );
    return `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`;
  }
}

/** The query protocol sends its input as a form. */
function parameters(body: Buffer): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body.toString()));
}
