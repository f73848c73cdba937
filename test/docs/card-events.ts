import type { Stack } from 'aws-cdk-lib';
import { EventBus, type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';

const fees = Match.prefix('account_transaction.fee');
const detailType = Match.anyOf('card_transaction.settle', 'card_transaction.refund', fees);
const eventPattern: EventPattern = { source: ['payca'], detailType };

/** Settlements, refunds and fees, into a queue. */
export function queueCardEvents(stack: Stack, busArn: string): Queue {
  const eventBus = EventBus.fromEventBusArn(stack, 'PaycaBus', busArn);
  const deadLetters = new Queue(stack, 'DeadLetters', { enforceSSL: true });
  const deadLetterQueue = { queue: deadLetters, maxReceiveCount: 5 };
  const queue = new Queue(stack, 'CardEvents', { enforceSSL: true, deadLetterQueue });
  const targets = [new SqsQueue(queue, { deadLetterQueue: deadLetters })];
  new Rule(stack, 'ToQueue', { eventBus, eventPattern, targets });
  return queue;
}

/** The same, in a stack of PayCA's account, to the bus of another account. */
export function forwardCardEvents(stack: Stack, busArn: string, theirBusArn: string): void {
  const eventBus = EventBus.fromEventBusArn(stack, 'PaycaBus', busArn);
  const theirBus = EventBus.fromEventBusArn(stack, 'TheirBus', theirBusArn);
  const deadLetterQueue = new Queue(stack, 'DeadLetters', { enforceSSL: true });
  new Rule(stack, 'ToTheirBus', { eventBus, eventPattern, targets: [new BusTarget(theirBus, { deadLetterQueue })] });
}
