import type { ClientPair } from '../payca/api';
import { acceptedUntil, clientPair, type SecretContent, type SecretVersion, versionAt } from '../payca/credentials';

/** PayCA's client id and secret as one version of the secret holds them. */
export interface KeyPair extends ClientPair {
  readonly name: 'current' | 'previous' | 'pending';
  /** End of its overlap in milliseconds since 1970: for `previous` only. */
  readonly acceptedUntil?: number;
}

interface Secret {
  readonly versions: () => Promise<readonly SecretVersion[]>;
  readonly read: (versionId: string) => Promise<SecretContent | undefined>;
}

/** A pair that PayCA withdrew is not trusted for ever by a process that lives long. */
const MAX_AGE_MS = 6 * 60 * 60 * 1000;
/** A stranger with bad signatures must not make us read the secret at his pace. */
const READ_EVERY_MS = 30 * 1000;
/** In the order in which they are tried. */
const NAMES = ['current', 'pending', 'previous'] as const;

/** Keeps the credentials in memory and reads them afresh when they are old or did not match. */
export class CredentialsCache {
  private pairs?: readonly KeyPair[];
  private readAt = 0;
  private triedAt = Number.NEGATIVE_INFINITY;
  private reading?: Promise<void>;

  constructor(
    private readonly secret: Secret,
    private readonly now: () => number,
    /** How long PayCA's former keys stay valid, for a pair that was replaced without `golive credentials put`. */
    private readonly overlapMs: number,
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
    return (this.pairs ?? []).filter(({ acceptedUntil: end }) => end === undefined || this.now() < end);
  }

  private read(): Promise<void> {
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    this.triedAt = this.now();
    const versions = await this.secret.versions();
    const replacedAt = versionAt('AWSCURRENT', versions)?.createdAt ?? 0;
    const wanted = versions.flatMap((version) => keyOf(version, this.now(), replacedAt + this.overlapMs) ?? []);
    const pairs = await Promise.all(
      wanted.map(async ({ id, ...key }) => {
        const pair = clientPair(await this.secret.read(id));
        return pair ? [{ ...key, ...pair }] : [];
      }),
    );
    this.pairs = pairs.flat().sort((one, other) => NAMES.indexOf(one.name) - NAMES.indexOf(other.name));
    this.readAt = this.triedAt;
  }
}

/** What a version is used as; nothing for one whose overlap is over. `unrecordedEnd` is that of a pair that has none of its own. */
function keyOf(
  version: SecretVersion,
  now: number,
  unrecordedEnd: number,
): ({ id: string } & Pick<KeyPair, 'name' | 'acceptedUntil'>) | undefined {
  const { id, stages } = version;
  if (stages.includes('AWSCURRENT')) return { id, name: 'current' };
  if (stages.includes('AWSPENDING')) return { id, name: 'pending' };
  const end = acceptedUntil(version) ?? (stages.includes('AWSPREVIOUS') ? unrecordedEnd : undefined);
  return end !== undefined && now < end ? { id, name: 'previous', acceptedUntil: end } : undefined;
}
