import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { type KeptTable, TABLE_KEY_ACTIONS } from '../kept-table';
import { PaycaFunction } from '../payca-function';
import type { ServiceKey } from '../service-key';
import type { Owners } from './owners';

export interface TimelineProps {
  readonly config: StageConfig;
  readonly progress: KeptTable;
  readonly owners: Owners;
  /** Encrypts log group and topic; its policy must name CloudWatch Logs. */
  readonly key: ServiceKey;
}

/** `run-timeline`: leads the stage through its launch, every five minutes while one is scheduled. */
export class Timeline extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, progress, owners, key }: TimelineProps) {
    super(scope, id, {
      config,
      logKey: key,
      name: 'run-timeline',
      description: 'Runs the timeline of the launch',
      timeout: Duration.minutes(5),
      environment: {
        PROGRESS_TABLE: progress.tableName,
        OWNERS_TOPIC: owners.topicArn,
        LAUNCH_ZONE: config.launch.zone,
      },
    });
    this.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [progress.tableArn], {
      key: progress.key,
      actions: TABLE_KEY_ACTIONS,
      service: 'dynamodb',
    });
    this.allow(['sns:Publish'], [owners.topicArn], {
      key,
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      service: 'sns',
    });
    new Rule(this, 'EveryFiveMinutes', {
      description: 'Runs what is due of a launch; on while one is scheduled',
      schedule: Schedule.rate(Duration.minutes(5)),
      enabled: false,
      targets: [new LambdaFunction(this.function)],
    });
  }
}
