import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, synthesise } from './assembly';
import { type Authority, authority } from './certificates';
import { type Deployment, loadStage, type StageName } from './deployment';

/** The stages as they would be with mutual TLS: the team's own config, a truststore made for this run, and nothing else. */
export async function withMutualTls(stage: StageName): Promise<{ deployment: Deployment; clientCa: Authority }> {
  const clientCa = await authority('PayCA client CA');
  const config = configDirectory('mutual-tls');
  writeFileSync(join(REPOSITORY, config, 'truststore.pem'), clientCa.pem);
  const mutualTls = `{ truststore: '${config}/truststore.pem' }`;
  const change = `{ ...stage, webhook: { ...stage.webhook, tlsPolicy: 'TLS_1_2', mutualTls: ${mutualTls} } }`;
  return { deployment: loadStage(await variant('mutual-tls', change), stage), clientCa };
}

/**
 * Both stages as they would be for PayCA's other generation, with all of its presets, and with a time-out of one second so
 * that a silent PayCA need not be waited for.
 */
export async function withOtherProfile(): Promise<Deployment[]> {
  const change = `{
    ...stage,
    payca: {
      baseUrl: stage.payca.baseUrl,
      profile: stage.payca.profile === 'tenant-balance' ? 'master-account' : 'tenant-balance',
      timeoutSeconds: 1,
    },
  }`;
  const assembly = await variant('other-profile', change);
  return (['production', 'sandbox'] as const).map((stage) => loadStage(assembly, stage));
}

/** The stage as it would be with a log platform: its own where it has one, else one that takes anything over HTTPS. */
export async function withShipping(stage: StageName): Promise<Deployment> {
  const change = `stage.shipping ? stage : {
    ...stage,
    thirdPartySecrets: [...(stage.thirdPartySecrets ?? []), 'rehearsed-platform'],
    shipping: { destination: { kind: 'https', url: 'https://platform.example.com' }, secret: 'rehearsed-platform' },
  }`;
  return loadStage(await variant('shipping', change), stage);
}

function configDirectory(name: string): string {
  const directory = join('out', 'rehearsal', `${name}-config`);
  mkdirSync(join(REPOSITORY, directory), { recursive: true });
  return directory;
}

/** Synthesises the team's own stages, each changed by the expression `change` over `stage`; gives the assembly's directory. */
function variant(name: string, change: string): Promise<string> {
  const config = configDirectory(name);
  const lines = [
    `import { stages as own } from '../../../config';`,
    `export const stages = own.map((stage) => (${change}));`,
    '',
  ];
  writeFileSync(join(REPOSITORY, config, 'index.ts'), lines.join('\n'));
  return synthesise(name, config);
}
