import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { stages } from '../../config';
import type { StageInput } from '../../lib/config/schema';
import { PaycaFunction } from '../../lib/payca-function';
import { Segment } from '../../lib/segment';
import { type Deployment, loadStage } from '../../rehearsal/deployment';
import { functionName } from '../../rehearsal/functions';
import { Network } from '../../rehearsal/network';
import { Judge, statementsOf } from '../../rehearsal/permissions';
import { list, type Resource } from '../../rehearsal/template';
import { SEGMENTED, segmented } from '../segment';
import { goLiveApp } from './synth';

// Both stages with a segment, read back from the synthesised templates.

function deploy(change: (input: StageInput) => StageInput = segmented): Deployment {
  return loadStage(goLiveApp(change).synth().directory, 'production');
}

const deployment = deploy();
/** The same in a VPC that has two endpoints already, with a channel to another account's topic. */
const other = deploy((input) => {
  const topicArn = 'arn:aws:sns:eu-central-1:999988887777:on-call';
  const channel = { name: 'team', kind: 'sns', severities: ['page'], topicArn } as const;
  return {
    ...segmented(input, { existing: { gateways: ['s3'], interfaces: { kms: 'sg-0123456789abcdef0' } } }),
    escalation: { ...input.escalation, channels: [...(input.escalation?.channels ?? []), channel] },
  };
});
const functions = deployment.resources('AWS::Lambda::Function');
const endpoints = deployment.resources('AWS::EC2::VPCEndpoint');
const byName = (name: string) => functions.filter((one) => functionName(one) === name);

const roleOf = ({ properties }: Resource) => deployment.byArn(String(properties.Role)) as Resource;
const groupsOf = ({ properties }: Resource): string[] =>
  (properties.VpcConfig as { SecurityGroupIds: string[] }).SecurityGroupIds;
const nameOf = (logicalId = '') => logicalId.replace(/^Segment|[0-9A-F]{8}$/g, '');
const groupName = (id: string) => nameOf(deployment.byPhysicalId('AWS::EC2::SecurityGroup', id)?.logicalId);
const groupNames = (one: Resource) => groupsOf(one).map(groupName).sort();
const egressOf = (one: Resource) =>
  groupsOf(one).flatMap((id) => rules(deployment.byPhysicalId('AWS::EC2::SecurityGroup', id)));
const rules = (group?: Resource) => (group?.properties.SecurityGroupEgress ?? []) as Record<string, unknown>[];

/** Services that a function's own code calls, as its policies have it: not what Lambda or another service does in its name. */
function servicesOf(one: Resource): string[] {
  const { physicalId } = roleOf(one);
  const actions = deployment
    .resources('AWS::IAM::Policy')
    .filter(({ properties }) => list(properties.Roles as string[]).includes(physicalId))
    .flatMap(({ properties }) => statementsOf(properties.PolicyDocument))
    .filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes('kms:ViaService'))
    .flatMap(({ Action }) => list(Action));
  const services = actions
    .filter((action) => !['logs:CreateLogStream', 'logs:PutLogEvents'].includes(action))
    .map((action) => action.split(':')[0] ?? '');
  return [...new Set(services)].filter((service) => !['xray', 'ec2'].includes(service)).sort();
}

test('every function of every stack runs in the subnets, with five groups at most', () => {
  expect(functions.length).toBeGreaterThan(10);
  for (const one of functions) {
    expect(one.properties.VpcConfig).toMatchObject({ SubnetIds: SEGMENTED.subnetIds });
    expect([1, 2, 3, 4, 5]).toContain(groupsOf(one).length);
  }
});

test('Lambda makes the network interfaces; the code of a function may not', () => {
  const judge = new Judge(deployment);
  for (const one of functions) {
    const role = roleOf(one);
    for (const action of [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
    ]) {
      expect(judge.refusal(role, action, '*')).toBeUndefined();
      expect(judge.refusal(role, action, '*', { 'lambda:SourceFunctionArn': one.arn })).toBeDefined();
    }
  }
});

