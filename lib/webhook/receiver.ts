import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import type { PaycaCredentials } from '../credentials/payca-credentials';
import { PaycaFunction } from '../payca-function';
import type { Inbox } from './inbox';

export interface ReceiverProps {
  readonly config: StageConfig;
  readonly credentials: PaycaCredentials;
  readonly inbox: Inbox;
  readonly logKey: IKey;
}

/** `receive-webhook`: verifies a delivery and stores it before it is acknowledged. */
export class Receiver extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, credentials, inbox, logKey }: ReceiverProps) {
    super(scope, id, {
      config,
      logKey,
      readsSecrets: true,
      name: 'receive-webhook',
      description: 'Verifies PayCA webhooks and stores them in the inbox',
      // Three tries of 1.5 s against the store and as many against the secret fit; PayCA's own time-out is not documented.
      timeout: Duration.seconds(15),
      // CPU comes with memory: signature, import and TLS set-up dominate a cold start.
      memorySize: 512,
      environment: {
        INBOX_TABLE: inbox.table.tableName,
        CREDENTIALS_SECRET: credentials.secret.secretArn,
        OVERLAP_HOURS: String(config.credentials.overlapHours),
        ONE_TIME_CODE_KEY: inbox.oneTimeCodeKey.keyArn,
        ACKNOWLEDGE_STATUS: String(config.webhook.acknowledge),
        BODY_LIMIT_BYTES: String(config.webhook.bodyLimitKb * 1024),
      },
    });
    this.allowTable(inbox.table, ['dynamodb:PutItem']);
    this.allowSecret(credentials.secret.secretArn, credentials.key, ['secretsmanager:ListSecretVersionIds']);
    this.allow(['kms:Encrypt'], [inbox.oneTimeCodeKey.keyArn]);
  }
}
