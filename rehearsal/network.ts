import type { Deployment } from './deployment';
import { functionName } from './functions';
import { matches, statementsOf } from './permissions';
import { list, type Resource } from './template';

interface GroupRule {
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly DestinationSecurityGroupId?: string;
  readonly DestinationPrefixListId?: string;
  readonly SourceSecurityGroupId?: string;
}

interface Endpoint {
  readonly VpcEndpointType?: string;
  readonly PrivateDnsEnabled?: boolean;
  readonly RouteTableIds?: string[];
  readonly SecurityGroupIds?: string[];
  readonly PolicyDocument?: unknown;
}

/** Last part of an endpoint's name, where it is not IAM's name of the service. */
const ENDPOINT_NAMES: Readonly<Record<string, string>> = { cloudwatch: 'monitoring' };

const GATEWAYS = ['dynamodb', 's3'];

/** What the network of a VPC lets functions reach, as far as the templates make it. Lambda's own network reaches everything. */
export class Network {
  private readonly judged = new Map<string, string | undefined>();

  constructor(private readonly deployment: Deployment) {}

  /**
   * Why the function that has `role` has no way to an AWS service in the name of a principal of `account`, or `undefined` when
   * it has one, or when groups of the team's own decide it.
   */
  refusal(role: Resource, service: string, account: string): string | undefined {
    const key = `${role.arn} ${service} ${account}`;
    if (!this.judged.has(key)) this.judged.set(key, this.judge(role, service, account));
    return this.judged.get(key);
  }

  private judge(role: Resource, service: string, account: string): string | undefined {
    const caller = this.deployment.find(
      ({ type, properties }) => type === 'AWS::Lambda::Function' && properties.Role === role.arn,
    );
    const groups = list(
      (caller?.properties.VpcConfig as { SecurityGroupIds?: string[] } | undefined)?.SecurityGroupIds,
    );
    if (!caller || groups.length === 0 || groups.some((id) => !this.group(id))) return undefined;
    const reason = this.obstacle(groups, service, account);
    return reason && `${functionName(caller)} has no way to ${service}: ${reason}`;
  }

  private obstacle(groups: readonly string[], service: string, account: string): string | undefined {
    const out = groups.flatMap((id) => this.rules(id, 'Egress')).filter(isHttps);
    const toLists = out.some(({ DestinationPrefixListId }) => DestinationPrefixListId);
    const targets = out.flatMap(({ DestinationSecurityGroupId }) => DestinationSecurityGroupId ?? []);
    const endpoint = this.endpoint(service);
    if (!endpoint) {
      // One that the VPC had before is not in the templates.
      const toOthers = GATEWAYS.includes(service) ? toLists : targets.some((id) => !this.group(id));
      return toOthers ? undefined : 'the VPC has no endpoint for it';
    }
    if (endpoint.VpcEndpointType === 'Gateway') {
      if (list(endpoint.RouteTableIds).length === 0) return 'no route table leads to its endpoint';
      if (!toLists) return "no security group of the function lets out to a prefix list's addresses";
    } else {
      const reached = list(endpoint.SecurityGroupIds).filter((id) => targets.includes(id));
      if (!endpoint.PrivateDnsEnabled) return 'its name does not lead to its endpoint';
      if (reached.length === 0) return 'no security group of the function lets out to its endpoint';
      if (!reached.some((id) => this.letsIn(id, groups))) return 'its endpoint does not let the function in';
    }
    return letsThrough(endpoint.PolicyDocument, service, account)
      ? undefined
      : `the policy of its endpoint does not let account ${account} through`;
  }

  private endpoint(service: string): Endpoint | undefined {
    const name = `com.amazonaws.${this.deployment.region}.${ENDPOINT_NAMES[service] ?? service}`;
    const ofService = this.deployment
      .resources('AWS::EC2::VPCEndpoint')
      .find(({ properties }) => properties.ServiceName === name);
    return ofService?.properties;
  }

  private letsIn(id: string, groups: readonly string[]): boolean {
    return this.rules(id, 'Ingress').some(
      (one) => isHttps(one) && one.SourceSecurityGroupId !== undefined && groups.includes(one.SourceSecurityGroupId),
    );
  }

  private group(id: string): Resource | undefined {
    return this.deployment.byPhysicalId('AWS::EC2::SecurityGroup', id);
  }

  /** A group's own rules, and those that are added to it. */
  private rules(id: string, direction: 'Egress' | 'Ingress'): GroupRule[] {
    const own = this.group(id)?.properties[`SecurityGroup${direction}`] as GroupRule[] | undefined;
    const added = this.deployment
      .resources(`AWS::EC2::SecurityGroup${direction}`)
      .filter(({ properties }) => properties.GroupId === id)
      .map(({ properties }) => properties as unknown as GroupRule);
    return [...list(own), ...added];
  }
}

function isHttps({ IpProtocol, FromPort = 0, ToPort = 0 }: GroupRule): boolean {
  return IpProtocol === 'tcp' && FromPort <= 443 && ToPort >= 443;
}

/** Without a policy an endpoint lets everybody through. */
function letsThrough(policy: unknown, service: string, account: string): boolean {
  if (policy === undefined) return true;
  const context = { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account };
  return statementsOf(policy).some(
    (statement) =>
      statement.Effect === 'Allow' && matches(statement, { action: `${service}:Any`, resource: '*', context }),
  );
}
