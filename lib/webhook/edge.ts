import { join } from 'node:path';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  BasePathMapping,
  type CfnDomainName,
  DomainName,
  EndpointAccessMode,
  EndpointType,
  IpAddressType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MTLSConfig,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CfnSamplingRule } from 'aws-cdk-lib/aws-xray';
import { Construct } from 'constructs';
import { type StageConfig, WEBHOOK_PATH } from '../config/schema';
import { WebhookFirewall } from './firewall';

const REPOSITORY = join(__dirname, '..', '..');

export interface EdgeProps {
  readonly config: StageConfig;
  readonly receiver: IFunction;
  /** Encrypts the log groups; its policy must name CloudWatch Logs. */
  readonly logKey: IKey;
}

/** The public side: custom domain, TLS floor, optional client certificates, allow-list, and the API in front of the receiver. */
export class Edge extends Construct {
  readonly api: RestApi;
  readonly domainName: DomainName;
  /** One line a request. */
  readonly accessLog: LogGroup;

  /** Host name under which API Gateway would answer without a domain; it refuses everybody. */
  get defaultEndpoint(): string {
    const { region, urlSuffix } = Stack.of(this);
    return `${this.api.restApiId}.execute-api.${region}.${urlSuffix}`;
  }

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { config, receiver, logKey } = props;
    this.accessLog = new LogGroup(this, 'AccessLog', {
      encryptionKey: logKey,
      retention: config.retentionDays.auditLogs,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.api = this.restApi(config);
    this.api.root
      .addResource(WEBHOOK_PATH)
      .addMethod('POST', new LambdaIntegration(receiver, { proxy: true, allowTestInvoke: false }));
    this.keepExecutionLogs(config, logKey);
    this.traceSome(config);
    this.domainName = this.customDomain(config);
    new BasePathMapping(this, 'Mapping', {
      domainName: this.domainName,
      restApi: this.api,
      stage: this.api.deploymentStage,
    });
    if (config.webhook.waf.enabled) {
      new WebhookFirewall(this, 'Firewall', {
        config,
        stageArn: this.api.deploymentStage.stageArn,
        logKey,
      });
    }
  }

  private restApi({ programme, stage, webhook }: StageConfig): RestApi {
    // Ten times the expected peak: a brake for a runaway sender, never for a busy day. Burst is two seconds of it.
    const throttlingRateLimit = webhook.expectedPeakPerSecond * 10;
    return new RestApi(this, 'Api', {
      // CloudWatch tells APIs apart by their names only.
      restApiName: `${programme}-${stage}-webhooks`,
      description: `PayCA webhooks, ${stage}`,
      endpointTypes: [EndpointType.REGIONAL],
      disableExecuteApiEndpoint: true,
      cloudWatchRole: false,
      // Everything is handed over as base64, so that the signature is computed over the very bytes that PayCA sent.
      binaryMediaTypes: ['*/*'],
      policy: allowListPolicy(webhook.allowList),
      deployOptions: {
        stageName: 'live',
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
        // Errors only and no data trace: execution logs of more would hold bodies and signatures.
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
        throttlingRateLimit,
        throttlingBurstLimit: throttlingRateLimit * 2,
      },
    });
  }

  /** API Gateway makes this log group itself, unencrypted and kept for ever, unless it is there first. */
  private keepExecutionLogs(config: StageConfig, encryptionKey: IKey): void {
    const logs = new LogGroup(this, 'ExecutionLog', {
      logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/live`,
      encryptionKey,
      retention: config.retentionDays.applicationLogs,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.api.deploymentStage.node.addDependency(logs);
  }

  /** X-Ray's own rule takes the first request of every second, which at most times is every webhook: dearer than the API. */
  private traceSome({ programme, stage }: StageConfig): void {
    new CfnSamplingRule(this, 'Traces', {
      samplingRule: {
        // X-Ray knows rules by their names only.
        ruleName: `${programme}-${stage}`,
        priority: 100,
        fixedRate: 0.02,
        reservoirSize: 0,
        resourceArn: this.api.deploymentStage.stageArn,
        serviceName: '*',
        serviceType: '*',
        host: '*',
        httpMethod: '*',
        urlPath: '*',
        version: 1,
      },
    });
  }

  private customDomain(config: StageConfig): DomainName {
    const { webhook } = config;
    const securityPolicy = webhook.tlsPolicy as SecurityPolicy;
    const domainName = new DomainName(this, 'Domain', {
      domainName: webhook.domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', webhook.certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy,
      endpointAccessMode: securityPolicy === SecurityPolicy.TLS_1_2 ? undefined : EndpointAccessMode.STRICT,
      mtls: webhook.mutualTls && this.truststore(webhook.mutualTls.truststore),
    });
    // API Gateway answers over IPv4 only unless asked; a name that also resolves to IPv6 would draw PayCA to an address
    // family that the allow-list refuses.
    (domainName.node.defaultChild as CfnDomainName).addPropertyOverride(
      'EndpointConfiguration.IpAddressType',
      allowsIpv6(config) ? IpAddressType.DUAL_STACK : IpAddressType.IPV4,
    );
    return domainName;
  }

  /** An asset is named by its hash: API Gateway does not notice a truststore that changes under the same object key. */
  private truststore(path: string): MTLSConfig {
    const asset = new Asset(this, 'Truststore', { path: join(REPOSITORY, path) });
    return { bucket: Bucket.fromBucketName(this, 'TruststoreBucket', asset.s3BucketName), key: asset.s3ObjectKey };
  }
}

/** Whether PayCA may call over IPv6: the domain then answers on it and has an AAAA record. */
export function allowsIpv6({ webhook: { allowList } }: StageConfig): boolean {
  return 'any' in allowList || allowList.ipv6.length > 0;
}

/** Literal addresses: from parameters or SSM tokens they would change without a new deployment of the API. */
function allowListPolicy(allowList: StageConfig['webhook']['allowList']): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: ['execute-api:/*'],
        conditions:
          'any' in allowList ? undefined : { IpAddress: { 'aws:SourceIp': [...allowList.ipv4, ...allowList.ipv6] } },
      }),
    ],
  });
}

/** One line a request, and nothing of its body or headers. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  extendedRequestId: '$context.extendedRequestId',
  time: '$context.requestTimeEpoch',
  sourceIp: '$context.identity.sourceIp',
  domain: '$context.domainName',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseType: '$context.error.responseType',
  integrationStatus: '$context.integration.status',
  wafResponse: '$context.wafResponseCode',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integration.latency',
  tlsVersion: '$context.tlsVersion',
  cipherSuite: '$context.cipherSuite',
  traceId: '$context.xrayTraceId',
} as const;
