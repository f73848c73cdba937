import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { HOUR_INDEX } from '../../lambda/payca/inbox';
import type { StageConfig } from '../config/schema';
import type { PaycaCredentials } from '../credentials/payca-credentials';
import type { KeptTable } from '../kept-table';
import { PaycaFunction, paycaEnvironment } from '../payca-function';
import type { Inbox } from '../webhook/inbox';

export interface SubscriptionsProps {
  readonly config: StageConfig;
  readonly credentials: PaycaCredentials;
  readonly inbox: Inbox;
  readonly progress: KeptTable;
  /** What PayCA delivers to. */
  readonly webhookUrl: string;
  readonly logKey: IKey;
}

/**
 * `check-subscriptions`: registers and removes webhook subscriptions when an operator asks for it, and checks them daily. No
 * deploy, rollback or destroy touches them.
 */
export class Subscriptions extends PaycaFunction {
  constructor(
    scope: Construct,
    id: string,
    { config, credentials, inbox, progress, webhookUrl, logKey }: SubscriptionsProps,
  ) {
    const { payca } = config;
    super(scope, id, {
      config,
      logKey,
      name: 'check-subscriptions',
      description: 'Looks after the webhook subscriptions at PayCA',
      readsSecrets: true,
      // Each is registered and its former one removed, in twice PayCA's time-out at the most, and two days of the inbox.
      timeout: Duration.seconds(4 * payca.timeoutSeconds * (payca.webhookTypes.length + 1) + 120),
      memorySize: 512,
      environment: {
        ...paycaEnvironment(config),
        CREDENTIALS_SECRET: credentials.secret.secretArn,
        INBOX_TABLE: inbox.table.tableName,
        PROGRESS_TABLE: progress.tableName,
        WEBHOOK_URL: webhookUrl,
        WEBHOOK_REGISTRATION: payca.webhookRegistration,
        WEBHOOK_TYPES: payca.webhookTypes.join(','),
      },
    });
    this.allowSecret(credentials.secret.secretArn, credentials.key, ['secretsmanager:ListSecretVersionIds']);
    this.allowIndex(inbox.table, HOUR_INDEX);
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem']);
    new Rule(this, 'Daily', {
      description: 'Checks the webhook subscriptions',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(this.function)],
    });
  }
}
