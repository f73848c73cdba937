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
  readonly services?: readonly ('events' | 'logs')[];
}

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

  private allowService(service: 'events' | 'logs'): void {
    const { account, region, partition } = Stack.of(this);
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: `UsedBy${service === 'logs' ? 'CloudWatchLogs' : 'EventBridge'}`,
        effect: Effect.ALLOW,
        principals: [
          new ServicePrincipal(service === 'logs' ? `logs.${region}.amazonaws.com` : 'events.amazonaws.com'),
        ],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions:
          service === 'logs'
            ? {
                ArnLike: {
                  'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
                },
              }
            : { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}
