import { Agent, type AgentOptions, request } from 'node:https';
import { connect, isIPv6, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

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
export function handshake(options: ClientOptions): Promise<{ version: string } | { error: string }> {
  return new Promise((resolve) => {
    const socket = openTls(options);
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer within 5 s')));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
    socket.on('close', () => resolve({ error: 'closed' }));
    socket.on('secureConnect', () => {
      const version = socket.getProtocol() ?? '';
      // With TLS 1.3 a server refuses a client certificate only after the client's own handshake is done.
      socket.write(`GET / HTTP/1.1\r\nHost: ${options.host}\r\n\r\n`);
      socket.once('data', () => {
        resolve({ version });
        socket.destroy();
      });
    });
  });
}

/**
 * The server's answer to a bare ClientHello that offers TLS 1.1 at most, byte by byte: this machine's own TLS library
 * may refuse to speak it, and then nothing would be proven about the server.
 */
export function offerTls11(options: Omit<ClientOptions, 'version'>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = openTcp(options);
    socket.write(clientHello11(options.host));
    socket.setTimeout(5000, () => reject(new Error('no answer to the TLS 1.1 hello within 5 s')));
    socket.once('data', (answer: Buffer) => {
      socket.destroy();
      resolve(answer);
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the server closed without an alert')));
  });
}

/** RFC 4346, 7.4.1.2, with the suites that every TLS 1.1 server had, and the server name of RFC 6066. */
function clientHello11(host: string): Buffer {
  const name = Buffer.from(host);
  const sni = Buffer.concat([
    uint16(0),
    uint16(name.length + 5),
    uint16(name.length + 3),
    Buffer.from([0]),
    uint16(name.length),
    name,
  ]);
  const suites = Buffer.from([0xc0, 0x13, 0xc0, 0x14, 0xc0, 0x09, 0xc0, 0x0a, 0x00, 0x2f, 0x00, 0x35]);
  const body = Buffer.concat([
    Buffer.from([3, 2]),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    uint16(suites.length),
    suites,
    Buffer.from([1, 0]),
    uint16(sni.length),
    sni,
  ]);
  const handshakeMessage = Buffer.concat([Buffer.from([1, 0]), uint16(body.length), body]);
  return Buffer.concat([Buffer.from([22, 3, 1]), uint16(handshakeMessage.length), handshakeMessage]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}
