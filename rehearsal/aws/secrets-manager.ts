import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployment';
import type { Json } from '../template';
import { AwsFault, type Backend, type Call, ok } from './gate';

export interface Version {
  readonly id: string;
  readonly value: string;
  readonly stages: Set<string>;
  readonly createdAt: number;
}

/** Quota of staging labels over all versions of a secret. */
const MAX_LABELS = 20;

const invalid = (message: string) => new AwsFault('InvalidParameterException', message);
const notFound = (message: string) => new AwsFault('ResourceNotFoundException', message);

/** One secret with its versions and stages, as Secrets Manager keeps them. */
export class StoredSecret {
  /** Told of every version that is put, whoever puts it. */
  onPut: (version: Version) => void = () => undefined;
  private readonly versions: Version[] = [];

  constructor(
    readonly arn: string,
    private readonly now: () => number,
  ) {}

  /** Versions that have a stage; the others are deprecated and may be gone at any moment. */
  list(): Version[] {
    return this.versions.filter(({ stages }) => stages.size > 0);
  }

  get(id?: string, stage = id ? undefined : 'AWSCURRENT'): Version {
    const version = this.versions.find((one) => (!id || one.id === id) && (!stage || one.stages.has(stage)));
    if (!version) throw notFound(`no version of the secret has ${id ?? ''} ${stage ?? ''}`);
    return version;
  }

  /** The first version of a secret becomes current whatever stage it is put at. */
  put(value: string, stages: readonly string[] = ['AWSCURRENT'], id: string = randomUUID()): Version {
    const known = this.versions.find((one) => one.id === id);
    if (known && known.value !== value)
      throw new AwsFault('ResourceExistsException', `version ${id} has another value`);
    const version = known ?? { id, value, stages: new Set<string>(), createdAt: this.now() };
    const first = this.versions.length === 0;
    if (!known) this.versions.push(version);
    for (const stage of new Set(first ? [...stages, 'AWSCURRENT'] : stages)) this.attach(stage, version);
    this.onPut(version);
    return version;
  }

  move(stage: string, to?: string, from?: string): Version {
    const holder = this.versions.find(({ stages }) => stages.has(stage));
    if (from && holder?.id !== from) throw invalid(`${stage} is not attached to version ${from}`);
    if (to && holder && holder.id !== to && holder.id !== from)
      throw invalid(`${stage} is attached to ${holder.id}, which RemoveFromVersionId must name`);
    if (!to && stage === 'AWSCURRENT') throw invalid('AWSCURRENT can be moved, not removed');
    if (to) this.attach(stage, this.get(to));
    else holder?.stages.delete(stage);
    return to ? this.get(to) : this.get(from);
  }

  private attach(stage: string, version: Version): void {
    const holder = this.versions.find(({ stages }) => stages.has(stage));
    if (holder === version) return;
    holder?.stages.delete(stage);
    version.stages.add(stage);
    if (stage === 'AWSCURRENT' && holder) {
      for (const { stages } of this.versions) stages.delete('AWSPREVIOUS');
      holder.stages.add('AWSPREVIOUS');
    }
    const labels = this.versions.reduce((sum, { stages }) => sum + stages.size, 0);
    if (labels > MAX_LABELS)
      throw new AwsFault('LimitExceededException', `a secret takes ${MAX_LABELS} staging labels`);
  }
}

const ACTIONS = [
  'GetSecretValue',
  'PutSecretValue',
  'UpdateSecretVersionStage',
  'ListSecretVersionIds',
  'DescribeSecret',
];

/** The template's secrets; a new one holds what the template gives it. */
export class SecretsManager implements Backend {
  readonly service = 'secretsmanager';
  /** By how much its clock is ahead of this machine's. */
  clockOffsetMs = 0;
  /** Calls so far, by operation. */
  readonly calls = new Map<string, number>();
  private readonly secrets = new Map<string, StoredSecret>();

  constructor(deployment: Deployment) {
    for (const { arn, properties } of deployment.resources('AWS::SecretsManager::Secret')) {
      const secret = new StoredSecret(arn, () => Date.now() + this.clockOffsetMs);
      if (properties.SecretString !== undefined) secret.put(String(properties.SecretString));
      this.secrets.set(arn, secret);
    }
  }

  targets({ operation, input }: Call) {
    if (!ACTIONS.includes(operation)) throw new Error(`the rehearsal does not know secretsmanager:${operation}`);
    // A version named by its id has no stage in the request.
    const stage = operation === 'GetSecretValue' && !input.VersionId ? 'AWSCURRENT' : undefined;
    const context = { 'secretsmanager:VersionStage': (input.VersionStage as string | undefined) ?? stage };
    return [{ action: `secretsmanager:${operation}`, resource: String(input.SecretId), context }];
  }

  async handle({ operation, input }: Call) {
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
    const secret = this.secret(String(input.SecretId));
    return ok({ ARN: secret.arn, ...this.answer(operation, secret, input as Record<string, string | undefined>) });
  }

  secret(arn: string): StoredSecret {
    const secret = this.secrets.get(arn);
    if (!secret) throw notFound(`no secret ${arn}`);
    return secret;
  }

  private answer(operation: string, secret: StoredSecret, input: Record<string, string | undefined>): Json {
    if (operation === 'GetSecretValue') {
      const version = secret.get(input.VersionId, input.VersionStage);
      return { ...described(version), SecretString: version.value };
    }
    if (operation === 'PutSecretValue') {
      const stages = input.VersionStages as readonly string[] | undefined;
      return described(secret.put(input.SecretString ?? '', stages, input.ClientRequestToken));
    }
    if (operation === 'UpdateSecretVersionStage') {
      secret.move(input.VersionStage ?? '', input.MoveToVersionId, input.RemoveFromVersionId);
      return {};
    }
    if (operation === 'ListSecretVersionIds') return { Versions: secret.list().map(described) };
    return { VersionIdsToStages: Object.fromEntries(secret.list().map(({ id, stages }) => [id, [...stages]])) };
  }
}

const described = ({ id, stages, createdAt }: Version) => ({
  VersionId: id,
  VersionStages: [...stages],
  CreatedDate: createdAt / 1000,
});
