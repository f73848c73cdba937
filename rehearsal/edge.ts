import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { Authority } from './certificates';
import type { Deployment } from './deployment';
import type { LambdaFunction } from './functions';
import { inCidr, matches, statementsOf } from './permissions';
import { type Json, list, type Resource } from './template';

/** API Gateway's own limit of a request: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const PAYLOAD_LIMIT = 10 * 1024 * 1024;
/** API Gateway gives an integration 29 seconds. */
const INTEGRATION_TIMEOUT_MS = 29_000;

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly responseType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The template's custom domain, firewall and API on a port of this machine: TLS floor, truststore, allow-lists, default
 * endpoint, routes and access log as the template has them.
 */
export class Edge {
  /** What the access log group would hold. */
  readonly accessLog: string[] = [];
  readonly domainName: string;
  readonly defaultEndpoint: string;
  /** Whom a connection without a PROXY line counts as, and the name that stands for the domain then; for people's own tools. */
  direct?: { readonly address: string; readonly host: string };
  private readonly domain: Resource;
  private readonly api: Resource;
  private readonly http: Server;
  private readonly sources = new Map<TLSSocket, string>();
  private readonly addresses = new Map<number, string>();
  private readonly listeners: { close(): unknown }[] = [];

  constructor(
    private readonly deployment: Deployment,
    private readonly functions: readonly LambdaFunction[],
  ) {
    this.domain = only(deployment, 'AWS::ApiGateway::DomainName');
    this.api = only(deployment, 'AWS::ApiGateway::RestApi');
    this.domainName = String(this.domain.properties.DomainName);
    this.defaultEndpoint = `${this.api.physicalId}.execute-api.${deployment.region}.amazonaws.com`;
    this.http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void this.serve(request, response));
  }

  /** Whether the template asks clients for a certificate. */
  get asksForCertificate(): boolean {
    return this.domain.properties.MutualTlsAuthentication !== undefined;
  }

  /**
   * Starts with a server certificate; gives the port. `clientCa` is trusted beside the template's truststore: the keys
   * of a real one are PayCA's alone.
   */
  async listen(certificate: Authority, clientCa?: Authority): Promise<number> {
    const tls = this.tlsServer(certificate, clientCa);
    const net = createNetServer((socket) => this.accept(socket, tls));
    await new Promise<void>((resolve) => net.listen(0, '127.0.0.1', resolve));
    this.listeners.push(net, tls);
    return (net.address() as AddressInfo).port;
  }

  close(): void {
    for (const listener of this.listeners) listener.close();
    this.http.closeAllConnections();
  }

  private tlsServer({ pem, keyPem }: Authority, clientCa?: Authority): TlsServer {
    const truststore = this.asksForCertificate
      ? [readFileSync(this.deployment.assetPath(this.domain), 'utf8'), ...(clientCa ? [clientCa.pem] : [])]
      : undefined;
    const server = createTlsServer({
      cert: pem,
      key: keyPem,
      minVersion: tlsFloor(String(this.domain.properties.SecurityPolicy)),
      ca: truststore,
      requestCert: truststore !== undefined,
      rejectUnauthorized: truststore !== undefined,
    });
    server.on('secureConnection', (socket) => {
      this.sources.set(socket, this.addresses.get(socket.remotePort ?? 0) ?? this.direct?.address ?? '127.0.0.1');
      socket.on('close', () => this.sources.delete(socket));
      this.http.emit('connection', socket);
    });
    return server;
  }

  /** Reads the PROXY line (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt) that names the client's address. */
  private accept(socket: Socket, tls: TlsServer): void {
    const { remotePort = 0 } = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => this.addresses.delete(remotePort));
    let head = Buffer.alloc(0);
    const read = () => {
      for (let chunk = socket.read(); chunk; chunk = socket.read()) head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n');
      const proxied = head.subarray(0, 5).toString() === 'PROXY';
      if (head.length < 5 || (proxied && end < 0)) return;
      socket.off('readable', read);
      if (proxied) this.addresses.set(remotePort, head.subarray(0, end).toString().split(' ')[2] ?? '');
      socket.unshift(proxied ? head.subarray(end + 2) : head);
      tls.emit('connection', socket);
    };
    socket.on('readable', read);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = Date.now();
    const sourceIp = this.sources.get(request.socket as TLSSocket) ?? '';
    const requestId = randomUUID();
    const reply = await this.reply(request, sourceIp, requestId);
    this.log(request, sourceIp, requestId, reply, Date.now() - started);
    response.writeHead(reply.status, { 'x-amzn-requestid': requestId, ...reply.headers }).end(reply.body);
  }

  private async reply(request: IncomingMessage, sourceIp: string, requestId: string): Promise<Reply> {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (host !== this.domainName && host !== this.direct?.host) {
      const closed = host !== this.defaultEndpoint || this.api.properties.DisableExecuteApiEndpoint === true;
      if (closed) return refused('Forbidden');
    }
    const body = await readBody(request);
    if (body === 'too-large')
      return { status: 413, body: '{"message":"Request Too Long"}', responseType: 'REQUEST_TOO_LARGE' };
    if (this.firewallBlocks(sourceIp)) return refused('Forbidden', 'WAF_FILTERED');
    if (!this.policyAllows(sourceIp)) return refused('User is not authorized', 'ACCESS_DENIED');
    const target = this.integration(request);
    if (!target) return refused('Missing Authentication Token', 'MISSING_AUTHENTICATION_TOKEN');
    return this.invoke(target, proxyEvent(request, body, this.isBinary(request), sourceIp, requestId));
  }

  /** Of the WAF only what the template's IP sets say; managed and rate rules are not rehearsed. */
  private firewallBlocks(address: string): boolean {
    return this.deployment
      .resources('AWS::WAFv2::WebACL')
      .flatMap(({ properties }) => properties.Rules as { Action?: { Block?: unknown }; Statement: Json }[])
      .some(({ Action, Statement }) => Action?.Block !== undefined && this.fits(Statement, address));
  }

  private fits(statement: Json, address: string): boolean {
    const [kind, argument] = Object.entries(statement)[0] as [
      string,
      { Arn: string; Statement: Json; Statements: Json[] },
    ];
    if (kind === 'NotStatement') return !this.fits(argument.Statement, address);
    if (kind === 'OrStatement') return argument.Statements.some((one) => this.fits(one, address));
    if (kind !== 'IPSetReferenceStatement') return false;
    const addresses = this.deployment.byArn(argument.Arn)?.properties.Addresses as string[];
    return addresses.some((cidr) => inCidr(address, cidr));
  }

  private policyAllows(address: string): boolean {
    const request = { action: 'execute-api:Invoke', resource: 'execute-api:/*', context: { 'aws:SourceIp': address } };
    const statements = statementsOf(this.api.properties.Policy).filter((statement) => matches(statement, request));
    return statements.some(({ Effect }) => Effect === 'Allow') && !statements.some(({ Effect }) => Effect === 'Deny');
  }

  private integration({ url = '/', method }: IncomingMessage): LambdaFunction | undefined {
    const path = new URL(url, 'https://edge').pathname;
    const resource = this.deployment
      .resources('AWS::ApiGateway::Resource')
      .find(({ properties }) => `/${properties.PathPart}` === path);
    const found = this.deployment
      .resources('AWS::ApiGateway::Method')
      .find(({ properties }) => properties.ResourceId === resource?.physicalId && properties.HttpMethod === method);
    const { Uri } = (found?.properties.Integration ?? {}) as { Uri?: string };
    return this.functions.find(({ resource: { arn } }) => Uri?.includes(`${arn}/`));
  }

  private isBinary({ headers }: IncomingMessage): boolean {
    const types = list(this.api.properties.BinaryMediaTypes as string[] | undefined);
    return types.includes('*/*') || types.includes(headers['content-type'] ?? '');
  }

  private async invoke(target: LambdaFunction, event: unknown): Promise<Reply> {
    const timer = sleep(INTEGRATION_TIMEOUT_MS, undefined, { ref: false });
    const invocation = await Promise.race([target.invoke(event), timer]);
    if (!invocation)
      return { status: 504, body: '{"message":"Endpoint request timed out"}', responseType: 'INTEGRATION_TIMEOUT' };
    const result =
      'result' in invocation
        ? (invocation.result as { statusCode?: number; body?: string; headers?: Record<string, string> })
        : {};
    const { statusCode, body = '', headers } = result;
    if (!statusCode)
      return { status: 502, body: '{"message":"Internal server error"}', responseType: 'INTEGRATION_FAILURE' };
    return { status: statusCode, body, headers };
  }

  private log(request: IncomingMessage, sourceIp: string, requestId: string, reply: Reply, milliseconds: number): void {
    const stage = only(this.deployment, 'AWS::ApiGateway::Stage');
    const { Format = '' } = (stage.properties.AccessLogSetting ?? {}) as { Format?: string };
    const socket = request.socket as TLSSocket;
    const values: Json = {
      requestId,
      requestTimeEpoch: Date.now(),
      'identity.sourceIp': sourceIp,
      domainName: request.headers.host,
      httpMethod: request.method,
      path: request.url,
      status: reply.status,
      'error.responseType': reply.responseType,
      responseLatency: milliseconds,
      tlsVersion: socket.getProtocol?.(),
      cipherSuite: socket.getCipher?.()?.name,
    };
    this.accessLog.push(Format.replace(/\$context\.([\w.]+)/g, (_, name: string) => String(values[name] ?? '-')));
  }
}

