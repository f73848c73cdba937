import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256 } from './inbox';
import { Progress } from './progress';
import { variable } from './variables';

/** A part of a fee that depends on the amount, as PayCA writes it: `range` `0-100`, `value` a decimal. */
export interface Tier {
  readonly range: string;
  readonly value: string;
}

/** Fees of a BIN; decimals as text, exact, in the BIN's currency (payca-contract.md, 10). */
export interface BinFees {
  readonly issueFee?: string;
  readonly monthlyFee?: string;
  readonly authorization?: readonly Tier[];
  readonly decline?: readonly Tier[];
  readonly settlement?: readonly Tier[];
}

/** Merchant category codes of four digits: only these, or all but these. */
export interface MccRestriction {
  readonly mode: 'allow' | 'block';
  readonly codes: readonly string[];
}

/** One BIN in one currency. */
export interface CatalogueRow {
  /** 6 or 8 digits. */
  readonly bin: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly provider: string;
  readonly fees: BinFees;
  readonly minCardBalance?: string;
  readonly isTokenizable?: boolean;
  readonly mcc?: MccRestriction;
}

/** A catalogue that was imported; its object never changes. */
export interface CatalogueVersion {
  /** Time of the import and the beginning of the hash: `20261125T093000Z-1a2b3c4d`. */
  readonly version: string;
  /** SHA-256 in hex of the object: one row of JSON a line. */
  readonly sha256: string;
  readonly key: string;
  readonly rows: number;
  /** ISO 8601 in UTC. */
  readonly importedAt: string;
  readonly by: string;
}

export interface Catalogue {
  readonly version: string;
  readonly rows: readonly CatalogueRow[];
}

/** Owner and name of what Progress remembers about the catalogue in force. */
export const CATALOGUE = { owner: 'import-bins', current: 'current' } as const;

/** What is stored is not what was imported. */
export class CatalogueError extends Error {}

/** Reads catalogues of a stage. */
export class CatalogueReader {
  constructor(
    private readonly bucket: string,
    private readonly progress: Pick<Progress, 'recall'>,
    private readonly client: Pick<S3Client, 'send'> = new S3Client(),
  ) {}

  /** The catalogue in force; `undefined` before the first import. Throws `CatalogueError` when it was tampered with. */
  async current(): Promise<Catalogue | undefined> {
    const version = (await this.progress.recall(CATALOGUE.current)) as CatalogueVersion | undefined;
    return version && { version: version.version, rows: await this.rows(version) };
  }

  /** The rows of one version. */
  async rows({ key, sha256: expected }: CatalogueVersion): Promise<CatalogueRow[]> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    const text = (await Body?.transformToString()) ?? '';
    if (sha256(text) !== expected) throw new CatalogueError(`${key} is not what was imported: its hash differs`);
    return readCatalogue(text);
  }
}

/** The catalogue in force, for a function that has `IMPORTS_BUCKET` and `PROGRESS_TABLE`. */
export function currentCatalogue(): Promise<Catalogue | undefined> {
  return new CatalogueReader(variable('IMPORTS_BUCKET'), new Progress(CATALOGUE.owner)).current();
}

export function writeCatalogue(rows: readonly CatalogueRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export function readCatalogue(text: string): CatalogueRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
