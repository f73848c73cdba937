import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, synthesise } from './assembly';
import type { StageName } from './deployment';

/** Another config of the team's own stages that an act asks for. */
export type Variant =
  /** With mutual TLS, for clients of this CA. */
  | { readonly id: 'mutual-tls'; readonly clientCa: string }
  /** Both stages for PayCA's other generation. */
  | { readonly id: 'other-profile' }
  /** With a log platform: the stage's own where it has one, else one that takes anything over HTTPS. */
  | { readonly id: 'shipping' };

/** Synthesises what an act of `stage` asks for, and no stage that it does not need; gives the assembly's directory. */
export function synthesiseVariant(variant: Variant, stage: StageName): Promise<string> {
  const config = join('out', 'rehearsal', `${variant.id}-config`);
  mkdirSync(join(REPOSITORY, config), { recursive: true });
  if (variant.id === 'mutual-tls') writeFileSync(join(REPOSITORY, config, TRUSTSTORE), variant.clientCa);
  const stages = variant.id === 'other-profile' ? 'own' : `own.filter(({ stage }) => stage === '${stage}')`;
  const lines = [
    `import { stages as own } from '../../../config';`,
    `export const stages = ${stages}.map((stage) => (${changes(config)[variant.id]}));`,
    '',
  ];
  writeFileSync(join(REPOSITORY, config, 'index.ts'), lines.join('\n'));
  return synthesise(variant.id, config);
}

const TRUSTSTORE = 'truststore.pem';

/** Expressions over `stage`. */
function changes(config: string): Readonly<Record<Variant['id'], string>> {
  const mutualTls = `{ truststore: '${config}/${TRUSTSTORE}' }`;
  return {
    'mutual-tls': `{ ...stage, webhook: { ...stage.webhook, tlsPolicy: 'TLS_1_2', mutualTls: ${mutualTls} } }`,
    // All of the generation's presets, and a time-out of one second, so that a silent PayCA need not be waited for.
    'other-profile': `{
      ...stage,
      payca: {
        baseUrl: stage.payca.baseUrl,
        profile: stage.payca.profile === 'tenant-balance' ? 'master-account' : 'tenant-balance',
        timeoutSeconds: 1,
      },
    }`,
    shipping: `stage.shipping ? stage : {
      ...stage,
      thirdPartySecrets: [...(stage.thirdPartySecrets ?? []), 'rehearsed-platform'],
      shipping: { destination: { kind: 'https', url: 'https://platform.example.com' }, secret: 'rehearsed-platform' },
    }`,
  };
}
