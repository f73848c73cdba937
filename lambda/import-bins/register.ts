import { CATALOGUE, type CatalogueVersion } from '../payca/bin-catalogue';
import type { Progress } from '../payca/progress';
import type { Summary } from './examine';

/** A version as it was imported last; the same rows are the same version. */
export interface ImportedVersion extends CatalogueVersion {
  /** The file, by its name and the SHA-256 of its bytes in hex. */
  readonly source: { readonly name: string; readonly sha256: string };
  /** The version that was in force when the report was made. */
  readonly base?: string;
  /** Folder of the report in the imports bucket. */
  readonly report: string;
  readonly summary: Summary;
}

/** How a version came into force. */
export interface Confirmation {
  readonly version: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly by: string;
  readonly act: 'confirmed' | 'rolled back';
  /** Why in spite of findings, or why back. */
  readonly reason?: string;
}

/** The catalogue in force, with what came into force before it, newest first. */
export interface InForce extends CatalogueVersion {
  readonly history: readonly Confirmation[];
}

/** An item of DynamoDB has room for many more. */
const REMEMBERED = 200;

/** The versions and the one in force. To put one in force is one conditional write. */
export class Register {
  constructor(private readonly progress: Pick<Progress, 'recall' | 'rememberIf' | 'all'>) {}

  async current(): Promise<InForce | undefined> {
    return (await this.progress.recall(CATALOGUE.current)) as InForce | undefined;
  }

  /** Oldest first. */
  async versions(): Promise<ImportedVersion[]> {
    const all = (await this.progress.all(CATALOGUE.version)) as Map<string, ImportedVersion>;
    return [...all.values()].sort((one, other) => (one.version < other.version ? -1 : 1));
  }

  async withHash(sha256: string): Promise<ImportedVersion | undefined> {
    return (await this.progress.recall(CATALOGUE.version + sha256)) as ImportedVersion | undefined;
  }

  /** Throws `ProgressChanged` when somebody else imported the same rows meanwhile. */
  keep(version: ImportedVersion, former: ImportedVersion | undefined): Promise<void> {
    return this.progress.rememberIf(CATALOGUE.version + version.sha256, version, former);
  }

  /** Throws `ProgressChanged` when another version came into force since `former` was read. */
  async putInForce(
    { version, sha256, key, rows, importedAt, by }: CatalogueVersion,
    confirmation: Omit<Confirmation, 'version'>,
    former: InForce | undefined,
  ): Promise<void> {
    const history = [{ version, ...confirmation }, ...(former?.history ?? [])].slice(0, REMEMBERED);
    const inForce: InForce = { version, sha256, key, rows, importedAt, by, history };
    await this.progress.rememberIf(CATALOGUE.current, inForce, former);
  }
}
