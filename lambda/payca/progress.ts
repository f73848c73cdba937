import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { variable } from './variables';

/** What was to be replaced is no longer what is stored: somebody else was faster. */
export class ProgressChanged extends Error {
  constructor(owner: string, thing: string) {
    super(`the progress of ${owner} about ${thing} was changed meanwhile`);
    this.name = 'ProgressChanged';
  }
}

/** What a function that runs again and again remembers: one JSON value under its name and the name of a thing. */
export class Progress {
  private readonly client: DynamoDBClient;

  /** `owner` is the function's name; `place` is the function's own table and region when absent. */
  constructor(
    private readonly owner: string,
    private readonly place: { readonly table?: string; readonly region?: string } = {},
  ) {
    this.client = new DynamoDBClient({ region: place.region });
  }

  private get table(): string {
    return this.place.table ?? variable('PROGRESS_TABLE');
  }

  async recall(thing: string): Promise<unknown> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: this.key(thing), ConsistentRead: true }),
    );
    return Item?.state?.S && JSON.parse(Item.state.S);
  }

  async remember(thing: string, state: unknown): Promise<void> {
    await this.client.send(new PutItemCommand(this.put(thing, state)));
  }

  /**
   * Writes only while what is stored is still `former`, as it was recalled; `undefined` is for nothing. Throws
   * `ProgressChanged` otherwise.
   */
  async rememberIf(thing: string, state: unknown, former: unknown): Promise<void> {
    const condition =
      former === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: '#state = :former',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: { ':former': { S: JSON.stringify(former) } },
          };
    try {
      await this.client.send(new PutItemCommand({ ...this.put(thing, state), ...condition }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // A write whose answer was lost is refused when the SDK repeats it, because it was done already.
      if (JSON.stringify(await this.recall(thing)) !== JSON.stringify(state))
        throw new ProgressChanged(this.owner, thing);
    }
  }

  /** Everything whose name begins with `prefix`, by name; without one, everything. */
  async all(prefix?: string): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    // DynamoDB takes no empty text for a key, not even to begin with.
    const condition = prefix ? 'pk = :owner AND begins_with(sk, :prefix)' : 'pk = :owner';
    const values = { ':owner': { S: this.owner }, ...(prefix && { ':prefix': { S: prefix } }) };
    let ExclusiveStartKey: Record<string, { S: string }> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: condition,
          ExpressionAttributeValues: values,
          ConsistentRead: true,
          ExclusiveStartKey,
        }),
      );
      for (const { sk, state } of page.Items ?? []) if (sk?.S && state?.S) found.set(sk.S, JSON.parse(state.S));
      ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
    } while (ExclusiveStartKey);
    return found;
  }

  private put(thing: string, state: unknown) {
    return {
      TableName: this.table,
      Item: { ...this.key(thing), state: { S: JSON.stringify(state) } },
    };
  }

  private key(thing: string) {
    return { pk: { S: this.owner }, sk: { S: thing } };
  }
}
