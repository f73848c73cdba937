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
 * retries, and nothing else of this app. It masks no card numbers, knows no vocabularies and tells no conflicts apart,
 * so it does less.
 */

interface Pair {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const REREAD_MS = 30 * 1000;
const { INBOX_TABLE, CREDENTIALS_SECRET, ONE_TIME_CODE_KEY, STAGE } = process.env;
const bodyLimit = Number(process.env.BODY_LIMIT_BYTES);
const dynamodb = new DynamoDBClient();
const kms = new KMSClient();
const secretsManager = new SecretsManagerClient();
let pairs: Pair[] = [];
let readAt = 0;

export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  count({ WebhooksReceived: 1 });
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const headers = Object.fromEntries(
    Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value ?? '']),
  );
  try {
    return { statusCode: await receive(body, headers, context), body: '' };
  } catch (error) {
    if (error instanceof SyntaxError) return { statusCode: 400, body: '' };
    count({ WebhooksNotStored: 1 });
    log('ERROR', 'webhook not stored', { requestId: context.awsRequestId, problem: String(error) });
    return { statusCode: 500, body: '' };
  }
}

async function receive(body: Buffer, headers: Record<string, string>, { awsRequestId }: Context): Promise<number> {
  if (body.length > bodyLimit) return 413;
  const pair = await matchingPair(body, headers['x-signature'] ?? '');
  const clientId = headers['x-client-id'];
  if (!pair || (clientId && !pairs.some((known) => known.clientId === clientId))) {
    count({ WebhooksRejected: 1 }, { Reason: 'signature' });
    log('WARN', 'webhook rejected', { requestId: awsRequestId });
    return 401;
  }
  const { event = 'unknown', data = {} } = JSON.parse(body.toString());
  const item = await inboxItem(body, event, data, { requestId: headers['x-request-id'] ?? '', keyUsed: pair.name });
  const isNew = await store(item);
  count({ [isNew ? 'WebhooksAccepted' : 'WebhooksDuplicate']: 1 });
  if (isNew) {
    const { type = 'other', transactionCurrency, currency = transactionCurrency ?? 'other' } = data;
    count({ Events: 1 }, { Event: event, Type: type, Currency: currency });
  }
  count({ KeyMatched: 1 }, { Key: pair.name });
  log('INFO', isNew ? 'webhook accepted' : 'webhook duplicate', { requestId: awsRequestId, key: item.pk?.S });
  return Number(process.env.ACKNOWLEDGE_STATUS);
}

async function matchingPair(body: Buffer, signature: string): Promise<Pair | undefined> {
  if (pairs.length === 0) await readPairs();
  const found = pairs.find(({ clientSecret }) => isSigned(body, clientSecret, signature));
  if (found || Date.now() - readAt < REREAD_MS) return found;
  await readPairs();
  return pairs.find(({ clientSecret }) => isSigned(body, clientSecret, signature));
}

function isSigned(body: Buffer, secret: string, header: string): boolean {
  const digest = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(header.replace('sha256=', ''), 'hex');
  return given.length === digest.length && timingSafeEqual(given, digest);
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

async function readVersion(stage: string): Promise<Record<string, string>> {
  try {
    const command = new GetSecretValueCommand({ SecretId: CREDENTIALS_SECRET, VersionStage: stage });
    return JSON.parse((await secretsManager.send(command)).SecretString ?? '{}');
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return {};
    throw error;
  }
}

async function inboxItem(
  body: Buffer,
  event: string,
  data: Record<string, unknown>,
  facts: Record<'requestId' | 'keyUsed', string>,
): Promise<Record<string, AttributeValue>> {
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const receivedAt = new Date().toISOString();
  const { code, ...withoutCode } = data;
  const isCode = event === 'card_tokenization' && typeof code === 'string';
  const texts = {
    pk: [event, data.type, data.subtype, data.id ?? bodySha256].join('#'),
    ...facts,
    event,
    receivedAt,
    bodySha256,
    hour: receivedAt.slice(0, 13),
    undispatched: '0',
    type: data.type,
    subtype: data.subtype,
    amount: data.transactionAmount ?? data.amount,
    currency: data.transactionCurrency ?? data.currency,
    referenceId: data.referenceId,
    cardId: data.cardId,
  };
  const item: Record<string, AttributeValue> = {
    body: { B: isCode ? Buffer.from(JSON.stringify({ event, data: withoutCode })) : body },
  };
  for (const [name, value] of Object.entries(texts)) if (value) item[name] = { S: String(value) };
  if (isCode) item.oneTimeCode = { B: await encrypt(code, bodySha256) };
  return item;
}

async function encrypt(code: string, bodySha256: string): Promise<Uint8Array> {
  const input = { KeyId: ONE_TIME_CODE_KEY, Plaintext: Buffer.from(code), EncryptionContext: { bodySha256 } };
  const { CiphertextBlob } = await kms.send(new EncryptCommand(input));
  if (!CiphertextBlob) throw new Error('KMS gave no ciphertext');
  return CiphertextBlob;
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
