import type { Deployment } from './deployment';
import { functionName } from './functions';
import { type Judge, matches, statementsOf } from './permissions';
import { shippingProblems } from './shipping-wiring';
import { type Json, list, type Resource } from './template';

/**
 * What no function calls and nobody sees fail: AWS services that act for us. Each use of a function, queue or key by a
 * service principal must be allowed by that resource's own policy, or it deploys clean and does nothing.
 */
export function wiringProblems(deployment: Deployment, judge: Judge): string[] {
  return [
    ...logGroupProblems(deployment, judge),
    ...accessLogProblems(deployment, judge),
    ...ruleProblems(deployment, judge),
    ...alarmProblems(deployment, judge),
    ...subscriptionProblems(deployment, judge),
    ...integrationProblems(deployment),
    ...trustProblems(deployment),
    ...executionProblems(deployment, judge),
    ...shippingProblems(deployment, judge),
  ];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
const LOGS_KEY_USE = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:DescribeKey',
];

function logGroupProblems(deployment: Deployment, judge: Judge): string[] {
  return deployment.resources('AWS::Logs::LogGroup').flatMap((group) => {
    const { logicalId, name } = group;
    const key = judge.keyOf(group.arn);
    if (!key) return [];
    const arn = `arn:aws:logs:${deployment.region}:${deployment.account}:log-group:${name}`;
    const context = { 'kms:EncryptionContext:aws:logs:arn': arn };
    const service = `logs.${deployment.region}.amazonaws.com`;
    const refusals = LOGS_KEY_USE.flatMap((action) => judge.serviceRefusal(service, action, key, context) ?? []);
    return refusals.slice(0, 1).map((refusal) => `log group ${logicalId}: ${refusal}`);
  });
}

/** S3 takes the setting and drops the logs when the receiving bucket does not let it in. */
function accessLogProblems(deployment: Deployment, judge: Judge): string[] {
  return deployment.resources('AWS::S3::Bucket').flatMap(({ logicalId, arn, properties }) => {
    const { DestinationBucketName: name, LogFilePrefix: prefix = '' } = (properties.LoggingConfiguration ??
      {}) as Record<string, string | undefined>;
    if (!name) return [];
    const context = { 'aws:SourceArn': arn, 'aws:SourceAccount': deployment.account };
    const place = `arn:aws:s3:::${name}/${prefix}any`;
    const refusal = judge.serviceRefusal('logging.s3.amazonaws.com', 's3:PutObject', place, context);
    return refusal ? [`access logs of bucket ${logicalId}: ${refusal}`] : [];
  });
}

/** Targets and dead-letter queues of rules. */
function ruleProblems(deployment: Deployment, judge: Judge): string[] {
  return deployment.resources('AWS::Events::Rule').flatMap((rule) =>
    list(rule.properties.Targets as { Arn: string; DeadLetterConfig?: { Arn: string } }[]).flatMap((target) => {
      const arns = [target.Arn, target.DeadLetterConfig?.Arn].flatMap((arn) => arn ?? []);
      return arns.flatMap((arn) => {
        const found = deployment.byArn(arn);
        if (found?.type === 'AWS::Lambda::Function')
          return permitted(deployment, found, 'events.amazonaws.com', rule.arn);
        const refusals = sendRefusals(deployment, judge, 'events.amazonaws.com', 'sqs:SendMessage', arn, rule.arn);
        return refusals.map((refusal) => `rule ${rule.logicalId}: ${refusal}`);
      });
    }),
  );
}

/** Topics that alarms publish to; those that are not in the templates are somebody else's to allow. */
function alarmProblems(deployment: Deployment, judge: Judge): string[] {
  const alarms = deployment.resources('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm');
  return alarms.flatMap(({ logicalId, arn, properties }) => {
    const { AlarmActions, OKActions, InsufficientDataActions } = properties as Record<string, string[] | undefined>;
    const topics = [AlarmActions, OKActions, InsufficientDataActions]
      .flatMap(list)
      .filter((topic) => deployment.byArn(topic));
    const refusals = [...new Set(topics)].flatMap((topic) =>
      sendRefusals(deployment, judge, 'cloudwatch.amazonaws.com', 'sns:Publish', topic, arn),
    );
    return refusals.map((refusal) => `alarm ${logicalId}: ${refusal}`);
  });
}

