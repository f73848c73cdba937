import { type CfnResource, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupIngress, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { StageConfig } from './config/schema';
import { GATEWAYS, type Gateway, INTERFACES, type Interface, SERVICES } from './config/vpc';
import type { Callee, PaycaFunction } from './payca-function';

type Vpc = NonNullable<StageConfig['organization']['vpc']>;

export interface SegmentProps {
  readonly vpc: Vpc;
  readonly segment: NonNullable<Vpc['segment']>;
  /** Every function of the stage, with its role complete: what they may call decides what is made. */
  readonly functions: readonly PaycaFunction[];
}

/** What a function has to reach over the network; each need has a security group, so a function has five at most, as Lambda allows. */
type Need = 'interfaces' | Gateway | 'payca' | 'hosts';

const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };

/**
 * A group without a rule for what goes out would get one that lets everything out; this lets out nothing.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
 */
const NOWHERE: CfnSecurityGroup.EgressProperty = { ipProtocol: '-1', cidrIp: '127.0.0.1/32', description: 'Nothing' };

/**
 * The functions' part of a VPC: endpoints for the AWS services that their roles name, and groups that let out TCP 443 to
 * these, to PayCA and to named hosts, and nothing in. Throws for a service that has no endpoint in `SERVICES`.
 */
export class Segment extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: SegmentProps,
  ) {
    super(scope, id);
    const { vpc, segment, functions } = props;
    const calls = functions.map((one) => ({ one, ...callsOf(one) }));
    refuseUnknown(calls);
    const called = new Set(calls.flatMap(({ services }) => services));
    const interfaces = INTERFACES.filter((name) => called.has(name));
    const gateways = GATEWAYS.filter((name) => called.has(name));

    const endpointGroup = this.group('Endpoints', 'Endpoints of the AWS services that functions call', [NOWHERE]);
    const groups = this.functionGroups(endpointGroup, interfaces);
    const letIn = new CfnSecurityGroupIngress(this, 'FromFunctions', {
      groupId: endpointGroup.attrGroupId,
      sourceSecurityGroupId: groups.interfaces.attrGroupId,
      description: 'Functions that call AWS services',
      ...HTTPS,
    });
    const { account } = Stack.of(this);
    const needed: CfnResource[] = [
      letIn,
      ...interfaces
        .filter((name) => !segment.existing.interfaces[name])
        .map((name) => this.interfaceEndpoint(name, endpointGroup, endpointPolicy(name, account, calls))),
      ...gateways
        .filter((name) => !segment.existing.gateways.includes(name))
        .map((name) => this.gatewayEndpoint(name, endpointPolicy(name, account, calls))),
    ];
    for (const { one, needs } of calls) {
      const ids = needs.map((need) => groups[need].attrGroupId);
      one.joinVpc(vpc.subnetIds, ids, needed);
    }
  }

  /** One for each need, all of them in every stage: a group that comes and goes would be an export that others hold. */
  private functionGroups(endpointGroup: CfnSecurityGroup, used: readonly Interface[]): Record<Need, CfnSecurityGroup> {
    const { prefixLists, outside, existing } = this.props.segment;
    const theirs = new Set(used.flatMap((name) => existing.interfaces[name] ?? []));
    const toGroup = (destinationSecurityGroupId: string) => ({ ...HTTPS, destinationSecurityGroupId });
    const toList = (destinationPrefixListId: string) => [{ ...HTTPS, destinationPrefixListId }];
    const toAddresses = (cidrs: readonly string[]) => cidrs.map((cidrIp) => ({ ...HTTPS, cidrIp }));
    return {
      interfaces: this.group('ToInterfaces', 'Functions that call AWS services', [
        toGroup(endpointGroup.attrGroupId),
        ...[...theirs].map(toGroup),
      ]),
      dynamodb: this.group('ToDynamoDb', 'Functions that call DynamoDB', toList(prefixLists.dynamodb)),
      s3: this.group('ToS3', 'Functions that call S3', toList(prefixLists.s3)),
      payca: this.group('ToPayca', 'Functions that call PayCA', toAddresses(outside.payca)),
      hosts: this.group('ToHosts', 'Functions that call other hosts', toAddresses(outside.hosts)),
    };
  }

  private group(id: string, groupDescription: string, out: CfnSecurityGroup.EgressProperty[]): CfnSecurityGroup {
    const { vpcId } = this.props.vpc;
    return new CfnSecurityGroup(this, id, { groupDescription, vpcId, securityGroupEgress: out });
  }

  private interfaceEndpoint(name: Interface, group: CfnSecurityGroup, policyDocument: object): CfnVPCEndpoint {
    const { vpcId, subnetIds, availabilityZones } = this.props.vpc;
    return new CfnVPCEndpoint(this, `Interface-${name}`, {
      vpcEndpointType: 'Interface',
      serviceName: this.serviceName(SERVICES.interfaces[name]),
      vpcId,
      // An endpoint takes one subnet of a zone.
      subnetIds: subnetIds.filter((_, index) => availabilityZones.indexOf(availabilityZones[index] ?? '') === index),
      securityGroupIds: [group.attrGroupId],
      privateDnsEnabled: true,
      policyDocument,
    });
  }

  private gatewayEndpoint(name: Gateway, policyDocument: object): CfnVPCEndpoint {
    return new CfnVPCEndpoint(this, `Gateway-${name}`, {
      vpcEndpointType: 'Gateway',
      serviceName: this.serviceName(SERVICES.gateways[name]),
      vpcId: this.props.vpc.vpcId,
      routeTableIds: [...this.props.segment.routeTableIds],
      policyDocument,
    });
  }

  private serviceName(name: string): string {
    return `com.amazonaws.${Stack.of(this).region}.${name}`;
  }
}

