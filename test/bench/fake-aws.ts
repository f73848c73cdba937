import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** AWS as far as the receiver asks it, at a loopback address: credentials, a write that always succeeds, an encryption. */
export async function serveFakeAws(credentials: object): Promise<{ url: string; close: () => void }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let input = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      input += chunk;
    });
    request.on('end', () => {
      const { status, body } = answer(String(request.headers['x-amz-target']), input, credentials);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(target: string, input: string, credentials: object): { status: number; body: string } {
  const action = target.split('.').at(-1);
  if (action === 'PutItem') return { status: 200, body: '{}' };
  if (action === 'Encrypt') return { status: 200, body: JSON.stringify({ CiphertextBlob: 'c2VhbGVk', KeyId: 'key' }) };
  if (action === 'GetSecretValue' && JSON.parse(input).VersionStage === 'AWSCURRENT')
    return { status: 200, body: JSON.stringify({ SecretString: JSON.stringify(credentials) }) };
  return { status: 400, body: JSON.stringify({ __type: 'ResourceNotFoundException', message: target }) };
}
