import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { StageInput } from '../../../../lib/config/schema';
import { matchesPattern } from '../../../../rehearsal/event-pattern';
import { event } from '../../../lambda/notify-incident/event';
import { type StackName, templates } from '../../synth';

/** Production's channels of every kind, and the sandbox in the same account. */
const CHANNELS: NonNullable<NonNullable<StageInput['escalation']>['channels']> = [
  { name: 'on-call', kind: 'pagerduty', severities: ['page'], region: 'eu', secret: 'pagerduty' },
  { name: 'mail', kind: 'sns', severities: ['page', 'ticket'], emails: ['ops@acme-pay.eu'] },
  {
    name: 'shared',
    kind: 'sns',
    severities: ['low'],
    topicArn: 'arn:aws:sns:eu-central-1:999988887777:alarms',
    keyArn: 'arn:aws:kms:eu-central-1:999988887777:key/5f0c1a52-8f0e-4d5a-9d3e-0f6a3f1b2c4d',
  },
  { name: 'chat', kind: 'https', template: 'slack', severities: ['page'], secret: 'slack' },
];
const inOneAccount = (input: StageInput): StageInput => ({
  ...input,
  account: '210987654321',
  webhook: { ...input.webhook, certificateArn: input.webhook.certificateArn.replace(/:\d{12}:/, ':210987654321:') },
  ...(input.stage === 'production' && { escalation: { channels: CHANNELS, fallbackEmails: ['it@acme-pay.eu'] } }),
});
const all = templates(inOneAccount);
const of = (name: StackName) => all(name);
const template = of('Production/Service');

const rules = (from: Template) =>
  Object.entries(from.findResources('AWS::Events::Rule')).filter(
    // Those of the war room are off in the template.
    ([id, { Properties }]) => id.startsWith('Escalation') && Properties.State !== 'DISABLED',
  );
const rule = (channel: string) => {
  const [found] = rules(template).filter(([id]) => id.startsWith(`Escalation${channel}`));
  return found?.[1].Properties;
};
const actions = (channel: string): string[] =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(`Escalation${channel}`))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action }: { Action: string | string[] }) => Action)
    .sort();

describe('what a channel hears', () => {
  const hears = (from: Template, alarm: string, value = 'ALARM') =>
    rules(from).filter(([, { Properties }]) =>
      matchesPattern(Properties.EventPattern, event({ alarmName: alarm }, { value })),
    ).length;

  test('its severities of its stage, and of no other stage in the account', () => {
    const names = ['page', 'ticket', 'low'].map((severity) => `payca-production-webhook-failures-${severity}`);
    expect(names.map((name) => hears(template, name))).toEqual([3, 1, 1]);
    expect(names.map((name) => hears(of('Sandbox/Service'), name))).toEqual([0, 0, 0]);
    expect(hears(of('Sandbox/Service'), 'payca-sandbox-webhook-failures-page')).toBe(1);
    expect(hears(template, 'payca-sandbox-webhook-failures-page')).toBe(0);
  });

  test.each(['payca-production-webhooks-silent-signal', 'other-production-x-page', 'page'])('not %s', (name) => {
    expect(hears(template, name)).toBe(0);
  });

  test('alarms and their ends, not that there is no data', () => {
    const name = 'payca-production-webhook-failures-low';
    expect(['ALARM', 'OK', 'INSUFFICIENT_DATA'].map((value) => hears(template, name, value))).toEqual([1, 1, 0]);
  });
});

