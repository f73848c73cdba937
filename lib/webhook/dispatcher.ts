import { Duration } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { UNDISPATCHED_INDEX } from '../../lambda/payca/inbox';
import type { StageConfig } from '../config/schema';
import { PaycaFunction } from '../payca-function';
import type { Inbox } from './inbox';

export interface DispatcherProps {
  readonly config: StageConfig;
  readonly inbox: Inbox;
  readonly bus: IEventBus;
  readonly logKey: IKey;
}

/** `dispatch-events`: puts stored events on the bus, from the stream at once and by a sweep for what the stream missed. */
export class Dispatcher extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, inbox, bus, logKey }: DispatcherProps) {
    super(scope, id, {
      config,
      logKey,
      name: 'dispatch-events',
      description: 'Puts events of the inbox on the event bus',
      timeout: Duration.minutes(2),
      // Nothing before it is traced, and by itself Lambda would trace the first invocation of every second: nearly all.
      tracing: Tracing.PASS_THROUGH,
      environment: {
        INBOX_TABLE: inbox.table.tableName,
        EVENT_BUS: bus.eventBusName,
        ONE_TIME_CODE_KEY: inbox.oneTimeCodeKey.keyArn,
        WEBHOOK_RETENTION_DAYS: String(config.retentionDays.webhooks),
      },
    });
    const { table } = inbox;
    this.allowTable(table, ['dynamodb:GetItem', 'dynamodb:UpdateItem']);
    this.allowIndex(table, UNDISPATCHED_INDEX);
    this.allow(['kms:Decrypt'], [inbox.oneTimeCodeKey.keyArn]);
    this.allow(['events:PutEvents'], [bus.eventBusArn]);
    this.readStream(inbox);
    new Rule(this, 'Sweep', {
      description: 'Dispatches what the stream did not',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(this.function)],
    });
  }

  /** The stream is the fast path only: few retries, because the sweep takes over and nobody may be held up. */
  private readStream({ table }: Inbox): void {
    const streamArn = table.tableStreamArn ?? '';
    this.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      [streamArn],
    );
    const mapping = new EventSourceMapping(this, 'Stream', {
      target: this.function,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      retryAttempts: 3,
      maxRecordAge: Duration.minutes(10),
      reportBatchItemFailures: true,
      // What is restored from the archive has been on the bus.
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { undispatched: { S: FilterRule.exists() } } },
        }),
      ],
    });
    // A mapping made before its role's policy is refused.
    mapping.node.addDependency(this.role);
  }
}
