import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { numberVariable, variable } from './variables';

/** Codes of PayCA's error envelope (payca-contract.md, 4). */
export const CONTRACT_CODES = [
  'ErrInvalidArg',
  'ErrUnauthorized',
  'ErrForbidden',
  'ErrNotFound',
  'ErrConflict',
  'ErrRateLimited',
  'ErrInternal',
] as const;

/** What a failed call is counted under; `other` is an answer that the contract does not know. */
export type PaycaErrorCode = (typeof CONTRACT_CODES)[number] | 'Network' | 'Timeout' | 'other';

/** Where balances are read, by the tenant's generation (payca-contract.md, 7.3). */
export const BALANCES_PATHS = { 'users-stats': '/v1/users/stats', accounts: '/v2/accounts' } as const;

/** PayCA's client id and secret. */
export interface ClientPair {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What PayCA's support asks for: the `X-Request-ID` of the call and the one that came back. */
export interface RequestIds {
  readonly sent: string;
  readonly received?: string;
}

/** A call that PayCA did not answer with 2xx and JSON. It never holds a body or a header value beside the request ids. */
export class PaycaError extends Error {
  readonly code: PaycaErrorCode;
  /** HTTP status; absent when there was no answer. */
  readonly status?: number;
  readonly requestId: RequestIds;
  /** Of the last try, in milliseconds. */
  readonly latencyMs: number;

  constructor(
    call: Pick<PaycaCall, 'method' | 'path'>,
    facts: Pick<PaycaError, 'code' | 'status' | 'requestId' | 'latencyMs'> & { readonly reason?: string },
  ) {
    const { sent, received } = facts.requestId;
    const seen = [facts.status && `HTTP ${facts.status}`, facts.reason, `request id sent ${sent}`];
    const ids = received && received !== sent ? [...seen, `received ${received}`] : seen;
    super(`${call.method} ${call.path}: ${facts.code} (${ids.filter(Boolean).join(', ')})`);
    this.name = 'PaycaError';
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.latencyMs = facts.latencyMs;
  }
}

export interface PaycaCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL: `/v2/accounts`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** At most 255 characters. A write without one is never tried twice. */
  readonly idempotencyKey?: string;
  /**
   * Sent as `X-Request-ID`; PayCA repeats it in the webhooks that the call causes.
   *
   * @default - a new one
   */
  readonly requestId?: string;
}

export interface PaycaAnswer {
  readonly status: number;
  /** The JSON value; `undefined` when the answer has no body. */
  readonly body: unknown;
  readonly requestId: RequestIds;
  /** Of the try that succeeded, in milliseconds. */
  readonly latencyMs: number;
}

export interface PaycaApiOptions {
  /** With or without a path, `https` or, for a simulator, `http`. */
  readonly baseUrl: string;
  /** Of one try. */
  readonly timeoutMs: number;
  /** Of a call with all its waits and tries. */
  readonly deadlineMs: number;
  /** Our own brake, for this client alone: PayCA publishes no limit. */
  readonly callsPerSecond: number;
  /** @default - one of this client alone, by `callsPerSecond` */
  readonly brake?: Brake;
  /** Asked before every try, so that a changed pair is taken up. */
  readonly credentials: () => ClientPair | Promise<ClientPair>;
  /** Told of every try that failed, also of those that are repeated, and waited for: count them as `PaycaErrors` by `Code`. */
  readonly onFailure?: (error: PaycaError, retryAfterMs?: number) => unknown;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
}

/** Asked before every try. */
export interface Brake {
  /** Waits for its turn; `false`, at once, when that would come after `end`, in milliseconds since 1970. */
  take(end: number): Promise<boolean>;
}

/** Time and chance, handed in by tests. Times are in milliseconds; `random` is from 0 up to, not including, 1. */
interface Clock {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly random: () => number;
}

const SYSTEM_CLOCK: Clock = { now: Date.now, sleep, random: Math.random };
const MAX_TRIES = 5;
const FIRST_BACKOFF_MS = 400;
const MAX_BACKOFF_MS = 5000;
/** payca-contract.md, 3. */
const MAX_IDEMPOTENCY_KEY = 255;

