import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Rule } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { type StageConfig, WEBHOOK_PATH } from '../config/schema';
import { PipelineVariables } from '../credentials/pipeline-variables';
import { refuseExampleValues } from '../example-rule';
import { BinImport } from '../migration/bin-import';
import { Subscriptions } from '../migration/subscriptions';
import { Escalation } from '../monitoring/escalation/escalation';
import { Monitoring } from '../monitoring/monitoring';
import { Shipping } from '../monitoring/shipping/shipping';
import { Watcher } from '../monitoring/watcher';
import { functionsIn } from '../payca-function';
import { ServiceKey } from '../service-key';
import { Release } from '../smoke/release';
import { SmokeTest } from '../smoke/smoke-test';
import { Archiver } from '../webhook/archiver';
import { Dispatcher } from '../webhook/dispatcher';
import { WebhookDns } from '../webhook/dns';
import { allowsIpv6, Edge } from '../webhook/edge';
import { Receiver } from '../webhook/receiver';
import type { StateStack } from './state-stack';

export interface ServiceStackProps extends StackProps {
  readonly config: StageConfig;
  readonly state: StateStack;
}

/** What runs: the edge and the functions behind it. It can be deployed again, rolled back or made anew at any time. */
export class ServiceStack extends Stack {
  /** On while the window of a launch is open. */
  readonly warRoomRules: readonly Rule[];
  readonly smokeTest: SmokeTest;
  /** To the log platform, where the config has one. */
  readonly shipping?: Shipping;

  constructor(scope: Construct, id: string, { config, state, ...props }: ServiceStackProps) {
    super(scope, id, props);
    const { credentials, inbox } = state;
    const { bus } = state.events;
    const key = new ServiceKey(this, 'Key', {
      description: 'Logs, queues and topics',
      services: ['logs', 'events', 'cloudwatch', 'sns'],
    });

    const receiver = new Receiver(this, 'ReceiveWebhook', { config, credentials, inbox, logKey: key });
    const dispatcher = new Dispatcher(this, 'DispatchEvents', { config, inbox, bus, logKey: key });
    const archived = { bucket: state.archive, bucketKey: state.archiveKey };
    const archiver = new Archiver(this, 'ArchiveEvents', { config, bus, ...archived, key });
    const edge = new Edge(this, 'Edge', { config, receiver: receiver.function, logKey: key });
    const { dns, domainName } = config.webhook;
    if (dns !== 'manual') {
      const ipv6 = allowsIpv6(config);
      new WebhookDns(this, 'Dns', { config, domainName: edge.domainName, dns, ipv6, logKey: key });
    }
    const called = { config, credentials, inbox, progress: state.progress, logKey: key };
    const watcher = new Watcher(this, 'WatchPayca', called);
    const webhookUrl = `https://${domainName}/${WEBHOOK_PATH}`;
    const subscriptions = new Subscriptions(this, 'Subscriptions', { ...called, webhookUrl });
    const binImport = new BinImport(this, 'BinImport', { config, state, logKey: key });
    this.smokeTest = new SmokeTest(this, 'SmokeTest', { ...called, evidence: state.evidence, receiver, edge });
    const { progress } = state;
    new Release(this, 'Release', {
      config,
      smokeTest: this.smokeTest,
      progress,
      tested: [edge, receiver, dispatcher],
      logKey: key,
    });
    const escalation = new Escalation(this, 'Escalation', { config, secrets: credentials, key });
    this.warRoomRules = escalation.channels.flatMap(({ channel }) => channel.warRoom ?? []);
    this.shipping = this.ship(config, state, edge, receiver, key);
    const monitored = {
      inbox,
      edge,
      receiver,
      dispatcher,
      archiver,
      smokeTest: this.smokeTest,
      subscriptions,
      watcher,
      binImport,
      shippingStreams: this.shipping?.streams,
    };
    new Monitoring(this, 'Monitoring', { config, credentials, escalation, ...monitored });

    new PipelineVariables(this, 'Variables', { config, values: { PAYCA_WEBHOOK_URL: webhookUrl } });
    new CfnOutput(this, 'WebhookUrl', {
      value: webhookUrl,
      description: 'PayCA delivers to it: golive subscriptions apply',
    });
    new CfnOutput(this, 'SubscriptionsFunction', {
      value: subscriptions.function.functionName,
      description: 'Registers it with PayCA: golive subscriptions, golive resend',
    });
    new CfnOutput(this, 'BinImportFunction', {
      value: binImport.function.functionName,
      description: 'Imports BIN catalogues: golive bins',
    });
    new CfnOutput(this, 'DomainTarget', {
      value: edge.domainName.domainNameAliasDomainName,
      description: `Point ${domainName} here (CNAME or alias)`,
    });
    new CfnOutput(this, 'DefaultEndpoint', { value: edge.defaultEndpoint, description: 'Refuses everybody' });
    new CfnOutput(this, 'DispatchFunction', {
      value: dispatcher.function.functionName,
      description: 'Releases events by their keys: golive events redrive',
    });
    new CfnOutput(this, 'SmokeFunction', {
      value: this.smokeTest.function.functionName,
      description: 'Tests the way to PayCA and back: golive smoke',
    });
    new CfnOutput(this, 'NotificationsTable', {
      value: escalation.notifications.tableName,
      description: 'What each channel was told about each alarm: golive drill',
    });
    refuseExampleValues(this, [config]);
  }

  /** Ships the logs of every function that is there by now; those of `Launch` add themselves. */
  private ship(
    config: StageConfig,
    state: StateStack,
    { accessLog }: Edge,
    { logGroup: probed }: Receiver,
    logKey: ServiceKey,
  ): Shipping | undefined {
    const { shipping } = config;
    const { unshipped, credentials: secrets } = state;
    if (!shipping || !unshipped) return undefined;
    const functions = [state, this].flatMap(functionsIn);
    return new Shipping(this, 'Shipping', {
      config,
      shipping,
      secrets,
      unshipped,
      functions,
      accessLog,
      probed,
      logKey,
    });
  }
}
