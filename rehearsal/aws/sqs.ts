import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployment';
import type { Judge } from '../permissions';
import type { Resource } from '../template';
import { AwsFault, type Backend, type Call, ok } from './gate';

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly receiveCount: number;
  /** Not seen by consumers before this time, in milliseconds. */
  readonly visibleAt: number;
}

/** The template's queues as EventBridge fills them and Lambda empties them. */
export class Sqs implements Backend {
  readonly service = 'sqs';
  /** By how much the queues' clock is ahead of this machine's. */
  clockOffsetMs = 0;
  private readonly queues = new Map<string, QueueMessage[]>();
  /** What a consumer has, and when it wants it back in the queue, by message id. */
  private readonly inFlight = new Map<string, { readonly queueArn: string; visibleAt: number }>();

  constructor(
    private readonly deployment: Deployment,
    private readonly judge: Judge,
  ) {
    for (const { arn } of deployment.resources('AWS::SQS::Queue')) this.queues.set(arn, []);
  }

  targets({ operation, input }: Call) {
    if (operation !== 'ChangeMessageVisibility' && operation !== 'SendMessageBatch')
      throw new Error(`the rehearsal does not know sqs:${operation}`);
    const queue = this.deployment.byPhysicalId('AWS::SQS::Queue', String(input.QueueUrl));
    if (!queue) throw new AwsFault('AWS.SimpleQueueService.NonExistentQueue', `no queue ${input.QueueUrl}`);
    // A batch has no action of its own.
    return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource: queue.arn }];
  }

  async handle({ operation, input }: Call) {
    if (operation === 'SendMessageBatch') return this.sendBatch(input);
    const { ReceiptHandle, VisibilityTimeout } = input as { ReceiptHandle: string; VisibilityTimeout: number };
    const held = this.inFlight.get(ReceiptHandle);
    if (!held) throw new AwsFault('MessageNotInflight', `${ReceiptHandle} is not in flight`);
    if (!(VisibilityTimeout >= 0 && VisibilityTimeout <= 12 * 60 * 60))
      throw new AwsFault('InvalidParameterValue', 'VisibilityTimeout must be from 0 to 43200');
    held.visibleAt = this.now() + VisibilityTimeout * 1000;
    return ok({});
  }

  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
  private sendBatch({ QueueUrl, Entries }: Call['input']) {
    const entries = Entries as { Id: string; MessageBody: string }[];
    if (entries.length < 1 || entries.length > 10 || new Set(entries.map(({ Id }) => Id)).size < entries.length)
      throw new AwsFault('AWS.SimpleQueueService.TooManyEntriesInBatchRequest', '1 to 10 entries, each id once');
    const { arn = '' } = this.deployment.byPhysicalId('AWS::SQS::Queue', String(QueueUrl)) ?? {};
    const Successful = entries.map(({ Id, MessageBody }) => {
      const messageId = randomUUID();
      this.of(arn).push({ messageId, body: MessageBody, receiveCount: 0, visibleAt: 0 });
      return { Id, MessageId: messageId };
    });
    return ok({ Successful, Failed: [] });
  }

  /** A message from an AWS service; the queue's policy and its key's must let that service in. */
  sendAs(service: string, queueArn: string, body: string, sourceArn: string): void {
    const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': this.deployment.account };
    const refusal = this.judge.serviceRefusal(service, 'sqs:SendMessage', queueArn, context);
    if (refusal) throw new AwsFault('AccessDenied', refusal);
    this.of(queueArn).push({ messageId: randomUUID(), body, receiveCount: 0, visibleAt: 0 });
  }

  /** Takes up to `count` messages and at most 6 MB of them, which is what one invocation takes. */
  receive(queueArn: string, count: number): QueueMessage[] {
    const waiting = this.visible(queueArn);
    let bytes = 0;
    let taken = 0;
    while (taken < Math.min(count, waiting.length)) {
      bytes += Buffer.byteLength(waiting[taken]?.body ?? '') + 1024;
      if (bytes > 6 * 1024 * 1024) break;
      taken += 1;
    }
    const received = waiting.slice(0, Math.max(1, taken));
    const ids = new Set(received.map(({ messageId }) => messageId));
    this.queues.set(
      queueArn,
      this.of(queueArn).filter(({ messageId }) => !ids.has(messageId)),
    );
    for (const id of ids) this.inFlight.set(id, { queueArn, visibleAt: 0 });
    return received.map((message) => ({ ...message, receiveCount: message.receiveCount + 1 }));
  }

  /**
   * Ends a consumer's hold on `received`. What it did not finish comes back: when the consumer said, otherwise at once,
   * since nobody waits for a queue's own visibility time-out here. What was received too often goes to the dead-letter queue.
   */
  settle(queue: Resource, received: readonly QueueMessage[], unfinished: readonly QueueMessage[]): void {
    const redrive = queue.properties.RedrivePolicy as
      | { maxReceiveCount: number; deadLetterTargetArn: string }
      | undefined;
    for (const message of unfinished) {
      const dead = redrive && message.receiveCount >= redrive.maxReceiveCount;
      const visibleAt = this.inFlight.get(message.messageId)?.visibleAt ?? 0;
      this.of(dead ? redrive.deadLetterTargetArn : queue.arn).push({ ...message, visibleAt: dead ? 0 : visibleAt });
    }
    for (const { messageId } of received) this.inFlight.delete(messageId);
  }

  /** What stands in the messages that are in the queue. */
  bodies(queueArn: string): string[] {
    return this.of(queueArn).map(({ body }) => body);
  }

  /** How many messages consumers see. */
  depth(queueArn: string): number {
    return this.visible(queueArn).length;
  }

  /** All messages that are in the queue or with a consumer. */
  held(queueArn: string): number {
    const away = [...this.inFlight.values()].filter((message) => message.queueArn === queueArn).length;
    return this.of(queueArn).length + away;
  }

  private visible(queueArn: string): QueueMessage[] {
    return this.of(queueArn).filter(({ visibleAt }) => visibleAt <= this.now());
  }

  private now(): number {
    return Date.now() + this.clockOffsetMs;
  }

  private of(queueArn: string): QueueMessage[] {
    const messages = this.queues.get(queueArn);
    if (!messages) throw new AwsFault('AWS.SimpleQueueService.NonExistentQueue', `no queue ${queueArn}`);
    return messages;
  }
}
