import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { variable } from '../payca/variables';
import { type ArchiveObject, archiveObjects } from './archive';

const s3 = new S3Client();

/** Writes a batch of events to the archive; what could not be written goes back to the queue. */
export async function handler({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  const { objects, unreadable } = archiveObjects(Records);
  if (unreadable.length > 0) log.error('messages that are no event', { messageIds: unreadable });
  const failed = await Promise.all(objects.map((object) => put(object, meter)));
  meter.publish();
  return { batchItemFailures: [...unreadable, ...failed.flat()].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Gives the messages that were not written. */
async function put({ key, content, messageIds }: ArchiveObject, meter: Meter): Promise<readonly string[]> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: variable('ARCHIVE_BUCKET'),
        Key: key,
        Body: content,
        ContentType: 'application/gzip',
        // Object Lock asks for a checksum on every put, and it proves later that the object is what was written.
        ChecksumSHA256: createHash('sha256').update(content).digest('base64'),
      }),
    );
    meter.add('EventsArchived', messageIds.length);
    log.info('events archived', { object: key, events: messageIds.length });
    return [];
  } catch (error) {
    log.error('object not written', { object: key, problem: describeError(error) });
    return messageIds;
  }
}
