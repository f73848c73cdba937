import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { StageInput } from '../../../../lib/config/schema';
import { type StackName, templates } from '../../synth';

type Shipping = NonNullable<StageInput['shipping']>;

const withShipping = (destination: Shipping['destination'], more: Partial<Shipping> = {}) =>
  templates((input) => ({
    ...input,
    thirdPartySecrets: [...(input.thirdPartySecrets ?? []), 'log-platform'],
    shipping: { destination, secret: 'log-platform', ...more },
  }));

const datadog = withShipping({ kind: 'datadog', site: 'datadoghq.eu' });
const splunk = withShipping({ kind: 'splunk', hecUrl: 'https://hec.acme-pay.eu:443' });
const https = withShipping({
  kind: 'https',
  url: 'https://logs.acme-pay.eu/firehose',
  metricsUrl: 'https://metrics.acme-pay.eu',
});
const plain = templates();

const STREAM = 'AWS::KinesisFirehose::DeliveryStream';
const service = (of: (name: StackName) => Template) => of('Production/Service');

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** The statements of the policies of the role whose logical id begins so. */
function statementsOf(role: string): Statement[] {
  return Object.values(service(datadog).findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`"${role}`))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

test('without the section nothing is made', () => {
  for (const type of [STREAM, 'AWS::Logs::SubscriptionFilter', 'AWS::CloudWatch::MetricStream'])
    service(plain).resourceCountIs(type, 0);
  plain('Production/State').resourceCountIs('AWS::S3::Bucket', 4);
});

test.each([
  ['datadog', datadog, 'HttpEndpointDestinationConfiguration'],
  ['https', https, 'HttpEndpointDestinationConfiguration'],
  ['splunk', splunk, 'SplunkDestinationConfiguration'],
])('%s: one stream for each kind, the key read from its secret and what failed kept', (_, of, destination) => {
  const streams = Object.values(service(of).findResources(STREAM)).map(({ Properties }) => Properties);
  expect(streams).toHaveLength(2);
  for (const stream of streams) {
    expect(stream.DeliveryStreamEncryptionConfigurationInput).toMatchObject({ KeyType: 'CUSTOMER_MANAGED_CMK' });
    const { S3BackupMode, S3Configuration, SecretsManagerConfiguration, RetryOptions, ...others } = stream[destination];
    expect(S3BackupMode).toMatch(/^Failed(Data|Events)Only$/);
    expect(S3Configuration.EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN).toBeDefined();
    expect(SecretsManagerConfiguration).toMatchObject({ Enabled: true, RoleARN: S3Configuration.RoleARN });
    expect(JSON.stringify(SecretsManagerConfiguration.SecretARN)).toMatch(/ThirdPartylogplatform/);
    expect(RetryOptions).toEqual({ DurationInSeconds: 7200 });
    expect(Object.keys(others)).not.toContain('HECToken');
    expect(Object.keys(others.EndpointConfiguration ?? {})).not.toContain('AccessKey');
  }
});

test('each kind goes to where the platform takes it', () => {
  const urls = (of: typeof datadog) =>
    Object.values(service(of).findResources(STREAM)).map(
      ({ Properties }) => Properties.HttpEndpointDestinationConfiguration.EndpointConfiguration.Url,
    );
  expect(urls(datadog)).toEqual([
    'https://aws-kinesis-http-intake.logs.datadoghq.eu/v1/input',
    'https://awsmetrics-intake.datadoghq.eu/v1/input',
  ]);
  expect(urls(https)).toEqual(['https://logs.acme-pay.eu/firehose', 'https://metrics.acme-pay.eu']);
});

test('Splunk gets one line for each event, and acknowledges', () => {
  service(splunk).hasResourceProperties(STREAM, {
    SplunkDestinationConfiguration: {
      HECEndpoint: 'https://hec.acme-pay.eu:443',
      HECEndpointType: 'Raw',
      HECAcknowledgmentTimeoutInSeconds: 300,
      ProcessingConfiguration: {
        Processors: [
          { Type: 'Decompression' },
          { Type: 'CloudWatchLogProcessing', Parameters: [{ ParameterName: 'DataMessageExtraction' }] },
        ],
      },
    },
  });
});

test('the logs of every function of all stacks and the access log are shipped, each once', () => {
  const shipped = (['Production/Service', 'Production/Launch'] as const).flatMap((stack) =>
    Object.values(datadog(stack).findResources('AWS::Logs::SubscriptionFilter')).map(({ Properties }) => Properties),
  );
  const groups = (['Production/State', 'Production/Service', 'Production/Launch'] as const).flatMap((stack) =>
    Object.values(datadog(stack).findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.LoggingConfig.LogGroup.Ref as string,
    ),
  );
  const named = shipped.map(({ LogGroupName }) => JSON.stringify(LogGroupName));
  for (const group of groups) expect(named.filter((name) => name.includes(group))).toHaveLength(1);
  expect(shipped).toHaveLength(groups.length + 1);
  for (const { LogGroupName, FilterPattern } of shipped)
    expect(FilterPattern).toBe(JSON.stringify(LogGroupName).includes('AccessLog') ? '' : '-CloudWatchMetrics');
});

