import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import { log } from '../payca/log';
import { Progress } from '../payca/progress';
import { variable } from '../payca/variables';
import { dueAt, type Launch, nextNotice } from './launch';
import { type Message, notice, OWNER_ATTRIBUTE } from './message';

const sns = new SNSClient();
const progress = new Progress('run-timeline');

/** Runs what is due of the launch that is scheduled. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  const now = new Date();
  let launch = (await progress.recall('launch')) as Launch | undefined;
  for (let step = launch && nextNotice(launch, now); launch && step; step = nextNotice(launch, now)) {
    await tell(notice(variable('STAGE'), step, dueAt(launch, step), variable('LAUNCH_ZONE')));
    launch = { ...launch, told: [...launch.told, step.id] };
    await progress.remember('launch', launch);
  }
}

async function tell({ owner, subject, text }: Message): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: variable('OWNERS_TOPIC'),
      Subject: subject,
      Message: text,
      MessageAttributes: { [OWNER_ATTRIBUTE]: { DataType: 'String', StringValue: owner } },
    }),
  );
}