const refused = (message: string, responseType?: string): Reply => ({
  status: 403,
  body: JSON.stringify({ message }),
  responseType,
});

/** The lowest TLS version of a security policy of API Gateway. */
function tlsFloor(policy: string): 'TLSv1.2' | 'TLSv1.3' {
  if (policy === 'TLS_1_2' || /^SecurityPolicy_TLS13_1_2_/.test(policy)) return 'TLSv1.2';
  if (/^SecurityPolicy_TLS13_1_3_/.test(policy)) return 'TLSv1.3';
  throw new Error(`the rehearsal does not know the security policy ${policy}`);
}

function only(deployment: Deployment, type: string): Resource {
  const [found] = deployment.resources(type);
  if (!found) throw new Error(`no template has a resource of type ${type}`);
  return found;
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= PAYLOAD_LIMIT) chunks.push(chunk);
  }
  return bytes > PAYLOAD_LIMIT ? 'too-large' : Buffer.concat(chunks);
}

/** What a REST API hands to a function: payload format 1.0. */
function proxyEvent(
  request: IncomingMessage,
  body: Buffer,
  isBinary: boolean,
  sourceIp: string,
  requestId: string,
): Json {
  const { method, url = '/', headers } = request;
  const path = new URL(url, 'https://edge').pathname;
  const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, list(value).at(-1)]));
  return {
    resource: path,
    path,
    httpMethod: method,
    headers: single,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, list(value)])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      requestId,
      httpMethod: method,
      path,
      stage: 'live',
      domainName: headers.host,
      identity: { sourceIp },
    },
    body: body.length === 0 ? null : body.toString(isBinary ? 'base64' : 'utf8'),
    isBase64Encoded: isBinary && body.length > 0,
  };
}
