import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, synthesise } from './assembly';
import { type Authority, authority } from './certificates';
import { type Deployment, loadStage, type StageName } from './deployment';

/** The stages as they would be with mutual TLS: the team's own config, a truststore made for this run, and nothing else. */
export async function withMutualTls(stage: StageName): Promise<{ deployment: Deployment; clientCa: Authority }> {
  const clientCa = await authority('PayCA client CA');
  const config = join('out', 'rehearsal', 'mutual-tls-config');
  mkdirSync(join(REPOSITORY, config), { recursive: true });
  writeFileSync(join(REPOSITORY, config, 'truststore.pem'), clientCa.pem);
  writeFileSync(
    join(REPOSITORY, config, 'index.ts'),
    [
      `import { stages as own } from '../../../config';`,
      `const mutualTls = { truststore: '${config}/truststore.pem' };`,
      `export const stages = own.map((stage) => ({ ...stage, webhook: { ...stage.webhook, tlsPolicy: 'TLS_1_2', mutualTls } }));`,
      '',
    ].join('\n'),
  );
  return { deployment: loadStage(await synthesise('mutual-tls', config), stage), clientCa };
}
