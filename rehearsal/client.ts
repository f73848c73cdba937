import { Agent, type AgentOptions, request } from 'node:https';
import { connect, isIPv6, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { answerToTls11, tlsVersion } from '../lambda/payca/tls-probe';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export interface ClientOptions {
  /** @default 127.0.0.1 */
  readonly address?: string;
  readonly port: number;
  /** Name asked for by SNI and `Host`. */
  readonly host: string;
  /** The client's address, carried by a PROXY line; without it none is sent, as on the internet. */
  readonly from?: string;
  /** Certificate authority of the server; the public ones when absent. */
  readonly ca?: string;
  readonly certificate?: { readonly pem: string; readonly keyPem: string };
  readonly version?: 'TLSv1.2' | 'TLSv1.3';
  /** Connections kept open side by side. @default 1 */
  readonly connections?: number;
}

/** A sender as seen from the edge: one address, a few kept connections. */
export class Client {
  private readonly agent: Agent;

  constructor(private readonly options: ClientOptions) {
    const agentOptions: AgentOptions = { keepAlive: true, maxSockets: options.connections ?? 1 };
    this.agent = new Agent(agentOptions);
    Object.assign(this.agent, { createConnection: () => openTls(options) });
  }

  post(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent: this.agent,
          method: 'POST',
          path,
          headers: { ...headers, host: this.options.host, 'content-length': body.byteLength },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function openTls({ ca, certificate, version, host, ...place }: ClientOptions): TLSSocket {
  const socket = openTcp(place);
  const options: ConnectionOptions = { socket, servername: host, ca, minVersion: version, maxVersion: version };
  return connectTls({ ...options, cert: certificate?.pem, key: certificate?.keyPem });
}

function openTcp({ address = '127.0.0.1', port, from }: Pick<ClientOptions, 'address' | 'port' | 'from'>): Socket {
  const socket = connect(port, address);
  if (from) socket.write(proxyLine(from, port));
  return socket;
}

function proxyLine(from: string, port: number): string {
  const [family, to] = isIPv6(from) ? ['TCP6', '::1'] : ['TCP4', '127.0.0.1'];
  return `PROXY ${family} ${from} ${to} 40000 ${port}\r\n`;
}

/** TLS version of an open connection, or the error with which it was refused. */
export function handshake(options: ClientOptions): ReturnType<typeof tlsVersion> {
  return tlsVersion(openTls(options), options.host);
}

/** The server's answer to a ClientHello that offers TLS 1.1 at most. */
export function offerTls11(options: Omit<ClientOptions, 'version'>): Promise<Buffer> {
  return answerToTls11(openTcp(options), options.host);
}
