import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Authority } from './certificates';
import { type Credentials, issueCredentials, type Random } from './payca';
import { Books, TenantBalances } from './payca-books';
import { TenantCalls } from './payca-calls';
import { Outbox } from './payca-outbox';
import { FlowRecord } from './payca-record';
import { conflict, invalid, Refusal } from './payca-refusals';
import { CardSpending } from './payca-spending';
import { Tenant } from './payca-tenant';

/** A call that PayCA's API has let in. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  /** What stands in the places of the route's `{names}`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON that was sent; `undefined` without any. */
  readonly body: unknown;
  readonly requestId: string;
  readonly idempotencyKey?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
}

type Handle = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

interface Route {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly handle: Handle;
  /** Answers without credentials. */
  readonly open: boolean;
}

/** In PayCA's error envelope. */
interface RefusedFault {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly retryAfter?: string;
}

/** A page of some proxy, or no whole answer. */
type NoAnswer = { readonly html: number } | 'silent' | 'cut' | 'reset';

/** What goes wrong with a call. It has no effect then, unless only the answer is lost. */
export type ApiFault = RefusedFault | NoAnswer | { readonly afterEffect: NoAnswer };

interface WireCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** By names in lower case. */
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface IssuedKey {
  readonly credentials: Credentials;
  /** Milliseconds since 1970; without an end until a newer pair is issued. */
  validUntil: number;
}

/** An answer that was given under an idempotency key. */
interface Remembered {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly asked: string;
  readonly answer: ApiAnswer;
}

const HOUR_MS = 60 * 60 * 1000;
/** Old keys stay valid for so long (payca-contract.md, 13). */
const OVERLAP_MS = 48 * HOUR_MS;
/** payca-contract.md, 3. */
const REMEMBERED_MS = 24 * HOUR_MS;
const MAX_IDEMPOTENCY_KEY = 255;
const WITH_KEY = ['POST', 'PUT', 'PATCH'];
/** Where a key may also be a field of the body (payca-contract.md, 3, newer). */
const KEY_IN_BODY = /^\/v1\/cards(\/.*)?$/;

export interface PaycaOptions {
  /** Leaves out what only the other one has. @default both, since PayCA's tenants are mixed */
  readonly generation?: 'older' | 'newer' | 'both';
  /** In production, `/sandbox/` is refused. @default sandbox */
  readonly environment?: 'production' | 'sandbox';
}

/** PayCA's API as its contract describes it, and the keys that PayCA issues. Further calls are added with `on`. */
export class PaycaApiServer {
  /** By how much its clock is ahead of this machine's. */
  clockOffsetMs = 0;
  /** Set by an act that rehearses failures. */
  faults: (request: Pick<ApiRequest, 'method' | 'path'>) => ApiFault | undefined = () => undefined;
  /** What was answered, without anything that was sent but the request id. */
  readonly answered: { readonly call: string; readonly status: number; readonly requestId: string }[] = [];
  /** Calls that are answered within a second, by this machine's clock; more are refused with 429. */
  callsPerSecond = Number.POSITIVE_INFINITY;
  readonly generation: 'older' | 'newer' | 'both';
  readonly environment: 'production' | 'sandbox';
  readonly books = new Books();
  /** The tenant's own money, by currency. */
  readonly balances: TenantBalances;
  readonly outbox: Outbox;
  /** Fees, and how the tenant differs from others. */
  readonly record: FlowRecord;
  readonly tenant: Tenant;
  /** What cardholders do. */
  readonly spending: CardSpending;
  private readonly keys: IssuedKey[] = [];
  private readonly routes: Route[] = [];
  private readonly remembered = new Map<string, Remembered>();
  private readonly recent: number[] = [];
  private signer?: Credentials;
  private server?: Server;

