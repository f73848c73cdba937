import { ArnFormat, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnMetricStream } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSubscriptionFilter, type ILogGroup, LogGroup, LogStream } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../../../lambda/payca/metrics';
import type { StageConfig } from '../../config/schema';
import { secretReaderPath } from '../../credentials/secret-access';
import type { PaycaFunction } from '../../payca-function';
import { logMetricsNamespace } from '../alarms/alarm-row';
import type { ThirdPartyKeys } from '../escalation/channel';
import { destinationOf, type Kind, metricsFormat, type ShippingConfig } from './shipping-destination';

export interface ShippingProps {
  readonly config: StageConfig;
  readonly shipping: ShippingConfig;
  readonly secrets: ThirdPartyKeys;
  /** For what the platform did not take, and the key that encrypts it and what is on its way. */
  readonly unshipped: { readonly bucket: IBucket; readonly key: IKey };
  /** Their logs are shipped. */
  readonly functions: readonly PaycaFunction[];
  /** One line a request; shipped too. */
  readonly accessLog: ILogGroup;
  /** The log group that `golive shipping probe` writes its marker to: one of those shipped. */
  readonly probed: ILogGroup;
  /** Encrypts Firehose's own log; its policy must name CloudWatch Logs. */
  readonly logKey: IKey;
}

