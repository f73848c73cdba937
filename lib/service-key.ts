import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
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
  /**
   * Who may use the key, as patterns of `aws:PrincipalArn`, and through which AWS service; their own policies must allow
   * it too. Administering the key is left to the account's policies, so that a wrong pattern can be mended.
   *
   * @default - whoever the account's policies let
   */
  readonly onlyFor?: { readonly principals: readonly string[]; readonly service: 'secretsmanager' };
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
      policy: props.onlyFor && usePolicy(Stack.of(scope), props.onlyFor),
    });
    for (const service of props.services ?? []) this.allowService(service);
    this.leaveGrantsToAws();
  }

  /**
   * A grant lets its holder use the key whatever the key's policy says. AWS's services still make theirs, in the name of who
   * deploys a table or a delivery stream; nobody makes one by hand.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
   */
  private leaveGrantsToAws(): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'GrantsByAwsServicesOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' } },
      }),
    );
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

/** All of AWS's administration of a key but grants, which would let their holder use it. */
const ADMINISTRATION = [
  ...['Describe', 'Disable', 'Enable', 'Get', 'List', 'Put', 'Update'].map((verb) => `kms:${verb}*`),
  ...['CreateAlias', 'DeleteAlias', 'RetireGrant', 'RevokeGrant', 'RotateKeyOnDemand'].map((action) => `kms:${action}`),
  ...['TagResource', 'UntagResource', 'ScheduleKeyDeletion', 'CancelKeyDeletion'].map((action) => `kms:${action}`),
];

function usePolicy(
  { region }: Stack,
  { principals, service }: NonNullable<ServiceKeyProps['onlyFor']>,
): PolicyDocument {
  const account = [new AccountRootPrincipal()];
  return new PolicyDocument({
    statements: [
      new PolicyStatement({ sid: 'Administered', principals: account, actions: ADMINISTRATION, resources: ['*'] }),
      new PolicyStatement({
        sid: 'UsedByReadersAndOperators',
        principals: account,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: {
          StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` },
          ArnLike: { 'aws:PrincipalArn': [...principals] },
        },
      }),
    ],
  });
}
