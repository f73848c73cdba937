import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
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
} from '../lambda/payca/evidence';
import { OperatorError } from './stage';

/** A run of an operator's command, now. */
export function operatorRun(now: Date): Run {
  return { id: randomUUID(), time: now.toISOString(), actor: userInfo().username, commit: commit() };
}

/** Commit of the checkout, marked when it was edited since. */
function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') ? ' with changes' : ''}`;
  } catch {
    return 'not a git checkout';
  }
}

/** The evidence bucket of a stage. */
export class EvidenceStore {
  private readonly client: S3Client;

  constructor(
    private readonly bucket: string,
    region: string,
  ) {
    this.client = new S3Client({ region });
  }

  /**
   * Writes the records of a run and a manifest that names the one before it. Two runs at the same time cannot both
   * follow the same manifest: the second is refused and has to be repeated.
   */
  async write(run: Run, findings: readonly Finding[]): Promise<EvidenceObject> {
    const newest = await this.newest();
    const records = findings.map((finding) => evidenceRecord(run, finding));
    const manifest = evidenceManifest(run, records, newest?.manifest);
    for (const { key, content } of [...records, manifest]) await this.put(key, content, { IfNoneMatch: '*' });
    const pointer = JSON.stringify({ key: manifest.key, sha256: manifest.sha256 } satisfies ManifestReference);
    try {
      await this.put(NEWEST_MANIFEST, pointer, newest ? { IfMatch: newest.etag } : { IfNoneMatch: '*' });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'PreconditionFailed') throw error;
      throw new OperatorError('somebody else recorded evidence at the same moment: run this again');
    }
    return manifest;
  }

  private async newest(): Promise<{ manifest: ManifestReference; etag: string } | undefined> {
    const found = await this.get(NEWEST_MANIFEST);
    if (!found) return undefined;
    const manifest: ManifestReference = JSON.parse(found.text);
    const former = await this.get(manifest.key);
    if (!former || intactHash(former.text) !== manifest.sha256) {
      throw new OperatorError(
        `the manifest ${manifest.key} in ${this.bucket} is not what was recorded: tell compliance before you go on`,
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

  private async put(Key: string, Body: string, condition: { IfMatch?: string; IfNoneMatch?: string }): Promise<void> {
    // Object Lock asks for a checksum on every put.
    const ChecksumAlgorithm = 'SHA256';
    await this.client.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key,
        Body,
        ContentType: 'application/json',
        ChecksumAlgorithm,
        ...condition,
      }),
    );
  }
}
