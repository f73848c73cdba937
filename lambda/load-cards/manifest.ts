import { IMPORTS } from '../payca/imports';
import { sha256 } from '../payca/inbox';

/** A user as the operator's systems know it. */
export interface ManifestUser {
  /** The operator's own id. */
  readonly ownId: string;
  readonly status?: string;
  /** Personal data. */
  readonly meta: Readonly<Record<string, string>>;
  /** PayCA's ids of a user who is there already, as another system holds them; then nobody is made. */
  readonly paycaId?: string;
  readonly paycaAccount?: string;
}

/** A card that is to be issued. */
export interface ManifestCard {
  /** Line of the file. */
  readonly row: number;
  /** The operator's own id. */
  readonly ref: string;
  readonly bin: string;
  readonly currency: string;
  /** Decimal; the opening balance, or none. */
  readonly balance?: string;
  /** PayCA's id of the account that pays; the user's wallet when absent. */
  readonly account?: string;
  /** One of `migration.cardKinds`. */
  readonly kind?: string;
  /** PayCA's id of a card that is there already; then none is issued. */
  readonly paycaId?: string;
}

/** A user with its cards, or a card of nobody: what is loaded together. */
export interface ManifestEntry {
  /** The first of its lines in the file; line 1 has the names of the columns. */
  readonly row: number;
  readonly user?: ManifestUser;
  readonly cards: readonly ManifestCard[];
}

/** A message of the queue: where an entry stands in the manifest that was put into the bucket, and nothing of it. */
export interface RowReference {
  readonly load: string;
  readonly row: number;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
  /** In hex. */
  readonly sha256: string;
}

/** A manifest as it is put into the bucket: one entry of JSON a line. */
export interface StoredManifest {
  readonly content: Buffer;
  readonly references: readonly RowReference[];
}

/** The same file is the same load. */
export function loadId(file: Uint8Array): string {
  return sha256(file).slice(0, 16);
}

export function manifestKey(load: string): string {
  return `${IMPORTS.usersCards}${load}.ndjson`;
}

export function storeManifest(load: string, entries: readonly ManifestEntry[]): StoredManifest {
  const lines = entries.map((entry) => Buffer.from(`${JSON.stringify(entry)}\n`));
  let offset = 0;
  const references = lines.map((line, index) => {
    const { row } = entries[index] as ManifestEntry;
    const reference = { load, row, offset, length: line.length, sha256: sha256(line) };
    offset += line.length;
    return reference;
  });
  return { content: Buffer.concat(lines), references };
}

/** What stands at `reference`; `undefined` when it is not what was put there. */
export function readEntry(content: Uint8Array, reference: RowReference): ManifestEntry | undefined {
  return sha256(content) === reference.sha256 ? JSON.parse(Buffer.from(content).toString()) : undefined;
}
