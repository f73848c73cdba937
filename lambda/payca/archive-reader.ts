import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { hourFolder } from '../archive-events/archive';
import { webhookFacts } from './events';
import type { InboxEntry } from './inbox-reader';
import { fields } from './json';

const HOUR_MS = 60 * 60 * 1000;

/** The archive of events, for what the inbox no longer has; told as the inbox tells it. */
export class ArchiveReader {
  private readonly client: S3Client;

  constructor(
    private readonly bucket: string,
    region: string,
  ) {
    this.client = new S3Client({ region });
  }

  /** What was received from `from` up to, not including, `to`, each event once, by the hour. */
  async *received(from: Date, to: Date): AsyncGenerator<InboxEntry> {
    for (let hour = Math.floor(from.getTime() / HOUR_MS) * HOUR_MS; hour < to.getTime(); hour += HOUR_MS) {
      // Delivery to the bus is at least once, and an event keeps the hour of its receipt.
      const seen = new Set<string>();
      for await (const entry of this.hour(new Date(hour).toISOString().slice(0, 13))) {
        const { pk = '', receivedAt = '' } = entry;
        const isWanted = from.toISOString() <= receivedAt && receivedAt < to.toISOString() && !seen.has(pk);
        seen.add(pk);
        if (isWanted) yield entry;
      }
    }
  }

  private async *hour(name: string): AsyncGenerator<InboxEntry> {
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: hourFolder(name) });
    for await (const { Contents = [] } of pages)
      for (const { Key } of Contents) {
        const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key }));
        const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
        for (const line of text.split('\n')) if (line) yield entryOf(JSON.parse(line));
      }
  }
}

/** An event of the bus as an entry of the inbox. */
function entryOf(event: unknown): InboxEntry {
  const { key, receivedAt, requestId, conflict, payload } = fields(fields(event).detail);
  const { oneTimeCode, ...facts } = webhookFacts(payload);
  const all = { ...facts, pk: key, receivedAt, requestId, conflict: conflict === true ? 'true' : undefined };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
