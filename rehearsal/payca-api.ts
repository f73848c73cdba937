import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Authority } from './certificates';
import { type Credentials, issueCredentials, type Random } from './payca';

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
  readonly pattern: RegExp;
  readonly handle: Handle;
  /** Answers without credentials. */
  readonly open: boolean;
}

/** What goes wrong with a call: an answer in PayCA's error envelope, a page of some proxy, or no answer. */
export type ApiFault =
  | { readonly status: number; readonly code: string; readonly message?: string; readonly retryAfter?: string }
  | { readonly html: number }
  | 'silent'
  | 'cut'
  | 'reset';

interface IssuedKey {
  readonly credentials: Credentials;
  /** Milliseconds since 1970; without an end until a newer pair is issued. */
  validUntil: number;
}

/** Old keys stay valid for so long (payca-contract.md, 13). */
const OVERLAP_MS = 48 * 60 * 60 * 1000;

/** An error as PayCA words it (payca-contract.md, 4). */
export function refusal(status: number, code: string, message = 'rehearsed'): ApiAnswer {
  return { status, body: { error: { code, message, details: {} } } };
}

/** PayCA's API as its contract describes it, and the keys that PayCA issues. Further calls are added with `on`. */
export class PaycaApiServer {
  /** By how much its clock is ahead of this machine's. */
  clockOffsetMs = 0;
  /** Set by an act that rehearses failures. */
  faults: (request: Pick<ApiRequest, 'method' | 'path'>) => ApiFault | undefined = () => undefined;
  /** What was answered, without anything that was sent but the request id. */
  readonly answered: { readonly call: string; readonly status: number; readonly requestId: string }[] = [];
  /** Balances by currency, as decimal strings. */
  readonly balances = new Map([
    ['EUR', { available: '25000.00', pending: '120.50', feesThisMonth: '14.35' }],
    ['USD', { available: '8000.00', pending: '0.00', feesThisMonth: '0.00' }],
  ]);
  private readonly keys: IssuedKey[] = [];
  private readonly routes: Route[] = [];
  private signer?: Credentials;
  private server?: Server;

  /** `generation` leaves out what only the other one has; PayCA's tenants are mixed, so both is the default. */
  constructor(
    private readonly random: Random,
    readonly generation: 'older' | 'newer' | 'both' = 'both',
  ) {
    this.on('GET', '/health', () => ({ status: 200, body: { status: 'ok' } }), { open: true });
    if (generation !== 'newer') this.on('GET', '/v1/users/stats', () => ({ status: 200, body: this.stats() }));
    if (generation !== 'older') this.on('GET', '/v2/accounts', () => ({ status: 200, body: this.accounts() }));
  }

  /** Adds a call, or puts it in the place of the one before; `{name}` in the path stands for one part of it. */
  on(method: string, path: string, handle: Handle, { open = false } = {}): void {
    const pattern = new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const same = this.routes.findIndex((one) => one.method === method && one.pattern.source === pattern.source);
    this.routes.splice(same < 0 ? this.routes.length : same, 1, { method, pattern, handle, open });
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

  private now(): number {
    return Date.now() + this.clockOffsetMs;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', headers } = incoming;
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'https://payca');
    const requestId = String(headers['x-request-id'] ?? this.random.uuid());
    const call = { method, path: pathname, query: searchParams, requestId };
    const fault = this.faults(call);
    const answer = isAnswer(fault)
      ? refusal(fault.status, fault.code, fault.message)
      : await this.answer(call, headers, Buffer.concat(chunks).toString());
    if (fault && !isAnswer(fault)) return breakOff(fault, response);
    this.answered.push({ call: `${method} ${pathname}`, status: answer.status, requestId });
    const retryAfter = isAnswer(fault) && fault.retryAfter ? { 'retry-after': fault.retryAfter } : {};
    response.writeHead(answer.status, { 'content-type': 'application/json', 'x-request-id': requestId, ...retryAfter });
    response.end(JSON.stringify(answer.status < 400 ? answer.body : { ...Object(answer.body), requestId }));
  }

  private async answer(
    call: Pick<ApiRequest, 'method' | 'path' | 'query' | 'requestId'>,
    headers: IncomingMessage['headers'],
    text: string,
  ): Promise<ApiAnswer> {
    const route = this.routes.find(({ method, pattern }) => method === call.method && pattern.test(call.path));
    if (!route?.open && !this.knows(headers['x-client-id'], headers['x-client-secret']))
      return refusal(401, 'ErrUnauthorized');
    if (!route) return refusal(404, 'ErrNotFound');
    const body = readBody(text);
    if (body === 'unreadable') return refusal(400, 'ErrInvalidArg');
    const parameters = route.pattern.exec(call.path)?.groups ?? {};
    const idempotencyKey = headers['idempotency-key']?.toString();
    return route.handle({ ...call, parameters, body: body?.value, idempotencyKey });
  }

  private knows(clientId: unknown, clientSecret: unknown): boolean {
    return this.keys.some(
      ({ credentials, validUntil }) =>
        credentials.clientId === clientId && credentials.clientSecret === clientSecret && this.now() < validUntil,
    );
  }

  /** payca-contract.md, 7.3: per currency; the nesting is not shown there. */
  private stats(): unknown {
    const liquidity = [...this.balances].map(([currency, { available, pending, feesThisMonth }]) => [
      currency,
      { balance: available, pending, feesThisMonth },
    ]);
    return { liquidity: Object.fromEntries(liquidity) };
  }

  private accounts(): unknown {
    const accounts = [...this.balances].map(([currency, { available, pending }]) => ({
      id: `tenant-${currency.toLowerCase()}`,
      currency,
      balance: { available, pending },
      status: 'active',
      bins: [
        {
          bin: '411111',
          currencyCode: currency,
          provider: 'visa',
          isTokenizable: true,
          settings: { minCardBalance: '1.00' },
        },
      ],
    }));
    return { accounts };
  }
}

function isAnswer(fault: ApiFault | undefined): fault is Extract<ApiFault, { readonly status: number }> {
  return typeof fault === 'object' && 'status' in fault;
}

function breakOff(fault: Exclude<ApiFault, { readonly status: number }>, response: ServerResponse): void {
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
