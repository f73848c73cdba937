import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Progress } from './progress';
import { variable } from './variables';

/** A fee by the amount of the transaction (payca-contract.md, 10). */
export interface Tier {
  /** `0-100`, in the currency of the card; without an end, `100-`. */
  readonly range: string;
  /** Decimal. */
  readonly value: string;
}

/** One BIN of the imported catalogue; amounts are decimals. */
export interface CatalogueRow {
  readonly bin: string;
  readonly currency: string;
  readonly provider?: string;
  readonly fees: {
    readonly issueFee?: string;
    readonly monthlyFee?: string;
    readonly authorization?: readonly Tier[];
    readonly decline?: readonly Tier[];
    readonly settlement?: readonly Tier[];
  };
  readonly minCardBalance?: string;
  readonly isTokenizable?: boolean;
}

/** Which version of the catalogue counts, and where it is in the imports bucket. */
interface Pointer {
  readonly version: string;
  readonly key: string;
}

export interface Catalogue {
  readonly version: string;
  readonly rows: readonly CatalogueRow[];
}

/** The catalogue that was imported last; `undefined` when none was. */
export async function currentCatalogue(
  progress: Pick<Progress, 'recall'> = new Progress('import-bins'),
  { bucket = variable('IMPORTS_BUCKET'), client = new S3Client() } = {},
): Promise<Catalogue | undefined> {
  const pointer = (await progress.recall('current')) as Pointer | undefined;
  if (!pointer) return undefined;
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: pointer.key }));
  const { rows } = JSON.parse((await Body?.transformToString()) ?? '{}');
  return { version: pointer.version, rows };
}
