import { Duration } from 'aws-cdk-lib';
import { EventField, type IEventBus, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { EVENT_SOURCE, ONE_TIME_CODE_DETAIL_TYPE } from '../../lambda/payca/events';
import type { StageConfig } from '../config/schema';
import { EncryptedQueue } from '../encrypted-queue';
import { PaycaFunction } from '../payca-function';
import type { ServiceKey } from '../service-key';

export interface ArchiverProps {
  readonly config: StageConfig;
  readonly bus: IEventBus;
  readonly bucket: IBucket;
  readonly bucketKey: IKey;
  /** Encrypts log group and queues; its policy must name CloudWatch Logs and EventBridge. */
  readonly key: ServiceKey;
}

const TIMEOUT = Duration.minutes(1);
/** Fewer, larger objects; an event is in the archive some minutes after it was on the bus. */
const BATCH_WINDOW = Duration.minutes(5);

/** `archive-events`: writes every event of the bus, in batches, to the archive bucket. */
export class Archiver extends PaycaFunction {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { config, bus, bucket, bucketKey, key }: ArchiverProps) {
    super(scope, id, {
      config,
      logKey: key,
      name: 'archive-events',
      description: 'Writes events of the bus to the archive bucket',
      timeout: TIMEOUT,
      memorySize: 512,
      environment: { ARCHIVE_BUCKET: bucket.bucketName },
    });
    this.deadLetters = new EncryptedQueue(this, 'DeadLetters', { key });
    this.queue = new EncryptedQueue(this, 'Queue', {
      key,
      // Six times the function's time-out plus the window, as Lambda advises for queues.
      visibilityTimeout: Duration.seconds(TIMEOUT.toSeconds() * 6 + BATCH_WINDOW.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    this.archiveRules(bus, this.deadLetters);

    this.allow(['s3:PutObject'], [bucket.arnForObjects('events/*')], {
      key: bucketKey,
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      service: 's3',
    });
    this.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [this.queue.queueArn], {
      key,
      actions: ['kms:Decrypt'],
      service: 'sqs',
    });
    const mapping = new EventSourceMapping(this, 'Batches', {
      target: this.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 500,
      maxBatchingWindow: BATCH_WINDOW,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.role);
  }

  /** Events with a one-time code take a second rule that names the fields to keep, so the code never enters the queue. */
  private archiveRules(bus: IEventBus, deadLetters: Queue): void {
    const target = (message?: RuleTargetInput) => new SqsQueue(this.queue, { deadLetterQueue: deadLetters, message });
    new Rule(this, 'Events', {
      eventBus: bus,
      description: 'PayCA events to the archive',
      eventPattern: { source: [EVENT_SOURCE], detailType: Match.anythingBut(ONE_TIME_CODE_DETAIL_TYPE) },
      targets: [target()],
    });
    // `type` would share its placeholder with `detail-type`, which says the same.
    const kept = ['stage', 'key', 'receivedAt', 'conflict', 'event', 'payload'];
    new Rule(this, 'EventsWithoutOneTimeCode', {
      eventBus: bus,
      description: 'PayCA events to the archive, one-time code left out',
      eventPattern: { source: [EVENT_SOURCE], detailType: [ONE_TIME_CODE_DETAIL_TYPE] },
      targets: [
        target(
          RuleTargetInput.fromObject({
            id: EventField.eventId,
            time: EventField.time,
            source: EventField.source,
            'detail-type': EventField.detailType,
            detail: Object.fromEntries(kept.map((name) => [name, EventField.fromPath(`$.detail.${name}`)])),
          }),
        ),
      ],
    });
  }
}
