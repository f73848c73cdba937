import { SNSClient } from '@aws-sdk/client-sns';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { awsCall } from '../payca/aws-call';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { variable } from '../payca/variables';
import { type AlarmChange, readAlarmChange } from './alarm-change';
import { readChannel, sender } from './channel';
import { holdRecord } from './deliveries';
import { ReceiverError } from './http';
import { readKey } from './key';
import { type Notifier, notifyAll, type Outcome } from './notify';
import { pauseSeconds } from './order';

/** A change is begun with at least this left: Jira can take eight calls of 5 s. */
const NEEDED_MS = 45 * 1000;

const channel = readChannel(variable('CHANNEL'));
const sns = new SNSClient({
  requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
});

interface Job {
  readonly record: SQSRecord;
  readonly change: AlarmChange;
}

/** Tells one channel about changes of alarms; what it did not take goes back to the queue, with a pause that grows. */
export async function handler({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId, channel: channel.name });
  const read = Records.map((record) => ({ record, change: readAlarmChange(record.body) }));
  const jobs = read.flatMap(({ record, change }) => (change ? [{ record, change }] : []));
  const outcomes = await notifyOfAll(jobs, () => context.getRemainingTimeInMillis());
  const unreadable = read.filter(({ change }) => !change).map(({ record }) => record);
  const failures = [
    ...unreadable.map((record) => ({ record, error: new Error('the message is no change of an alarm') })),
    ...outcomes.flatMap((outcome) => report(outcome, meter)),
  ];
  await Promise.all(failures.map(({ record, error }) => giveBack(record, error, meter)));
  meter.publish();
  return { batchItemFailures: failures.map(({ record }) => ({ itemIdentifier: record.messageId })) };
}

/** Without the channel's key nothing can be told, and everything waits. */
async function notifyOfAll(jobs: readonly Job[], remainingMs: () => number): Promise<Outcome<Job>[]> {
  try {
    const key = channel.kind === 'sns' ? '' : await readKey(variable('CHANNEL_SECRET'));
    const notifier: Notifier = {
      stage: variable('STAGE'),
      prefix: variable('ALARM_PREFIX'),
      now: Date.now,
      // No invocation outlives what it holds.
      hold: (alarm) => holdRecord(channel.name, alarm, Date.now(), remainingMs()),
      send: sender(channel, key, sns),
    };
    return await notifyAll(jobs, notifier, () => remainingMs() > NEEDED_MS);
  } catch (error) {
    return jobs.map((job) => ({ job, result: { error } }));
  }
}

/** Logs what became of a change; gives it back when it has to be tried again. */
function report({ job, result }: Outcome<Job>, meter: Meter): { record: SQSRecord; error: unknown }[] {
  if (typeof result !== 'string') return [{ record: job.record, error: result.error }];
  if (result === 'sent') meter.add('NotificationsSent', 1, { Channel: channel.name });
  const { alarm, state, at, drill } = job.change;
  log.info(`notification ${result}`, { alarm, state, at, drill });
  return [];
}

/** Hides a message from the queue until its next try is due. */
async function giveBack(record: SQSRecord, error: unknown, meter: Meter): Promise<void> {
  const tries = Number(record.attributes.ApproximateReceiveCount);
  const retryAfter = error instanceof ReceiverError ? error.retryAfterSeconds : undefined;
  const VisibilityTimeout = pauseSeconds(tries, retryAfter, Math.random());
  meter.add('NotificationsFailed', 1, { Channel: channel.name });
  const alarm = readAlarmChange(record.body)?.alarm;
  log.error('notification failed', { alarm, tries, nextInSeconds: VisibilityTimeout, problem: describeError(error) });
  const input = { QueueUrl: variable('CHANNEL_QUEUE'), ReceiptHandle: record.receiptHandle, VisibilityTimeout };
  // Without it the message comes back after the queue's own visibility time-out.
  await awsCall({ service: 'sqs', action: 'ChangeMessageVisibility', input }).catch((problem) =>
    log.warn('no pause set', { problem: describeError(problem) }),
  );
}
