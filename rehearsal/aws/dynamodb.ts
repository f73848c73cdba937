import { EventEmitter } from 'node:events';
import { Agent, request, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import dynalite from 'dynalite';
import type { Deployment } from '../deployment';
import type { Json, Resource } from '../template';
import { type Answer, AwsFault, type Backend, type Call } from './gate';

/** What DynamoDB writes to a table's stream. */
export interface StreamRecord {
  readonly eventName: 'INSERT' | 'MODIFY';
  readonly tableArn: string;
  readonly dynamodb: { readonly Keys: Json; readonly NewImage?: Json; readonly SequenceNumber: string };
}

/** An item as the wire has it: `{ pk: { S: '...' } }`. */
export type Item = Readonly<Record<string, Readonly<Record<string, string>>>>;

const INDEX_ACTIONS = ['Query', 'Scan'];
const KNOWN = ['PutItem', 'GetItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan', 'BatchGetItem', 'TransactWriteItems'];

/** Tables of the template in dynalite, or in an emulator at `endpoint`, with their streams. */
export class DynamoDb extends EventEmitter<{ written: [StreamRecord] }> implements Backend {
  readonly service = 'dynamodb';
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private server?: Server;
  private sequence = 0;

  constructor(
    private readonly deployment: Deployment,
    private readonly endpoint?: string,
  ) {
    super();
  }

  async start(): Promise<void> {
    if (!this.endpoint) this.server = dynalite({ createTableMs: 0 });
    for (const table of this.deployment.resources('AWS::DynamoDB::Table')) {
      await this.deleteOld(table.physicalId);
      await this.send('CreateTable', tableDefinition(table));
      await this.untilActive(table.physicalId);
    }
  }

  stop(): void {
    this.agent.destroy();
    this.server?.close();
  }

  targets({ operation, input }: Call) {
    if (!KNOWN.includes(operation)) throw new Error(`the rehearsal does not know dynamodb:${operation}`);
    const names = tableNames(operation, input);
    return names.map(({ action, name }) => {
      const arn = this.arnOf(name);
      const index = INDEX_ACTIONS.includes(operation) && input.IndexName ? `/index/${input.IndexName}` : '';
      return { action: `dynamodb:${action}`, resource: `${arn}${index}` };
    });
  }

  async handle({ operation, input }: Call): Promise<Answer> {
    mustNotBeEmpty(input);
    const answer = await this.send(operation, withoutNewOptions(input));
    if (answer.status === 200) this.record(operation, input);
    else if (input.ReturnValuesOnConditionCheckFailure) return this.withOldItem(answer, input);
    return answer;
  }

  /** Every item of a table, for checks. */
  async items(tableName: string): Promise<Item[]> {
    const items: Item[] = [];
    let ExclusiveStartKey: unknown;
    do {
      const { body } = await this.send('Scan', { TableName: tableName, ExclusiveStartKey, ConsistentRead: true });
      const page = JSON.parse(body.toString());
      items.push(...page.Items);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return items;
  }

  /** Puts an item past the streams. */
  async write(TableName: string, Item: Item): Promise<void> {
    await this.send('PutItem', { TableName, Item });
  }

  /** Takes everything out of a table, past the streams. */
  async empty(TableName: string): Promise<void> {
    for (const { pk } of await this.items(TableName)) await this.send('DeleteItem', { TableName, Key: { pk } });
  }

  private arnOf(name: string): string {
    const table = this.deployment.byPhysicalId('AWS::DynamoDB::Table', name);
    if (!table) throw new Error(`no template has a table ${name}`);
    return table.arn;
  }

  /** dynalite does not know the option by which a refused write shows what stands there. */
  private async withOldItem(answer: Answer, input: Json): Promise<Answer> {
    const fault = JSON.parse(answer.body.toString());
    if (!String(fault.__type).endsWith('ConditionalCheckFailedException')) return answer;
    const Key = { pk: (input.Item as Json).pk };
    const { body } = await this.send('GetItem', { TableName: input.TableName, Key, ConsistentRead: true });
    return { ...answer, body: JSON.stringify({ ...fault, Item: JSON.parse(body.toString()).Item }) };
  }

  private record(operation: string, input: Json): void {
    if (operation !== 'PutItem' && operation !== 'UpdateItem') return;
    const image = input.Item as Json | undefined;
    this.sequence += 1;
    this.emit('written', {
      eventName: image ? 'INSERT' : 'MODIFY',
      tableArn: this.arnOf(String(input.TableName)),
      dynamodb: {
        Keys: image ? { pk: image.pk } : (input.Key as Json),
        NewImage: image,
        SequenceNumber: String(this.sequence).padStart(21, '0'),
      },
    });
  }

  /** An emulator may have the table of a former act or run. */
  private async deleteOld(TableName: string): Promise<void> {
    await this.send('DeleteTable', { TableName });
    while ((await this.send('DescribeTable', { TableName })).status === 200) await sleep(20);
  }

  private async untilActive(name: string): Promise<void> {
    for (;;) {
      const { body } = await this.send('DescribeTable', { TableName: name });
      if (JSON.parse(body.toString()).Table?.TableStatus === 'ACTIVE') return;
      await sleep(20);
    }
  }

  private send(operation: string, input: unknown): Promise<Answer> {
    const { server, endpoint = '', deployment } = this;
    const target = `DynamoDB_20120810.${operation}`;
    return server
      ? handOver(server, target, input, deployment.region)
      : sendJson(this.agent, endpoint, target, input, deployment.region);
  }
}

/** Hands dynalite a request in this process: through a socket, each of the thousands would take twice as long. */
function handOver(server: Server, target: string, input: unknown, region: string): Promise<Answer> {
  const { headers, body } = jsonRequest(target, input, region);
  const incoming = Object.assign(Readable.from([Buffer.from(body)]), { method: 'POST', url: '/', headers });
  return new Promise((resolve) => {
    const response = {
      statusCode: 0,
      setHeader: () => undefined,
      end: (answer = '') => resolve({ status: response.statusCode, body: answer }),
    };
    server.emit('request', incoming, response);
  });
}

/** One JSON call to an AWS-like server; a refused connection is an error that names the server. */
export function sendJson(
  agent: Agent,
  endpoint: string,
  target: string,
  input: unknown,
  region: string,
): Promise<Answer> {
  const { headers, body } = jsonRequest(target, input, region);
  return new Promise((resolve, reject) => {
    const outgoing = request(endpoint, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
    });
    outgoing.on('error', (error) => reject(new AwsFault('EndpointUnreachable', `${endpoint}: ${error.message}`, 500)));
    outgoing.end(body);
  });
}

function jsonRequest(target: string, input: unknown, region: string) {
  const body = JSON.stringify(input);
  const service = target.startsWith('DynamoDB') ? 'dynamodb' : target.split('.')[0];
  const headers = {
    'content-type': target.startsWith('DynamoDB') ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(body),
    'x-amz-date': '20260101T000000Z',
    'x-amz-target': target,
    authorization: `AWS4-HMAC-SHA256 Credential=rehearsal/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
  return { headers, body };
}

function tableNames(operation: string, input: Json): { action: string; name: string }[] {
  if (operation === 'BatchGetItem') {
    return Object.keys(input.RequestItems as Json).map((name) => ({ action: operation, name }));
  }
  if (operation !== 'TransactWriteItems') return [{ action: operation, name: String(input.TableName) }];
  return (input.TransactItems as Record<string, { TableName: string }>[]).flatMap((item) =>
    Object.entries(item).map(([kind, { TableName }]) => ({
      action: kind === 'ConditionCheck' ? kind : `${kind}Item`,
      name: TableName,
    })),
  );
}

/** dynalite takes an empty text in a key's condition; DynamoDB does not. */
function mustNotBeEmpty({ KeyConditionExpression = '', ExpressionAttributeValues = {} }: Json): void {
  for (const [name, value] of Object.entries(ExpressionAttributeValues as Json)) {
    const isInKey = String(KeyConditionExpression)
      .split(/[\s(),]+/)
      .includes(name);
    if (isInKey && (value as Json).S === '')
      throw new AwsFault('ValidationException', `${name} is an empty text in the condition of a key`);
  }
}

function withoutNewOptions({ ReturnValuesOnConditionCheckFailure: _, ...input }: Json): Json {
  return input;
}

/** Of a template's table, what decides how it answers. */
function tableDefinition({ physicalId, properties }: Resource): Json {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = properties;
  return {
    TableName: physicalId,
    KeySchema,
    AttributeDefinitions,
    GlobalSecondaryIndexes,
    BillingMode: 'PAY_PER_REQUEST',
  };
}
