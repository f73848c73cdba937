import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployment';
import { AwsFault, type Backend, type Call, ok } from './gate';

interface Version {
  readonly id: string;
  readonly value: string;
  readonly stages: Set<string>;
}

/** The template's secrets with their versions and stages; a new secret holds what the template gives it. */
export class SecretsManager implements Backend {
  readonly service = 'secretsmanager';
  private readonly versions = new Map<string, Version[]>();

  constructor(deployment: Deployment) {
    for (const { arn, properties } of deployment.resources('AWS::SecretsManager::Secret')) {
      const value = properties.SecretString;
      this.versions.set(
        arn,
        value === undefined ? [] : [{ id: randomUUID(), value: String(value), stages: new Set(['AWSCURRENT']) }],
      );
    }
  }

  targets({ operation, input }: Call) {
    if (operation !== 'GetSecretValue') throw new Error(`the rehearsal does not know secretsmanager:${operation}`);
    const stage = String(input.VersionStage ?? 'AWSCURRENT');
    return [
      {
        action: `secretsmanager:${operation}`,
        resource: String(input.SecretId),
        context: { 'secretsmanager:VersionStage': stage },
      },
    ];
  }

  async handle({ input }: Call) {
    const stage = String(input.VersionStage ?? 'AWSCURRENT');
    const version = this.of(String(input.SecretId)).find(({ stages }) => stages.has(stage));
    if (!version) throw new AwsFault('ResourceNotFoundException', `no version of the secret has stage ${stage}`);
    return ok({
      ARN: input.SecretId,
      VersionId: version.id,
      SecretString: version.value,
      VersionStages: [...version.stages],
    });
  }

  /** Puts a version as an operator does; a stage moves from the version that had it, and the current one leaves its trace. */
  put(secretArn: string, value: string, stage: 'AWSCURRENT' | 'AWSPENDING' = 'AWSCURRENT'): void {
    const versions = this.of(secretArn);
    const before = versions.find(({ stages }) => stages.has(stage));
    before?.stages.delete(stage);
    if (stage === 'AWSCURRENT') {
      for (const { stages } of versions) stages.delete('AWSPREVIOUS');
      before?.stages.add('AWSPREVIOUS');
    }
    versions.push({ id: randomUUID(), value, stages: new Set([stage]) });
  }

  private of(secretArn: string): Version[] {
    const versions = this.versions.get(secretArn);
    if (!versions) throw new AwsFault('ResourceNotFoundException', `no secret ${secretArn}`);
    return versions;
  }
}
