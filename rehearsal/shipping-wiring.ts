import type { Deployment } from './deployment';
import { type Judge, matches, type RequestContext, statementsOf } from './permissions';
import { type Json, list, type Resource } from './template';

/** What lets logs and metrics onto the delivery streams, and what the streams need to deliver and to keep what failed. */
export function shippingProblems(deployment: Deployment, judge: Judge): string[] {
  const wiring = { deployment, judge };
  return [
    ...deployment.resources('AWS::Logs::SubscriptionFilter').flatMap((filter) => {
      const { DestinationArn: stream, RoleArn: role } = filter.properties as Record<string, string>;
      const source = `arn:aws:logs:${deployment.region}:${deployment.account}:log-group:any`;
      return writerProblems(wiring, filter, { role, stream, service: 'logs.amazonaws.com' }, source);
    }),
    ...deployment.resources('AWS::CloudWatch::MetricStream').flatMap((metrics) => {
      const { FirehoseArn: stream, RoleArn: role } = metrics.properties as Record<string, string>;
      return writerProblems(wiring, metrics, { role, stream, service: 'streams.metrics.cloudwatch.amazonaws.com' });
    }),
    ...deployment.resources('AWS::KinesisFirehose::DeliveryStream').flatMap((stream) => streamProblems(wiring, stream)),
  ];
}

interface Wiring {
  readonly deployment: Deployment;
  readonly judge: Judge;
}

/** A service that puts records on a stream in a role. */
function writerProblems(
  { deployment, judge }: Wiring,
  { logicalId }: Resource,
  { role: roleArn = '', stream = '', service }: { role?: string; stream?: string; service: string },
  source?: string,
): string[] {
  const role = deployment.byArn(roleArn);
  if (!role) return [`${logicalId}: its role is not in the templates`];
  const target = deployment.byArn(stream)?.type === 'AWS::KinesisFirehose::DeliveryStream';
  const refusals = ['firehose:PutRecord', 'firehose:PutRecordBatch'].map((action) =>
    judge.refusal(role, action, stream),
  );
  const problems = [
    ...(target ? [] : [`${stream} is no delivery stream of the templates`]),
    ...trust(deployment, role, service, source),
    ...refusals.flatMap((refusal) => refusal ?? []),
  ];
  return problems.map((problem) => `${logicalId}: ${problem}`);
}

/** Whether a role lets a service assume it. */
function trust({ account }: Deployment, role: Resource, service: string, source?: string): string[] {
  const context: RequestContext = { 'aws:SourceAccount': account, ...(source && { 'aws:SourceArn': source }) };
  const trusted = statementsOf(role.properties.AssumeRolePolicyDocument).some((statement) => {
    const services = list((statement.Principal as Json | undefined)?.Service as string | string[] | undefined);
    const request = { action: 'sts:AssumeRole', resource: role.arn, context };
    return statement.Effect === 'Allow' && services.includes(service) && matches(statement, request);
  });
  return trusted ? [] : [`${service} may not assume ${role.logicalId}`];
}

interface Destination {
  readonly CloudWatchLoggingOptions: LoggingOptions;
  readonly SecretsManagerConfiguration: {
    readonly Enabled: boolean;
    readonly SecretARN: string;
    readonly RoleARN: string;
  };
  readonly S3Configuration: {
    readonly BucketARN: string;
    readonly RoleARN: string;
    readonly Prefix: string;
    readonly CloudWatchLoggingOptions: LoggingOptions;
  };
}

interface LoggingOptions {
  readonly LogGroupName: string;
  readonly LogStreamName: string;
}

/** https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html */
function streamProblems({ deployment, judge }: Wiring, { logicalId, properties }: Resource): string[] {
  const { HttpEndpointDestinationConfiguration, SplunkDestinationConfiguration } = properties;
  const destination = (HttpEndpointDestinationConfiguration ?? SplunkDestinationConfiguration) as Destination;
  const { SecretsManagerConfiguration: secret, S3Configuration: backup } = destination;
  const objects = `${backup.BucketARN}/${backup.Prefix}any`;
  const uses: [role: string, action: string, resource: string][] = [
    [secret.RoleARN, 'secretsmanager:GetSecretValue', secret.SecretARN],
    ...['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'].map(
      (action): [string, string, string] => [backup.RoleARN, action, backup.BucketARN],
    ),
    [backup.RoleARN, 's3:AbortMultipartUpload', objects],
    [backup.RoleARN, 's3:PutObject', objects],
    ...[destination, backup].map(({ CloudWatchLoggingOptions: to }): [string, string, string] => [
      backup.RoleARN,
      'logs:PutLogEvents',
      `arn:aws:logs:${deployment.region}:${deployment.account}:log-group:${to.LogGroupName}:log-stream:${to.LogStreamName}`,
    ]),
  ];
  const problems = uses.flatMap(([roleArn, action, resource]) => {
    const role = deployment.byArn(roleArn);
    return role ? (judge.refusal(role, action, resource) ?? []) : `the role ${roleArn} is not in the templates`;
  });
  const roles = [...new Set(uses.map(([role]) => role))].flatMap((arn) => deployment.byArn(arn) ?? []);
  const encryption = properties.DeliveryStreamEncryptionConfigurationInput as { KeyARN?: string } | undefined;
  const key = encryption?.KeyARN && deployment.byArn(encryption.KeyARN);
  return [
    ...(secret.Enabled ? [] : ['its key is not read from a secret']),
    ...(key ? [] : ['its customer key is not in the templates']),
    ...roles.flatMap((role) => trust(deployment, role, 'firehose.amazonaws.com')),
    ...problems,
  ].map((problem) => `delivery stream ${logicalId}: ${problem}`);
}
