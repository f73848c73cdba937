import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { LoadSettings } from '../../lambda/load-cards/settings';
import { IMPORTS } from '../../lambda/payca/imports';
import type { StageConfig } from '../config/schema';
import type { PaycaCredentials } from '../credentials/payca-credentials';
import { EncryptedQueue } from '../encrypted-queue';
import type { EvidenceBucket } from '../evidence-bucket';
import type { ImportsBucket } from '../imports-bucket';
import type { KeptTable } from '../kept-table';
import { PaycaFunction, paycaEnvironment } from '../payca-function';
import type { ServiceKey } from '../service-key';

export interface CardLoadProps {
  readonly config: StageConfig;
  readonly credentials: PaycaCredentials;
  readonly progress: KeptTable;
  readonly evidence: EvidenceBucket;
  readonly imports: ImportsBucket;
  /** Encrypts log group and queues; its policy must name CloudWatch Logs. */
  readonly key: ServiceKey;
}

/** A batch of ten at one call a second, with a PayCA that answers at the last moment, and time to write it down. */
const TIMEOUT = Duration.minutes(3);
/** The most that SQS allows: with pauses of 15 minutes in the end, ten days of a PayCA that is down. */
const MAX_TRIES = 1000;

/** The least that a queue's mapping allows. */
const LEAST_COPIES = 2;
/** Each makes about three calls a second, with what is written down for each; more would only wait for one another. */
const MOST_COPIES = 30;

/** `load-cards`: makes the users and cards of a manifest at PayCA, at the pace that PayCA allows, each once. */
export class CardLoad extends PaycaFunction {
  /** References to rows of a manifest, and nothing of what stands in them. */
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: CardLoadProps) {
    const { config, credentials, progress, evidence, imports, key } = props;
    super(scope, id, {
      config,
      logKey: key,
      name: 'load-cards',
      description: 'Makes the users and cards of a manifest at PayCA',
      readsSecrets: true,
      timeout: TIMEOUT,
      memorySize: 512,
      environment: {
        ...paycaEnvironment(config),
        CREDENTIALS_SECRET: credentials.secret.secretArn,
        PROGRESS_TABLE: progress.tableName,
        CARD_LOAD: JSON.stringify(settingsOf(config)),
      },
    });
    this.deadLetters = new EncryptedQueue(this, 'DeadLetters', { key });
    this.queue = new EncryptedQueue(this, 'Queue', {
      key,
      // Six times the function's time-out, as Lambda advises for queues.
      visibilityTimeout: Duration.seconds(TIMEOUT.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_TRIES },
    });
    this.function.addEnvironment('CARD_QUEUE', this.queue.queueUrl);
    this.allowSecret(credentials.secret.secretArn, credentials.key, ['secretsmanager:ListSecretVersionIds']);
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    imports.allowReadingBy(this, IMPORTS.usersCards);
    imports.allowDeletingBy(this, IMPORTS.usersCards);
    evidence.allowRecordingBy(this);
    this.takeFromQueue(key, config.payca.rateLimitPerSecond);
    new Rule(this, 'Watch', {
      description: 'Looks after the load of users and cards',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(this.function)],
    });
  }

  private takeFromQueue(key: ServiceKey, callsPerSecond: number): void {
    this.allow(
      [
        ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
        'sqs:SendMessage',
      ],
      [this.queue.queueArn],
      { key, actions: ['kms:GenerateDataKey', 'kms:Decrypt'], service: 'sqs' },
    );
    const mapping = new EventSourceMapping(this, 'Rows', {
      target: this.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      // How fast all copies are together is the pace's business: these are enough to keep up with it.
      maxConcurrency: Math.max(LEAST_COPIES, Math.min(MOST_COPIES, Math.ceil(callsPerSecond / 3))),
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.role);
  }
}

function settingsOf({ payca, migration }: StageConfig): LoadSettings {
  const { userId, ownUserId, cardIdempotency } = payca.fieldNames;
  const { userBody, cardKinds } = migration;
  return { fieldNames: { userId, ownUserId, cardIdempotency }, userBody, cardKinds };
}
