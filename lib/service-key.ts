import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type KeyProps } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface ServiceKeyProps extends Pick<KeyProps, 'description'> {
  /**
   * AWS services that use the key on their own behalf. CDK adds no such statement for log groups, rule targets or
   * dead-letter queues: without it the deploy is clean and the data never arrives.
   *
   * @default - none; only callers whose own policy allows it
   */
  readonly services?: readonly Service[];
}

type Service = 'cloudwatch' | 'events' | 'logs' | 'sns';

/** A customer managed key, rotated yearly, kept when its stack goes, whose policy names the services that use it. */
export class ServiceKey extends Key {
  constructor(scope: Construct, id: string, props: ServiceKeyProps) {
    super(scope, id, {
      description: props.description,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    for (const service of props.services ?? []) this.allowService(service);
  }

  private allowService(service: Service): void {
    const { account, region, partition } = Stack.of(this);
    const { name, principal, conditions } = {
      // For these two AWS documents no condition that they would meet: alarms to encrypted topics, topics to encrypted queues.
      cloudwatch: { name: 'CloudWatch', principal: 'cloudwatch.amazonaws.com', conditions: undefined },
      events: {
        name: 'EventBridge',
        principal: 'events.amazonaws.com',
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      },
      sns: { name: 'Sns', principal: 'sns.amazonaws.com', conditions: undefined },
      logs: {
        name: 'CloudWatchLogs',
        principal: `logs.${region}.amazonaws.com`,
        conditions: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
        },
      },
    }[service];
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: `UsedBy${name}`,
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(principal)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions,
      }),
    );
  }
}
