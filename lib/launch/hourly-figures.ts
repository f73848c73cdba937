import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { HOUR_INDEX, UNDISPATCHED_INDEX } from '../../lambda/payca/inbox';
import type { Expectation } from '../../lambda/report-figures/figures';
import type { StageConfig } from '../config/schema';
import type { EvidenceBucket } from '../evidence-bucket';
import type { KeptTable } from '../kept-table';
import { PaycaFunction } from '../payca-function';
import type { ServiceKey } from '../service-key';
import type { Inbox } from '../webhook/inbox';
import type { Owners } from './owners';

export interface HourlyFiguresProps {
  readonly config: StageConfig;
  readonly inbox: Inbox;
  readonly progress: KeptTable;
  readonly evidence: EvidenceBucket;
  readonly owners: Owners;
  /** Encrypts log group and topic; its policy must name CloudWatch Logs. */
  readonly key: ServiceKey;
}

/** `report-figures`: tells and records the key figures of every hour, for 48 hours from the opening of the window on. */
export class HourlyFigures extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, inbox, progress, evidence, owners, key }: HourlyFiguresProps) {
    const { launch, monitoring } = config;
    const expectation: Expectation = { perHour: launch.hourlyFigures, balances: monitoring.balanceThresholds };
    super(scope, id, {
      config,
      logKey: key,
      name: 'report-figures',
      description: 'Counts the key figures of each hour of a launch from the inbox',
      // An hour of a big launch is read page by page.
      timeout: Duration.minutes(5),
      memorySize: 512,
      environment: {
        INBOX_TABLE: inbox.table.tableName,
        PROGRESS_TABLE: progress.tableName,
        OWNERS_TOPIC: owners.topicArn,
        FIGURES_EXPECTED: JSON.stringify(expectation),
      },
    });
    this.allowIndex(inbox.table, HOUR_INDEX);
    this.allowIndex(inbox.table, UNDISPATCHED_INDEX);
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    evidence.allowRecordingBy(this);
    this.allow(['sns:Publish'], [owners.topicArn], {
      key,
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      service: 'sns',
    });
    new Rule(this, 'EveryHour', {
      description: 'Counts the hour that is over, while a launch is watched',
      // What was received in the last second of an hour is in the inbox by then.
      schedule: Schedule.cron({ minute: '5' }),
      targets: [new LambdaFunction(this.function)],
    });
  }
}
