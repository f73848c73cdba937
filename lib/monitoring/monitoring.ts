import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import type { PaycaCredentials } from '../credentials/payca-credentials';
import type { BinImport } from '../migration/bin-import';
import type { Subscriptions } from '../migration/subscriptions';
import type { SmokeTest } from '../smoke/smoke-test';
import type { Archiver } from '../webhook/archiver';
import type { Dispatcher } from '../webhook/dispatcher';
import type { Edge } from '../webhook/edge';
import type { Inbox } from '../webhook/inbox';
import type { Receiver } from '../webhook/receiver';
import type { Places } from './alarms/alarm-row';
import { Alarms } from './alarms/alarms';
import { Dashboards } from './dashboards/dashboards';
import type { Escalation } from './escalation/escalation';
import { LogMetrics } from './log-metrics';
import type { Watcher } from './watcher';

export interface MonitoringProps extends Partial<Pick<Places, 'shippingStreams'>> {
  readonly config: StageConfig;
  readonly credentials: PaycaCredentials;
  readonly escalation: Escalation;
  readonly inbox: Inbox;
  readonly edge: Edge;
  readonly receiver: Receiver;
  readonly dispatcher: Dispatcher;
  readonly archiver: Archiver;
  readonly smokeTest: SmokeTest;
  readonly subscriptions: Subscriptions;
  readonly watcher: Watcher;
  readonly binImport: BinImport;
}

/** Metrics of logs, the alarms of the table, and the dashboards. */
export class Monitoring extends Construct {
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const {
      config,
      credentials,
      escalation,
      inbox,
      edge,
      receiver,
      dispatcher,
      archiver,
      smokeTest,
      subscriptions,
      watcher,
      binImport,
    } = props;
    new LogMetrics(this, 'LogMetrics', { config, accessLog: edge.accessLog });
    this.alarms = new Alarms(this, 'Alarms', {
      config,
      places: {
        accessLog: edge.accessLog.logGroupName,
        receiverLog: receiver.logGroup.logGroupName,
        dispatcherLog: dispatcher.logGroup.logGroupName,
        archiverLog: archiver.logGroup.logGroupName,
        smokeLog: smokeTest.logGroup.logGroupName,
        subscriptionsLog: subscriptions.logGroup.logGroupName,
        watcherLog: watcher.logGroup.logGroupName,
        binImportLog: binImport.logGroup.logGroupName,
        binImportFunction: binImport.function.functionName,
        secret: credentials.secret.secretArn,
        archiveDeadLetters: archiver.deadLetters.queueName,
        channels: escalation.channels.map(({ name, channel: { queue, deadLetters } }) => ({
          name,
          queue: queue.queueName,
          deadLetters: deadLetters.queueName,
        })),
        shippingStreams: props.shippingStreams ?? [],
      },
    });
    this.tellOfSilentChannels(escalation);
    new Dashboards(this, 'Dashboards', {
      config,
      alarms: this.alarms,
      api: edge.api,
      inbox: inbox.table,
      archiveQueue: archiver.queue,
      functions: {
        'receive-webhook': receiver.function,
        'dispatch-events': dispatcher.function,
        'archive-events': archiver.function,
      },
    });
  }
  /** The alarm about a channel must not depend on the way that it is about. */
  private tellOfSilentChannels({ channels, fallback }: Escalation): void {
    for (const { name } of channels) {
      this.alarms.find(`alarm-delivery-failing-${name}`, 'page').told.addAlarmAction(new SnsAction(fallback));
    }
  }
}
