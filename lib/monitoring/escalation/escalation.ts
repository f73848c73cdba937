import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/schema';
import type { ServiceKey } from '../../service-key';
import { Channel, type ThirdPartyKeys } from './channel';

export interface EscalationProps {
  readonly config: StageConfig;
  readonly secrets: ThirdPartyKeys;
  /**
   * Encrypts log groups, queues, topics and the record; its policy must name CloudWatch, CloudWatch Logs,
   * EventBridge and SNS.
   */
  readonly key: ServiceKey;
}

/**
 * From a change of an alarm's state to people: every configured channel of its severity at once, and for the case that a
 * channel does not get through, a topic that its own alarm publishes to by itself.
 */
export class Escalation extends Construct {
  /** What each channel was told about each alarm. If it is lost, some of it is told again. */
  readonly notifications: Table;
  readonly channels: readonly { readonly name: string; readonly channel: Channel }[];
  /** For alarms about the escalation itself, on no way that they are about. */
  readonly fallback: Topic;

  constructor(scope: Construct, id: string, { config, secrets, key }: EscalationProps) {
    super(scope, id);
    this.notifications = new Table(this, 'Notifications', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.fallback = this.fallbackTopic(config, key);
    const { notifications } = this;
    this.channels = config.escalation.channels.map((channel) => ({
      name: channel.name,
      channel: new Channel(this, channel.name, { config, channel, secrets, key, notifications }),
    }));
  }

  private fallbackTopic({ escalation }: StageConfig, key: ServiceKey): Topic {
    const topic = new Topic(this, 'Fallback', { masterKey: key, enforceSSL: true });
    const { account, region, partition } = Stack.of(this);
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
        },
      }),
    );
    for (const email of escalation.fallbackEmails) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
