import { AwsError, awsCall } from '../payca/aws-call';
import { variable } from '../payca/variables';
import type { Record } from './notify';
import { readDeliveries, recordKey } from './order';

/** Holds the record of an alarm in a channel for `forMs`, at most; `undefined` while another invocation holds it. */
export async function holdRecord(
  channel: string,
  alarm: string,
  now: number,
  forMs: number,
): Promise<Record | undefined> {
  const Key = { pk: { S: recordKey(channel, alarm) } };
  const until = { N: String(now + forMs) };
  const TableName = variable('NOTIFICATIONS_TABLE');
  const held = await update<{ Attributes: { deliveries?: { S: string } } }>({
    TableName,
    Key,
    UpdateExpression: 'SET heldUntil = :until',
    ConditionExpression: 'attribute_not_exists(heldUntil) OR heldUntil < :now',
    ExpressionAttributeValues: { ':until': until, ':now': { N: String(now) } },
    ReturnValues: 'ALL_NEW',
  });
  if (!held) return undefined;
  return {
    deliveries: readDeliveries(held.Attributes.deliveries?.S),
    release: async (deliveries) => {
      const kept = deliveries && { ':deliveries': { S: JSON.stringify(deliveries) } };
      const released = await update({
        TableName,
        Key,
        UpdateExpression: `REMOVE heldUntil${kept ? ' SET deliveries = :deliveries' : ''}`,
        ConditionExpression: 'heldUntil = :until',
        ExpressionAttributeValues: { ':until': until, ...kept },
      });
      if (!released) throw new Error(`the record of ${alarm} was held too long, and is another invocation's now`);
    },
  };
}

/** `undefined` when the condition does not hold. */
async function update<Output>(input: unknown): Promise<Output | undefined> {
  try {
    return await awsCall<Output>({ service: 'dynamodb', action: 'UpdateItem', input });
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ConditionalCheckFailedException') return undefined;
    throw error;
  }
}
