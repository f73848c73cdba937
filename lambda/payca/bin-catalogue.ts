import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { minorUnits } from './money';
import { Progress } from './progress';
import { variable } from './variables';

/** A part of a fee that depends on the amount, as PayCA writes it: `range` `0-100`, `value` a decimal. */
export interface Tier {
  readonly range: string;
  readonly value: string;
}

/** Bounds of a tier in minor units; whether they belong to it is not documented. Without `high` it has no end. */
export interface TierBounds {
  readonly low: bigint;
  readonly high?: bigint;
}

const RANGE = /^(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)?$/;

/** The bounds in a tier's `range`; `undefined` for what cannot be read, or is finer than `decimals`. */
export function tierBounds(range: string, decimals: number): TierBounds | undefined {
  const [, from, to] = RANGE.exec(range) ?? [];
  const low = from === undefined ? undefined : minorUnits(from, decimals);
  const high = to === undefined ? undefined : minorUnits(to, decimals);
  return low === undefined || (to !== undefined && high === undefined) ? undefined : { low, high };
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
  /** SHA-256 in hex of the object: one row of JSON a line, by BIN and currency. */
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

/** Owner and names of what Progress remembers: the catalogue in force, and each version under the hash of its rows. */
export const CATALOGUE = { owner: 'import-bins', current: 'current', version: 'version ' } as const;

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
  async rows(version: CatalogueVersion): Promise<CatalogueRow[]> {
    const rows: CatalogueRow[] = [];
    for await (const line of this.lines(version)) rows.push(JSON.parse(line));
    return rows;
  }

  /**
   * The rows of one version as lines of JSON, one after the other. What came before counts only when the last one was read:
   * then a `CatalogueError` tells that the whole is not what was imported.
   */
  async *lines({ key, sha256 }: CatalogueVersion): AsyncGenerator<string> {
    const { Body } = await this.client
      .send(new GetObjectCommand({ Bucket: this.bucket, Key: key }))
      .catch((error: unknown) => {
        throw error instanceof NoSuchKey ? new CatalogueError(`${key} is not there any more`) : error;
      });
    const hash = createHash('sha256');
    let rest = '';
    for await (const chunk of (Body as Readable).setEncoding('utf8') as AsyncIterable<string>) {
      hash.update(chunk);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (hash.digest('hex') !== sha256) throw new CatalogueError(`${key} is not what was imported: its hash differs`);
    if (rest !== '') yield rest;
  }
}

/** The catalogue in force, for a function that has `IMPORTS_BUCKET` and `PROGRESS_TABLE`. */
export function currentCatalogue(): Promise<Catalogue | undefined> {
  return new CatalogueReader(variable('IMPORTS_BUCKET'), new Progress(CATALOGUE.owner)).current();
}

/** A row as it is stored. */
export function catalogueLine(row: CatalogueRow): string {
  return `${JSON.stringify(row)}\n`;
}
