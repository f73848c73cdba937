import { createHash } from 'node:crypto';
import type { Deployment } from '../deployment';
import type { Resource } from '../template';
import type { Answer, Backend, Call } from './gate';
import type { S3 } from './s3';
import type { SecretsManager, Version } from './secrets-manager';

/**
 * An AWS emulator on this machine that answers instead of the rehearsal's own backends. Calls are still judged by the
 * template's policies, and what succeeded is told to the own backend too, so that the checks see it.
 */
export class Emulator {
  /** The template's ARN of a resource to the one that the emulator gave it. */
  private readonly theirs = new Map<string, string>();
  /** The template's buckets to new ones: what a former run wrote under Object Lock stays. */
  private readonly buckets = new Map<string, string>();
  /** Secrets and objects on their way to the emulator. */
  private putting: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly url: string,
    private readonly region: string,
  ) {}

  /** Creates the stage's keys, secrets, buses, rules and buckets, or takes a former run's buses and rules; loopback addresses only. */
  static async provision(deployment: Deployment, url: string, secrets: SecretsManager, s3: S3): Promise<Emulator> {
    const emulator = new Emulator(url.replace(/\/$/, ''), deployment.region);
    for (const { arn } of deployment.resources('AWS::KMS::Key')) {
      const { KeyMetadata } = await emulator.call('kms', 'TrentService.CreateKey', {});
      emulator.theirs.set(arn, String((KeyMetadata as { Arn: string }).Arn));
    }
    for (const secret of deployment.resources('AWS::SecretsManager::Secret'))
      await emulator.createSecret(secret, secrets);
    for (const { name } of deployment.resources('AWS::Events::EventBus')) {
      await emulator.call('events', 'AWSEvents.CreateEventBus', { Name: name });
    }
    for (const rule of deployment.resources('AWS::Events::Rule')) await emulator.putRule(rule);
    for (const bucket of deployment.resources('AWS::S3::Bucket')) await emulator.createBucket(bucket);
    s3.onPut = (bucket, key, content) => emulator.afterwards(() => emulator.putObject(bucket, key, content));
    return emulator;
  }

  /** `own` answered by the emulator. */
  wrap(own: Backend): Backend {
    return {
      service: own.service,
      targets: (call) => own.targets(call),
      handle: async (call) => {
        if (own.fails) return own.handle(call);
        const answer = await this.forward(call);
        // Ciphertexts are the emulator's alone, and what only reads a secret changes nothing here.
        const told = own.service !== 'kms' && !/^(Get|List|Describe|GET )/.test(call.operation);
        if (answer.status < 300 && told) await own.handle(call);
        return answer;
      },
    };
  }

  /** Under the id that the version has here, so that both know it by the same. */
  private async putSecret(arn: string, { id, value, stages }: Version): Promise<void> {
    const VersionStages = [...stages];
    const input = { SecretId: this.theirs.get(arn), SecretString: value, ClientRequestToken: id, VersionStages };
    await this.call('secretsmanager', 'secretsmanager.PutSecretValue', input);
  }

  private async createSecret({ name, arn }: Resource, secrets: SecretsManager): Promise<void> {
    const secret = secrets.secret(arn);
    const born = secret.get();
    // A former act's versions would still be labelled.
    const gone = { SecretId: name, ForceDeleteWithoutRecovery: true };
    await this.call('secretsmanager', 'secretsmanager.DeleteSecret', gone);
    const input = { Name: name, SecretString: born.value, ClientRequestToken: born.id };
    await this.call('secretsmanager', 'secretsmanager.CreateSecret', input);
    const { ARN } = await this.call('secretsmanager', 'secretsmanager.DescribeSecret', { SecretId: name });
    this.theirs.set(arn, String(ARN));
    await this.putSecret(arn, born);
    secret.onPut = (version) => {
      this.afterwards(() => this.putSecret(arn, version));
    };
  }

  private afterwards(put: () => Promise<unknown>): void {
    this.putting = this.putting.then(put);
  }

  private async putRule({ name, properties }: Resource): Promise<void> {
    const { EventBusName, EventPattern, ScheduleExpression, State } = properties;
    const pattern = EventPattern && JSON.stringify(EventPattern);
    const rule = { Name: name, EventBusName, EventPattern: pattern, ScheduleExpression, State };
    await this.call('events', 'AWSEvents.PutRule', rule);
  }

  private async putObject(bucket: string, key: string, content: Buffer): Promise<void> {
    const headers = { 'x-amz-checksum-sha256': createHash('sha256').update(content).digest('base64') };
    const path = `/${this.buckets.get(bucket)}/${encodeURI(key)}`;
    await this.send('s3', path, { method: 'PUT', headers, body: new Uint8Array(content) });
  }

  private async createBucket({ name, properties }: Resource): Promise<void> {
    const lock = properties.ObjectLockEnabled ? { 'x-amz-bucket-object-lock-enabled': 'true' } : undefined;
    const body = `<CreateBucketConfiguration><LocationConstraint>${this.region}</LocationConstraint></CreateBucketConfiguration>`;
    const own = `${name.slice(0, 54)}-${crypto.randomUUID().slice(0, 8)}`;
    this.buckets.set(name, own);
    await this.send('s3', `/${own}`, { method: 'PUT', headers: lock, body });
  }

  private async call(service: string, target: string, input: unknown): Promise<Readonly<Record<string, unknown>>> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    const text = await this.send(service, '/', { method: 'POST', headers, body: JSON.stringify(input) });
    return JSON.parse(text);
  }

  /** What stands already, from a former act or run, is as good as new; what does not stand need not be taken away. */
  private async send(service: string, path: string, init: RequestInit): Promise<string> {
    const scope = `rehearsal/20260101/${this.region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
    const response = await fetch(`${this.url}${path}`, { ...init, headers: { ...init.headers, authorization } });
    const text = await response.text();
    if (response.ok || /AlreadyExists|ResourceExists|AlreadyOwnedByYou|ResourceNotFound/.test(text)) return text;
    throw new Error(`the emulator at ${this.url} refuses to set up ${service}${path}: ${text}`);
  }

  private async forward({ method, path, headers, body, service }: Call): Promise<Answer> {
    const { host: _host, 'content-length': _length, connection: _connection, ...kept } = headers;
    const isObject = service === 's3';
    await this.putting;
    const response = await fetch(`${this.url}${isObject ? this.inBucket(path) : path}`, {
      method,
      headers: kept as Record<string, string>,
      body: method === 'GET' ? undefined : isObject ? new Uint8Array(body) : this.renamed(body.toString(), true),
    });
    const content = Buffer.from(await response.arrayBuffer());
    const etag = response.headers.get('etag');
    return {
      status: response.status,
      body: isObject ? content : this.renamed(content.toString(), false),
      headers: etag ? { etag } : undefined,
    };
  }

  private inBucket(path: string): string {
    return path.replace(/^\/([^/?]+)/, (_, name: string) => `/${this.buckets.get(name) ?? name}`);
  }

  private renamed(text: string, outwards: boolean): string {
    return [...this.theirs].reduce(
      (result, [ours, theirs]) => (outwards ? result.replaceAll(ours, theirs) : result.replaceAll(theirs, ours)),
      text,
    );
  }
}
