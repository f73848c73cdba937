import { gzipSync } from 'node:zlib';
import { sha256 } from '../payca/inbox';

/** A message of the queue: an event as the bus sent it. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/** An object of the archive: events of one hour, one a line. */
export interface ArchiveObject {
  /** `events/year=/month=/day=/hour=/<hash>.ndjson.gz`, by the hour of receipt in UTC; partitions as Athena reads them. */
  readonly key: string;
  readonly content: Uint8Array;
  readonly messageIds: readonly string[];
}

/**
 * Groups messages into objects by the hour in which the webhooks were received. The name is the hash of the lines, so a
 * batch that is delivered again makes the same object. Messages that are no event are told apart, none is lost.
 */
export function archiveObjects(messages: readonly Message[]): { objects: ArchiveObject[]; unreadable: string[] } {
  const hours = new Map<string, Message[]>();
  const unreadable: string[] = [];
  for (const message of messages) {
    const hour = receivedHour(message.body);
    if (hour) hours.set(hour, [...(hours.get(hour) ?? []), message]);
    else unreadable.push(message.messageId);
  }
  return { objects: [...hours].map(([hour, members]) => archiveObject(hour, members)), unreadable };
}

function archiveObject(hour: string, messages: readonly Message[]): ArchiveObject {
  // Line breaks in JSON text stand only between its parts.
  const lines = messages.map(({ body }) => `${body.replace(/[\r\n]+/g, ' ')}\n`).sort();
  const content = lines.join('');
  return {
    key: `${hourFolder(hour)}${sha256(content)}.ndjson.gz`,
    content: gzipSync(content),
    messageIds: messages.map(({ messageId }) => messageId),
  };
}

/** Folder of the events that were received in an hour in UTC, `2026-12-01T09`. */
export function hourFolder(hour: string): string {
  const [year, month, day, hourOfDay] = hour.split(/[-T]/);
  return `events/year=${year}/month=${month}/day=${day}/hour=${hourOfDay}/`;
}

function receivedHour(body: string): string | undefined {
  try {
    const receivedAt: unknown = JSON.parse(body).detail.receivedAt;
    return typeof receivedAt === 'string' ? /^\d{4}-\d\d-\d\dT\d\d(?=:)/.exec(receivedAt)?.[0] : undefined;
  } catch {
    return undefined;
  }
}
