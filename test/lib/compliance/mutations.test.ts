import type { CfnResource } from 'aws-cdk-lib';
import { CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import { CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { CfnLoggingConfiguration, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { NagRuleCompliance } from 'cdk-nag';
import { resourcesOf } from '../../../lib/compliance/assembly';
import { PCI_RULES, type PciRule } from '../../../lib/compliance/pci-dss-4/rules';
import { segmented } from '../../segment';
import { goLiveApp } from '../synth';

/** A property of a resource set to another value. */
type Change = readonly [resource: CfnResource, property: string, value: unknown];
/** What takes away that for which a rule lets `resource` of the app pass. */
type Mutation = (resource: CfnResource) => Change[];

const without =
  (property: string, value?: unknown): Mutation =>
  (resource) => [[resource, property, value]];

/** As the template has it. */
const templateValue = (resource: CfnResource, property: string) =>
  resource.stack.resolve((resource as unknown as Record<string, unknown>)[property]);

interface Statement {
  readonly Effect: string;
  readonly Action?: string;
  readonly Principal?: string;
  readonly Resource?: string;
  readonly Condition?: object;
}

const statements =
  (property: string, change: (statements: Statement[]) => Statement[]): Mutation =>
  (resource) => {
    const document = templateValue(resource, property);
    return [[resource, property, { ...document, Statement: change(document?.Statement ?? []) }]];
  };

const allowing =
  (property: string, statement: Statement): Mutation =>
  (resource) =>
    statements(property, (all) => [...all, statement])(resource);

function neighbours<T extends CfnResource>({ stack }: CfnResource, type: new (...parameters: never[]) => T): T[] {
  return stack.node.findAll().filter((one): one is T => one instanceof type && one.stack === stack);
}

/** The statements that refuse what comes without TLS, out of all policies of its stack of that type. */
const withoutDeny =
  (type: new (...parameters: never[]) => CfnResource): Mutation =>
  (resource) =>
    neighbours(resource, type).flatMap((policy) =>
      statements('policyDocument', (all) => all.filter(({ Effect }) => Effect !== 'Deny'))(policy),
    );

/** A policy, or the inline policies of a role. */
const withMoreRights =
  (Action: string): Mutation =>
  (resource) => {
    // In the order in which CDK writes a statement: cdk-nag compares text.
    const statement = { Action, Effect: 'Allow', Resource: '*' };
    if (resource.cfnResourceType !== 'AWS::IAM::Role') return allowing('policyDocument', statement)(resource);
    return [[resource, 'policies', [{ policyName: 'more', policyDocument: { Statement: [statement] } }]]];
  };

/** Every way on which an alarm reaches a person. */
const silent: Mutation = (alarm) => [
  [alarm, 'alarmActions', undefined],
  ...neighbours(alarm, CfnCompositeAlarm).map((whole): Change => [whole, 'alarmRule', 'FALSE']),
  ...neighbours(alarm, CfnRule).map((rule): Change => [rule, 'state', 'DISABLED']),
];

const elsewhere = 'arn:aws:apigateway:eu-central-1::/restapis/other/stages/other';

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  ApiInboundRestricted: statements('policy', (all) => all.map(({ Condition, ...open }) => open)),
  ApiDefaultEndpointDisabled: without('disableExecuteApiEndpoint'),
  GroupInboundRestricted: without('securityGroupIngress', [
    { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0' },
  ]),
  // EC2 then makes a rule that lets everything out.
  GroupOutboundRestricted: without('securityGroupEgress'),
  EndpointPolicyNamesAccounts: without('policyDocument'),
  BucketNotPublic: without('publicAccessBlockConfiguration'),
  FunctionNotPublic: (permission) => [
    [permission, 'principal', '*'],
    [permission, 'sourceArn', undefined],
  ],
  LogRetentionSet: without('retentionInDays'),
  TableCustomerKey: without('sseSpecification'),
  BucketCustomerKey: without('bucketEncryption'),
  QueueCustomerKey: without('kmsMasterKeyId'),
  TopicCustomerKey: without('kmsMasterKeyId'),
  LogCustomerKey: without('kmsKeyId'),
  KeyPolicyNamesPrincipals: allowing('keyPolicy', { Effect: 'Allow', Principal: '*', Action: 'kms:Decrypt' }),
  KeyRotation: without('enableKeyRotation'),
  DomainTlsFloor: without('securityPolicy', 'TLS_1_0'),
  BucketTlsOnly: withoutDeny(CfnBucketPolicy),
  QueueTlsOnly: withoutDeny(CfnQueuePolicy),
  TopicTlsOnly: withoutDeny(CfnTopicPolicy),
  DomainCertificateNamed: without('regionalCertificateArn'),
  ApiBehindFirewall: (stage) =>
    neighbours(stage, CfnWebACLAssociation).map((one): Change => [one, 'resourceArn', elsewhere]),
  FirewallLogging: (acl) =>
    neighbours(acl, CfnLoggingConfiguration).map((one): Change => [one, 'resourceArn', elsewhere]),
  NoAdminPolicy: withMoreRights('*'),
  NoFullAccessPolicy: withMoreRights('s3:*'),
  NoSecretInEnvironment: (one) => {
    const environment = templateValue(one, 'environment');
    const variables = { ...environment?.variables, CLIENT_SECRET: 'not-a-real-one' };
    return [[one, 'environment', { ...environment, variables }]];
  },
  SecretCustomerKey: without('kmsKeyId'),
  ApiAccessLogging: without('accessLogSetting'),
  // The bucket that receives the logs passes because the others name it.
  BucketLogging: (bucket) =>
    neighbours(bucket, CfnBucket).map((one): Change => [one, 'loggingConfiguration', undefined]),
  AccessLogFields: (stage) => {
    const setting = templateValue(stage, 'accessLogSetting');
    return [[stage, 'accessLogSetting', { ...setting, format: setting.format.replace('$context.status', '') }]];
  },
  BucketVersioned: without('versioningConfiguration'),
  AuditLogTwelveMonths: (store) =>
    store.cfnResourceType === 'AWS::S3::Bucket'
      ? [[store, 'lifecycleConfiguration', { rules: [{ status: 'Enabled', expirationInDays: 364 }] }]]
      : [[store, 'retentionInDays', 180]],
  AlarmTellsSomebody: silent,
  DeliveryAlarmActsItself: without('alarmActions'),
};

// With the option that brings security groups and endpoints.
const app = goLiveApp(segmented);
app.synth();
const resources = resourcesOf(app);

const isCompliant = ({ rule }: PciRule, resource: CfnResource) => rule(resource) === NagRuleCompliance.COMPLIANT;
const isFound = ({ rule }: PciRule, resource: CfnResource) => {
  const result = rule(resource);
  return Array.isArray(result) ? result.length > 0 : result === NagRuleCompliance.NON_COMPLIANT;
};

/** What `look` sees while the changes stand; they are taken back. */
function during<T>(changes: readonly Change[], look: () => T): T {
  const open = (resource: CfnResource) => resource as unknown as Record<string, unknown>;
  const former = changes.map(([resource, property]): Change => [resource, property, open(resource)[property]]);
  try {
    for (const [resource, property, value] of changes) open(resource)[property] = value;
    return look();
  } finally {
    for (const [resource, property, value] of former) open(resource)[property] = value;
  }
}

test.each(PCI_RULES.map((rule) => [rule.name, rule] as const))(
  '%s finds each resource of both stages from which its cause is taken away',
  (name, rule) => {
    const mutation = MUTATIONS[name];
    const passing = resources.filter((resource) => isCompliant(rule, resource));
    const inStages = new Set(passing.map(({ node }) => node.path.split('/')[0]));
    expect([...inStages]).toEqual(expect.arrayContaining(['Production', 'Sandbox']));
    const missed = passing.filter(
      (resource) => !mutation || !during(mutation(resource), () => isFound(rule, resource)),
    );
    expect(missed.map(({ node }) => node.path)).toEqual([]);
    expect(passing.filter((resource) => !isCompliant(rule, resource))).toEqual([]);
  },
);
