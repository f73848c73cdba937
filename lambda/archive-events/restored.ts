import { randomUUID } from 'node:crypto';
import { webhookFacts } from '../payca/events';
import { type InboxItem, indexed, sha256 } from '../payca/inbox';
import { fields } from '../payca/json';
import { rewriteScalars } from '../payca/json-text';

/** An item of the inbox as the archive can give it back: the bus has had it; its key and one-time code are not known. */
export type RestoredItem = Omit<InboxItem, 'keyUsed' | 'oneTimeCode' | 'undispatched'> & {
  /** Seconds since 1970. */
  readonly expiresAt: number;
};

/** Of a key that is made of the body's own hash. */
const HASH_IN_KEY = /#sha256#([0-9a-f]{64})/;

/** Folders of the archive for the hours from `from` up to, not including, `to`. */
export function archiveFolders(from: Date, to: Date): string[] {
  const folders: string[] = [];
  const hour = new Date(from);
  for (hour.setUTCMinutes(0, 0, 0); hour < to; hour.setUTCHours(hour.getUTCHours() + 1)) {
    const [year, month, day, hourOfDay] = hour.toISOString().slice(0, 13).split(/[-T]/);
    folders.push(`events/year=${year}/month=${month}/day=${day}/hour=${hourOfDay}/`);
  }
  return folders;
}

/** Whether an object's content is what its name says. */
export function isIntact(key: string, content: string): boolean {
  return key.endsWith(`/${sha256(content)}.ndjson.gz`);
}

/** The item of one line of the archive; `undefined` for what is no event. */
export function restoredItem(line: string, retentionDays: number): RestoredItem | undefined {
  const detail = fields(fields(parse(line)).detail);
  const { key: pk, receivedAt, payload } = detail;
  const text = (name: string) => (typeof detail[name] === 'string' ? (detail[name] as string) : undefined);
  if (typeof pk !== 'string' || typeof receivedAt !== 'string' || Number.isNaN(Date.parse(receivedAt)))
    return undefined;
  const body = Buffer.from(payloadText(line));
  const facts = webhookFacts(payload);
  return {
    pk,
    receivedAt,
    event: text('event') ?? facts.event,
    type: text('type'),
    subtype: text('subtype'),
    detailType: String(fields(parse(line))['detail-type']),
    amount: facts.amount,
    currency: facts.currency,
    referenceId: facts.referenceId,
    cardId: facts.cardId,
    body,
    // Where something was masked and the key has no hash, another copy of the webhook will be kept beside this one.
    bodySha256: text('bodySha256') ?? HASH_IN_KEY.exec(pk)?.[1] ?? sha256(body),
    requestId: text('requestId'),
    idempotencyKey: text('idempotencyKey'),
    conflict: detail.conflict === true ? true : undefined,
    hour: indexed(pk, receivedAt).hour,
    writeId: randomUUID(),
    expiresAt: Math.floor(Date.parse(receivedAt) / 1000) + retentionDays * 24 * 60 * 60,
  };
}

/** The payload as JSON text whose numbers stand as PayCA wrote them, of any length. */
function payloadText(line: string): string {
  const mark = randomUUID();
  const marked = rewriteScalars(line, ({ text }) => (/^[-\d]/.test(text) ? `"${mark}${text}"` : undefined));
  const payload = JSON.stringify(fields(fields(JSON.parse(marked)).detail).payload);
  return payload.replace(new RegExp(`"${mark}([^"]+)"`, 'g'), '$1');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
