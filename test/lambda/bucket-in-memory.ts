import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A versioned bucket: every put is kept, conditions are judged by the newest. */
export class BucketInMemory {
  /** By key, oldest first. */
  readonly versions = new Map<string, string[]>();
  /** Called before a put of this key, once: somebody else may be faster. */
  before: { key: string; act: () => Promise<unknown> } | undefined;

  readonly client = { send: (command: unknown) => this.send(command) } as unknown as Pick<S3Client, 'send'>;

  get(key: string): string | undefined {
    return this.versions.get(key)?.at(-1);
  }

  put(key: string, content: string): void {
    this.versions.set(key, [...(this.versions.get(key) ?? []), content]);
  }

  private async send(command: unknown): Promise<unknown> {
    if (command instanceof GetObjectCommand) {
      const content = this.get(String(command.input.Key));
      if (content === undefined) throw new NoSuchKey({ message: 'none', $metadata: {} });
      return { Body: { transformToString: async () => content }, ETag: etag(content) };
    }
    if (!(command instanceof PutObjectCommand)) throw new Error('not known here');
    const { Key = '', Body, IfMatch, IfNoneMatch } = command.input;
    if (this.before?.key === Key) {
      const { act } = this.before;
      this.before = undefined;
      await act();
    }
    const present = this.get(Key);
    const refused = (IfNoneMatch && present !== undefined) || (IfMatch && (!present || etag(present) !== IfMatch));
    if (refused) throw Object.assign(new Error('refused'), { name: 'PreconditionFailed' });
    this.put(Key, String(Body));
    return {};
  }
}

const etag = (content: string) => `"${createHash('md5').update(content).digest('hex')}"`;
