import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { HOUR_INDEX } from '../../lambda/payca/inbox';
import type { StageConfig } from '../config/schema';
import { readTruststore } from '../config/truststore';
import type { PaycaCredentials } from '../credentials/payca-credentials';
import type { KeptTable } from '../kept-table';
import { balanceCurrency, PaycaFunction, paycaEnvironment } from '../payca-function';
import type { Inbox } from '../webhook/inbox';

export interface WatcherProps {
  readonly config: StageConfig;
  readonly credentials: PaycaCredentials;
  readonly inbox: Inbox;
  readonly progress: KeptTable;
  readonly logKey: IKey;
}

/** `watch-payca`: asks PayCA every five minutes whether it is there and what the balances are, and whether a launch gets on. */
export class Watcher extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, credentials, inbox, progress, logKey }: WatcherProps) {
    const currency = balanceCurrency(config.monitoring);
    super(scope, id, {
      config,
      logKey,
      name: 'watch-payca',
      description: 'Watches PayCA: reachability, latency and balances; and whether a launch gets on',
      readsSecrets: true,
      // Two calls of twice PayCA's time-out, and a day of the inbox after a cold start.
      timeout: Duration.seconds(4 * config.payca.timeoutSeconds + 60),
      memorySize: 512,
      environment: {
        ...paycaEnvironment(config),
        CREDENTIALS_SECRET: credentials.secret.secretArn,
        INBOX_TABLE: inbox.table.tableName,
        PROGRESS_TABLE: progress.tableName,
        ...(currency ? { BALANCE_CURRENCY: currency } : {}),
        ...truststoreEnds(config),
      },
    });
    this.allowSecret(credentials.secret.secretArn, credentials.key, ['secretsmanager:ListSecretVersionIds']);
    this.allowIndex(inbox.table, HOUR_INDEX);
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    new Rule(this, 'EveryFiveMinutes', {
      description: 'Looks at PayCA',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(this.function)],
    });
  }
}

/** When the first certificate of the truststore ends. */
function truststoreEnds({ webhook: { mutualTls } }: StageConfig): { TRUSTSTORE_ENDS?: string } {
  if (!mutualTls) return {};
  const ends = readTruststore(mutualTls.truststore).certificates.map(({ validTo }) => new Date(validTo).toISOString());
  return { TRUSTSTORE_ENDS: ends.sort()[0] };
}