/** Queues that take what subscribers did not. */
function subscriptionProblems(deployment: Deployment, judge: Judge): string[] {
  return deployment.resources('AWS::SNS::Subscription').flatMap(({ logicalId, properties }) => {
    const { deadLetterTargetArn } = (properties.RedrivePolicy ?? {}) as { deadLetterTargetArn?: string };
    if (!deadLetterTargetArn) return [];
    const topic = String(properties.TopicArn);
    const refusals = sendRefusals(
      deployment,
      judge,
      'sns.amazonaws.com',
      'sqs:SendMessage',
      deadLetterTargetArn,
      topic,
    );
    return refusals.map((refusal) => `subscription ${logicalId}: ${refusal}`);
  });
}

/** Why a service may not send to a topic or queue in the name of `source`. */
function sendRefusals(
  { account }: Deployment,
  judge: Judge,
  service: string,
  action: string,
  target: string,
  source: string,
): string[] {
  const context = { 'aws:SourceArn': source, 'aws:SourceAccount': account };
  const refusal = judge.serviceRefusal(service, action, target, context);
  return refusal ? [refusal] : [];
}

function integrationProblems(deployment: Deployment): string[] {
  return deployment.resources('AWS::ApiGateway::Method').flatMap(({ properties }) => {
    const { Uri } = (properties.Integration ?? {}) as { Uri?: string };
    const target = deployment.resources('AWS::Lambda::Function').find(({ arn }) => Uri?.includes(`${arn}/`));
    if (!target) return [];
    const resource = deployment.byPhysicalId('AWS::ApiGateway::Resource', String(properties.ResourceId));
    const stage = deployment.resources('AWS::ApiGateway::Stage')[0]?.physicalId;
    const place = `${properties.RestApiId}/${stage}/${properties.HttpMethod}/${resource?.properties.PathPart}`;
    const source = `arn:aws:execute-api:${deployment.region}:${deployment.account}:${place}`;
    return permitted(deployment, target, 'apigateway.amazonaws.com', source);
  });
}

/** Whether a Lambda permission lets a service invoke a function for a source. */
function permitted(deployment: Deployment, target: Resource, service: string, source: string): string[] {
  const found = deployment.resources('AWS::Lambda::Permission').some(({ properties }) => {
    const { FunctionName, Principal, SourceArn } = properties as Record<string, string>;
    if (![target.arn, target.physicalId].includes(String(FunctionName)) || Principal !== service) return false;
    const statement = { Effect: 'Allow' as const, Action: '*', Resource: SourceArn ?? '*' };
    return matches(statement, { action: 'lambda:InvokeFunction', resource: source, context: {} });
  });
  return found ? [] : [`${service} may not invoke ${functionName(target)} for ${source}`];
}

/** Every function's role must be one that Lambda may assume. */
function trustProblems(deployment: Deployment): string[] {
  return deployment.resources('AWS::Lambda::Function').flatMap((resource) => {
    const role = deployment.byArn(String(resource.properties.Role));
    const trusted = statementsOf(role?.properties.AssumeRolePolicyDocument).some(({ Effect, Principal }) => {
      const services = list((Principal as Json | undefined)?.Service as string | string[] | undefined);
      return Effect === 'Allow' && services.includes('lambda.amazonaws.com');
    });
    return trusted ? [] : [`Lambda may not assume the role of ${functionName(resource)}`];
  });
}

/** What Lambda itself does in a function's name. */
function executionProblems(deployment: Deployment, judge: Judge): string[] {
  return deployment.resources('AWS::Lambda::Function').flatMap((resource) => {
    const role = deployment.byArn(String(resource.properties.Role));
    const { LoggingConfig, TracingConfig, VpcConfig } = resource.properties as Record<
      string,
      Record<string, string> | undefined
    >;
    const group = `arn:aws:logs:${deployment.region}:${deployment.account}:log-group:${LoggingConfig?.LogGroup}`;
    const uses = [
      ...(LoggingConfig
        ? ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => [action, `${group}:log-stream:any`])
        : []),
      ...(TracingConfig?.Mode === 'Active'
        ? ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((action) => [action, '*'])
        : []),
      ...(VpcConfig ? VPC_ACTIONS.map((action) => [action, '*']) : []),
    ];
    return uses.flatMap(([action = '', place = '']) => (role && judge.refusal(role, action, place)) ?? []);
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const VPC_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
