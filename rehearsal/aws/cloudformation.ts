import type { Deployment } from '../deployment';
import { AwsFault, type Backend, type Call } from './gate';

/** The outputs of the deployed stacks, as operators' commands ask for them. */
export class CloudFormation implements Backend {
  readonly service = 'cloudformation';

  constructor(private readonly deployment: Deployment) {}

  targets({ body }: Call) {
    const { Action } = parameters(body);
    if (Action !== 'DescribeStacks') throw new Error(`the rehearsal does not know cloudformation:${Action}`);
    return [{ action: `cloudformation:${Action}`, resource: '*' }];
  }

  async handle({ body }: Call) {
    const { StackName = '' } = parameters(body);
    if (!this.deployment.templateOf(StackName)) {
      throw new AwsFault('ValidationError', `Stack with id ${StackName} does not exist`);
    }
    const outputs = Object.entries(this.deployment.outputs(StackName)).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    const stack = `<member><StackName>${StackName}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${outputs.join('')}</Outputs></member>`;
    const result = `<DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult>`;
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">${result}</DescribeStacksResponse>`,
    };
  }
}

/** The query protocol sends its input as a form. */
function parameters(body: Buffer): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body.toString()));
}