/** What a header may carry; the platform's own error would quote the value. */
const HEADER_VALUE = /^[\x21-\x7e]+$/;
/** Request ids are opaque; whatever else an answer holds in their place is not repeated. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

type Headers = Readonly<Record<string, string>>;
type Facts = Pick<PaycaError, 'code'> &
  Partial<Pick<PaycaError, 'status' | 'requestId'>> & { readonly reason?: string };
type Attempt = PaycaAnswer | { readonly error: PaycaError; readonly retryAfterMs?: number };

/** A client of PayCA's API (payca-contract.md, 2 to 5): one pair, one brake, retries only where the catalogue allows them. */
export class PaycaApi {
  private readonly clock: Clock;
  private readonly brake: Brake;

  constructor(private readonly options: PaycaApiOptions) {
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.brake = options.brake ?? new TokenBucket(options.callsPerSecond, this.clock);
  }

  /** Throws `PaycaError` for what is not 2xx with JSON, once no retry is left or allowed. */
  async call(call: PaycaCall): Promise<PaycaAnswer> {
    const { idempotencyKey } = call;
    if (
      idempotencyKey !== undefined &&
      !(HEADER_VALUE.test(idempotencyKey) && idempotencyKey.length <= MAX_IDEMPOTENCY_KEY)
    )
      throw new RangeError(`an idempotency key must have 1 to ${MAX_IDEMPOTENCY_KEY} printable ASCII characters`);
    const end = this.clock.now() + this.options.deadlineMs;
    const requestId = call.requestId ?? randomUUID();
    let last: PaycaError | undefined;
    for (let tries = 1; ; tries += 1) {
      if (!(await this.brake.take(end))) throw last ?? notSent(call, requestId);
      const attempt = await this.attempt(call, requestId, end);
      if (!('error' in attempt)) return attempt;
      const { error, retryAfterMs } = attempt;
      const wait = Math.max(retryAfterMs ?? 0, this.backoffMs(tries));
      if (tries === MAX_TRIES || !mayRepeat(call, error) || this.clock.now() + wait >= end) throw error;
      last = error;
      await this.clock.sleep(wait);
    }
  }

  private async attempt(call: PaycaCall, sent: string, end: number): Promise<Attempt> {
    const headers = headersOf(call, sent, await this.options.credentials());
    const attempt = await this.send(call, headers, sent, end);
    if ('error' in attempt) await this.options.onFailure?.(attempt.error, attempt.retryAfterMs);
    return attempt;
  }

  private async send(call: PaycaCall, headers: Headers, sent: string, end: number): Promise<Attempt> {
    const started = this.clock.now();
    const failed = (facts: Facts) =>
      new PaycaError(call, { requestId: { sent }, latencyMs: this.clock.now() - started, ...facts });
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    try {
      const send = this.options.fetch ?? fetch;
      const response = await send(urlOf(this.options.baseUrl, call), {
        method: call.method,
        headers,
        body,
        // A redirect would carry the secret to whatever host it names.
        redirect: 'manual',
        signal: AbortSignal.timeout(Math.max(1, Math.min(this.options.timeoutMs, end - started))),
      });
      const { status } = response;
      const content = readJson(await response.text());
      const requestId = { sent, received: receivedId(response.headers.get('x-request-id'), content) };
      if (response.ok && content !== 'unreadable')
        return { status, body: content?.value, requestId, latencyMs: this.clock.now() - started };
      const reason = content === 'unreadable' ? 'the answer is not JSON' : undefined;
      return {
        error: failed({ code: response.ok ? 'other' : codeOf(content), status, requestId, reason }),
        retryAfterMs: retryAfterMs(response.headers.get('retry-after'), this.clock.now()),
      };
    } catch (error) {
      return { error: failed(withoutAnswer(error)) };
    }
  }

  /** Full jitter: between nothing and a bound that doubles, so that clients that failed together do not come back together. */
  private backoffMs(tries: number): number {
    return this.clock.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1));
  }
}