test('our own metrics and those of the services in the way are streamed', () => {
  service(datadog).hasResourceProperties('AWS::CloudWatch::MetricStream', {
    OutputFormat: 'opentelemetry1.0',
    IncludeFilters: [
      'PayCA/GoLive',
      'PayCA/GoLive/payca-production',
      'AWS/ApiGateway',
      'AWS/DynamoDB',
      'AWS/Events',
      'AWS/Lambda',
      'AWS/SQS',
    ].map((Namespace) => ({ Namespace })),
  });
  service(https).hasResourceProperties('AWS::CloudWatch::MetricStream', { OutputFormat: 'json' });
});

test('only what is asked for is shipped', () => {
  const logsOnly = withShipping({ kind: 'datadog', site: 'us3.datadoghq.com' }, { metrics: false });
  service(logsOnly).resourceCountIs(STREAM, 1);
  service(logsOnly).resourceCountIs('AWS::CloudWatch::MetricStream', 0);
  const metricsOnly = withShipping({ kind: 'datadog', site: 'datadoghq.com' }, { logs: false });
  service(metricsOnly).resourceCountIs(STREAM, 1);
  service(metricsOnly).resourceCountIs('AWS::Logs::SubscriptionFilter', 0);
});

test("Firehose's role is where secrets are read, and reads one of them", () => {
  service(datadog).hasResourceProperties('AWS::IAM::Role', {
    Path: '/payca-production/secret-readers/',
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Principal: { Service: 'firehose.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
        },
      ],
    },
  });
  const secrets = statementsOf('ShippingFirehose').filter(({ Action }) => [Action].flat()[0]?.startsWith('secrets'));
  expect(secrets).toHaveLength(1);
  expect(secrets[0]).toMatchObject({ Action: 'secretsmanager:GetSecretValue' });
  expect(JSON.stringify(secrets[0]?.Resource)).toMatch(/ThirdPartylogplatform/);
  for (const { Action, Condition } of statementsOf('ShippingFirehose'))
    if ([Action].flat().some((action) => action.startsWith('kms:'))) expect(Condition).toHaveProperty('StringEquals');
});

test('CloudWatch puts records on one stream each and does nothing else', () => {
  for (const role of ['ShippingLogs', 'ShippingMetrics']) {
    const statements = statementsOf(role);
    expect(statements).toEqual([
      expect.objectContaining({ Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'] }),
    ]);
    expect(JSON.stringify(statements[0]?.Resource)).toContain(`ShippingDeliver${role.slice(8).toLowerCase()}`);
  }
});

test('the bucket for what failed is guarded, under the key, and forgets with the logs', () => {
  datadog('Production/State').hasResource('AWS::S3::Bucket', {
    Properties: {
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 90 })] },
      ObjectLockEnabled: Match.absent(),
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: Match.anyValue() } },
        ],
      },
    },
    UpdateReplacePolicy: 'Retain',
  });
});

test.each([
  ['datadog', datadog, 'DeliveryToHttpEndpoint.DataFreshness'],
  ['splunk', splunk, 'DeliveryToSplunk.DataFreshness'],
])('%s: an alarm watches how long both streams have waited', (_, of, name) => {
  const alarms = service(of).findResources('AWS::CloudWatch::Alarm', {
    Properties: { AlarmName: 'payca-production-shipping-delivery-failing-ticket' },
  });
  const [alarm] = Object.values(alarms);
  const metrics = alarm?.Properties.Metrics.flatMap(
    ({ MetricStat }: { MetricStat?: { Metric: { MetricName: string } } }) => MetricStat?.Metric.MetricName ?? [],
  );
  expect(metrics).toEqual([name, name]);
});

test('card numbers are masked in the log group of every function, shipped or not', () => {
  for (const stack of ['Production/State', 'Production/Service'] as const) {
    const groups = plain(stack).findResources('AWS::Logs::LogGroup');
    const functions = Object.values(plain(stack).findResources('AWS::Lambda::Function'));
    expect(functions.length).toBeGreaterThan(0);
    for (const { Properties } of functions) {
      const { DataProtectionPolicy } = groups[Properties.LoggingConfig.LogGroup.Ref]?.Properties ?? {};
      expect(JSON.stringify(DataProtectionPolicy)).toMatch(/data-identifier\/CreditCardNumber/);
      expect(JSON.stringify(DataProtectionPolicy)).toMatch(/"Deidentify"/);
    }
  }
});
