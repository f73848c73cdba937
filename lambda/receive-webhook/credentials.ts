import { AwsError, awsCall } from '../payca/aws-call';
import { variable } from '../payca/variables';

/** PayCA's client id and secret as one version of the secret holds them. */
export interface KeyPair {
  readonly name: 'current' | 'previous' | 'pending';
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The content of one version of the secret. */
type Version = Readonly<Record<string, unknown>>;
type ReadVersion = (stage: string) => Promise<Version | undefined>;

/** A pair that PayCA withdrew is not trusted for ever by a process that lives long. */
const MAX_AGE_MS = 6 * 60 * 60 * 1000;
/** A stranger with bad signatures must not make us read the secret at his pace. */
const READ_EVERY_MS = 30 * 1000;

/** Keeps the credentials in memory and reads them afresh when they are old or did not match. */
export class CredentialsCache {
  private pairs?: readonly KeyPair[];
  private overlapEnd = 0;
  private readAt = 0;
  private triedAt = Number.NEGATIVE_INFINITY;
  private reading?: Promise<void>;

  constructor(
    private readonly readVersion: ReadVersion,
    private readonly now: () => number,
  ) {}

  /** The pairs to try, none when no operator has supplied one. Throws when they were never read and cannot be. */
  async get(): Promise<readonly KeyPair[]> {
    if (!this.pairs) await this.read();
    else if (this.now() - this.readAt > MAX_AGE_MS && this.mayRead()) await this.read().catch(() => undefined);
    return this.valid();
  }

  /**
   * The pairs after none of them matched, read afresh unless that was done within 30 s. Throws when the last attempt to
   * read them failed: then nobody knows whether a signature is wrong.
   */
  async afterMismatch(): Promise<readonly KeyPair[]> {
    if (this.reading || this.mayRead()) await this.read();
    else if (this.triedAt > this.readAt) throw new Error('the credentials could not be read within the last 30 s');
    return this.valid();
  }

  private mayRead(): boolean {
    return this.now() - this.triedAt >= READ_EVERY_MS;
  }

  private valid(): readonly KeyPair[] {
    return (this.pairs ?? []).filter(({ name }) => name !== 'previous' || this.now() < this.overlapEnd);
  }

  private read(): Promise<void> {
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    this.triedAt = this.now();
    const [current, pending, previous] = await Promise.all(
      ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'].map((stage) => this.readVersion(stage)),
    );
    this.overlapEnd = Date.parse(String(current?.previousValidUntil));
    this.pairs = [keyPair('current', current), keyPair('pending', pending), keyPair('previous', previous)].flatMap(
      (pair) => pair ?? [],
    );
    this.readAt = this.triedAt;
  }
}

function keyPair(name: KeyPair['name'], version: Version | undefined): KeyPair | undefined {
  const { clientId, clientSecret } = version ?? {};
  const usable = typeof clientId === 'string' && typeof clientSecret === 'string' && clientId && clientSecret;
  return usable ? { name, clientId, clientSecret } : undefined;
}

/** Reads one version of the secret by its stage; `undefined` when no version has it. */
export async function readSecretVersion(stage: string): Promise<Version | undefined> {
  try {
    const input = { SecretId: variable('CREDENTIALS_SECRET'), VersionStage: stage };
    const { SecretString } = await awsCall<{ SecretString: string }>({
      service: 'secretsmanager',
      action: 'GetSecretValue',
      input,
    });
    return parse(SecretString);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** A parse error would quote the secret. */
function parse(text: string): Version {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {}
  throw new Error('the credentials secret does not hold a JSON object');
}