/** Lets through so many calls a second; what was not used for a second may be used at once, no more. */
class TokenBucket implements Brake {
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly perSecond: number,
    private readonly clock: Clock,
  ) {
    this.tokens = perSecond;
    this.filledAt = clock.now();
  }

  async take(end: number): Promise<boolean> {
    const now = this.clock.now();
    const tokens = Math.min(this.perSecond, this.tokens + ((now - this.filledAt) / 1000) * this.perSecond) - 1;
    const waitMs = Math.max(0, (-tokens / this.perSecond) * 1000);
    if (now + waitMs >= end) return false;
    // Below zero is a place in the queue.
    this.tokens = tokens;
    this.filledAt = now;
    if (waitMs > 0) await this.clock.sleep(waitMs);
    return true;
  }
}

function notSent(call: PaycaCall, sent: string): PaycaError {
  const reason = 'not sent: our own rate limit leaves no time for it';
  return new PaycaError(call, { code: 'Timeout', reason, requestId: { sent }, latencyMs: 0 });
}

function headersOf(call: PaycaCall, requestId: string, pair: ClientPair): Headers {
  if (!HEADER_VALUE.test(pair.clientId) || !HEADER_VALUE.test(pair.clientSecret))
    throw new TypeError('client id and secret must be printable ASCII without spaces');
  return {
    accept: 'application/json',
    'x-client-id': pair.clientId,
    'x-client-secret': pair.clientSecret,
    'x-request-id': requestId,
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
  };
}

function urlOf(baseUrl: string, { path, query }: PaycaCall): string {
  const search = query ? `?${new URLSearchParams(query)}` : '';
  return `${baseUrl.replace(/\/+$/, '')}${path}${search}`;
}

/** Reads may always be repeated; writes only under a key by which PayCA knows the repetition (payca-contract.md, 3 and 4). */
function mayRepeat({ method, idempotencyKey }: PaycaCall, { code, status = 0 }: PaycaError): boolean {
  if (method !== 'GET' && idempotencyKey === undefined) return false;
  return code === 'Network' || code === 'Timeout' || status === 429 || status >= 500;
}

/** The JSON value of an answer; nothing for an empty one. */
function readJson(text: string): { readonly value: unknown } | 'unreadable' | undefined {
  if (text.trim() === '') return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'unreadable';
  }
}

interface Envelope {
  readonly error?: { readonly code?: unknown };
  readonly requestId?: unknown;
}

function envelope(content: ReturnType<typeof readJson>): Envelope {
  return content !== 'unreadable' && typeof content?.value === 'object' ? ((content.value ?? {}) as Envelope) : {};
}

function codeOf(content: ReturnType<typeof readJson>): PaycaErrorCode {
  return CONTRACT_CODES.find((code) => code === envelope(content).error?.code) ?? 'other';
}

function receivedId(header: string | null, content: ReturnType<typeof readJson>): string | undefined {
  return [header, envelope(content).requestId].find(
    (id): id is string => typeof id === 'string' && REQUEST_ID.test(id),
  );
}

/** `Retry-After` in either of its forms, RFC 9110, 10.2.3. */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : wait;
}

/** The system's word for what happened, such as `ECONNREFUSED`; never the message, which may quote what was sent. */
function withoutAnswer(error: unknown): { code: 'Network' | 'Timeout'; reason?: string } {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return { code: 'Timeout' };
  const word = String(cause?.code ?? '');
  return { code: 'Network', reason: /^[A-Z][A-Z0-9_]{1,60}$/.test(word) ? word : undefined };
}

/** The client of a function, with the settings that the template gives it. */
export function paycaApi(
  options: Pick<PaycaApiOptions, 'credentials' | 'onFailure' | 'brake'> & Partial<Pick<PaycaApiOptions, 'deadlineMs'>>,
): PaycaApi {
  const timeoutMs = numberVariable('PAYCA_TIMEOUT_SECONDS') * 1000;
  return new PaycaApi({
    baseUrl: variable('PAYCA_BASE_URL'),
    timeoutMs,
    deadlineMs: 2 * timeoutMs,
    callsPerSecond: numberVariable('PAYCA_CALLS_PER_SECOND'),
    ...options,
  });
}
