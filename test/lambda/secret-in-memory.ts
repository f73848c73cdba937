import type { SecretContent, SecretVersion } from '../../lambda/payca/credentials';
import { StoredSecret } from '../../rehearsal/aws/secrets-manager';

/** The credentials secret with Secrets Manager's stages, and what the functions do with it; a test moves its clock. */
export class SecretInMemory {
  now = Date.parse('2026-12-01T00:00:00Z');
  /** Times that the versions were listed, as a measure of reads. */
  lists = 0;
  /** Thrown by whatever is asked of it. */
  broken?: Error;
  readonly stored = new StoredSecret('arn', () => this.now);

  constructor(content: SecretContent = { supplied: false }) {
    this.put(content);
  }

  put(content: SecretContent, stage = 'AWSCURRENT'): string {
    return this.stored.put(JSON.stringify(content), [stage]).id;
  }

  readonly versions = async (): Promise<SecretVersion[]> => {
    this.lists += 1;
    if (this.broken) throw this.broken;
    return this.stored.list().map(({ id, stages, createdAt }) => ({ id, stages: [...stages], createdAt }));
  };

  readonly read = async (id: string): Promise<SecretContent | undefined> => {
    if (this.broken) throw this.broken;
    return JSON.parse(this.stored.get(id).value);
  };

  readonly move = async (stage: string, { to, from }: { to?: string; from?: string }): Promise<void> => {
    if (this.broken) throw this.broken;
    this.stored.move(stage, to, from);
  };

  /** The content at a stage. */
  at(stage: string): SecretContent | undefined {
    const version = this.stored.list().find(({ stages }) => stages.has(stage));
    return version && JSON.parse(version.value);
  }
}

/** A pair whose number names it. */
export const pair = (number: number) => ({ clientId: `client-${number}`, clientSecret: `secret-${number}` });
