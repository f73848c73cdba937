import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { IMPORTS } from '../../lambda/payca/imports';
import { reconciliationSettings } from '../config/reconciliation';
import type { StageConfig } from '../config/schema';
import { PaycaFunction, paycaEnvironment, SEMI_SPACE } from '../payca-function';
import type { ServiceKey } from '../service-key';
import type { StateStack } from '../stacks/state-stack';

export interface BinImportProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  /** Encrypts the log group; its policy must name CloudWatch Logs. */
  readonly logKey: ServiceKey;
}

/**
 * `import-bins`: checks BIN catalogues that are put into the imports bucket, and for an operator confirms them, goes back, and
 * compares with PayCA. What is in force changes only when an operator asks for it.
 */
export class BinImport extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, state, logKey }: BinImportProps) {
    const { credentials, progress, evidence, imports } = state;
    // Only this source of balances tells BINs too; without it PayCA is not asked, and no secret is needed.
    const asksPayca = config.payca.balances === 'accounts';
    super(scope, id, {
      config,
      logKey,
      name: 'import-bins',
      description: 'Imports BIN catalogues and compares them with PayCA',
      readsSecrets: asksPayca,
      // A hundred thousand BINs take some seconds.
      timeout: Duration.minutes(5),
      // A quarter of a gigabyte is enough; more memory is also more processor.
      memorySize: 1769,
      nodeOption: SEMI_SPACE,
      environment: {
        PROGRESS_TABLE: progress.tableName,
        CURRENCY_DECIMALS: JSON.stringify(reconciliationSettings(config).decimals),
        ...(asksPayca && { ...paycaEnvironment(config), CREDENTIALS_SECRET: credentials.secret.secretArn }),
      },
    });
    if (asksPayca)
      this.allowSecret(credentials.secret.secretArn, credentials.key, ['secretsmanager:ListSecretVersionIds']);
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    evidence.allowRecordingBy(this);
    imports.allowReadingBy(this, IMPORTS.binUploads, IMPORTS.binCommands, IMPORTS.binVersions);
    imports.allowWritingBy(this, IMPORTS.binVersions, IMPORTS.binTrials);
    new Rule(this, 'Uploads', {
      description: 'A BIN catalogue was put into the imports bucket',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [imports.bucketName] }, object: { key: [{ prefix: IMPORTS.binUploads }] } },
      },
      targets: [new LambdaFunction(this.function)],
    });
  }
}
