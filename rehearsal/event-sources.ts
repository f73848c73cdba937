import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDb, StreamRecord } from './aws/dynamodb';
import type { QueueMessage, Sqs } from './aws/sqs';
import type { Deployment } from './deployment';
import { matchesPattern } from './event-pattern';
import type { Invocation, LambdaFunction } from './functions';
import type { Judge } from './permissions';
import { type Json, list, type Resource } from './template';

/** What Lambda itself needs of a function's role to poll a source. */
const POLLING = {
  stream: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
  queue: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
} as const;

/** Lambda reads a shard four times a second: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const POLL_EVERY_MS = 250;

/** Lambda's pollers: they hand records of streams and queues to functions as the template's mappings say. */
export class EventSources {
  /** Records that a stream gave up, after all retries: the sweep must find them. */
  readonly dropped: StreamRecord[] = [];
  /** Stops delivery, as a disabled mapping does; what is written meanwhile waits. */
  paused = false;
  /** Batches of a queue that are worked on at once, as far as its mapping allows; more are for an act about copies. */
  copies = 1;
  private readonly streams: { mapping: Resource; target: LambdaFunction; waiting: StreamRecord[]; busy: boolean }[] =
    [];
  private readonly queues: {
    mapping: Resource;
    target: LambdaFunction;
    queue: Resource;
    /** Pollers that hold a batch now. */
    running: number;
  }[] = [];
  private readonly timer = setInterval(() => this.poll(), POLL_EVERY_MS).unref();

  constructor(
    deployment: Deployment,
    private readonly judge: Judge,
    functions: readonly LambdaFunction[],
    dynamoDb: DynamoDb,
    private readonly sqs: Sqs,
  ) {
    for (const mapping of deployment.resources('AWS::Lambda::EventSourceMapping')) {
      if (mapping.properties.Enabled === false) continue;
      const { EventSourceArn, FunctionName } = mapping.properties as Record<string, string>;
      const target = functions.find(({ resource }) =>
        [resource.physicalId, resource.arn].includes(String(FunctionName)),
      );
      const source = deployment.owner(String(EventSourceArn));
      if (!target || !source) throw new Error(`${mapping.logicalId}: its function or source is not in the templates`);
      if (source.type === 'AWS::SQS::Queue') this.queues.push({ mapping, target, queue: source, running: 0 });
      else this.streams.push({ mapping, target, waiting: [], busy: false });
      this.mustPoll(target, source.type === 'AWS::SQS::Queue' ? 'queue' : 'stream', String(EventSourceArn));
    }
    dynamoDb.on('written', (record) => this.take(record));
  }

  /** Resolves once nothing waits in a stream or a queue. */
  async drained(): Promise<void> {
    for (;;) {
      this.poll();
      const streams = this.streams.some(({ waiting, busy }) => waiting.length > 0 || busy);
      const queues = this.queues.some(({ queue, running }) => running > 0 || this.sqs.depth(queue.arn) > 0);
      if (!streams && !queues) return;
      await sleep(20);
    }
  }

  /** What a stream does after 24 hours: what was not read by then is gone. */
  forget(): void {
    for (const { waiting } of this.streams) this.dropped.push(...waiting.splice(0));
  }

  private copiesOf({ properties }: Resource): number {
    const { MaximumConcurrency = this.copies } = (properties.ScalingConfig ?? {}) as { MaximumConcurrency?: number };
    return Math.min(this.copies, MaximumConcurrency);
  }

  stop(): void {
    this.paused = true;
    clearInterval(this.timer);
  }

  private mustPoll(target: LambdaFunction, kind: keyof typeof POLLING, arn: string): void {
    for (const action of POLLING[kind]) {
      const refusal = this.judge.refusal(target.role, action, arn);
      if (refusal) throw new Error(`Lambda cannot poll for ${target.name}: ${refusal}`);
    }
  }

  private take(record: StreamRecord): void {
    for (const stream of this.streams) {
      if (!String(stream.mapping.properties.EventSourceArn).startsWith(record.tableArn)) continue;
      if (!passes(stream.mapping, record)) continue;
      if (!record.dynamodb.NewImage)
        throw new Error(
          `${stream.mapping.logicalId} takes ${record.eventName} records, whose image the rehearsal does not have`,
        );
      stream.waiting.push(record);
    }
  }

