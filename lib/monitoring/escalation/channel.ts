import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ChannelSettings } from '../../../lambda/notify-incident/channel';
import { PAGERDUTY_URLS } from '../../../lambda/notify-incident/pagerduty';
import { alarmPrefix, SEVERITIES, type Severity } from '../../../lambda/payca/alarm-names';
import type { StageConfig } from '../../config/schema';
import { EncryptedQueue } from '../../encrypted-queue';
import { PaycaFunction } from '../../payca-function';
import type { ServiceKey } from '../../service-key';

type ChannelConfig = StageConfig['escalation']['channels'][number];

/** Secrets of third parties by their names in the config, and the key that encrypts them. */
export interface ThirdPartyKeys {
  readonly thirdParty: ReadonlyMap<string, ISecret>;
  readonly key: IKey;
}

export interface ChannelProps {
  readonly config: StageConfig;
  readonly channel: ChannelConfig;
  readonly secrets: ThirdPartyKeys;
  /** Encrypts log group, queues, topic and record; its policy must name CloudWatch Logs and EventBridge. */
  readonly key: ServiceKey;
  readonly notifications: ITable;
}

/** Twice what `notify-incident` wants to have left when it begins with a change. */
const TIMEOUT = Duration.seconds(90);
/** The most that SQS allows: with pauses of 15 minutes in the end, ten days of tries. */
const MAX_TRIES = 1000;
/** What EventBridge does at most: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const RULE_RETRIES = { maxEventAge: Duration.hours(24), retryAttempts: 185 };

/**
 * One channel: a rule that hears the stage's alarms of its severities, a queue in which they stay until the receiver has
 * taken them (docs/adr/0011-alarms-wait-in-a-queue-for-each-channel.md), and the function that tells the receiver.
 */
export class Channel extends Construct {
  /** What waits to be told. */
  readonly queue: Queue;
  /** What the rule could not queue, what was tried in vain for ten days, and mail that no server took for six hours. */
  readonly deadLetters: Queue;
  /** Hears the other severities too; off, but while the window of a launch is open. */
  readonly warRoom?: Rule;
  private readonly notify: PaycaFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ChannelProps,
  ) {
    super(scope, id);
    const { config, channel, key, notifications } = props;
    this.deadLetters = new EncryptedQueue(this, 'DeadLetters', { key });
    this.queue = new EncryptedQueue(this, 'Queue', {
      key,
      // Six times the function's time-out, as Lambda advises: what a crash leaves comes back after it.
      visibilityTimeout: Duration.seconds(TIMEOUT.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_TRIES },
    });
    const destination = channel.kind === 'sns' ? this.destination(channel) : undefined;
    const secret = 'secret' in channel ? props.secrets.thirdParty.get(channel.secret) : undefined;
    this.notify = new PaycaFunction(this, 'Notify', {
      config,
      logKey: key,
      name: 'notify-incident',
      description: `Tells the channel ${channel.name} about alarms`,
      timeout: TIMEOUT,
      readsSecrets: secret !== undefined,
      alsoCalls: channel.kind === 'sns' ? [] : ['hosts'],
      environment: {
        ALARM_PREFIX: alarmPrefix(config.programme, config.stage),
        CHANNEL: JSON.stringify(settingsOf(channel, destination?.topicArn)),
        CHANNEL_QUEUE: this.queue.queueUrl,
        NOTIFICATIONS_TABLE: notifications.tableName,
        ...(secret && { CHANNEL_SECRET: secret.secretArn }),
      },
    });
    if (secret) this.notify.allowSecret(secret.secretArn, props.secrets.key);
    if (destination) {
      const { topicArn, key: topicKey } = destination;
      const keyUse = topicKey && { key: topicKey, actions: ['kms:GenerateDataKey', 'kms:Decrypt'], service: 'sns' };
      this.notify.allow(['sns:Publish'], [topicArn], keyUse);
    }
    this.notify.allowTable({ tableArn: notifications.tableArn, key }, ['dynamodb:UpdateItem']);
    this.takeFromQueue();
    this.hearAlarms('Alarms', channel.severities);
    const others = SEVERITIES.filter((severity) => !channel.severities.includes(severity));
    const { enabled, warRoom } = config.launch;
    if (enabled && warRoom.includes(channel.name) && others.length > 0)
      this.warRoom = this.hearAlarms('WarRoom', others, false);
  }

  /** The topic that is published to, and the customer key that encrypts it. */
  private destination(channel: Extract<ChannelConfig, { kind: 'sns' }>): { topicArn: string; key?: IKey } {
    const { topicArn, keyArn, emails } = channel;
    if (topicArn) return { topicArn, key: keyArn ? Key.fromKeyArn(this, 'TopicKey', keyArn) : undefined };
    const topic = new Topic(this, 'Topic', { masterKey: this.props.key, enforceSSL: true });
    const deadLetterQueue = this.deadLetters;
    for (const email of emails) topic.addSubscription(new EmailSubscription(email, { deadLetterQueue }));
    return { topicArn: topic.topicArn, key: this.props.key };
  }

  private takeFromQueue(): void {
    this.notify.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      [this.queue.queueArn],
      { key: this.props.key, actions: ['kms:Decrypt'], service: 'sqs' },
    );
    const mapping = new EventSourceMapping(this, 'Changes', {
      target: this.notify.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      // The least there is: receivers brake (PagerDuty at 120 a minute), and one alarm is told about by one invocation.
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.notify.role);
  }

  /** By name: a stage does not hear another one in the same account. INSUFFICIENT_DATA is neither an incident nor its end. */
  private hearAlarms(id: string, severities: readonly Severity[], enabled = true): Rule {
    const { config, channel } = this.props;
    const prefix = alarmPrefix(config.programme, config.stage);
    return new Rule(this, id, {
      enabled,
      description: `Alarms of ${config.stage} for the channel ${channel.name}`,
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: {
          alarmName: severities.map((severity) => ({ wildcard: `${prefix}*-${severity}` })),
          state: { value: ['ALARM', 'OK'] },
        },
      },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.deadLetters, ...RULE_RETRIES })],
    });
  }
}

/** What the function needs to know of its channel, apart from the key. */
function settingsOf(channel: ChannelConfig, topicArn = ''): ChannelSettings {
  const { name } = channel;
  if (channel.kind === 'pagerduty') return { kind: 'pagerduty', name, url: PAGERDUTY_URLS[channel.region] };
  if (channel.kind === 'sns') return { kind: 'sns', name, topicArn };
  if (channel.template === 'slack') return { kind: 'slack', name };
  if (channel.template === 'json') return { kind: 'json', name, url: channel.url };
  const { url, user, project, issueType, transition } = channel;
  return { kind: 'jira', name, url, user, project, issueType, transition };
}
