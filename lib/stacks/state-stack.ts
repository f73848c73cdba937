import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { PaycaCredentials } from '../credentials/payca-credentials';
import { PipelineVariables } from '../credentials/pipeline-variables';
import { Promotion } from '../credentials/promotion';
import { EvidenceBucket } from '../evidence-bucket';
import { refuseExampleValues } from '../example-rule';
import { ImportsBucket } from '../imports-bucket';
import { KeptTable } from '../kept-table';
import { AccessLogsBucket, BackupBucket, RecordBucket } from '../record-bucket';
import { ServiceKey } from '../service-key';
import { PaycaEventBus } from '../webhook/event-bus';
import { Inbox } from '../webhook/inbox';

export interface StateStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What must outlive any deploy: keys, credentials, inbox, bus and records. */
export class StateStack extends Stack {
  readonly credentials: PaycaCredentials;
  readonly inbox: Inbox;
  readonly events: PaycaEventBus;
  /** What functions remember between their runs: by the function's name and the name of a thing. */
  readonly progress: KeptTable;
  readonly archiveKey: ServiceKey;
  readonly archive: RecordBucket;
  readonly evidence: EvidenceBucket;
  readonly imports: ImportsBucket;
  /** Where Firehose puts what the log platform did not take, and the key of that and of what is on its way. */
  readonly unshipped?: { readonly bucket: BackupBucket; readonly key: ServiceKey };

  constructor(scope: Construct, id: string, { config, ...props }: StateStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    this.credentials = new PaycaCredentials(this, 'Credentials', config);
    const promotion = new Promotion(this, 'PromoteCredentials', { config, credentials: this.credentials });
    this.inbox = new Inbox(this, 'Inbox');
    // EventBridge archives by days; a longer memory than the inbox's own would outlive the retention promised for webhooks.
    this.events = new PaycaEventBus(this, 'Events', {
      name: `${config.programme}-${config.stage}`,
      replay: Duration.days(Math.min(30, config.retentionDays.webhooks)),
    });
    const progressKey = new ServiceKey(this, 'ProgressKey', { description: 'What functions remember' });
    this.progress = new KeptTable(this, 'Progress', { key: progressKey, sortKey: 'sk' });
    const accessLogs = new AccessLogsBucket(this, 'AccessLogs', Duration.days(config.retentionDays.auditLogs));
    this.archiveKey = new ServiceKey(this, 'ArchiveKey', { description: 'Archive of PayCA events' });
    this.archive = new RecordBucket(this, 'Archive', {
      key: this.archiveKey,
      retention: Duration.days(config.retentionDays.ledgerExports),
      objectLockMode: config.organization.objectLockMode,
      accessLogs,
    });
    this.evidence = new EvidenceBucket(this, 'Evidence', {
      key: new ServiceKey(this, 'EvidenceKey', { description: 'Evidence of the go-live' }),
      retention: Duration.days(config.retentionDays.evidence),
      objectLockMode: config.organization.objectLockMode,
      accessLogs,
    });
    this.imports = new ImportsBucket(this, 'Imports', {
      config,
      key: new ServiceKey(this, 'ImportsKey', { description: 'Files for imports and reconciliations' }),
      accessLogs,
    });
    if (config.shipping) {
      const key = new ServiceKey(this, 'UnshippedKey', {
        description: 'Logs and metrics on their way to the platform',
      });
      const retention = Duration.days(config.retentionDays.applicationLogs);
      this.unshipped = { bucket: new BackupBucket(this, 'Unshipped', { key, retention, accessLogs }), key };
    }
    new CfnOutput(this, 'CredentialsSecret', {
      value: this.credentials.secret.secretArn,
      description: 'Filled by: golive credentials put',
    });
    new CfnOutput(this, 'PromoteFunction', {
      value: promotion.function.functionName,
      description: 'Changes the credentials: golive credentials put',
    });
    const thirdParty = [...this.credentials.thirdParty].map(([name, { secretArn }]) => [name, secretArn]);
    new CfnOutput(this, 'ThirdPartySecrets', {
      value: this.toJsonString(Object.fromEntries(thirdParty)),
      description: 'Filled by: golive secrets put <name>',
    });
    new CfnOutput(this, 'InboxTable', { value: this.inbox.table.tableName, description: 'Every webhook, once' });
    new CfnOutput(this, 'ProgressTable', {
      value: this.progress.tableName,
      description: 'What functions remember, and the incident log: golive incident',
    });
    new CfnOutput(this, 'ArchiveBucket', {
      value: this.archive.bucketName,
      description: 'Every event that was on the bus: golive events restore',
    });
    new CfnOutput(this, 'EvidenceBucket', {
      value: this.evidence.bucketName,
      description: 'Records, one per runbook line and run',
    });
    new CfnOutput(this, 'ImportsBucket', {
      value: this.imports.bucketName,
      description: 'Files for imports and reconciliations',
    });
    new CfnOutput(this, 'EventBusArn', { value: this.events.bus.eventBusArn, description: 'Attach consumers here' });
    new PipelineVariables(this, 'Variables', {
      config,
      values: {
        PAYCA_ARCHIVE_BUCKET: this.archive.bucketName,
        PAYCA_AWS_REGION: config.region,
        PAYCA_BASE_URL: config.payca.baseUrl,
        PAYCA_CREDENTIALS_SECRET_ARN: this.credentials.secret.secretArn,
        PAYCA_EVENT_BUS_ARN: this.events.bus.eventBusArn,
        PAYCA_EVIDENCE_BUCKET: this.evidence.bucketName,
        PAYCA_INBOX_TABLE: this.inbox.table.tableName,
      },
    });
    refuseExampleValues(this, [config]);
  }
}
