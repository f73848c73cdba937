import type { CfnResource } from 'aws-cdk-lib';
import type { CfnRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnRule } from 'aws-cdk-lib/aws-events';
import type { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { AwsCustomResource } from 'aws-cdk-lib/custom-resources';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference';

/** One accepted deviation from the rule packs: what, where, why, and who answers for it. */
export interface Exception {
  /** Rules as the packs print them, `Pack-Rule` or `Pack-Rule[Finding]`; a function where the finding names the resource. */
  readonly rules: readonly string[] | ((resource: CfnResource) => string[]);
  /** CloudFormation type the exception is for. */
  readonly resourceType: string;
  /**
   * Narrows it to the resources it is true for.
   *
   * @default - every resource of the type
   */
  readonly when?: (resource: CfnResource) => boolean;
  /**
   * The setting that decides whether there is such a resource; the report does not miss a match.
   *
   * @default - the resource is always there
   */
  readonly option?: string;
  readonly reason: string;
  readonly owner: 'Engineering' | 'Security';
  /** Date of the decision, YYYY-MM-DD. */
  readonly granted: string;
  /** Its last day, YYYY-MM-DD: whoever owns it decides again before. `npm run compliance` fails after it, a synth never. */
  readonly expires: string;
}

const NIST = 'NIST.800.53.R5';
const PCI = 'PCI.DSS.321';
const TOWER = 'ControlTower-CT';
const granted = '2026-11-24';
/** A year at most: every exception is looked at again once a year. */
const expires = '2027-11-23';

/** The stack's one function behind all `AwsCustomResource`s. */
const DNS_HELPER = `AWS${AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`;

const at =
  (...names: string[]) =>
  ({ node }: CfnResource) =>
    names.some((name) => `/${node.path}/`.includes(`/${name}/`));

/** The findings that cannot be removed without harm. Nothing is reserved, queued or copied merely to please a rule. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    rules: [`${NIST}-LambdaInsideVPC`, `${PCI}-LambdaInsideVPC`, `${TOWER}.LAMBDA.PR.3`],
    resourceType: 'AWS::Lambda::Function',
    when: (one) => (one as CfnFunction).vpcConfig === undefined,
    option: 'organization.vpc',
    reason:
      'The functions call only AWS APIs and PayCA over TLS; a VPC adds NAT as a point of failure and protects nothing here. organization.vpc puts them in one where a policy asks for it.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-LambdaDLQ`, 'Serverless-LambdaDLQ'],
    resourceType: 'AWS::Lambda::Function',
    reason:
      'A function dead-letter queue serves asynchronous calls only. Streams, queues, API Gateway and operators call otherwise; what is not finished stays in the inbox or in the queue, which has one. Rules do call so: the next run of a schedule does what is due, and a file that was put into the bucket stays there.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-LambdaTracing'],
    resourceType: 'AWS::Lambda::Function',
    when: at('DispatchEvents'),
    reason:
      'Invoked by a stream, which carries no trace: active tracing would begin a new one for the first batch of every second, nearly all of them, at several dollars a million. It follows a trace where there is one.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-LambdaConcurrency`],
    resourceType: 'AWS::Lambda::Function',
    reason:
      'Reserved concurrency would refuse webhooks at a peak and takes capacity from the rest of the account. The API stage throttles at ten times the expected peak; queues and schedules bound the others.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-IAMNoInlinePolicy`, `${PCI}-IAMNoInlinePolicy`],
    resourceType: 'AWS::IAM::Policy',
    reason:
      'Each policy belongs to exactly one role and names its resources; a managed policy could be attached elsewhere.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: ['AwsSolutions-IAM5[Resource::*]'],
    resourceType: 'AWS::IAM::Policy',
    when: onlyWhatTakesNoResource,
    reason:
      'X-Ray has no resources, the network interfaces of a function in a VPC have none before they are made, and composite alarms are described to nobody who may not describe all: these actions take only "*".',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: (policy) => objectWildcards(policy).filter((rule) => rule.endsWith('/runs/*]')),
    resourceType: 'AWS::IAM::Policy',
    when: recordsEvidence,
    reason:
      'Records of evidence are named by run and time and cannot be listed beforehand; only the prefix runs/ may be read and written once, and Object Lock keeps each version.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: objectWildcards,
    resourceType: 'AWS::IAM::Policy',
    when: at('ArchiveEvents'),
    reason:
      'Object keys are content hashes and cannot be listed beforehand; only the prefix events/ may be written, never read or deleted.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: objectWildcards,
    resourceType: 'AWS::IAM::Policy',
    when: at('BinImport'),
    reason:
      'People name the catalogues, and versions are named by their hashes: only below bins/, and in the evidence the chain, never delete.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: objectWildcards,
    resourceType: 'AWS::IAM::Policy',
    when: at('ReconcileFees'),
    option: 'launch.enabled',
    reason:
      'People name the statements, and reports are named by their runs: below statements/ and bins/ it may only read, below reconciliations/ and in the evidence only write and read the chain, never delete.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: objectWildcards,
    resourceType: 'AWS::IAM::Policy',
    when: at('CardLoad'),
    reason:
      'Manifests are named by their content, and records by their runs: below users-cards/ it may only read, and delete what nobody needs any more; in the evidence only write and read the chain, never delete.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: objectWildcards,
    resourceType: 'AWS::IAM::Policy',
    when: at('Shipping'),
    option: 'shipping',
    reason:
      'Firehose names the objects of its backup bucket by the time; they may be written and never read, and the bucket is for nothing else.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    ],
    resourceType: 'AWS::IAM::Role',
    when: at('ApiGatewayLogs'),
    reason: 'The policy AWS publishes for exactly this role; API Gateway checks the role against it when it is set.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: ['AwsSolutions-APIG2'],
    resourceType: 'AWS::ApiGateway::RestApi',
    reason:
      'The gateway must not judge bodies before the signature is checked over the raw bytes; unknown events are stored, not refused.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['PCI.DSS.401-ApiInboundRestricted'],
    resourceType: 'AWS::ApiGateway::RestApi',
    when: (api) => !JSON.stringify(api.stack.resolve((api as CfnRestApi).policy)).includes('aws:SourceIp'),
    option: 'webhook.allowList.any',
    reason:
      "Only the sandbox may take any address, while PayCA's ranges are not known, for the reason and until the day in its config; `golive config check` fails after that day.",
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: ['AwsSolutions-APIG4', 'AwsSolutions-COG4'],
    resourceType: 'AWS::ApiGateway::Method',
    reason:
      'PayCA authenticates with an HMAC over the body, which an authorizer never sees. The receiver checks it first of all; allow-list and, where configured, client certificates stand before it.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-APIGWCacheEnabledAndEncrypted`, `${PCI}-APIGWCacheEnabledAndEncrypted`],
    resourceType: 'AWS::ApiGateway::Stage',
    reason: 'A cache would answer a webhook that was never stored.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-APIGWSSLEnabled`, `${PCI}-APIGWSSLEnabled`],
    resourceType: 'AWS::ApiGateway::Stage',
    reason:
      'A client certificate proves the gateway to an HTTP backend; the backend here is Lambda, called through IAM.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: ['AwsSolutions-SMG4', `${NIST}-SecretsManagerRotationEnabled`],
    resourceType: 'AWS::SecretsManager::Secret',
    reason:
      "PayCA, and the platforms that are told alarms, issue keys by hand. An operator puts new ones; PayCA's are proven before they become current, and their age raises a ticket.",
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-DynamoDBInBackupPlan`],
    resourceType: 'AWS::DynamoDB::Table',
    when: at('Inbox'),
    reason:
      'Point-in-time recovery covers 35 days to the second, deletion protection is on, and every event is also in the archive under Object Lock.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-DynamoDBInBackupPlan`],
    resourceType: 'AWS::DynamoDB::Table',
    when: at('Progress'),
    reason:
      'It holds what functions remember between their runs. Point-in-time recovery covers 35 days to the second and deletion protection is on; what counts as a record is in the evidence bucket.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-DynamoDBInBackupPlan`],
    resourceType: 'AWS::DynamoDB::Table',
    when: at('Notifications'),
    reason:
      'It holds which alarms were told to whom. Point-in-time recovery is on, and without the table an alarm is told once more at worst.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-S3BucketReplicationEnabled`, `${PCI}-S3BucketReplicationEnabled`],
    resourceType: 'AWS::S3::Bucket',
    reason:
      'S3 keeps objects in three zones; versions guard against deletion, and Object Lock where records are; a copy in another region doubles personal data and cost.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [
      `${NIST}-S3DefaultEncryptionKMS`,
      `${PCI}-S3DefaultEncryptionKMS`,
      'PCI.DSS.401-BucketCustomerKey',
      `${TOWER}.S3.PR.10`,
    ],
    resourceType: 'AWS::S3::Bucket',
    when: at('AccessLogs'),
    reason: 'S3 log delivery does not write to a bucket whose default encryption is a customer key.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: ['Serverless-LambdaEventSourceMappingDestination'],
    resourceType: 'AWS::Lambda::EventSourceMapping',
    reason:
      'A stream destination holds metadata only: the sweep finds what the stream missed in the inbox itself. A queue mapping has no destination: its queue has a dead-letter queue.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-LambdaTracing'],
    resourceType: 'AWS::Lambda::Function',
    when: at(DNS_HELPER),
    option: 'webhook.dns.roleArn',
    reason:
      "CDK's own function, which makes DNS records in another account during a deploy, has no setting for tracing; it runs in no webhook's way.",
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-EventBusDLQ'],
    resourceType: 'AWS::Events::Rule',
    when: at('BinImport'),
    reason:
      'The catalogue stays in the bucket and nothing is in force without a confirmation: whoever put it there puts it there again or runs `golive bins import`.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-EventBusDLQ'],
    resourceType: 'AWS::Events::Rule',
    when: at('ReconcileFees'),
    option: 'launch.enabled',
    reason:
      'The statement stays in the bucket: whoever put it there waits for the report, and puts it there again or runs `golive reconcile fees` when none comes.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-EventBusDLQ'],
    resourceType: 'AWS::Events::Rule',
    when: (rule) => (rule as CfnRule).scheduleExpression !== undefined,
    reason: 'A lost tick of a schedule is made good by the next one.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${NIST}-CloudWatchAlarmAction`, `${TOWER}.CLOUDWATCH.PR.1`],
    resourceType: 'AWS::CloudWatch::Alarm',
    when: tellsNobodyItself,
    reason:
      'People are told by an EventBridge rule on the state changes of all alarms, with retries and a dead-letter queue; an action of each alarm would tell them twice. Alarms that end in -signal are parts of others.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${TOWER}.CLOUDWATCH.PR.4`],
    resourceType: 'AWS::CloudWatch::Alarm',
    when: (alarm) => alarm.stack.resolve((alarm as CfnAlarm).actionsEnabled) === false,
    reason: 'The sandbox pages nobody: its alarms exist so that they are known before they matter.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-SNSRedrivePolicy'],
    resourceType: 'AWS::SNS::Subscription',
    when: at('Fallback'),
    reason: 'It is the last resort: of its own failure nobody is left to be told.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-SNSRedrivePolicy'],
    resourceType: 'AWS::SNS::Subscription',
    when: at('Owners'),
    option: 'launch.enabled',
    reason:
      'Mail about a step is of no use after the step, so nobody would read a queue of it; what it says stands in the state of the launch too.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: ['Serverless-SQSRedrivePolicy', `${TOWER}.SQS.PR.1`],
    resourceType: 'AWS::SQS::Queue',
    when: at('DeadLetters'),
    reason: 'It is the dead-letter queue.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${TOWER}.CLOUDWATCH.PR.2`],
    resourceType: 'AWS::Logs::LogGroup',
    reason:
      'Logs of the functions and of the gateway are for operating it and are kept as config says; what an auditor reads (access log, firewall, evidence) is kept a year or longer.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [`${TOWER}.LAMBDA.PR.2`],
    resourceType: 'AWS::Lambda::Permission',
    reason:
      'The permission names the service principal and the ARN of the caller; the rule does not read an ARN that CloudFormation puts together.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [`${TOWER}.S3.PR.4`],
    resourceType: 'AWS::S3::Bucket',
    reason:
      'Nothing consumes events of these objects: the bus announces each webhook, and records are listed by their manifest. Where files are imported, events are on.',
    owner: 'Engineering',
    granted,
    expires,
  },
  {
    rules: [`${TOWER}.S3.PR.2`, `${TOWER}.S3.PR.9`],
    resourceType: 'AWS::S3::Bucket',
    when: at('AccessLogs'),
    reason:
      'It receives the access logs: logging itself would never end, and S3 does not deliver logs to a bucket with a default retention under Object Lock. Versions and the public access block guard it.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: [`${TOWER}.S3.PR.9`],
    resourceType: 'AWS::S3::Bucket',
    when: at('Imports'),
    reason:
      'It holds files with personal data, which must end with their retention and be erased when a person asks: Object Lock would keep them. What was found in them is recorded in the evidence bucket, which has it.',
    owner: 'Security',
    granted,
    expires,
  },
  {
    rules: ['CfnLint-W3005'],
    resourceType: 'AWS::Lambda::Function',
    reason: 'CDK writes a dependency that a reference already makes; it changes nothing and takes the role first.',
    owner: 'Engineering',
    granted,
    expires,
  },
];

/** AwsSolutions-IAM5 findings for statements on objects of a bucket, in the words of that rule. */
function objectWildcards(policy: CfnResource): string[] {
  return statements(policy)
    .flatMap(({ Resource }) => Resource)
    .map((resource) => flattenCfnReference(resource))
    .filter((resource) => resource.endsWith('/*'))
    .map((resource) => `AwsSolutions-IAM5[Resource::${resource}]`);
}

function recordsEvidence(policy: CfnResource): boolean {
  return objectWildcards(policy).some((rule) => rule.endsWith('/runs/*]'));
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

function statements(policy: CfnResource): Statement[] {
  return policy.stack.resolve((policy as CfnPolicy).policyDocument).Statement;
}

function tellsNobodyItself(alarm: CfnResource): boolean {
  const { alarmActions, actionsEnabled } = alarm as CfnAlarm;
  return alarm.stack.resolve(alarmActions) === undefined || alarm.stack.resolve(actionsEnabled) === false;
}

function onlyWhatTakesNoResource(policy: CfnResource): boolean {
  const actions = statements(policy)
    .filter(({ Resource }) => Resource === '*')
    .flatMap(({ Action }) => Action);
  return actions.length > 0 && actions.every(takesNoResource);
}

const takesNoResource = (action: string) =>
  /^(xray:Put|ec2:.*(NetworkInterface|PrivateIpAddresses|Subnets)|cloudwatch:DescribeAlarms$)/.test(action);
