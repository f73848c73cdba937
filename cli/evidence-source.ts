import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { KeptObject, KeptVersion } from '../lambda/payca/evidence-chain';
import { OperatorError } from './stage';

/** Of an export: which versions S3 had of each object. A folder that was downloaded otherwise has none. */
const VERSIONS = 'versions.json';
/** Folder of an export with what was written over: `versions/<key>/<version>`. */
const FORMER = 'versions';
const AT_ONCE = 16;

interface Place {
  readonly key: string;
  readonly id: string;
  readonly at: string;
  readonly deleted?: true;
}

/** Everything in a stage's evidence bucket, with every version. */
export async function readBucket(client: Pick<S3Client, 'send'>, bucket: string): Promise<KeptObject[]> {
  const places = placesOf(await listed(client, bucket));
  const contents: (string | undefined)[] = [];
  for (let start = 0; start < places.length; start += AT_ONCE) {
    const some = places.slice(start, start + AT_ONCE);
    contents.push(...(await Promise.all(some.map((place) => download(client, bucket, place)))));
  }
  const objects = new Map<string, KeptVersion[]>();
  for (const [index, { key, id, at }] of places.entries())
    objects.set(key, [...(objects.get(key) ?? []), { id, at, content: contents[index] }]);
  return [...objects].map(([key, versions]) => ({ key, versions }));
}

type Listed = ObjectVersion & { readonly deleted?: true };

/** The newest version of a key comes first, and deletions apart. */
async function listed(client: Pick<S3Client, 'send'>, Bucket: string): Promise<Listed[]> {
  const all: Listed[] = [];
  let page: ListObjectVersionsOutput | undefined;
  do {
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page ?? {};
    page = await client.send(new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker }));
    all.push(
      ...(page.Versions ?? []),
      ...(page.DeleteMarkers ?? []).map((one) => ({ ...one, deleted: true as const })),
    );
  } while (page.IsTruncated);
  return all;
}

/** Oldest first: as S3 lists them, whatever the clocks say; a deletion, which is listed apart, comes by its time. */
function placesOf(all: readonly Listed[]): Place[] {
  const time = ({ LastModified }: Listed) => LastModified?.getTime() ?? 0;
  const ordered = all.filter(({ deleted }) => !deleted).toReversed();
  for (const marker of all.filter(({ deleted }) => deleted).toReversed()) {
    const later = ordered.findIndex((one) => one.Key === marker.Key && !marker.IsLatest && time(one) > time(marker));
    ordered.splice(later < 0 ? ordered.length : later, 0, marker);
  }
  return ordered.map(({ Key: key = '', VersionId: id = '', LastModified, deleted }) => ({
    key,
    id,
    at: LastModified?.toISOString() ?? '',
    ...(deleted && { deleted }),
  }));
}

async function download(
  client: Pick<S3Client, 'send'>,
  Bucket: string,
  { key: Key, id: VersionId, deleted }: Place,
): Promise<string | undefined> {
  if (deleted) return undefined;
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return (await Body?.transformToString()) ?? '';
}

/** Writes a copy as plain files: each object under its key, what was written over beside it. */
export function writeFolder(directory: string, objects: readonly KeptObject[]): void {
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).length > 0) throw new OperatorError(`${directory} must be empty or not there yet`);
  const write = (path: string, content: string) => {
    if (path.split('/').includes('..'))
      throw new OperatorError(`${path} is no key of a record: nothing was written there`);
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  const places: Place[] = [];
  for (const { key, versions } of objects) {
    for (const [index, { id = '', at = '', content }] of versions.entries()) {
      places.push(content === undefined ? { key, id, at, deleted: true } : { key, id, at });
      if (content !== undefined) write(index === versions.length - 1 ? key : `${FORMER}/${key}/${id}`, content);
    }
  }
  write(VERSIONS, `${JSON.stringify(places, undefined, 2)}\n`);
}

/** A copy of an evidence bucket: an export, or a folder that was downloaded by any other means. */
export function readFolder(directory: string): KeptObject[] {
  const files = new Map(pathsIn(directory).map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
  const objects = [...files.keys()].filter((path) => path !== VERSIONS && !path.startsWith(`${FORMER}/`));
  const places: Place[] = files.has(VERSIONS) ? JSON.parse(files.get(VERSIONS) ?? '') : [];
  const keys = [...new Set([...places.map(({ key }) => key), ...objects])];
  return keys.map((key) => {
    const own = places.filter((place) => place.key === key);
    const versions = own.flatMap(({ id, at, deleted }, index): KeptVersion[] => {
      const content = files.get(index === own.length - 1 ? key : `${FORMER}/${key}/${id}`);
      return deleted || content !== undefined ? [{ id, at, content: deleted ? undefined : content }] : [];
    });
    return { key, versions: own.length > 0 ? versions : [{ content: files.get(key) }] };
  });
}

/** Paths below `directory`, with slashes as in keys. */
function pathsIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch (error) {
    throw new OperatorError(`--folder ${directory}: ${error instanceof Error ? error.message : error}`);
  }
}
