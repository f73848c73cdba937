import { Judge } from '../../rehearsal/permissions';
import type { Template } from '../../rehearsal/template';
import { wiringProblems } from '../../rehearsal/wiring';
import { deployed, document, getAtt } from './deployment';

type Resources = NonNullable<Template['Resources']>;

const ACCOUNT = '210987654321';
const REGION = 'eu-central-1';

function problems(resources: Resources): string[] {
  const deployment = deployed(resources);
  return wiringProblems(deployment, new Judge(deployment)).map((problem) =>
    deployment
      .resources()
      .reduce((text, { arn, logicalId }) => (arn ? text.replaceAll(arn, logicalId) : text), problem),
  );
}

/** A copy of `resources` with one value changed by path; `undefined` takes it out. */
function changed(resources: Resources, path: string, value?: unknown): Resources {
  const copy = structuredClone(resources);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<object>((at, key) => Reflect.get(at, key), copy);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
  return copy;
}

const using = (service: string, actions: string[], Condition: object) => ({
  Effect: 'Allow',
  Principal: { Service: service },
  Action: actions,
  Resource: '*',
  Condition,
});

/** A traced function that a rule and an API call, a rule to an encrypted queue, and an encrypted log group. */
const WIRED: Resources = {
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: {
      KeyPolicy: document(
        using(
          `logs.${REGION}.amazonaws.com`,
          ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
          { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:*` } },
        ),
        using('events.amazonaws.com', ['kms:GenerateDataKey*', 'kms:Decrypt'], {
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
        }),
      ),
    },
  },
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: getAtt('Key') } },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
      Policies: [
        {
          PolicyDocument: document(
            { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: getAtt('Logs') },
            { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
          ),
        },
      ],
    },
  },
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Role: getAtt('Role'),
      LoggingConfig: { LogGroup: { Ref: 'Logs' } },
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'receive-webhook' } },
    },
  },
  Tick: {
    Type: 'AWS::Events::Rule',
    Properties: { ScheduleExpression: 'rate(5 minutes)', Targets: [{ Arn: getAtt('Function') }] },
  },
  TickPermission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: getAtt('Function'),
      Principal: 'events.amazonaws.com',
      SourceArn: getAtt('Tick'),
    },
  },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: getAtt('Key') } },
  DeadLetters: { Type: 'AWS::SQS::Queue' },
  ToQueue: {
    Type: 'AWS::Events::Rule',
    Properties: { Targets: [{ Arn: getAtt('Queue'), DeadLetterConfig: { Arn: getAtt('DeadLetters') } }] },
  },
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Queue' }, { Ref: 'DeadLetters' }],
      PolicyDocument: document({
        ...using('events.amazonaws.com', ['sqs:SendMessage'], { ArnEquals: { 'aws:SourceArn': getAtt('ToQueue') } }),
      }),
    },
  },
  Api: { Type: 'AWS::ApiGateway::RestApi' },
  Path: { Type: 'AWS::ApiGateway::Resource', Properties: { PathPart: 'webhooks' } },
  Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'live', RestApiId: { Ref: 'Api' } } },
  Method: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      HttpMethod: 'POST',
      ResourceId: { Ref: 'Path' },
      RestApiId: { Ref: 'Api' },
      Integration: {
        Uri: {
          'Fn::Join': [
            '',
            [`arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/`, getAtt('Function'), '/invocations'],
          ],
        },
      },
    },
  },
  ApiPermission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: getAtt('Function'),
      Principal: 'apigateway.amazonaws.com',
      SourceArn: {
        'Fn::Join': ['', [`arn:aws:execute-api:${REGION}:${ACCOUNT}:`, { Ref: 'Api' }, '/live/POST/webhooks']],
      },
    },
  },
  Source: {
    Type: 'AWS::S3::Bucket',
    Properties: { LoggingConfiguration: { DestinationBucketName: { Ref: 'Target' }, LogFilePrefix: 'source/' } },
  },
  Target: { Type: 'AWS::S3::Bucket' },
  TargetPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'Target' },
      PolicyDocument: document({
        Effect: 'Allow',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: { 'Fn::Join': ['', [getAtt('Target'), '/source/*']] },
        Condition: { ArnLike: { 'aws:SourceArn': getAtt('Source') } },
      }),
    },
  },
};

test('what is wired right has no problem', () => {
  expect(problems(WIRED)).toEqual([]);
});

const KEY = 'Key.Properties.KeyPolicy.Statement';
const POLICY = 'Role.Properties.Policies.0.PolicyDocument.Statement';

test.each<[string, string, unknown, string[]]>([
  [
    'CloudWatch Logs in the policy of the key',
    `${KEY}.0.Principal`,
    { Service: 'logs.us-east-1.amazonaws.com' },
    ['log group Logs: logs.eu-central-1.amazonaws.com is not allowed kms:Encrypt on Key by its policy'],
  ],
  [
    'a key action that CloudWatch Logs needs',
    `${KEY}.0.Action`,
    ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:DescribeKey'],
    ['log group Logs: logs.eu-central-1.amazonaws.com is not allowed kms:GenerateDataKey on Key by its policy'],
  ],
  [
    'EventBridge in the policy of the key',
    `${KEY}.1.Principal`,
    { AWS: '*' },
    ['rule ToQueue: events.amazonaws.com is not allowed kms:GenerateDataKey on Key by its policy'],
  ],
  [
    'kms:Decrypt for who sends to the queue',
    `${KEY}.1.Action`,
    'kms:GenerateDataKey',
    ['rule ToQueue: events.amazonaws.com is not allowed kms:Decrypt on Key by its policy'],
  ],
  [
    'the dead-letter queue in the policy',
    'QueuePolicy.Properties.Queues',
    [{ Ref: 'Queue' }],
    ['rule ToQueue: events.amazonaws.com is not allowed sqs:SendMessage on DeadLetters by its policy'],
  ],
  [
    'the rule in the condition of the queue',
    'QueuePolicy.Properties.PolicyDocument.Statement.0.Condition.ArnEquals',
    { 'aws:SourceArn': getAtt('Tick') },
    [
      'rule ToQueue: events.amazonaws.com is not allowed sqs:SendMessage on Queue by its policy',
      'rule ToQueue: events.amazonaws.com is not allowed sqs:SendMessage on DeadLetters by its policy',
    ],
  ],
  [
    'the permission of the schedule',
    'TickPermission',
    undefined,
    ['events.amazonaws.com may not invoke receive-webhook for Tick'],
  ],
  [
    'the permission of the API for its method',
    'ApiPermission.Properties.SourceArn',
    'arn:aws:execute-api:eu-central-1:210987654321:other/live/POST/webhooks',
    [
      expect.stringMatching(
        /^apigateway\.amazonaws\.com may not invoke receive-webhook for arn:.*\/live\/POST\/webhooks$/,
      ),
    ],
  ],
  [
    'trust in Lambda',
    'Role.Properties.AssumeRolePolicyDocument.Statement.0.Principal',
    { Service: 'ec2.amazonaws.com' },
    ['Lambda may not assume the role of receive-webhook'],
  ],
  [
    'the right to write logs',
    `${POLICY}.0.Action`,
    ['logs:CreateLogStream'],
    [expect.stringMatching(/^Role is not allowed logs:PutLogEvents on arn:aws:logs:.*:log-stream:any$/)],
  ],
  [
    'the right to trace',
    `${POLICY}.1.Action`,
    ['xray:PutTraceSegments'],
    ['Role is not allowed xray:PutTelemetryRecords on *'],
  ],
  [
    'the right to join a VPC',
    'Function.Properties.VpcConfig',
    { SubnetIds: ['subnet-1'] },
    expect.arrayContaining(['Role is not allowed ec2:CreateNetworkInterface on *']),
  ],
  [
    'S3 in the policy of the bucket for access logs',
    'TargetPolicy',
    undefined,
    [
      expect.stringMatching(
        /^access logs of bucket Source: logging\.s3\.amazonaws\.com is not allowed s3:PutObject on /,
      ),
    ],
  ],
])('%s is missed when it is not there', (_, path, value, expected) => {
  expect(problems(changed(WIRED, path, value))).toEqual(expected);
});
