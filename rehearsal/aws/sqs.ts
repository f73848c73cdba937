import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployment';
import type { Judge } from '../permissions';
import type { Resource } from '../template';
import { AwsFault, type Backend, type Call } from './gate';

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  receiveCount: number;
}

/** The template's queues as EventBridge fills them and Lambda empties them. No function calls SQS itself yet. */
export class Sqs implements Backend {
  readonly service = 'sqs';
  private readonly queues = new Map<string, QueueMessage[]>();

  constructor(
    private readonly deployment: Deployment,
    private readonly judge: Judge,
  ) {
    for (const { arn } of deployment.resources('AWS::SQS::Queue')) this.queues.set(arn, []);
  }

  targets({ operation }: Call): never {
    throw new Error(`the rehearsal does not know sqs:${operation}`);
  }

  handle({ operation }: Call): never {
    throw new Error(`the rehearsal does not know sqs:${operation}`);
  }

  /** A message from an AWS service; the queue's policy and its key's must let that service in. */
  sendAs(service: string, queueArn: string, body: string, sourceArn: string): void {
    const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': this.deployment.account };
    const refusal = this.judge.serviceRefusal(service, 'sqs:SendMessage', queueArn, context);
    if (refusal) throw new AwsFault('AccessDenied', refusal);
    this.of(queueArn).push({ messageId: randomUUID(), body, receiveCount: 0 });
  }

  /** Takes up to `count` messages and at most 6 MB of them, which is what one invocation takes. */
  receive(queueArn: string, count: number): QueueMessage[] {
    const waiting = this.of(queueArn);
    let bytes = 0;
    let taken = 0;
    while (taken < Math.min(count, waiting.length)) {
      bytes += Buffer.byteLength(waiting[taken]?.body ?? '') + 1024;
      if (bytes > 6 * 1024 * 1024) break;
      taken += 1;
    }
    return waiting
      .splice(0, Math.max(1, taken))
      .map((message) => ({ ...message, receiveCount: message.receiveCount + 1 }));
  }

  /** Hands messages back; one that was received too often goes to the dead-letter queue. */
  giveBack(queue: Resource, messages: readonly QueueMessage[]): void {
    const redrive = queue.properties.RedrivePolicy as
      | { maxReceiveCount: number; deadLetterTargetArn: string }
      | undefined;
    for (const message of messages) {
      const dead = redrive && message.receiveCount >= redrive.maxReceiveCount;
      this.of(dead ? redrive.deadLetterTargetArn : queue.arn).push(message);
    }
  }

  depth(queueArn: string): number {
    return this.of(queueArn).length;
  }

  private of(queueArn: string): QueueMessage[] {
    const messages = this.queues.get(queueArn);
    if (!messages) throw new AwsFault('AWS.SimpleQueueService.NonExistentQueue', `no queue ${queueArn}`);
    return messages;
  }
}
