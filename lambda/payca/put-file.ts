import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Puts a file of the disk into a bucket without reading the whole of it into memory. */
export async function putFile(s3: Pick<S3Client, 'send'>, Bucket: string, Key: string, path: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: createReadStream(path),
      ContentLength: (await stat(path)).size,
      // Given, it need not be made of the stream while it is sent.
      ChecksumSHA256: hash.digest('base64'),
    }),
  );
}