test('each function reaches each service that its policies name', () => {
  const network = new Network(deployment);
  const ways = functions.flatMap((one) => servicesOf(one).map((service) => [one, service] as const));
  expect(ways.length).toBeGreaterThan(30);
  expect(ways.flatMap(([one, service]) => network.refusal(roleOf(one), service, deployment.account) ?? [])).toEqual([]);
});

test('there is no other endpoint, and each group lets out one thing', () => {
  const called = new Set([...functions.flatMap(servicesOf), 'sts', 'scheduler']);
  const names = endpoints.map(({ properties }) =>
    String(properties.ServiceName).replace('com.amazonaws.eu-central-1.', ''),
  );
  expect(names.map((name) => (name === 'monitoring' ? 'cloudwatch' : name)).sort()).toEqual([...called].sort());
  for (const one of functions) {
    const services = servicesOf(one);
    expect([functionName(one), groupNames(one).includes('ToDynamoDb')]).toEqual([
      functionName(one),
      services.includes('dynamodb'),
    ]);
    const toS3 = services.includes('s3') || functionName(one) === 'judge-release';
    expect([functionName(one), groupNames(one).includes('ToS3')]).toEqual([functionName(one), toS3]);
    const calls = JSON.stringify(one.properties.Environment).includes('PAYCA_BASE_URL');
    expect([functionName(one), groupNames(one).includes('ToPayca')]).toEqual([functionName(one), calls]);
  }
});

test('out goes TCP 443 to the endpoints, the two prefix lists and the ranges of the config', () => {
  const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 };
  const endpointGroup = deployment.find(({ logicalId }) => nameOf(logicalId) === 'Endpoints');
  expect(egressOf(byName('smoke-test')[0] as Resource)).toEqual([
    { ...https, DestinationSecurityGroupId: endpointGroup?.physicalId },
    { ...https, DestinationPrefixListId: SEGMENTED.segment.prefixLists.dynamodb },
    { ...https, DestinationPrefixListId: SEGMENTED.segment.prefixLists.s3 },
    { ...https, CidrIp: '52.28.0.0/24' },
    { ...https, CidrIp: '3.64.0.0/12' },
    { ...https, CidrIp: '18.192.0.0/15' },
  ]);
  expect(groupNames(byName('receive-webhook')[0] as Resource)).toEqual(['ToDynamoDb', 'ToInterfaces']);
  // Without a rule of its own EC2 would give it one that lets everything out.
  expect(rules(endpointGroup)).toEqual([{ IpProtocol: '-1', CidrIp: '127.0.0.1/32', Description: 'Nothing' }]);
});

test('nothing comes in but from functions to endpoints', () => {
  const groups = deployment.resources('AWS::EC2::SecurityGroup');
  expect(groups).toHaveLength(6);
  for (const { properties } of groups) expect(properties).not.toHaveProperty('SecurityGroupIngress');
  const [only, ...others] = deployment.resources('AWS::EC2::SecurityGroupIngress');
  expect(others).toEqual([]);
  const ends = [only?.properties.GroupId, only?.properties.SourceSecurityGroupId];
  expect(ends.map((id) => groupName(String(id)))).toEqual(['Endpoints', 'ToInterfaces']);
});

test('an interface endpoint takes one subnet of each zone, and private names', () => {
  const interfaces = endpoints.filter(({ properties }) => properties.VpcEndpointType === 'Interface');
  expect(interfaces.length).toBeGreaterThan(5);
  for (const { properties } of interfaces) {
    expect(properties).toMatchObject({ PrivateDnsEnabled: true, SubnetIds: SEGMENTED.subnetIds.slice(0, 2) });
  }
});

/** Accounts that an endpoint lets through: of callers, of resources. */
function accounts(service: string, among = endpoints): unknown[] {
  const endpoint = among.find(({ properties }) => String(properties.ServiceName).endsWith(`.${service}`));
  const [{ Condition, Action } = { Condition: undefined, Action: '' }] = statementsOf(
    endpoint?.properties.PolicyDocument,
  );
  return [
    Action,
    Condition?.StringEquals?.['aws:PrincipalAccount'],
    Condition?.StringEqualsIfExists?.['aws:ResourceAccount'],
  ];
}