describe('what is not told yet', () => {
  test('is tried again by EventBridge for a day, and then kept', () => {
    expect(rules(template)).toHaveLength(CHANNELS.length);
    for (const [, { Properties }] of rules(template)) {
      expect(Properties.Targets).toEqual([
        expect.objectContaining({
          Arn: { 'Fn::GetAtt': [expect.stringMatching(/Queue/), 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/DeadLetters/), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ]);
    }
  });

  test('waits in a queue of the channel for 14 days, encrypted, with a thousand tries', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
      VisibilityTimeout: 540,
      KmsMasterKeyId: Match.anyValue(),
      RedrivePolicy: { maxReceiveCount: 1000, deadLetterTargetArn: Match.anyValue() },
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('the queues let in the rules that send to them, and mail that came back', () => {
    const senders = Object.values(template.findResources('AWS::SQS::QueuePolicy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes('sqs:SendMessage'))
      .map(({ Principal }) => Principal.Service);
    expect(senders.filter((service) => service === 'events.amazonaws.com').length).toBeGreaterThanOrEqual(8);
    expect(senders).toContain('sns.amazonaws.com');
  });
});

test('the key lets in every service that uses queues, topics and logs', () => {
  const [key] = Object.values(template.findResources('AWS::KMS::Key'));
  const services = key?.Properties.KeyPolicy.Statement.flatMap(
    ({ Principal, Action }: { Principal: { Service?: string }; Action: string[] }) =>
      Principal.Service && Action.includes('kms:GenerateDataKey*') && Action.includes('kms:Decrypt')
        ? [Principal.Service]
        : [],
  );
  expect([...new Set(services)].sort()).toEqual([
    'cloudwatch.amazonaws.com',
    'events.amazonaws.com',
    'logs.eu-central-1.amazonaws.com',
    'sns.amazonaws.com',
  ]);
});

describe('the function of a channel', () => {
  const common = [
    'dynamodb:UpdateItem',
    'kms:Decrypt',
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:ReceiveMessage',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ];

  test.each([
    ['oncall', ['kms:Decrypt', 'secretsmanager:GetSecretValue']],
    ['chat', ['kms:Decrypt', 'secretsmanager:GetSecretValue']],
    ['mail', ['kms:Decrypt', 'kms:GenerateDataKey', 'sns:Publish']],
    ['shared', ['kms:Decrypt', 'kms:GenerateDataKey', 'sns:Publish']],
  ])('of %s may do what it needs and nothing else', (channel, own) => {
    expect(actions(channel)).toEqual([...common, ...own].sort());
  });

  test('knows its channel and where its key is, never the key', () => {
    const variables = Object.entries(template.findResources('AWS::Lambda::Function'))
      .filter(([id]) => id.startsWith('Escalationoncall'))
      .map(([, { Properties }]) => Properties.Environment.Variables);
    expect(variables).toEqual([
      expect.objectContaining({
        ALARM_PREFIX: 'payca-production-',
        CHANNEL: JSON.stringify({ kind: 'pagerduty', name: 'on-call', url: 'https://events.eu.pagerduty.com' }),
        CHANNEL_SECRET: { 'Fn::ImportValue': expect.stringContaining('pagerduty') },
      }),
    ]);
  });

  test('publishes to a topic that exists already, and none is made for it', () => {
    expect(rule('shared')?.State).toBe('ENABLED');
    const topics = Object.keys(template.findResources('AWS::SNS::Topic'));
    expect(topics.filter((id) => id.startsWith('Escalationshared'))).toEqual([]);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'sns:Publish', Resource: 'arn:aws:sns:eu-central-1:999988887777:alarms' }),
        ]),
      },
    });
  });
});

describe('the fallback', () => {
  test('is told by the alarm about each channel itself, past every channel', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).filter(({ Properties }) =>
      String(Properties.AlarmName).includes('alarm-delivery-failing'),
    );
    expect(alarms.map(({ Properties }) => Properties.AlarmName).sort()).toEqual([
      'payca-production-alarm-delivery-failing-chat-page',
      'payca-production-alarm-delivery-failing-mail-page',
      'payca-production-alarm-delivery-failing-on-call-page',
      'payca-production-alarm-delivery-failing-shared-page',
    ]);
    for (const { Properties } of alarms) {
      expect(Properties).toMatchObject({
        AlarmActions: [{ Ref: expect.stringMatching(/^EscalationFallback/) }],
        EvaluationPeriods: 15,
        Threshold: 0,
        TreatMissingData: 'notBreaching',
      });
      // A queue of dead letters that was never used has no metrics, and must not blind the alarm.
      const expressions = Properties.Metrics.flatMap(({ Expression }: { Expression?: string }) => Expression ?? []);
      expect(expressions).toEqual(['FILL(visible, 0) + FILL(hidden, 0) + FILL(dead, 0)']);
      const names = Properties.Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: { MetricName: string } } }) =>
        MetricStat ? [MetricStat.Metric.MetricName] : [],
      );
      expect(names.sort()).toEqual([
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesVisible',
        'ApproximateNumberOfMessagesVisible',
      ]);
    }
  });

  test('lets in alarms of this account, and mails people', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': '210987654321' } }),
          }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'it@acme-pay.eu',
      TopicArn: { Ref: Match.stringLikeRegexp('^EscalationFallback') },
    });
  });

  test('every topic of ours is encrypted with the stack’s key', () => {
    template.allResourcesProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    });
  });
});
