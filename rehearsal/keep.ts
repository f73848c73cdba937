import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { path } from './acts/first-deploy';
import { REPOSITORY } from './assembly';
import type { Credentials } from './payca';
import type { Screen } from './report';
import type { World } from './world';

/** Stays up until it is interrupted, so that anybody with the file's contents can send webhooks. */
export async function keep(world: World, credentials: Credentials, screen: Screen): Promise<void> {
  const directory = join(REPOSITORY, 'out', 'rehearsal');
  mkdirSync(directory, { recursive: true });
  const { port, ca, certificate, from } = world.address;
  world.edge.direct = { address: from, host: '127.0.0.1' };
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, ca);
  const url = `https://127.0.0.1:${port}${path(world)}`;
  const file = join(directory, 'keep.json');
  const content = {
    url,
    caFile,
    ...credentials,
    operator: world.operatorEnvironment('jo'),
    clientCertificate: certificate?.pem,
    clientKey: certificate?.keyPem,
  };
  // The credentials are made up for this run; even so, only their user reads them.
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  screen.line('');
  screen.line(`Staying up: ${url}`);
  screen.line(`  curl --cacert ${caFile} -H 'X-Signature: sha256=...' --data-binary @body.json ${url}`);
  screen.line(`  client id and secret of this run: ${file}`);
  screen.line(`  a connection without a PROXY line counts as ${from}, the first address of the allow-list`);
  const variables = Object.entries(world.operatorEnvironment('jo')).map(([name, value]) => `${name}=${value}`);
  screen.line(`  operator's commands: ${variables.join(' ')} npm run golive -- status`);
  screen.line('  Ctrl-C ends it.');
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
