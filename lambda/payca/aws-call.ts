import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { signedHeaders } from './sigv4';

/**
 * A light client for the few calls of the webhook's way: loading the SDK's clients would be most of a cold start. It
 * retries as the SDK does: reset connections, 5xx, and throttling, which AWS answers with 400.
 */
export interface AwsRequest {
  readonly service: 'dynamodb' | 'kms' | 'secretsmanager' | 'sqs';
  /** `X-Amz-Target` without its version prefix: `PutItem`. */
  readonly action: string;
  readonly input: unknown;
}

/** An answer of AWS that is no success. */
export class AwsError extends Error {
  constructor(
    /** Code without its namespace: `ConditionalCheckFailedException`. */
    readonly code: string,
    message: string,
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(`${code}: ${message}`);
    this.name = 'AwsError';
  }
}

const SERVICES = {
  dynamodb: { target: 'DynamoDB_20120810', contentType: 'application/x-amz-json-1.0', variable: 'DYNAMODB' },
  kms: { target: 'TrentService', contentType: 'application/x-amz-json-1.1', variable: 'KMS' },
  secretsmanager: { target: 'secretsmanager', contentType: 'application/x-amz-json-1.1', variable: 'SECRETS_MANAGER' },
  sqs: { target: 'AmazonSQS', contentType: 'application/x-amz-json-1.0', variable: 'SQS' },
} as const;

const TRIES = 3;
const TRY_TIMEOUT_MS = 1500;
/** Codes that the SDK retries besides 5xx. */
const RETRIED =
  /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceeded|TooManyRequests|RequestTimeout|TransactionInProgress|SlowDown/;

/** Calls AWS; throws `AwsError` for an answer that is no success, or the error of the last try. */
export async function awsCall<Output>(request: AwsRequest): Promise<Output> {
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      return (await once(request)) as Output;
    } catch (error) {
      if (tryNumber === TRIES || !isTransient(error)) throw error;
      // Full jitter between 50 ms and 1 s, so that copies that failed together do not come back together.
      await sleep(50 + Math.random() * Math.min(950, 100 * 2 ** tryNumber));
    }
  }
}

async function once({ service, action, input }: AwsRequest): Promise<unknown> {
  const { target, contentType } = SERVICES[service];
  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env;
  const url = endpoint(service);
  const body = JSON.stringify(input);
  const headers = signedHeaders(
    {
      host: url.host,
      region: AWS_REGION,
      service,
      headers: { 'content-type': contentType, 'x-amz-target': `${target}.${action}` },
      body,
    },
    // Lambda renews them while the process lives.
    { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN },
    new Date(),
  );
  const answer = await post(url, headers, body);
  if (answer.status < 300) return JSON.parse(answer.text);
  throw awsError(answer.status, answer.text);
}

/** Not `fetch`: its first use costs a cold start more than the rest of this function, and each further one several times as much. */
async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; text: string }> {
  const { request } = url.protocol === 'http:' ? http : https;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
    request(url, { method: 'POST', headers, signal }, resolve).on('error', reject).end(body);
  });
  return { status: response.statusCode ?? 0, text: await text(response) };
}

function awsError(status: number, text: string): AwsError {
  const body = readObject(text);
  const code = String(body.__type ?? `Http${status}`).replace(/^.*#/, '');
  const message = String(body.message ?? body.Message ?? 'no message');
  return new AwsError(status >= 500 ? `Http${status}` : code, message, body);
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function isTransient(error: unknown): boolean {
  return !(error instanceof AwsError) || /^Http(5\d\d|429)$/.test(error.code) || RETRIED.test(error.code);
}

/** The same variables as the SDK reads. */
function endpoint(service: AwsRequest['service']): URL {
  const { AWS_ENDPOINT_URL, AWS_REGION } = process.env;
  const own = process.env[`AWS_ENDPOINT_URL_${SERVICES[service].variable}`];
  const given = own ?? AWS_ENDPOINT_URL;
  return new URL(given ?? `https://${service}.${AWS_REGION}.amazonaws.com`);
}
