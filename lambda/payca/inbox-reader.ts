import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { HOUR_INDEX, SET_ASIDE, SHARDS, UNDISPATCHED_INDEX } from './inbox';

const HOUR_MS = 60 * 60 * 1000;

/** A webhook as the indexes of the inbox tell about it; `body` is not among them. */
export type InboxEntry = Readonly<Record<string, string>>;

/** Read access to a stage's inbox. */
export class InboxReader {
  private readonly client: DynamoDBClient;

  constructor(
    private readonly tableName: string,
    region: string,
  ) {
    this.client = new DynamoDBClient({ region });
  }

  async get(pk: string): Promise<InboxEntry | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.tableName, Key: { pk: { S: pk } }, ConsistentRead: true }),
    );
    return Item && texts(Item);
  }

  /** What was received from `from` up to, not including, `to`, in order of receipt within each hour. */
  async *received(from: Date, to: Date): AsyncGenerator<InboxEntry> {
    for (let hour = Math.floor(from.getTime() / HOUR_MS) * HOUR_MS; hour < to.getTime(); hour += HOUR_MS) {
      const entries = await this.hour(new Date(hour), from.toISOString());
      yield* entries.filter(({ receivedAt = '' }) => receivedAt < to.toISOString());
    }
  }

  /** The newest webhook, looking back so many hours. */
  async newest(now: Date, hours: number): Promise<InboxEntry | undefined> {
    for (let back = 0; back <= hours; back += 1) {
      const name = hourName(new Date(now.getTime() - back * HOUR_MS));
      const last = await Promise.all(
        SHARDS.map((shard) =>
          this.query(HOUR_INDEX, 'hour', `${name}#${shard}`, { Limit: 1, ScanIndexForward: false }),
        ),
      );
      const newest = last.flat().sort(byReceipt).at(-1);
      if (newest) return newest;
    }
    return undefined;
  }

  /** What the bus does not have yet, without what was set aside. */
  async undispatched(): Promise<InboxEntry[]> {
    const found = await Promise.all(SHARDS.map((shard) => this.query(UNDISPATCHED_INDEX, 'undispatched', shard)));
    return found.flat().sort(byReceipt);
  }

  async setAside(): Promise<InboxEntry[]> {
    return (await this.query(UNDISPATCHED_INDEX, 'undispatched', SET_ASIDE)).sort(byReceipt);
  }

  private async hour(start: Date, from: string): Promise<InboxEntry[]> {
    const found = await Promise.all(
      SHARDS.map((shard) => this.query(HOUR_INDEX, 'hour', `${hourName(start)}#${shard}`, { from })),
    );
    return found.flat().sort(byReceipt);
  }

  private async query(
    IndexName: string,
    attribute: string,
    value: string,
    { from = FIRST, ...options }: { from?: string; Limit?: number; ScanIndexForward?: boolean } = {},
  ): Promise<InboxEntry[]> {
    const entries: InboxEntry[] = [];
    let ExclusiveStartKey: Record<string, { S: string }> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.tableName,
          IndexName,
          KeyConditionExpression: '#partition = :value AND receivedAt >= :from',
          ExpressionAttributeNames: { '#partition': attribute },
          ExpressionAttributeValues: { ':value': { S: value }, ':from': { S: from } },
          ExclusiveStartKey,
          ...options,
        }),
      );
      entries.push(...(page.Items ?? []).map(texts));
      ExclusiveStartKey = options.Limit ? undefined : (page.LastEvaluatedKey as typeof ExclusiveStartKey);
    } while (ExclusiveStartKey);
    return entries;
  }
}

/** Before every receipt. */
const FIRST = '0';

const hourName = (date: Date) => date.toISOString().slice(0, 13);

function byReceipt(one: InboxEntry, other: InboxEntry): number {
  return String(one.receivedAt).localeCompare(String(other.receivedAt));
}

/** Text attributes, and flags as `true`. */
function texts(item: Record<string, { S?: string; BOOL?: boolean }>): InboxEntry {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, { S, BOOL }]) =>
      S === undefined && BOOL === undefined ? [] : [[name, S ?? String(BOOL)]],
    ),
  );
}
