import type { OtherAccount } from '../other-account';
import { matches, statementsOf } from '../permissions';
import { list, type Resource } from '../template';
import { AwsFault, type Backend, type Call, type Caller, type Gate } from './gate';

/** Who a caller is, and roles that are taken: in this account or in another one, as both sides' policies allow. */
export class Sts implements Backend {
  readonly service = 'sts';

  constructor(
    private readonly gate: Gate,
    private readonly others: readonly OtherAccount[],
  ) {}

  targets({ body }: Call) {
    const { Action, RoleArn = '' } = parameters(body);
    if (Action === 'GetCallerIdentity') return [];
    if (Action !== 'AssumeRole') throw new Error(`the rehearsal does not know sts:${Action}`);
    return [{ action: 'sts:AssumeRole', resource: RoleArn }];
  }

  async handle(call: Call) {
    const { Action, RoleArn = '' } = parameters(call.body);
    const caller = this.gate.callerOf(call);
    if (Action === 'GetCallerIdentity') {
      const GetCallerIdentityResult = { Arn: caller.arn, Account: this.gate.deployment.account };
      return { status: 200, body: JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult } }) };
    }
    const found = this.others.flatMap((account) => account.role(RoleArn) ?? [])[0];
    if (!found || !this.trusts(found.role, caller))
      throw new AwsFault(
        'AccessDenied',
        `${caller.arn} is not authorized to perform: sts:AssumeRole on ${RoleArn}`,
        403,
      );
    const key = this.gate.admit(found.role, found.account, caller);
    // The functions' clock is moved.
    const expires = new Date(Date.now() + 3650 * 24 * 60 * 60_000).toISOString();
    const credentials = `<Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>rehearsal</SecretAccessKey><SessionToken>rehearsal</SessionToken><Expiration>${expires}</Expiration></Credentials>`;
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>${credentials}</AssumeRoleResult></AssumeRoleResponse>`,
    };
  }

  /** The role's own word: the caller's account as a whole, and which of its principals. */
  private trusts(role: Resource, caller: Caller): boolean {
    const root = `arn:aws:iam::${this.gate.deployment.account}:root`;
    const context = { 'aws:PrincipalArn': typeof caller.role === 'string' ? caller.arn : caller.role.arn };
    return statementsOf(role.properties.AssumeRolePolicyDocument).some((statement) => {
      const named = typeof statement.Principal === 'object' ? list(statement.Principal.AWS) : [];
      return named.includes(root) && matches(statement, { action: 'sts:AssumeRole', resource: role.arn, context });
    });
  }
}

/** The query protocol sends its input as a form. */
function parameters(body: Buffer): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body.toString()));
}
