import { type CfnResource, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupEgress, CfnSecurityGroupIngress, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { judge, NOT_APPLICABLE, openToAll, statements, type TemplateRule } from './template-rules';

type Out = CfnSecurityGroup.EgressProperty;
type In = CfnSecurityGroup.IngressProperty;

/** An address where nobody is, written to have no rule that lets everything out. */
const NOBODY = ['127.0.0.1/32', '255.255.255.255/32'];
/** As for the allow-list: whoever needs more does not know whom they call. */
const WIDEST = 8;

/** TCP 443 to a group, to a list of addresses or to a named range. */
export const GroupOutboundRestricted: TemplateRule = (node) => {
  if (!(node instanceof CfnSecurityGroup)) return NOT_APPLICABLE;
  const own = list<Out>(node, node.securityGroupEgress);
  const added = ofType(node, CfnSecurityGroupEgress).filter(({ groupId }) => refersTo(groupId, node));
  // A rule that is added does not take the place of the one that EC2 makes: only the group's own do.
  return judge(own.length > 0 && [...own, ...added].every(isNarrow));
};

/** Nothing comes in to a group of functions; others let in TCP 443 from groups. */
export const GroupInboundRestricted: TemplateRule = (node) => {
  if (!(node instanceof CfnSecurityGroup)) return NOT_APPLICABLE;
  const added = ofType(node, CfnSecurityGroupIngress).filter(({ groupId }) => refersTo(groupId, node));
  const all: Pick<In, 'ipProtocol' | 'fromPort' | 'toPort' | 'sourceSecurityGroupId'>[] = [
    ...list<In>(node, node.securityGroupIngress),
    ...added,
  ];
  const ofFunctions = ofType(node, CfnFunction).some(({ vpcConfig }) =>
    groupsOf(vpcConfig).some((id) => refersTo(id, node)),
  );
  return judge(ofFunctions ? all.length === 0 : all.every((one) => isHttps(one) && one.sourceSecurityGroupId));
};

/** Through an endpoint goes only who is of a named account, or to a named resource. */
export const EndpointPolicyNamesAccounts: TemplateRule = (node) => {
  if (!(node instanceof CfnVPCEndpoint)) return NOT_APPLICABLE;
  const all = statements(node, node.policyDocument);
  return judge(
    all.length > 0 &&
      all.every(
        (statement) =>
          !openToAll(statement) ||
          statement.Resource !== '*' ||
          JSON.stringify(statement.Condition?.StringEquals ?? {}).includes('"aws:PrincipalAccount"'),
      ),
  );
};

const isHttps = ({ ipProtocol, fromPort, toPort }: Pick<Out, 'ipProtocol' | 'fromPort' | 'toPort'>) =>
  ipProtocol === 'tcp' && fromPort === 443 && toPort === 443;

function isNarrow(one: Out): boolean {
  if (one.cidrIp && NOBODY.includes(one.cidrIp)) return true;
  const range = one.cidrIp ?? one.cidrIpv6;
  return isHttps(one) && (range === undefined || Number(range.split('/')[1]) >= WIDEST);
}

function list<T>(node: CfnResource, value: unknown): T[] {
  return (Stack.of(node).resolve(value) as T[] | undefined) ?? [];
}

function groupsOf(vpcConfig: CfnFunction['vpcConfig']): readonly string[] {
  return vpcConfig && 'securityGroupIds' in vpcConfig ? (vpcConfig.securityGroupIds ?? []) : [];
}

/** Across stacks too, where a resolved reference is only the name of an export. */
function refersTo(id: unknown, group: CfnSecurityGroup): boolean {
  if (typeof id !== 'string') return false;
  return Tokenization.reverseString(id).tokens.some((token) => Reference.isReference(token) && token.target === group);
}

function ofType<T extends CfnResource>(node: CfnResource, type: new (...parameters: never[]) => T): T[] {
  return node.node.root.node.findAll().filter((one): one is T => one instanceof type);
}