  private poll(): void {
    if (this.paused) return;
    for (const stream of this.streams) if (!stream.busy && stream.waiting.length > 0) void this.drainStream(stream);
    for (const source of this.queues)
      while (source.running < this.copiesOf(source.mapping) && this.sqs.depth(source.queue.arn) > 0)
        void this.drainQueue(source);
  }

  private async drainStream(stream: (typeof this.streams)[number]): Promise<void> {
    stream.busy = true;
    const size = Number(stream.mapping.properties.BatchSize ?? 100);
    while (stream.waiting.length > 0 && !this.paused) {
      await this.deliver(
        stream,
        stream.waiting.splice(0, size),
        Number(stream.mapping.properties.MaximumRetryAttempts ?? 10),
      );
    }
    stream.busy = false;
  }

  /** One batch with its retries: from the first record that failed, halved when the function itself failed. */
  private async deliver(
    stream: (typeof this.streams)[number],
    records: StreamRecord[],
    retries: number,
  ): Promise<void> {
    const ids = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    const outcome = await stream.target.invoke({ Records: records.map((record) => streamEvent(record)) });
    const failed = failedIdentifiers(stream.mapping, outcome, ids);
    if (failed?.length === 0) return;
    if (!failed && stream.mapping.properties.BisectBatchOnFunctionError && records.length > 1) {
      // To split a batch is no retry: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html
      const half = Math.ceil(records.length / 2);
      for (const part of [records.slice(0, half), records.slice(half)]) await this.deliver(stream, part, retries);
      return;
    }
    const rest = failed ? records.slice(Math.min(...failed.map((id) => ids.indexOf(id)))) : records;
    if (retries > 0) await this.deliver(stream, rest, retries - 1);
    else this.dropped.push(...rest);
  }

  private async drainQueue(source: (typeof this.queues)[number]): Promise<void> {
    source.running += 1;
    const size = Number(source.mapping.properties.BatchSize ?? 10);
    // The template's batching window, shortened to the time between two polls.
    for (let messages = this.sqs.receive(source.queue.arn, size); messages.length > 0; ) {
      const outcome = await source.target.invoke({
        Records: messages.map((message) => queueEvent(message, source.queue)),
      });
      const ids = messages.map(({ messageId }) => messageId);
      const failed = failedIdentifiers(source.mapping, outcome, ids);
      this.sqs.settle(
        source.queue,
        messages,
        messages.filter(({ messageId }) => !failed || failed.includes(messageId)),
      );
      messages = this.paused ? [] : this.sqs.receive(source.queue.arn, size);
    }
    source.running -= 1;
  }
}

/**
 * The records that a function could not do; `undefined` when all of them failed, as they do when it names one that it was
 * not given. What a function reports counts only where its mapping asks for reports.
 */
function failedIdentifiers(
  { properties }: Resource,
  outcome: Invocation,
  given: readonly string[],
): string[] | undefined {
  if (!('result' in outcome)) return undefined;
  if (!list(properties.FunctionResponseTypes as string[] | undefined).includes('ReportBatchItemFailures')) return [];
  const { batchItemFailures = [] } = (outcome.result ?? {}) as { batchItemFailures?: { itemIdentifier: string }[] };
  const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((id) => given.includes(id)) ? failed : undefined;
}

function passes(mapping: Resource, record: StreamRecord): boolean {
  const { Filters = [] } = (mapping.properties.FilterCriteria ?? {}) as { Filters?: { Pattern: string }[] };
  return Filters.length === 0 || Filters.some(({ Pattern }) => matchesPattern(JSON.parse(Pattern) as Json, record));
}

function streamEvent({ eventName, dynamodb, tableArn }: StreamRecord): Json {
  return {
    eventID: dynamodb.SequenceNumber,
    eventName,
    eventSource: 'aws:dynamodb',
    eventSourceARN: tableArn,
    dynamodb: { ...dynamodb, StreamViewType: 'NEW_IMAGE' },
  };
}

function queueEvent({ messageId, body, receiveCount }: QueueMessage, { arn }: Resource): Json {
  return {
    messageId,
    body,
    receiptHandle: messageId,
    attributes: { ApproximateReceiveCount: String(receiveCount) },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
  };
}
