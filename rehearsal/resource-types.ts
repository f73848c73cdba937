/** What CloudFormation gives back for a resource type; the words in braces are filled in by `template.ts`. */
export interface TypeFacts {
  /** Property that holds the physical name; without one, or when it is unset, a name is made from stack and logical id. */
  readonly nameProperty?: string;
  readonly name?: string;
  readonly arn?: string;
  /** What `Ref` gives; the name when absent. */
  readonly ref?: string;
  /** What `Fn::GetAtt` gives, besides `Arn`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const regional = (service: string, rest: string) => `arn:{partition}:${service}:{region}:{account}:${rest}`;
const iam = (rest: string) => `arn:{partition}:iam::{account}:${rest}`;
const gateway = (rest: string) => `arn:{partition}:apigateway:{region}::${rest}`;
const named = (nameProperty: string, arn?: string, more?: Partial<TypeFacts>): TypeFacts => ({
  nameProperty,
  arn,
  ...more,
});
const generated = (name: string, more?: Partial<TypeFacts>): TypeFacts => ({ name, ...more });

const DOMAIN = { RegionalDomainName: 'd-{hash}.execute-api.{region}.{suffix}', RegionalHostedZoneId: 'Z{hash}' };
const TABLE = named('TableName', regional('dynamodb', 'table/{name}'), {
  attributes: {
    StreamArn: `${regional('dynamodb', 'table/{name}')}/stream/2026-01-01T00:00:00.000`,
    TableId: '{uuid}',
  },
});
const waf = (kind: string): TypeFacts =>
  named('Name', regional('wafv2', `regional/${kind}/{name}/{uuid}`), {
    ref: '{name}|{uuid}|{p.Scope}',
    attributes: { Id: '{uuid}' },
  });

/** Every type that may be referred to, from the "Return values" section of its CloudFormation page. */
export const RESOURCE_TYPES: Readonly<Record<string, TypeFacts>> = {
  'AWS::ApiGateway::Account': generated('{hash}'),
  'AWS::ApiGateway::BasePathMapping': generated('{hash}'),
  'AWS::ApiGateway::Deployment': generated('{hash}', { attributes: { DeploymentId: '{name}' } }),
  'AWS::ApiGateway::DomainName': named('DomainName', gateway('/domainnames/{name}'), { attributes: DOMAIN }),
  'AWS::ApiGateway::GatewayResponse': generated('{hash}'),
  'AWS::ApiGateway::Method': generated('{hash}'),
  'AWS::ApiGateway::RequestValidator': generated('{hash}'),
  'AWS::ApiGateway::Resource': generated('{hash}', { attributes: { ResourceId: '{name}' } }),
  'AWS::ApiGateway::RestApi': generated('{hash}', {
    arn: gateway('/restapis/{name}'),
    attributes: { RootResourceId: 'root{hash}', RestApiId: '{name}' },
  }),
  'AWS::ApiGateway::Stage': named('StageName', gateway('/restapis/{p.RestApiId}/stages/{name}')),
  'AWS::CertificateManager::Certificate': generated('{uuid}', {
    arn: regional('acm', 'certificate/{uuid}'),
    ref: '{arn}',
  }),
  'AWS::CloudWatch::Alarm': named('AlarmName', regional('cloudwatch', 'alarm:{name}')),
  'AWS::CloudWatch::CompositeAlarm': named('AlarmName', regional('cloudwatch', 'alarm:{name}')),
  'AWS::CloudWatch::Dashboard': named('DashboardName', 'arn:{partition}:cloudwatch::{account}:dashboard/{name}'),
  'AWS::CloudWatch::MetricStream': named('Name', regional('cloudwatch', 'metric-stream/{name}')),
  'AWS::DynamoDB::GlobalTable': TABLE,
  'AWS::DynamoDB::Table': TABLE,
  'AWS::EC2::SecurityGroup': generated('sg-{hash}', { attributes: { GroupId: '{name}', VpcId: '{p.VpcId}' } }),
  'AWS::Events::Archive': named('ArchiveName', regional('events', 'archive/{name}')),
  'AWS::Events::EventBus': named('Name', regional('events', 'event-bus/{name}'), { attributes: { Name: '{name}' } }),
  'AWS::Events::Rule': named('Name', regional('events', 'rule/{bus/}{name}')),
  'AWS::IAM::ManagedPolicy': named('ManagedPolicyName', iam('policy{p.Path|/}{name}'), {
    ref: '{arn}',
    attributes: { PolicyArn: '{arn}' },
  }),
  'AWS::IAM::OIDCProvider': generated('{hash}', { arn: iam('oidc-provider/{p.Url}'), ref: '{arn}' }),
  'AWS::IAM::Policy': named('PolicyName'),
  'AWS::IAM::Role': named('RoleName', iam('role{p.Path|/}{name}'), { attributes: { RoleId: 'AROA{hash}' } }),
  'AWS::KMS::Alias': named('AliasName', regional('kms', '{name}')),
  'AWS::KMS::Key': generated('{uuid}', { arn: regional('kms', 'key/{uuid}'), attributes: { KeyId: '{uuid}' } }),
  'AWS::KinesisFirehose::DeliveryStream': named('DeliveryStreamName', regional('firehose', 'deliverystream/{name}')),
  'AWS::Lambda::Alias': named('Name', '{p.FunctionName}:{name}', { ref: '{arn}' }),
  'AWS::Lambda::EventInvokeConfig': generated('{hash}'),
  'AWS::Lambda::EventSourceMapping': generated('{uuid}', {
    arn: regional('lambda', 'event-source-mapping:{uuid}'),
    attributes: { Id: '{uuid}', EventSourceMappingArn: '{arn}' },
  }),
  'AWS::Lambda::Function': named('FunctionName', regional('lambda', 'function:{name}')),
  'AWS::Lambda::Permission': generated('{hash}'),
  'AWS::Lambda::Version': generated('1', {
    arn: regional('lambda', 'function:{p.FunctionName}:1'),
    ref: '{arn}',
    attributes: { Version: '1' },
  }),
  'AWS::Logs::LogGroup': named('LogGroupName', regional('logs', 'log-group:{name}:*')),
  'AWS::Logs::LogStream': named('LogStreamName'),
  'AWS::Logs::MetricFilter': named('FilterName'),
  'AWS::Logs::SubscriptionFilter': named('FilterName'),
  'AWS::Route53::RecordSet': named('Name'),
  'AWS::S3::Bucket': named('BucketName', 'arn:{partition}:s3:::{name}', {
    attributes: {
      DomainName: '{name}.s3.{suffix}',
      RegionalDomainName: '{name}.s3.{region}.{suffix}',
    },
  }),
  'AWS::S3::BucketPolicy': generated('{hash}'),
  'AWS::SNS::Subscription': generated('{hash}', { arn: '{p.TopicArn}:{uuid}', ref: '{arn}' }),
  'AWS::SNS::Topic': named('TopicName', regional('sns', '{name}'), {
    ref: '{arn}',
    attributes: { TopicArn: '{arn}', TopicName: '{name}' },
  }),
  'AWS::SQS::Queue': named('QueueName', regional('sqs', '{name}'), {
    ref: 'https://sqs.{region}.{suffix}/{account}/{name}',
    attributes: { QueueName: '{name}', QueueUrl: 'https://sqs.{region}.{suffix}/{account}/{name}' },
  }),
  'AWS::SQS::QueuePolicy': generated('{hash}'),
  'AWS::SSM::Parameter': named('Name', regional('ssm', 'parameter{/name}'), {
    attributes: { Type: '{p.Type}', Value: '{p.Value}' },
  }),
  'AWS::Scheduler::Schedule': named('Name', regional('scheduler', 'schedule/{p.GroupName|default}/{name}')),
  'AWS::SecretsManager::ResourcePolicy': generated('{hash}'),
  'AWS::SecretsManager::Secret': named('Name', regional('secretsmanager', 'secret:{name}-{hash6}'), {
    ref: '{arn}',
    attributes: { Id: '{arn}' },
  }),
  'AWS::WAFv2::IPSet': waf('ipset'),
  'AWS::WAFv2::LoggingConfiguration': generated('{hash}'),
  'AWS::WAFv2::WebACL': waf('webacl'),
  'AWS::WAFv2::WebACLAssociation': generated('{hash}'),
};
