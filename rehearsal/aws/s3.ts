import { createHash } from 'node:crypto';
import type { Deployment } from '../deployment';
import type { EventBridge } from './events';
import { AwsFault, type Backend, type Call } from './gate';

interface Version {
  readonly id: string;
  readonly at: string;
  readonly content: Buffer;
}

/** The template's buckets. An object put under Object Lock must come with a checksum, and the checksum must be right. */
export class S3 implements Backend {
  readonly service = 's3';
  /** `bucket/key` to content. */
  readonly objects = new Map<string, Buffer>();
  /** By the same names, oldest first. */
  private readonly versions = new Map<string, Version[]>();
  clockOffsetMs = 0;
  /** Told of what an act puts here itself. */
  onPut?: (bucket: string, key: string, content: Buffer) => void;

  constructor(
    private readonly deployment: Deployment,
    private readonly events: EventBridge,
  ) {}

  targets({ method, path }: Call) {
    const { bucket, key, query } = place(path);
    const [inBucket, inObject] = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/${key}`];
    if (method === 'PUT') return [{ action: 's3:PutObject', resource: inObject }];
    if (method !== 'GET') throw new Error(`the rehearsal does not know ${method} on S3`);
    if (query.has('versions')) return [{ action: 's3:ListBucketVersions', resource: inBucket }];
    if (query.has('list-type')) return [{ action: 's3:ListBucket', resource: inBucket }];
    if (query.has('versionId')) return [{ action: 's3:GetObjectVersion', resource: inObject }];
    const get = { action: 's3:GetObject', resource: inObject };
    // Only who may list a bucket is told that an object is not there.
    return this.objects.has(`${bucket}/${key}`) ? [get] : [get, { action: 's3:ListBucket', resource: inBucket }];
  }

  async handle({ method, path, headers, body }: Call) {
    const { bucket, key, query } = place(path);
    const found = this.deployment.byPhysicalId('AWS::S3::Bucket', bucket);
    if (!found) throw new AwsFault('NoSuchBucket', `no template has a bucket ${bucket}`, 404);
    const name = `${bucket}/${key}`;
    if (query.has('versions')) return { status: 200, body: this.versionList(bucket) };
    if (query.has('list-type')) return { status: 200, body: this.objectList(bucket, query.get('prefix') ?? '') };
    if (method === 'GET') {
      const id = query.get('versionId');
      const content = id ? this.versions.get(name)?.find((one) => one.id === id)?.content : this.objects.get(name);
      if (!content) throw new AwsFault('NoSuchKey', `no object ${name}`, 404);
      return { status: 200, body: content, headers: { etag: etag(content) } };
    }
    this.mustMeetCondition(name, headers);
    const checksum = headers['x-amz-checksum-sha256'];
    if (found.properties.ObjectLockEnabled && !checksum)
      throw new AwsFault('InvalidRequest', 'Object Lock asks for a checksum');
    if (checksum && checksum !== createHash('sha256').update(body).digest('base64')) {
      throw new AwsFault('BadDigest', 'the checksum is not of the content');
    }
    this.keep(bucket, key, body);
    return { status: 200, body: '', headers: { etag: etag(body) } };
  }

  /** What somebody outside of the stage puts into a bucket. */
  put(bucket: string, key: string, content: Buffer): void {
    this.onPut?.(bucket, key, content);
    this.keep(bucket, key, content);
  }

  /** Keeps an object, and announces it where the bucket's template asks for it. */
  private keep(bucket: string, key: string, content: Buffer): void {
    const name = `${bucket}/${key}`;
    const former = this.versions.get(name) ?? [];
    const at = new Date(Date.now() + this.clockOffsetMs).toISOString();
    this.versions.set(name, [...former, { id: `v${former.length + 1}`, at, content }]);
    this.objects.set(name, content);
    const { properties, arn = '' } = this.deployment.byPhysicalId('AWS::S3::Bucket', bucket) ?? {};
    const announces = (properties?.NotificationConfiguration as { EventBridgeConfiguration?: unknown } | undefined)
      ?.EventBridgeConfiguration;
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    const object = { key, size: content.length, etag: etag(content), 'version-id': `v${former.length + 1}` };
    if (announces)
      this.events.publish('aws.s3', 'Object Created', [arn], { version: '0', bucket: { name: bucket }, object });
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
  private versionList(bucket: string): string {
    const own = [...this.versions].filter(([name]) => name.startsWith(`${bucket}/`)).sort();
    const entries = own.flatMap(([name, versions]) =>
      versions.toReversed().map(({ id, at }, index) => {
        const key = `<Key>${name.slice(bucket.length + 1)}</Key><VersionId>${id}</VersionId>`;
        return `<Version>${key}<IsLatest>${index === 0}</IsLatest><LastModified>${at}</LastModified></Version>`;
      }),
    );
    return `<ListVersionsResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListVersionsResult>`;
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
  private objectList(bucket: string, prefix: string): string {
    const names = [...this.objects.keys()].filter((name) => name.startsWith(`${bucket}/${prefix}`)).sort();
    const entries = names.map((name) => `<Contents><Key>${name.slice(bucket.length + 1)}</Key></Contents>`);
    return `<ListBucketResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`;
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
  private mustMeetCondition(name: string, headers: Call['headers']): void {
    const present = this.objects.get(name);
    const taken = headers['if-none-match'] === '*' && present !== undefined;
    const changed = headers['if-match'] !== undefined && (!present || etag(present) !== headers['if-match']);
    if (taken || changed) throw new AwsFault('PreconditionFailed', 'the condition of the put does not hold', 412);
  }
}

function etag(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

/** With an address for a host, the SDK puts the bucket into the path. */
function place(path: string): { bucket: string; key: string; query: URLSearchParams } {
  const { pathname, searchParams: query } = new URL(path, 'http://s3');
  const [, bucket = '', ...key] = pathname.split('/');
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key.join('/')), query };
}
