import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** TLS version of an open connection, or the error with which it was refused. */
export function tlsVersion(socket: TLSSocket, host: string): Promise<{ version: string } | { error: string }> {
  return new Promise((resolve) => {
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer within 5 s')));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
    socket.on('close', () => resolve({ error: 'closed' }));
    socket.on('secureConnect', () => {
      const version = socket.getProtocol() ?? '';
      // With TLS 1.3 a server refuses a client certificate only after the client's own handshake is done.
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
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
export function answerToTls11(socket: Socket, host: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.write(clientHello11(host));
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer to the TLS 1.1 hello within 5 s')));
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