/**
 * All but the lines of the embedded metric format: those are metrics already, and the metric stream ships them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
const ALL_BUT_METRICS = '-CloudWatchMetrics';
const ALL = '';

const AWS_NAMESPACES = ['AWS/ApiGateway', 'AWS/DynamoDB', 'AWS/Events', 'AWS/Lambda', 'AWS/SQS'];

/** Logs and metrics on their way to the log platform: one Firehose stream each, and a bucket for what it did not take. */
export class Shipping extends Construct {
  /** Names of the delivery streams. */
  readonly streams: readonly string[];
  private readonly errors: LogGroup;
  /** Where logs go, and the role in which CloudWatch Logs puts them there; none where only metrics are shipped. */
  private logs?: { readonly stream: CfnDeliveryStream; readonly role: Role };

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ShippingProps,
  ) {
    super(scope, id);
    const { config, shipping, logKey } = props;
    this.errors = new LogGroup(this, 'Errors', {
      encryptionKey: logKey,
      retention: config.retentionDays.applicationLogs,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const role = this.firehoseRole();
    const kinds = (['logs', 'metrics'] as const).filter((kind) => shipping[kind]);
    const made = new Map(kinds.map((kind) => [kind, this.stream(kind, role)]));
    const [logs, metrics] = [made.get('logs'), made.get('metrics')];
    if (logs) this.shipOwnLogs(logs);
    if (metrics) this.streamMetrics(metrics);
    this.streams = [...made.values()].map(({ ref }) => ref);
    this.tell(made);
  }

  /** What `golive shipping probe` has to know. */
  private tell(made: ReadonlyMap<Kind, CfnDeliveryStream>): void {
    const streams = Object.fromEntries([...made].map(([kind, { ref }]) => [kind, ref]));
    const stack = Stack.of(this);
    new CfnOutput(stack, 'ShippingStreams', {
      value: stack.toJsonString(streams),
      description: 'To the log platform: golive shipping probe',
    });
    if (!made.has('logs')) return;
    new CfnOutput(stack, 'ShippingProbeLog', {
      value: this.props.probed.logGroupName,
      description: 'Where golive shipping probe puts its marker',
    });
  }

  private firehoseRole(): Role {
    const { config, shipping, secrets, unshipped } = this.props;
    const { account, region } = Stack.of(this);
    const role = new Role(this, 'Firehose', {
      // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#firehose-assume-role
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      path: secretReaderPath(config),
    });
    const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, string>>) =>
      role.addToPolicy(new PolicyStatement({ actions, resources, conditions }));
    const via = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } });
    const secret = secrets.thirdParty.get(shipping.secret);
    if (!secret) throw new Error(`shipping.secret: there is no secret ${shipping.secret}`);
    allow(['secretsmanager:GetSecretValue'], [secret.secretArn]);
    allow(['kms:Decrypt'], [secrets.key.keyArn], via('secretsmanager'));
    allow(['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], [unshipped.bucket.bucketArn]);
    allow(['s3:AbortMultipartUpload', 's3:PutObject'], [unshipped.bucket.arnForObjects('*')]);
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [unshipped.key.keyArn], via('s3'));
    return role;
  }

  private stream(kind: Kind, role: Role): CfnDeliveryStream {
    const { config, shipping, secrets, unshipped } = this.props;
    const errorsOf = (what: string) => this.errorLog(`${kind}-${what}`, role);
    const { roleArn } = role;
    const stream = new CfnDeliveryStream(this, `Deliver-${kind}`, {
      deliveryStreamType: 'DirectPut',
      // Firehose makes itself a grant of this key in the name of who deploys; writers need none.
      deliveryStreamEncryptionConfigurationInput: { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: unshipped.key.keyArn },
      ...destinationOf(kind, config, shipping.destination, {
        roleArn,
        cloudWatchLoggingOptions: errorsOf('delivery'),
        secretsManagerConfiguration: {
          enabled: true,
          secretArn: secrets.thirdParty.get(shipping.secret)?.secretArn,
          roleArn,
        },
        s3Configuration: {
          roleArn,
          bucketArn: unshipped.bucket.bucketArn,
          prefix: `${kind}/`,
          errorOutputPrefix: `${kind}/!{firehose:error-output-type}/`,
          encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: unshipped.key.keyArn } },
          cloudWatchLoggingOptions: errorsOf('backup'),
        },
      }),
    });
    // With its policies: Firehose tries the role when the stream is made.
    stream.node.addDependency(role);
    return stream;
  }

  private errorLog(name: string, role: Role): CfnDeliveryStream.CloudWatchLoggingOptionsProperty {
    const { logGroupName } = this.errors;
    const { logStreamName } = new LogStream(this, `Errors-${name}`, { logGroup: this.errors, logStreamName: name });
    const arn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${logGroupName}:log-stream:${name}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    role.addToPolicy(new PolicyStatement({ actions: ['logs:PutLogEvents'], resources: [arn] }));
    return { enabled: true, logGroupName, logStreamName };
  }

  private shipOwnLogs(stream: CfnDeliveryStream): void {
    const { account, region, partition } = Stack.of(this);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
    const role = this.writer('Logs', stream, 'logs.amazonaws.com', {
      StringLike: { 'aws:SourceArn': `arn:${partition}:logs:${region}:${account}:*` },
    });
    this.logs = { stream, role };
    this.shipLogs(this, this.props.functions);
    this.filter(this, 'AccessLog', this.props.accessLog, ALL);
  }

  /** Ships the logs of functions; `scope` is in their stack, or in one that may refer to it and to this one. */
  shipLogs(scope: Construct, functions: readonly PaycaFunction[]): void {
    for (const { node, logGroup } of functions)
      this.filter(scope, node.path.split('/').slice(1).join('-'), logGroup, ALL_BUT_METRICS);
  }

  private filter(scope: Construct, id: string, { logGroupName }: ILogGroup, filterPattern: string): void {
    if (!this.logs) return;
    const { stream, role } = this.logs;
    const filter = new CfnSubscriptionFilter(scope, `Ship-${id}`, {
      logGroupName,
      filterPattern,
      destinationArn: stream.attrArn,
      roleArn: role.roleArn,
    });
    // CloudWatch Logs sends a test record when the filter is made; another stack is deployed after this one anyway.
    if (Stack.of(scope) === Stack.of(this)) filter.node.addDependency(role);
  }

  private streamMetrics(stream: CfnDeliveryStream): void {
    const { config, shipping } = this.props;
    const role = this.writer('Metrics', stream, 'streams.metrics.cloudwatch.amazonaws.com');
    const namespaces = [METRICS_NAMESPACE, logMetricsNamespace(config), ...AWS_NAMESPACES];
    new CfnMetricStream(this, 'MetricStream', {
      firehoseArn: stream.attrArn,
      roleArn: role.roleArn,
      outputFormat: metricsFormat(shipping.destination),
      includeFilters: namespaces.map((namespace) => ({ namespace })),
    }).node.addDependency(role);
  }

  /** In which a service of AWS puts records on the stream. */
  private writer(
    id: string,
    stream: CfnDeliveryStream,
    service: string,
    conditions?: Record<string, Record<string, string>>,
  ): Role {
    const role = new Role(this, id, { assumedBy: new ServicePrincipal(service, { conditions }) });
    role.addToPolicy(
      new PolicyStatement({ actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'], resources: [stream.attrArn] }),
    );
    return role;
  }
}
