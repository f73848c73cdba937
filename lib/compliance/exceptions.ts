import type { CfnResource } from 'aws-cdk-lib';
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
  readonly reason: string;
  readonly owner: 'Engineering' | 'Security';
  /** Date of the decision, YYYY-MM-DD. */
  readonly granted: string;
}

const NIST = 'NIST.800.53.R5';
const PCI = 'PCI.DSS.321';
const granted = '2026-11-24';

const at =
  (...names: string[]) =>
  ({ node }: CfnResource) =>
    names.some((name) => `/${node.path}/`.includes(`/${name}/`));

/** The findings that cannot be removed without harm. Nothing is reserved, queued or copied merely to please a rule. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    rules: [`${NIST}-LambdaInsideVPC`, `${PCI}-LambdaInsideVPC`],
    resourceType: 'AWS::Lambda::Function',
    reason:
      'The functions call only AWS APIs and PayCA over TLS; a VPC adds NAT as a point of failure and protects nothing here. organization.vpc puts them in one where a policy asks for it.',
    owner: 'Security',
    granted,
  },
  {
    rules: [`${NIST}-LambdaDLQ`, 'Serverless-LambdaDLQ'],
    resourceType: 'AWS::Lambda::Function',
    reason:
      'A function dead-letter queue serves asynchronous calls only. These are called synchronously, by a stream or by a queue; what they do not finish stays in the inbox or in the queue, which has one.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: ['Serverless-LambdaTracing'],
    resourceType: 'AWS::Lambda::Function',
    when: at('DispatchEvents'),
    reason:
      'Invoked by a stream, which carries no trace: active tracing would begin a new one for the first batch of every second, nearly all of them, at several dollars a million. It follows a trace where there is one.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: [`${NIST}-LambdaConcurrency`],
    resourceType: 'AWS::Lambda::Function',
    reason:
      'Reserved concurrency would refuse webhooks at a peak and takes capacity from the rest of the account. The API stage throttles at ten times the expected peak.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: [`${NIST}-IAMNoInlinePolicy`, `${PCI}-IAMNoInlinePolicy`],
    resourceType: 'AWS::IAM::Policy',
    reason:
      'Each policy belongs to exactly one role and names its resources; a managed policy could be attached elsewhere.',
    owner: 'Security',
    granted,
  },
  {
    rules: ['AwsSolutions-IAM5[Resource::*]'],
    resourceType: 'AWS::IAM::Policy',
    when: at('ReceiveWebhook', 'DispatchEvents', 'ArchiveEvents'),
    reason: 'X-Ray has no resources: xray:PutTraceSegments and xray:PutTelemetryRecords take only "*".',
    owner: 'Security',
    granted,
  },
  {
    rules: objectWildcards,
    resourceType: 'AWS::IAM::Policy',
    when: at('ArchiveEvents'),
    reason:
      'Object keys are content hashes and cannot be listed beforehand; only the prefix events/ may be written, never read or deleted.',
    owner: 'Security',
    granted,
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
  },
  {
    rules: ['AwsSolutions-APIG2'],
    resourceType: 'AWS::ApiGateway::RestApi',
    reason:
      'The gateway must not judge bodies before the signature is checked over the raw bytes; unknown events are stored, not refused.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: ['AwsSolutions-APIG4', 'AwsSolutions-COG4'],
    resourceType: 'AWS::ApiGateway::Method',
    reason:
      'PayCA authenticates with an HMAC over the body, which an authorizer never sees. The receiver checks it first of all; allow-list and, where configured, client certificates stand before it.',
    owner: 'Security',
    granted,
  },
  {
    rules: [`${NIST}-APIGWCacheEnabledAndEncrypted`, `${PCI}-APIGWCacheEnabledAndEncrypted`],
    resourceType: 'AWS::ApiGateway::Stage',
    reason: 'A cache would answer a webhook that was never stored.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: [`${NIST}-APIGWSSLEnabled`, `${PCI}-APIGWSSLEnabled`],
    resourceType: 'AWS::ApiGateway::Stage',
    reason:
      'A client certificate proves the gateway to an HTTP backend; the backend here is Lambda, called through IAM.',
    owner: 'Security',
    granted,
  },
  {
    rules: ['AwsSolutions-SMG4', `${NIST}-SecretsManagerRotationEnabled`],
    resourceType: 'AWS::SecretsManager::Secret',
    reason:
      'PayCA issues keys by hand and has no rotation call. New keys are put by an operator and proven before they become current.',
    owner: 'Security',
    granted,
  },
  {
    rules: [`${NIST}-DynamoDBInBackupPlan`],
    resourceType: 'AWS::DynamoDB::Table',
    reason:
      'Point-in-time recovery covers 35 days to the second, deletion protection is on, and every event is also in the archive under Object Lock.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: [`${NIST}-S3BucketReplicationEnabled`, `${PCI}-S3BucketReplicationEnabled`],
    resourceType: 'AWS::S3::Bucket',
    reason:
      'S3 keeps objects in three zones, versions and Object Lock guard against deletion; a copy in another region doubles personal data and cost.',
    owner: 'Security',
    granted,
  },
  {
    rules: [`${NIST}-S3DefaultEncryptionKMS`, `${PCI}-S3DefaultEncryptionKMS`],
    resourceType: 'AWS::S3::Bucket',
    when: at('AccessLogs'),
    reason: 'S3 log delivery does not write to a bucket whose default encryption is a customer key.',
    owner: 'Security',
    granted,
  },
  {
    rules: ['Serverless-LambdaEventSourceMappingDestination'],
    resourceType: 'AWS::Lambda::EventSourceMapping',
    reason:
      'A stream destination holds metadata only: the sweep finds what the stream missed in the inbox itself. A queue mapping has no destination: its queue has a dead-letter queue.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: ['Serverless-EventBusDLQ'],
    resourceType: 'AWS::Events::Rule',
    when: at('Sweep'),
    reason: 'A lost tick of a five-minute schedule is made good by the next one.',
    owner: 'Engineering',
    granted,
  },
  {
    rules: ['Serverless-SQSRedrivePolicy'],
    resourceType: 'AWS::SQS::Queue',
    when: at('DeadLetters'),
    reason: 'It is the dead-letter queue.',
    owner: 'Engineering',
    granted,
  },
];

/** AwsSolutions-IAM5 findings for statements on objects of one prefix, in the words of that rule. */
function objectWildcards(policy: CfnResource): string[] {
  const { Statement } = policy.stack.resolve((policy as unknown as { policyDocument: unknown }).policyDocument) as {
    Statement: { Resource: unknown }[];
  };
  return Statement.flatMap(({ Resource }) => Resource)
    .map((resource) => flattenCfnReference(resource))
    .filter((resource) => resource.endsWith('/events/*'))
    .map((resource) => `AwsSolutions-IAM5[Resource::${resource}]`);
}
