import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { IMPORTS } from '../../lambda/payca/imports';
import { HOUR_INDEX } from '../../lambda/payca/inbox';

import { reconciliationSettings } from '../config/reconciliation';
import type { StageConfig } from '../config/schema';
import { PaycaFunction, SEMI_SPACE } from '../payca-function';
import type { ServiceKey } from '../service-key';
import type { StateStack } from '../stacks/state-stack';

export interface FeeReconciliationProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  /** Encrypts the log group; its policy must name CloudWatch Logs. */
  readonly key: ServiceKey;
}

/** `reconcile-fees`: holds a statement of PayCA's that is put into the imports bucket against the inbox. */
export class FeeReconciliation extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, state, key }: FeeReconciliationProps) {
    const { inbox, progress, evidence, imports } = state;
    super(scope, id, {
      config,
      logKey: key,
      name: 'reconcile-fees',
      description: "Reconciles the fees in PayCA's statements with the inbox",
      // A million lines take half a minute; a month of the inbox is read page by page.
      timeout: Duration.minutes(15),
      // Half a gigabyte is enough; more memory is also more processor.
      memorySize: 1769,
      nodeOption: SEMI_SPACE,
      environment: {
        INBOX_TABLE: inbox.table.tableName,
        PROGRESS_TABLE: progress.tableName,
        RECONCILIATION: JSON.stringify(reconciliationSettings(config)),
      },
    });
    this.allowIndex(inbox.table, HOUR_INDEX);
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    evidence.allowRecordingBy(this);
    imports.allowReadingBy(this, IMPORTS.statements, IMPORTS.binVersions);
    imports.allowWritingBy(this, IMPORTS.reconciliations);
    new Rule(this, 'Statements', {
      description: 'A statement of PayCA was put into the imports bucket',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [imports.bucketName] }, object: { key: [{ prefix: IMPORTS.statements }] } },
      },
      targets: [new LambdaFunction(this.function)],
    });
  }
}
