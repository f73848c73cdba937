import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { variable } from './variables';

/** What a function that runs again and again remembers: one JSON value under its name and the name of a thing. */
export class Progress {
  private readonly client = new DynamoDBClient();

  /** `owner` is the function's name. */
  constructor(private readonly owner: string) {}

  async recall(thing: string): Promise<unknown> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: variable('PROGRESS_TABLE'), Key: this.key(thing), ConsistentRead: true }),
    );
    return Item?.state?.S && JSON.parse(Item.state.S);
  }

  async remember(thing: string, state: unknown): Promise<void> {
    const Item = { ...this.key(thing), state: { S: JSON.stringify(state) } };
    await this.client.send(new PutItemCommand({ TableName: variable('PROGRESS_TABLE'), Item }));
  }

  private key(thing: string) {
    return { pk: { S: this.owner }, sk: { S: thing } };
  }
}
