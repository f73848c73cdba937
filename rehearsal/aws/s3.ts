import { createHash } from 'node:crypto';
import type { Deployment } from '../deployment';
import { AwsFault, type Backend, type Call } from './gate';

/** The template's buckets. An object put under Object Lock must come with a checksum, and the checksum must be right. */
export class S3 implements Backend {
  readonly service = 's3';
  /** `bucket/key` to content. */
  readonly objects = new Map<string, Buffer>();

  constructor(private readonly deployment: Deployment) {}

  targets({ method, path }: Call) {
    if (method !== 'PUT' && method !== 'GET') throw new Error(`the rehearsal does not know ${method} on S3`);
    const { bucket, key } = place(path);
    return [{ action: method === 'PUT' ? 's3:PutObject' : 's3:GetObject', resource: `arn:aws:s3:::${bucket}/${key}` }];
  }

  async handle({ method, path, headers, body }: Call) {
    const { bucket, key } = place(path);
    const found = this.deployment.byPhysicalId('AWS::S3::Bucket', bucket);
    if (!found) throw new AwsFault('NoSuchBucket', `no template has a bucket ${bucket}`, 404);
    const name = `${bucket}/${key}`;
    if (method === 'GET') {
      const content = this.objects.get(name);
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
    this.objects.set(name, body);
    return { status: 200, body: '', headers: { etag: etag(body) } };
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
function place(path: string): { bucket: string; key: string } {
  const [, bucket = '', ...key] = new URL(path, 'http://s3').pathname.split('/');
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key.join('/')) };
}
