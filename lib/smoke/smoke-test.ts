import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { HOUR_INDEX } from '../../lambda/payca/inbox';
import type { SmokeSettings } from '../../lambda/smoke-test/settings';
import { type StageConfig, WEBHOOK_PATH } from '../config/schema';
import type { PaycaCredentials } from '../credentials/payca-credentials';
import type { EvidenceBucket } from '../evidence-bucket';
import type { KeptTable } from '../kept-table';
import { balanceCurrency, PaycaFunction, paycaEnvironment } from '../payca-function';
import type { Edge } from '../webhook/edge';
import type { Inbox } from '../webhook/inbox';
import type { Receiver } from '../webhook/receiver';
import { releaseOf } from './release-id';

export interface SmokeTestProps {
  readonly config: StageConfig;
  readonly credentials: PaycaCredentials;
  readonly inbox: Inbox;
  readonly progress: KeptTable;
  readonly evidence: EvidenceBucket;
  readonly receiver: Receiver;
  readonly edge: Edge;
  readonly logKey: IKey;
}

/** `smoke-test`: the runbook's integration tests, undone again; hourly it undoes what an earlier run could not. */
export class SmokeTest extends PaycaFunction {
  constructor(scope: Construct, id: string, props: SmokeTestProps) {
    const { config, credentials, inbox, progress, evidence, receiver, edge, logKey } = props;
    super(scope, id, {
      config,
      logKey,
      name: 'smoke-test',
      description: 'Tests the way to PayCA and back, and undoes what it made',
      readsSecrets: true,
      // It probes the endpoint as the internet sees it.
      alsoCalls: ['hosts'],
      // Two movements that each wait for a webhook, and a PayCA that answers at the last moment.
      timeout: Duration.minutes(10),
      memorySize: 512,
      environment: {
        ...paycaEnvironment(config),
        CREDENTIALS_SECRET: credentials.secret.secretArn,
        INBOX_TABLE: inbox.table.tableName,
        PROGRESS_TABLE: progress.tableName,
        RECEIVER_FUNCTION: receiver.function.functionName,
        DEFAULT_ENDPOINT: edge.defaultEndpoint,
        SMOKE_SETTINGS: JSON.stringify(settingsOf(config)),
        RELEASE: releaseOf(scope, config),
      },
    });
    this.allowSecret(credentials.secret.secretArn, credentials.key, ['secretsmanager:ListSecretVersionIds']);
    this.allowIndex(inbox.table, HOUR_INDEX);
    this.allowTable(inbox.table, ['dynamodb:GetItem']);
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem']);
    this.allow(['lambda:InvokeFunction'], [receiver.function.functionArn]);
    evidence.allowRecordingBy(this);
    new Rule(this, 'Hourly', {
      description: 'Undoes what smoke tests left, and tells how they stand',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(this.function)],
    });
  }
}

function settingsOf({ stage, payca, smoke, webhook, monitoring }: StageConfig): SmokeSettings {
  const { onFailure: _, ...own } = smoke;
  return {
    ...own,
    stage,
    profile: payca.profile,
    balances: payca.balances,
    fundsMovement: payca.fundsMovement,
    cardClose: payca.cardClose,
    fieldNames: payca.fieldNames,
    balanceCurrency: balanceCurrency(monitoring),
    endpoint: {
      host: webhook.domainName,
      path: `/${WEBHOOK_PATH}`,
      isOpen: 'any' in webhook.allowList,
      asksForCertificate: webhook.mutualTls !== undefined,
    },
  };
}
