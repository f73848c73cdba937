import { createHash, createHmac } from 'node:crypto';

/** A POST to the root of an AWS endpoint, which is how the JSON protocols are called. */
export interface SignableRequest {
  readonly host: string;
  readonly region: string;
  /** As in the credential scope: `dynamodb`. */
  readonly service: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The headers of a request with its signature, version 4. Lambda's runtime signs with OpenSSL in microseconds; the Web
 * Crypto of a general signer takes a thread for each of six hashes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signedHeaders(
  { host, region, service, headers, body }: SignableRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  now: Date,
): Record<string, string> {
  const timestamp = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = timestamp.slice(0, 8);
  const signed: Record<string, string> = { ...headers, host, 'x-amz-date': timestamp };
  if (sessionToken) signed['x-amz-security-token'] = sessionToken;
  const names = Object.keys(signed).sort();
  const signedNames = names.join(';');
  const canonical = ['POST', '/', '', ...names.map((name) => `${name}:${signed[name]}`), '', signedNames, sha256(body)];
  const scope = [date, region, service, 'aws4_request'] as const;
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope.join('/'), sha256(canonical.join('\n'))].join('\n');
  const credential = `Credential=${accessKeyId}/${scope.join('/')}`;
  const signature = hmac(signingKey(secretAccessKey, scope), toSign).toString('hex');
  signed.authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedNames}, Signature=${signature}`;
  return signed;
}

/** The last key of each service: it is good for a day, and deriving it is most of the work. */
const signingKeys = new Map<string, { readonly of: string; readonly key: Buffer }>();

function signingKey(secret: string, [date, region, service, end]: readonly [string, string, string, string]): Buffer {
  const of = [secret, date, region].join();
  const known = signingKeys.get(service);
  if (known?.of === of) return known.key;
  const key = [region, service, end].reduce(hmac, hmac(`AWS4${secret}`, date));
  signingKeys.set(service, { of, key });
  return key;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