interface Calls {
  readonly needs: readonly Need[];
  /** AWS services, by IAM's names, whether this knows them or not. */
  readonly services: readonly string[];
  /** Other accounts: whose resources are called, and in whose roles. */
  readonly foreign: readonly { readonly service: string; readonly account: string; readonly caller: boolean }[];
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, unknown>> };
}

/**
 * What Lambda does in the function's name, from its own network; with `iam:PassRole`, which is no call.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
const NOT_FROM_THE_FUNCTION =
  /^(logs:(CreateLogStream|PutLogEvents)|xray:Put\w+|ec2:\w+(NetworkInterfaces?|PrivateIpAddresses|Subnets)|iam:PassRole)$/;

function callsOf({ role, alsoCalls }: PaycaFunction): Calls {
  const stated = role.node
    .findAll()
    .filter((one) => one instanceof CfnPolicy)
    .flatMap((policy): Statement[] => Stack.of(role).resolve(policy.policyDocument).Statement)
    // Another service uses the key in the caller's name.
    .filter(({ Condition }) => !Condition?.StringEquals?.['kms:ViaService'])
    .flatMap(({ Action, Resource }) => [Action].flat().map((action) => ({ action, Resource })))
    .filter(({ action }) => !NOT_FROM_THE_FUNCTION.test(action))
    .map(({ action, Resource }) => ({ service: action.split(':')[0] ?? '', Resource }));
  const named = new Set<string>([...stated.map(({ service }) => service), ...alsoCalls.map(serviceOf)]);
  const inItsRole = stated.flatMap(({ service, Resource }) =>
    accountsIn(Resource).map((account) => ({ service, account, caller: false })),
  );
  const inAnother = alsoCalls.flatMap((callee) => (typeof callee === 'object' ? { ...callee, caller: true } : []));
  return {
    needs: [
      ...(INTERFACES.some((name) => named.has(name)) ? (['interfaces'] as const) : []),
      ...[...GATEWAYS, 'payca' as const, 'hosts' as const].filter((name) => named.has(name)),
    ],
    services: [...named].filter((name) => name !== 'payca' && name !== 'hosts'),
    foreign: [...inItsRole, ...inAnother],
  };
}

function serviceOf(callee: Callee): string {
  if (typeof callee === 'object') return callee.service;
  // It takes the answer of a custom resource in a bucket.
  return callee === 'cloudformation' ? 's3' : callee;
}

/** Accounts that stand in ARNs; a resource of the stage itself is a reference, and has none. */
function accountsIn(resource: unknown): string[] {
  return [...JSON.stringify(resource).matchAll(/:(\d{12}):/g)].map(([, account = '']) => account);
}

function refuseUnknown(calls: readonly { readonly one: PaycaFunction; readonly services: readonly string[] }[]): void {
  const known: readonly string[] = [...GATEWAYS, ...INTERFACES];
  const unknown = calls.flatMap(({ one, services }) =>
    services
      .filter((name) => !known.includes(name))
      .map((name) => `${one.name} (${one.node.path}) calls ${name}: add it to SERVICES of lib/config/vpc.ts`),
  );
  if (unknown.length > 0)
    throw new Error(`organization.vpc.segment has no endpoint for what functions call:\n${unknown.join('\n')}`);
}

/** Lets in callers of this account to its resources, and of others where functions call there: a sandbox, a team's topic. */
function endpointPolicy(name: Gateway | Interface, own: string, calls: readonly Calls[]): object {
  const foreign = calls.flatMap((one) => one.foreign).filter(({ service }) => service === name);
  const accounts = (others: typeof foreign) => [...new Set([own, ...others.map(({ account }) => account)])];
  const ours = {
    Effect: 'Allow',
    Principal: '*',
    Action: `${name}:*`,
    Resource: '*',
    Condition: {
      StringEquals: { 'aws:PrincipalAccount': accounts(foreign.filter(({ caller }) => caller)) },
      // A call that is about no resource, such as sts:GetCallerIdentity, may name no account.
      StringEqualsIfExists: { 'aws:ResourceAccount': accounts(foreign) },
    },
  };
  return { Version: '2012-10-17', Statement: name === 's3' ? [ours, ANSWERS] : [ours] };
}

/**
 * The bucket in which CloudFormation awaits the answer of a custom resource is AWS's own, and so is the caller who signed.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html
 */
const ANSWERS = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::cloudformation-custom-resource-response-*/*',
};
