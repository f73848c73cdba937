import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { PaycaCredentials } from '../credentials/payca-credentials';
import { ThirdPartySecrets } from '../credentials/third-party-secrets';
import { refuseExampleValues } from '../example-rule';
import { AccessLogsBucket, RecordBucket } from '../record-bucket';
import { ServiceKey } from '../service-key';
import { PaycaEventBus } from '../webhook/event-bus';
import { Inbox } from '../webhook/inbox';

export interface StateStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What must outlive any deploy: keys, credentials, inbox, bus and records. */
export class StateStack extends Stack {
  readonly credentials: PaycaCredentials;
  readonly thirdPartySecrets: ThirdPartySecrets;
  readonly inbox: Inbox;
  readonly events: PaycaEventBus;
  readonly archiveKey: ServiceKey;
  readonly archive: RecordBucket;

  constructor(scope: Construct, id: string, { config, ...props }: StateStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    this.credentials = new PaycaCredentials(this, 'Credentials');
    this.thirdPartySecrets = new ThirdPartySecrets(this, 'ThirdPartySecrets', config.thirdPartySecrets);
    this.inbox = new Inbox(this, 'Inbox');
    // EventBridge archives by days; a longer memory than the inbox's own would outlive the retention promised for webhooks.
    this.events = new PaycaEventBus(this, 'Events', {
      replay: Duration.days(Math.min(30, config.retentionDays.webhooks)),
    });
    const accessLogs = new AccessLogsBucket(this, 'AccessLogs', Duration.days(config.retentionDays.auditLogs));
    this.archiveKey = new ServiceKey(this, 'ArchiveKey', { description: 'Archive of PayCA events' });
    this.archive = new RecordBucket(this, 'Archive', {
      key: this.archiveKey,
      retention: Duration.days(config.retentionDays.ledgerExports),
      objectLockMode: config.organization.objectLockMode,
      accessLogs,
    });
    const evidence = new RecordBucket(this, 'Evidence', {
      key: new ServiceKey(this, 'EvidenceKey', { description: 'Evidence of the go-live' }),
      retention: Duration.days(config.retentionDays.evidence),
      objectLockMode: config.organization.objectLockMode,
      accessLogs,
    });
    new CfnOutput(this, 'InboxTable', { value: this.inbox.table.tableName, description: 'Every webhook, once' });
    new CfnOutput(this, 'EvidenceBucket', {
      value: evidence.bucketName,
      description: 'Records, one per runbook line and run',
    });
    new CfnOutput(this, 'EventBusArn', { value: this.events.bus.eventBusArn, description: 'Attach consumers here' });
    refuseExampleValues(this, config);
  }
}
