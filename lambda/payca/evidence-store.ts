import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  type EvidenceObject,
  evidenceManifest,
  evidenceRecord,
  type Finding,
  intactHash,
  type ManifestReference,
  NEWEST_MANIFEST,
  type Run,
} from './evidence';
import { sha256 } from './inbox';

/** So many runs at the same moment are more than there are writers. */
const ATTEMPTS = 10;

/** Nothing could be recorded, and why. */
export class EvidenceError extends Error {}

/** A run of a function, now. A bundle does not know its commit; its own hash tells which one it was made of. */
export function functionRun(name: string, now: Date): Run {
  return { id: randomUUID(), time: now.toISOString(), actor: name, commit: `bundle ${bundleHash()}` };
}

const bundleHash = () => sha256(readFileSync(__filename));

/** The evidence bucket of a stage, for those who record in it. */
export class EvidenceStore {
  constructor(
    private readonly bucket: string,
    private readonly client: Pick<S3Client, 'send'> = new S3Client(),
  ) {}

  /**
   * Writes the records of a run, then a manifest that names the one before it; gives the manifest. Of two runs at the same
   * moment one comes after the other. Nothing is added to a chain whose newest manifest is not what was recorded:
   * `EvidenceError`.
   */
  async write(run: Run, findings: readonly Finding[]): Promise<EvidenceObject> {
    let newest = await this.newest();
    const records = findings.map((finding) => evidenceRecord(run, finding));
    for (const record of records) await this.put(record, { IfNoneMatch: '*' });
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const manifest = evidenceManifest(run, records, newest?.manifest, attempt);
      await this.put(manifest, { IfNoneMatch: '*' });
      if (await this.advance(manifest, newest?.etag)) return manifest;
      newest = await this.newest();
    }
    throw new EvidenceError(`others recorded in ${this.bucket} at the same moment, ${ATTEMPTS} times: record again`);
  }

  /** Whether `manifest` is the newest now: not when another came in between. */
  private async advance({ key, sha256 }: EvidenceObject, etag: string | undefined): Promise<boolean> {
    const content = JSON.stringify({ key, sha256 } satisfies ManifestReference);
    try {
      await this.put({ key: NEWEST_MANIFEST, content }, etag ? { IfMatch: etag } : { IfNoneMatch: '*' });
      return true;
    } catch (error) {
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
      const lost = error instanceof Error && /^(PreconditionFailed|ConditionalRequestConflict)$/.test(error.name);
      if (lost) return false;
      throw error;
    }
  }

  private async newest(): Promise<{ manifest: ManifestReference; etag: string } | undefined> {
    const found = await this.get(NEWEST_MANIFEST);
    if (!found) return undefined;
    const manifest: ManifestReference = JSON.parse(found.text);
    const former = await this.get(manifest.key);
    if (!former || intactHash(former.text) !== manifest.sha256) {
      throw new EvidenceError(
        `the manifest ${manifest.key} in ${this.bucket} is not what was recorded: tell compliance`,
      );
    }
    return { manifest, etag: found.etag };
  }

  private async get(Key: string): Promise<{ text: string; etag: string } | undefined> {
    try {
      const { Body, ETag = '' } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key }));
      return { text: (await Body?.transformToString()) ?? '', etag: ETag };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  private async put(
    { key, content }: Pick<EvidenceObject, 'key' | 'content'>,
    condition: { IfMatch?: string; IfNoneMatch?: string },
  ): Promise<void> {
    await this.client.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: content,
        ContentType: 'application/json',
        // Object Lock asks for a checksum on every put.
        ChecksumAlgorithm: 'SHA256',
        ...condition,
      }),
    );
  }
}
