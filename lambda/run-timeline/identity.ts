import { createHash } from 'node:crypto';
import type { AwsCredentials } from '../payca/sigv4';
import { signedHeaders } from '../payca/sigv4';

/** A call to STS that its sender has signed and not sent: whoever sends it on learns who signed it. */
export interface SignedIdentity {
  readonly headers: Readonly<Record<string, string>>;
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';
/** Ties a signature to one command: it is no good for another one. */
const COMMAND_HEADER = 'x-golive-command';
const ALLOWED = ['accept', 'authorization', 'content-type', 'x-amz-date', 'x-amz-security-token', COMMAND_HEADER];
const TIMEOUT_MS = 5000;

/** Whoever gave a command could not be made out. */
export class IdentityError extends Error {}

/** Signs `command` in the caller's name: the proof of identity that AWS itself checks. */
export function signIdentity(
  command: unknown,
  { region, credentials, now }: { readonly region: string; readonly credentials: AwsCredentials; readonly now: Date },
): SignedIdentity {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    [COMMAND_HEADER]: digest(command),
  };
  const host = `sts.${region}.amazonaws.com`;
  const { host: _, ...others } = signedHeaders({ host, region, service: 'sts', headers, body: BODY }, credentials, now);
  return { headers: others };
}

/** The ARN of whoever signed `command`, as STS says; throws `IdentityError`. STS takes a signature for 15 minutes. */
export async function callerOf(
  { headers }: SignedIdentity,
  command: unknown,
  { url, send = fetch }: { readonly url: string; readonly send?: typeof fetch },
): Promise<string> {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
  if (headers[COMMAND_HEADER] !== digest(command) || !signed.includes(COMMAND_HEADER) || !signed.includes('host'))
    throw new IdentityError('the signature is not of this command');
  const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => ALLOWED.includes(name)));
  const answer = await send(url, {
    method: 'POST',
    headers: sent,
    body: BODY,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new IdentityError(`STS does not take the signature (HTTP ${answer.status}): sign in again`);
  const body = (await answer.json()) as { GetCallerIdentityResponse?: { GetCallerIdentityResult?: { Arn?: string } } };
  const arn = body.GetCallerIdentityResponse?.GetCallerIdentityResult?.Arn;
  if (!arn) throw new IdentityError('STS named nobody');
  return arn;
}

function digest(command: unknown): string {
  return createHash('sha256').update(JSON.stringify(command)).digest('hex');
}
