import { matchesFilter } from '../../rehearsal/filter-pattern';
import { Judge } from '../../rehearsal/permissions';
import { shippingProblems } from '../../rehearsal/shipping-wiring';
import type { Template } from '../../rehearsal/template';
import { deployed, document, getAtt } from './deployment';

type Resources = NonNullable<Template['Resources']>;

const ACCOUNT = '210987654321';
const REGION = 'eu-central-1';

const role = (service: string, Condition: object | undefined, ...statements: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: document({
      Effect: 'Allow',
      Principal: { Service: service },
      Action: 'sts:AssumeRole',
      ...(Condition && { Condition }),
    }),
    Policies: [{ PolicyDocument: document(...statements.map((one) => ({ Effect: 'Allow', ...one }))) }],
  },
});
const put = { Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'], Resource: getAtt('Stream') };
const logged = { LogGroupName: { Ref: 'Errors' }, LogStreamName: 'delivery' };

/** A log group and a metric stream, and a delivery stream to a platform with its secret, backup and key. */
const SHIPPED: Resources = {
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: {
      KeyPolicy: document({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:*',
        Resource: '*',
      }),
    },
  },
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { KmsKeyId: getAtt('Key') } },
  Backup: {
    Type: 'AWS::S3::Bucket',
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { KMSMasterKeyID: getAtt('Key') } }],
      },
    },
  },
  Logs: { Type: 'AWS::Logs::LogGroup' },
  Errors: { Type: 'AWS::Logs::LogGroup' },
  Firehose: role(
    'firehose.amazonaws.com',
    { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
    { Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'Secret' } },
    { Action: 's3:*', Resource: [getAtt('Backup'), { 'Fn::Join': ['', [getAtt('Backup'), '/*']] }] },
    {
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: getAtt('Key'),
      Condition: {
        StringEquals: { 'kms:ViaService': [`s3.${REGION}.amazonaws.com`, `secretsmanager.${REGION}.amazonaws.com`] },
      },
    },
    { Action: 'logs:PutLogEvents', Resource: getAtt('Errors') },
  ),
  Stream: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    Properties: {
      DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: getAtt('Key') },
      HttpEndpointDestinationConfiguration: {
        CloudWatchLoggingOptions: logged,
        SecretsManagerConfiguration: { Enabled: true, SecretARN: { Ref: 'Secret' }, RoleARN: getAtt('Firehose') },
        S3Configuration: {
          BucketARN: getAtt('Backup'),
          RoleARN: getAtt('Firehose'),
          Prefix: 'logs/',
          CloudWatchLoggingOptions: logged,
        },
      },
    },
  },
  LogsRole: role('logs.amazonaws.com', { StringLike: { 'aws:SourceArn': `arn:aws:logs:${REGION}:${ACCOUNT}:*` } }, put),
  Filter: {
    Type: 'AWS::Logs::SubscriptionFilter',
    Properties: {
      LogGroupName: { Ref: 'Logs' },
      FilterPattern: '',
      DestinationArn: getAtt('Stream'),
      RoleArn: getAtt('LogsRole'),
    },
  },
  MetricsRole: role('streams.metrics.cloudwatch.amazonaws.com', undefined, put),
  Metrics: {
    Type: 'AWS::CloudWatch::MetricStream',
    Properties: { FirehoseArn: getAtt('Stream'), RoleArn: getAtt('MetricsRole') },
  },
};

function problems(path?: string, value?: unknown): string[] {
  const copy = structuredClone(SHIPPED);
  if (path) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    Reflect.set(
      keys.reduce<object>((at, key) => Reflect.get(at, key), copy),
      last,
      value,
    );
  }
  const deployment = deployed(copy);
  return shippingProblems(deployment, new Judge(deployment));
}

test('what is wired right has no problem', () => {
  expect(problems()).toEqual([]);
});

const TRUST = 'Properties.AssumeRolePolicyDocument.Statement.0';
const MAY = 'Properties.Policies.0.PolicyDocument.Statement';

test.each<[string, string, unknown, RegExp]>([
  ['trust in CloudWatch Logs', `LogsRole.${TRUST}.Principal.Service`, 'lambda.amazonaws.com', /^Filter: logs\./],
  [
    'the account in the condition of that trust',
    `LogsRole.${TRUST}.Condition.StringLike`,
    { 'aws:SourceArn': `arn:aws:logs:${REGION}:999988887777:*` },
    /^Filter: logs\.amazonaws\.com may not assume LogsRole$/,
  ],
  [
    'the right to put records',
    `LogsRole.${MAY}.0.Action`,
    'firehose:PutRecordBatch',
    /not allowed firehose:PutRecord /,
  ],
  [
    'trust in metric streams',
    `MetricsRole.${TRUST}.Principal.Service`,
    'cloudwatch.amazonaws.com',
    /^Metrics: streams\./,
  ],
  [
    'the stream of the metrics',
    'Metrics.Properties.FirehoseArn',
    getAtt('Backup'),
    /^Metrics: .* is no delivery stream/,
  ],
  [
    'trust in Firehose',
    `Firehose.${TRUST}.Condition.StringEquals`,
    { 'aws:SourceAccount': '1' },
    /may not assume Firehose$/,
  ],
  ['the right to read the key', `Firehose.${MAY}.0.Action`, 's3:Get*', /not allowed secretsmanager:GetSecretValue/],
  [
    'the key of the secret',
    `Firehose.${MAY}.2.Condition.StringEquals`,
    { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' },
    /not allowed kms:Decrypt/,
  ],
  ['the key of the backup', `Firehose.${MAY}.2.Action`, 'kms:Decrypt', /not allowed kms:GenerateDataKey/],
  ['the right to back up', `Firehose.${MAY}.1.Resource`, getAtt('Backup'), /not allowed s3:PutObject/],
  ['the right to say why', `Firehose.${MAY}.3.Resource`, getAtt('Logs'), /not allowed logs:PutLogEvents/],
  [
    'the secret',
    'Stream.Properties.HttpEndpointDestinationConfiguration.SecretsManagerConfiguration.Enabled',
    false,
    /its key is not read from a secret$/,
  ],
  ['the customer key', 'Stream.Properties.DeliveryStreamEncryptionConfigurationInput', {}, /its customer key is not/],
])('%s is missed when it is not there', (_, path, value, expected) => {
  expect(problems(path, value).join('\n')).toMatch(new RegExp(expected.source, 'm'));
});

test.each([
  ['-CloudWatchMetrics', '{"_aws":{"CloudWatchMetrics":[]}}', false],
  ['-CloudWatchMetrics', '{"level":"INFO","message":"stored"}', true],
  ['-CloudWatchMetrics', 'Task timed out after 15.00 seconds', true],
  ['ERROR -"out of"', 'ERROR out of memory', false],
  ['', 'anything', true],
])('the pattern %j takes %j: %s', (pattern, line, taken) => {
  expect(matchesFilter(pattern, line)).toBe(taken);
});
