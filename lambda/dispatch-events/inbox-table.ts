import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type DispatchedItem, SET_ASIDE, SHARDS, UNDISPATCHED_INDEX } from '../payca/inbox';
import { numberVariable, variable } from '../payca/variables';

type Attributes = Readonly<Record<string, AttributeValue>>;

const dynamodb = new DynamoDBClient();
const tableName = variable('INBOX_TABLE');

/**
 * What a dispatch needs of an item as the table or its stream holds it. An item that lacks something becomes one that
 * the bus refuses, and is set aside: it must not stop the others.
 */
export function inboxItem(attributes: Attributes): DispatchedItem {
  const text = (name: keyof DispatchedItem) => attributes[name]?.S;
  const required = (name: keyof DispatchedItem) => text(name) ?? '';
  return {
    pk: required('pk'),
    receivedAt: required('receivedAt'),
    event: required('event'),
    type: text('type'),
    subtype: text('subtype'),
    detailType: required('detailType'),
    body: attributes.body?.B ?? new Uint8Array(),
    bodySha256: required('bodySha256'),
    requestId: text('requestId'),
    idempotencyKey: text('idempotencyKey'),
    conflict: attributes.conflict?.BOOL || undefined,
    oneTimeCode: attributes.oneTimeCode?.B,
  };
}

export async function getItem(pk: string): Promise<DispatchedItem | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: tableName, Key: { pk: { S: pk } }, ConsistentRead: true }),
  );
  return Item && inboxItem(Item);
}

/** The bus has it: from now on the item may expire, and its one-time code is gone. */
export async function markDispatched(pk: string, now: number): Promise<void> {
  const expiresAt = Math.floor(now / 1000) + numberVariable('WEBHOOK_RETENTION_DAYS') * 24 * 60 * 60;
  await update(pk, 'REMOVE undispatched, oneTimeCode, setAsideReason SET dispatchedAt = :now, expiresAt = :end', {
    ':now': { S: new Date(now).toISOString() },
    ':end': { N: String(expiresAt) },
  });
}

export async function countTry(pk: string): Promise<number> {
  const { Attributes } = await update(pk, 'ADD tries :one', { ':one': { N: '1' } });
  return Number(Attributes?.tries?.N);
}

export async function setAside(pk: string, reason: string): Promise<void> {
  await update(pk, 'SET undispatched = :aside, setAsideReason = :reason', {
    ':aside': { S: SET_ASIDE },
    ':reason': { S: reason },
  });
}

/** The condition keeps an update from making a new item of one that is gone. */
function update(pk: string, expression: string, values: Record<string, AttributeValue>) {
  return dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { pk: { S: pk } },
      UpdateExpression: expression,
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: values,
      ReturnValues: 'UPDATED_NEW',
    }),
  );
}

/** Keys of what has waited since before `before`, oldest first, a page at a time. */
export async function* undispatchedBefore(before: string): AsyncGenerator<string[]> {
  for (const shard of SHARDS) {
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: UNDISPATCHED_INDEX,
          KeyConditionExpression: 'undispatched = :shard AND receivedAt < :before',
          ExpressionAttributeValues: { ':shard': { S: shard }, ':before': { S: before } },
          Limit: 100,
          ExclusiveStartKey: from,
        }),
      );
      const keys = (page.Items ?? []).flatMap(({ pk }) => pk?.S ?? []);
      if (keys.length > 0) yield keys;
      from = page.LastEvaluatedKey;
    } while (from);
  }
}

/** When the oldest event that waits for the bus was received; `undefined` when none waits. */
export async function oldestUndispatched(): Promise<string | undefined> {
  const oldest = await Promise.all(
    SHARDS.map((shard) =>
      dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: UNDISPATCHED_INDEX,
          KeyConditionExpression: 'undispatched = :shard',
          ExpressionAttributeValues: { ':shard': { S: shard } },
          Limit: 1,
        }),
      ),
    ),
  );
  return oldest.flatMap(({ Items }) => Items?.[0]?.receivedAt?.S ?? []).sort()[0];
}

export async function countSetAside(): Promise<number> {
  let count = 0;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamodb.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: UNDISPATCHED_INDEX,
        KeyConditionExpression: 'undispatched = :aside',
        ExpressionAttributeValues: { ':aside': { S: SET_ASIDE } },
        Select: 'COUNT',
        ExclusiveStartKey: from,
      }),
    );
    count += page.Count ?? 0;
    from = page.LastEvaluatedKey;
  } while (from);
  return count;
}
