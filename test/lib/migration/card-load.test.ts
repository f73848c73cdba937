import { Match } from 'aws-cdk-lib/assertions';
import { templates } from '../synth';

const synthesised = templates((input) => ({
  ...input,
  payca: { ...input.payca, rateLimitPerSecond: 30 },
  migration: { ...input.migration, cardKinds: { virtual: { type: 'virtual' } } },
}));
const template = synthesised('Production/Service');
const usual = templates()('Production/Service');

const ofLoad = (id: string) => Match.stringLikeRegexp(`^CardLoad${id}`);

test('the function knows the pace and what the tenant wants', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        POWERTOOLS_SERVICE_NAME: 'load-cards',
        PAYCA_CALLS_PER_SECOND: '30',
        CARD_LOAD: Match.serializedJson(Match.objectLike({ cardKinds: { virtual: { type: 'virtual' } } })),
        CARD_QUEUE: { Ref: ofLoad('Queue') },
      }),
    },
  });
});

test('the queue is encrypted, outlasts the function, and gives up after ten days into one of its own', () => {
  usual.hasResource('AWS::SQS::Queue', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      KmsMasterKeyId: Match.anyValue(),
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
      VisibilityTimeout: 18 * 60,
      RedrivePolicy: { maxReceiveCount: 1000, deadLetterTargetArn: { 'Fn::GetAtt': [ofLoad('DeadLetters'), 'Arn'] } },
    },
  });
});

test.each([
  ['the least copies there are', usual, 2],
  ['as many as keep up with the rate', template, 10],
])('%s take from it, and tell which messages failed', (_, one, MaximumConcurrency) => {
  one.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: { 'Fn::GetAtt': [ofLoad('Queue'), 'Arn'] },
    BatchSize: 10,
    ScalingConfig: { MaximumConcurrency },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('it looks after the load every five minutes', () => {
  usual.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(5 minutes)',
    Targets: [{ Arn: { 'Fn::GetAtt': [ofLoad('Function'), 'Arn'] } }],
  });
});

test('of the imports it reads and deletes manifests only, and it reads no webhook', () => {
  const statements = Object.entries(usual.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('CardLoad'))
    .flatMap(
      ([, { Properties }]) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[],
    );
  const actions = statements.flatMap(({ Action }) => Action).filter((action) => !/^(kms|xray|logs):/.test(action));
  expect([...new Set(actions)].sort()).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    's3:DeleteObject',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    'secretsmanager:GetSecretValue',
    'secretsmanager:ListSecretVersionIds',
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:ReceiveMessage',
    'sqs:SendMessage',
  ]);
  const deleting = statements.filter(({ Action }) => [Action].flat().includes('s3:DeleteObject'));
  expect(JSON.stringify(deleting.map(({ Resource }) => Resource))).toContain('/users-cards/*');
  expect(deleting).toHaveLength(1);
});
