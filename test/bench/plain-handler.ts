import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

/*
 * The reference: receive-webhook's job as one would write it without further thought, with three SDK clients, their own
 * retries, and nothing else of this app. It masks no card numbers and knows no vocabularies, so it does less.
 */

interface Pair {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What the SDK's clients take; a bench that measures no network hands in its own request handler. */
type ClientConfig = NonNullable<ConstructorParameters<typeof DynamoDBClient>[0]> &
  NonNullable<ConstructorParameters<typeof KMSClient>[0]> &
  NonNullable<ConstructorParameters<typeof SecretsManagerClient>[0]>;

const REREAD_MS = 30 * 1000;
const { INBOX_TABLE, CREDENTIALS_SECRET, ONE_TIME_CODE_KEY, STAGE } = process.env;
const bodyLimit = Number(process.env.BODY_LIMIT_BYTES);
const acknowledge = Number(process.env.ACKNOWLEDGE_STATUS);

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

export function createHandler(config: Partial<ClientConfig> = {}): Handler {
  const dynamodb = new DynamoDBClient(config);
  const kms = new KMSClient(config);
  const secretsManager = new SecretsManagerClient(config);
  let pairs: Pair[] = [];
  let readAt = 0;

  async function readVersion(stage: string): Promise<Record<string, string>> {
    try {
      const command = new GetSecretValueCommand({ SecretId: CREDENTIALS_SECRET, VersionStage: stage });
      return JSON.parse((await secretsManager.send(command)).SecretString ?? '{}');
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return {};
      throw error;
    }
  }

  async function readPairs(): Promise<void> {
    readAt = Date.now();
    const [current = {}, pending = {}, previous = {}] = await Promise.all(
      ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'].map(readVersion),
    );
    const isOverlap = Date.now() < Date.parse(current.previousValidUntil ?? '');
    pairs = Object.entries({ current, pending, previous: isOverlap ? previous : {} }).flatMap(
      ([name, { clientId, clientSecret }]) => (clientId && clientSecret ? [{ name, clientId, clientSecret }] : []),
    );
  }

  async function matchingPair(body: Buffer, signature: string): Promise<Pair | undefined> {
    if (pairs.length === 0) await readPairs();
    const found = pairs.find(({ clientSecret }) => isSigned(body, clientSecret, signature));
    if (found || Date.now() - readAt < REREAD_MS) return found;
    await readPairs();
    return pairs.find(({ clientSecret }) => isSigned(body, clientSecret, signature));
  }

  async function encrypt(code: string, bodySha256: string): Promise<Uint8Array | undefined> {
    const input = { KeyId: ONE_TIME_CODE_KEY, Plaintext: Buffer.from(code), EncryptionContext: { bodySha256 } };
    return (await kms.send(new EncryptCommand(input))).CiphertextBlob;
  }

  /** Whether it is new. */
  async function store(Item: Record<string, AttributeValue>): Promise<boolean> {
    const ConditionExpression = 'attribute_not_exists(pk)';
    try {
      await dynamodb.send(new PutItemCommand({ TableName: INBOX_TABLE, Item, ConditionExpression }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  return async ({ body, isBase64Encoded, headers }, { awsRequestId }) => {
    count({ WebhooksReceived: 1 });
    const raw = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
    if (raw.length > bodyLimit) return { statusCode: 413, body: '' };
    const lowerCase = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value ?? '']),
    );
    try {
      const pair = await matchingPair(raw, lowerCase['x-signature'] ?? '');
      const clientId = lowerCase['x-client-id'];
      if (!pair || (clientId && !pairs.some((known) => known.clientId === clientId))) {
        count({ WebhooksRejected: 1 }, { Reason: 'signature' });
        log('WARN', 'webhook rejected', { awsRequestId });
        return { statusCode: 401, body: '' };
      }
      const text = raw.toString();
      const { event = 'unknown', data = {} } = JSON.parse(text);
      const bodySha256 = createHash('sha256').update(raw).digest('hex');
      const pk = [event, data.type, data.subtype, data.id ?? bodySha256].join('#');
      const receivedAt = new Date().toISOString();
      const { code, ...withoutCode } = data;
      const isCode = event === 'card_tokenization' && typeof code === 'string';
      const stored = isCode ? JSON.stringify({ event, data: withoutCode }) : text;
      const item: Record<string, AttributeValue> = {
        pk: { S: pk },
        receivedAt: { S: receivedAt },
        event: { S: event },
        body: { B: Buffer.from(stored) },
        bodySha256: { S: bodySha256 },
        requestId: { S: lowerCase['x-request-id'] ?? '' },
        keyUsed: { S: pair.name },
        hour: { S: receivedAt.slice(0, 13) },
        undispatched: { S: '0' },
      };
      for (const name of ['type', 'subtype', 'referenceId', 'cardId'])
        if (data[name]) item[name] = { S: String(data[name]) };
      const amount = data.transactionAmount ?? data.amount;
      if (amount) item.amount = { S: String(amount) };
      const currency = data.transactionCurrency ?? data.currency;
      if (currency) item.currency = { S: String(currency) };
      if (isCode) item.oneTimeCode = { B: (await encrypt(code, bodySha256)) ?? Buffer.alloc(0) };
      const isNew = await store(item);
      count({ [isNew ? 'WebhooksAccepted' : 'WebhooksDuplicate']: 1 });
      if (isNew) count({ Events: 1 }, { Event: event, Type: data.type ?? 'other', Currency: currency ?? 'other' });
      count({ KeyMatched: 1 }, { Key: pair.name });
      log('INFO', isNew ? 'webhook accepted' : 'webhook duplicate', { awsRequestId, key: pk });
      return { statusCode: acknowledge, body: '' };
    } catch (error) {
      if (error instanceof SyntaxError) return { statusCode: 400, body: '' };
      count({ WebhooksNotStored: 1 });
      log('ERROR', 'webhook not stored', { awsRequestId, problem: String(error) });
      return { statusCode: 500, body: '' };
    }
  };
}

export const handler = createHandler();

function isSigned(body: Buffer, secret: string, header: string): boolean {
  const digest = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(header.replace('sha256=', ''), 'hex');
  return given.length === digest.length && timingSafeEqual(given, digest);
}

function log(level: string, message: string, more: object): void {
  console.log(JSON.stringify({ level, message, timestamp: new Date().toISOString(), stage: STAGE, ...more }));
}

/** Embedded metric format. */
function count(metrics: Record<string, number>, by: Record<string, string> = {}): void {
  const dimensions = { service: 'plain-handler', Stage: STAGE, ...by };
  const Metrics = Object.keys(metrics).map((Name) => ({ Name, Unit: 'Count' }));
  const CloudWatchMetrics = [{ Namespace: 'Plain', Dimensions: [Object.keys(dimensions)], Metrics }];
  console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, ...dimensions, ...metrics }));
}