  constructor(
    private readonly random: Random,
    { generation = 'both', environment = 'sandbox' }: PaycaOptions = {},
  ) {
    this.generation = generation;
    this.environment = environment;
    const now = () => this.now();
    const newId = () => random.uuid();
    this.balances = new TenantBalances(this.books, now, newId);
    this.balances.set('EUR', { available: '25000.00', pending: '120.50', feesThisMonth: '14.35' });
    this.balances.set('USD', { available: '8000.00', pending: '0.00', feesThisMonth: '0.00' });
    this.outbox = new Outbox(this, newId);
    this.record = new FlowRecord(generation, this.books, this.balances, this.outbox, random, now);
    this.spending = new CardSpending(this.record);
    this.tenant = new Tenant(this.record, this.spending, random);
    this.on('GET', '/health', () => ({ status: 200, body: { status: 'ok' } }), { open: true });
    new TenantCalls(this, this.tenant, this.record, this.spending);
  }

  /** Adds a call, or puts it in the place of the one before; `{name}` in the path stands for one part of it. */
  on(method: string, path: string, handle: Handle, { open = false } = {}): void {
    const pattern = new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const same = this.routes.findIndex((one) => one.method === method && one.pattern.source === pattern.source);
    this.routes.splice(same < 0 ? this.routes.length : same, 1, { method, path, pattern, handle, open });
    // A name that stands in the path itself goes before a placeholder.
    this.routes.sort((one, other) => Number(one.path.includes('{')) - Number(other.path.includes('{')));
  }

  /** A new pair. The old ones stay valid for 48 hours; PayCA goes on signing with the old one until `signWith`. */
  issue(): Credentials {
    const credentials = issueCredentials(this.random);
    for (const key of this.keys) key.validUntil = Math.min(key.validUntil, this.now() + OVERLAP_MS);
    this.adopt(credentials);
    return credentials;
  }

  /** Takes a pair that was issued before this server was there. */
  adopt(credentials: Credentials): void {
    this.keys.push({ credentials, validUntil: Number.POSITIVE_INFINITY });
    this.signer ??= credentials;
  }

  /** The moment at which PayCA changes its signing key is its own, and unknown to us. */
  signWith(credentials: Credentials): void {
    this.signer = credentials;
  }

  /** The pair that webhooks are signed with now. */
  get signingKey(): Credentials {
    if (!this.signer) throw new Error('PayCA has issued no pair yet');
    return this.signer;
  }

