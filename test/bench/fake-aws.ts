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

/** The secret has one version, and no former one. */
function answer(target: string, input: string, credentials: object): { status: number; body: string } {
  const action = target.split('.').at(-1);
  const { VersionStage = 'AWSCURRENT' } = JSON.parse(input);
  const said = (body: object) => ({ status: 200, body: JSON.stringify(body) });
  if (action === 'PutItem') return said({});
  if (action === 'Encrypt') return said({ CiphertextBlob: 'c2VhbGVk', KeyId: 'key' });
  if (action === 'ListSecretVersionIds')
    return said({ Versions: [{ VersionId: 'first', VersionStages: ['AWSCURRENT'], CreatedDate: 1 }] });
  if (action === 'GetSecretValue' && VersionStage === 'AWSCURRENT')
    return said({ SecretString: JSON.stringify(credentials) });
  return { status: 400, body: JSON.stringify({ __type: 'ResourceNotFoundException', message: target }) };
}