test("endpoints let through this account, and the sandbox's only where the launch calls there", () => {
  const [own, sandbox] = stages.map(({ account }) => account);
  expect(accounts('kms')).toEqual(['kms:*', [own], [own]]);
  expect(accounts('s3')).toEqual(['s3:*', [own], [own]]);
  expect(accounts('sts')).toEqual(['sts:*', [own], [own, sandbox]]);
  expect(accounts('ssm')).toEqual(['ssm:*', [own, sandbox], [own, sandbox]]);
  expect(accounts('sns', other.resources('AWS::EC2::VPCEndpoint'))).toEqual(['sns:*', [own], [own, '999988887777']]);
});

test("CloudFormation's own bucket takes the answer of the release", () => {
  const s3 = endpoints.find(({ properties }) => properties.ServiceName === 'com.amazonaws.eu-central-1.s3');
  expect(statementsOf(s3?.properties.PolicyDocument)[1]).toEqual({
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::cloudformation-custom-resource-response-*/*',
  });
});

test('functions of the first stack wait for endpoints and for the rule that lets them in', () => {
  const [promote] = byName('promote-credentials');
  const awaited = list(promote?.raw.DependsOn as string[]);
  const needed = [...endpoints, ...deployment.resources('AWS::EC2::SecurityGroupIngress')];
  expect(awaited).toEqual(expect.arrayContaining(needed.map(({ logicalId }) => logicalId)));
  for (const { stack } of needed) expect(stack).toBe('payca-production-state');
});

test('an endpoint that the VPC has is not made again; its group is let out to', () => {
  const names = other.resources('AWS::EC2::VPCEndpoint').map(({ properties }) => properties.ServiceName);
  expect(names).not.toContain('com.amazonaws.eu-central-1.s3');
  expect(names).not.toContain('com.amazonaws.eu-central-1.kms');
  expect(names).toHaveLength(endpoints.length - 2);
  const group = other.find(({ logicalId }) => nameOf(logicalId) === 'ToInterfaces');
  expect(rules(group).map(({ DestinationSecurityGroupId }) => DestinationSecurityGroupId)).toContain(
    'sg-0123456789abcdef0',
  );
});

test('services without an endpoint are told all at once, with the functions that call them', () => {
  const stage = goLiveApp().node.findChild('Production');
  const all = stage.node.findAll().filter((one) => one instanceof PaycaFunction);
  const [first, second] = all;
  first?.role.addToPolicy(new PolicyStatement({ actions: ['textract:AnalyzeID'], resources: ['*'] }));
  second?.role.addToPolicy(new PolicyStatement({ actions: ['logs:FilterLogEvents'], resources: ['*'] }));
  const { vpcId, subnetIds, availabilityZones } = SEGMENTED;
  const segment = { ...SEGMENTED.segment, existing: { gateways: [], interfaces: {} } };
  const props = { vpc: { vpcId, subnetIds, availabilityZones }, segment, functions: all };
  expect(() => new Segment(new Stack(stage, 'Network'), 'Segment', props)).toThrow(
    [
      'organization.vpc.segment has no endpoint for what functions call:',
      `promote-credentials (${first?.node.path}) calls textract: add it to SERVICES of lib/config/vpc.ts`,
      `receive-webhook (${second?.node.path}) calls logs: add it to SERVICES of lib/config/vpc.ts`,
    ].join('\n'),
  );
});

test('whoever opens connections in its own code says where to', () => {
  const LAMBDA = join(__dirname, '..', '..', 'lambda');
  const opens = (folder: string) =>
    readdirSync(join(LAMBDA, folder))
      .filter((file) => file.endsWith('.ts'))
      .some((file) => /\bfetch\b|from 'node:(https?|net|tls)'/.test(readFileSync(join(LAMBDA, folder, file), 'utf8')));
  const folders = readdirSync(LAMBDA).filter((folder) => folder !== 'payca');
  const app = goLiveApp(segmented);
  const says = app.node
    .findAll()
    .filter((one) => one instanceof PaycaFunction)
    .filter(({ alsoCalls }) => alsoCalls.some((callee) => callee !== 'payca'))
    .map(({ name }) => name);
  expect(folders.filter(opens).sort()).toEqual([...new Set(says)].sort());
});