  /** Starts to listen on this machine; gives the base URL. */
  async listen({ pem, keyPem }: Authority): Promise<string> {
    const server = createServer({ cert: pem, key: keyPem }, (request, response) => void this.serve(request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.clockOffsetMs;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url = '/', headers } = incoming;
    const reply = await this.reply({ method, url, headers, text: Buffer.concat(chunks).toString() });
    if (isNoAnswer(reply)) return breakOff(reply, response);
    response.writeHead(reply.status, reply.headers).end(reply.text);
  }

  /** What comes back for a call, with or without a network in between. */
  async reply({ method, url, headers, text }: WireCall): Promise<WireReply | NoAnswer> {
    const { pathname, searchParams } = new URL(url, 'https://payca');
    const requestId = String(headers['x-request-id'] ?? this.random.uuid());
    const call = { method, path: pathname, query: searchParams, requestId };
    const fault = this.faults(call);
    if (isNoAnswer(fault)) return fault;
    const answer = isRefused(fault)
      ? refusal(new Refusal(fault.status, fault.code, fault.message))
      : await this.answer(call, headers, text);
    if (fault && !isRefused(fault)) return fault.afterEffect;
    this.answered.push({ call: `${method} ${pathname}`, status: answer.status, requestId });
    const retryAfter: Record<string, string> =
      isRefused(fault) && fault.retryAfter ? { 'retry-after': fault.retryAfter } : {};
    return {
      status: answer.status,
      headers: { 'content-type': 'application/json', 'x-request-id': requestId, ...retryAfter },
      text: JSON.stringify(answer.status < 400 ? answer.body : { ...Object(answer.body), requestId }) ?? '',
    };
  }

  private async answer(
    call: Pick<ApiRequest, 'method' | 'path' | 'query' | 'requestId'>,
    headers: WireCall['headers'],
    text: string,
  ): Promise<ApiAnswer> {
    try {
      const route = this.routes.find(({ method, pattern }) => method === call.method && pattern.test(call.path));
      if (!route?.open && !this.knows(headers['x-client-id'], headers['x-client-secret']))
        throw new Refusal(401, 'ErrUnauthorized');
      if (this.isTooFast()) throw new Refusal(429, 'ErrRateLimited');
      if (!route) throw new Refusal(404, 'ErrNotFound');
      const body = readBody(text);
      if (body === 'unreadable') throw new Refusal(400, 'ErrInvalidArg');
      const parameters = route.pattern.exec(call.path)?.groups ?? {};
      const idempotencyKey = this.keyOf(call, headers, body?.value);
      const request = { ...call, parameters, body: body?.value, idempotencyKey };
      return await this.once(route, request, text);
    } catch (error) {
      if (error instanceof Refusal) return refusal(error);
      throw error;
    }
  }

  /** Under a known key the first answer is given again, and nothing is done (payca-contract.md, 3). */
  private async once(route: Route, request: ApiRequest, text: string): Promise<ApiAnswer> {
    const { method, path, idempotencyKey } = request;
    if (idempotencyKey === undefined || !WITH_KEY.includes(method)) return route.handle(request);
    if (idempotencyKey.length > MAX_IDEMPOTENCY_KEY) throw invalid('Idempotency-Key');
    const key = `${method} ${route.path} ${idempotencyKey}`;
    const asked = `${path} ${text}`;
    const before = this.remembered.get(key);
    if (before && this.now() < before.at + REMEMBERED_MS) {
      // What PayCA does here is not documented; doing the other thing would be worst.
      if (before.asked !== asked) throw conflict('the idempotency key was used for something else');
      return before.answer;
    }
    const answer = await route.handle(request);
    this.remembered.set(key, { at: this.now(), asked, answer });
    return answer;
  }

  private keyOf({ path }: Pick<ApiRequest, 'path'>, headers: IncomingMessage['headers'], body: unknown) {
    const inBody = this.generation !== 'older' && KEY_IN_BODY.test(path) && Object(body).idempotencyKey;
    const key: unknown = headers['idempotency-key'] ?? (inBody || undefined);
    return key === undefined ? undefined : String(key);
  }

  private isTooFast(): boolean {
    const now = Date.now();
    while (Number(this.recent[0]) <= now - 1000) this.recent.shift();
    if (this.recent.length >= this.callsPerSecond) return true;
    this.recent.push(now);
    return false;
  }

  private knows(clientId: unknown, clientSecret: unknown): boolean {
    return this.keys.some(
      ({ credentials, validUntil }) =>
        credentials.clientId === clientId && credentials.clientSecret === clientSecret && this.now() < validUntil,
    );
  }
}

/** An error as PayCA words it (payca-contract.md, 4). */
function refusal({ status, code, message, details }: Refusal): ApiAnswer {
  return { status, body: { error: { code, message, details } } };
}

function isRefused(fault: ApiFault | undefined): fault is RefusedFault {
  return typeof fault === 'object' && 'status' in fault;
}

function isNoAnswer(fault: ApiFault | WireReply | undefined): fault is NoAnswer {
  return typeof fault === 'string' || (typeof fault === 'object' && 'html' in fault);
}

function breakOff(fault: NoAnswer, response: ServerResponse): void {
  if (fault === 'silent') return;
  if (fault === 'reset') return void response.destroy();
  if (fault === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
    response.write('{"accounts":[', () => response.destroy());
    return;
  }
  response.writeHead(fault.html, { 'content-type': 'text/html' }).end('<html><body>rehearsed</body></html>');
}

function readBody(text: string): { readonly value: unknown } | 'unreadable' | undefined {
  if (text === '') return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'unreadable';
  }
}
