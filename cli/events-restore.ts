import { gunzipSync } from 'node:zlib';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Command, Option } from 'commander';
import { archiveFolders, isIntact, type RestoredItem, restoredItem } from '../lambda/archive-events/restored';
import { explain, OperatorError, output, parseTime, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly from: Date;
  readonly to?: Date;
  readonly dryRun: boolean;
}

/** What became of the events of the archive. */
export interface Restoration {
  objects: number;
  /** Missing in the inbox, and back; of a dry run, events that would be looked at. */
  restored: number;
  /** In the inbox already; nothing was changed. */
  there: number;
  /** Older than webhooks are kept. */
  expired: number;
  /** Objects that are not what their names say, and lines that are no event. */
  readonly damaged: string[];
  /** When the newest event of the archive was received. */
  newest?: string;
}

const AT_ONCE = 32;

/** The archive of a stage, and the inbox that is filled from it. */
class Archive {
  private readonly s3: S3Client;
  private readonly dynamodb: DynamoDBClient;

  constructor(
    private readonly bucket: string,
    private readonly table: string,
    region: string,
  ) {
    this.s3 = new S3Client({ region });
    this.dynamodb = new DynamoDBClient({ region });
  }

  async *keys(Prefix: string): AsyncGenerator<string> {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.s3.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix, ContinuationToken }));
      for (const { Key } of page.Contents ?? []) if (Key) yield Key;
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
  }

  /** The text of an object; `undefined` when it cannot be unpacked. */
  async read(Key: string): Promise<string | undefined> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    try {
      return gunzipSync(bytes).toString();
    } catch {
      return undefined;
    }
  }

  /** Whether the item was missing. What is there is never changed. */
  async restore(item: RestoredItem): Promise<boolean> {
    try {
      await this.dynamodb.send(
        new PutItemCommand({
          TableName: this.table,
          Item: attributes(item),
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function attributes(item: RestoredItem): Record<string, AttributeValue> {
  const entries = Object.entries(item).flatMap(([name, value]): [string, AttributeValue][] => {
    if (value === undefined) return [];
    if (value instanceof Uint8Array) return [[name, { B: value }]];
    if (typeof value === 'boolean') return [[name, { BOOL: value }]];
    return [[name, typeof value === 'number' ? { N: String(value) } : { S: value }]];
  });
  return Object.fromEntries(entries);
}

async function run({ stage, from, to: until, dryRun }: Options): Promise<void> {
  const config = readStage(stage);
  const to = until ?? new Date();
  if (from >= to) throw new OperatorError(`--from ${from.toISOString()} must be before --to ${to.toISOString()}`);
  const outputs = await stageOutputs(config, ['state']);
  const bucket = output(outputs, 'ArchiveBucket');
  const archive = new Archive(bucket, output(outputs, 'InboxTable'), config.region);
  const found: Restoration = { objects: 0, restored: 0, there: 0, expired: 0, damaged: [] };
  try {
    for (const folder of archiveFolders(from, to))
      for await (const key of archive.keys(folder)) {
        const items = itemsOf(key, await archive.read(key), config.retentionDays.webhooks, found);
        const within = items.filter(
          ({ receivedAt }) => from.toISOString() <= receivedAt && receivedAt < to.toISOString(),
        );
        await restoreAll(archive, within, dryRun, found);
      }
  } catch (error) {
    throw new OperatorError(`${explain(error, `archive ${bucket}`)}; ${found.restored} are back, run this again`);
  }
  console.log(restorationLines(found, stage, dryRun).join('\n'));
  process.exitCode = found.damaged.length > 0 ? 1 : 0;
}

/** The items of an object; what is damaged is noted. */
function itemsOf(key: string, content: string | undefined, retentionDays: number, found: Restoration): RestoredItem[] {
  found.objects += 1;
  if (content === undefined || !isIntact(key, content)) {
    found.damaged.push(key);
    return [];
  }
  return content
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line, index) => {
      const item = restoredItem(line, retentionDays);
      if (!item) found.damaged.push(`${key}, line ${index + 1}`);
      return item ?? [];
    });
}

async function restoreAll(
  archive: Archive,
  items: readonly RestoredItem[],
  dryRun: boolean,
  found: Restoration,
): Promise<void> {
  const now = Date.now() / 1000;
  const kept = items.filter(({ expiresAt }) => expiresAt > now);
  found.expired += items.length - kept.length;
  for (let start = 0; start < kept.length; start += AT_ONCE) {
    const some = kept.slice(start, start + AT_ONCE);
    const missing = await Promise.all(some.map((item) => dryRun || archive.restore(item)));
    found.restored += missing.filter(Boolean).length;
    found.there += missing.filter((one) => !one).length;
    for (const { receivedAt } of some) if (receivedAt > (found.newest ?? '')) found.newest = receivedAt;
  }
}

/** What was done, and how the gap after it is closed. */
export function restorationLines(found: Restoration, stage: string, dryRun: boolean): string[] {
  const line = (name: string, text: string) => `${name.padEnd(9)} ${text}`;
  const { objects, restored, there, expired, damaged, newest } = found;
  const done = dryRun
    ? [line('would', `look at ${restored} events; nothing was changed`)]
    : [line('restored', `${restored} that were missing; ${there} were there and stay as they are`)];
  return [
    line('archive', `${objects} objects`),
    ...done,
    ...(expired > 0 ? [line('expired', `${expired} are older than webhooks are kept (retentionDays.webhooks)`)] : []),
    ...damaged.map((place) => line('damaged', `${place}: nothing was taken from it; S3 keeps its versions`)),
    ...(newest ? [line('next', `npm run golive -- resend --stage ${stage} --from ${newest}`)] : []),
  ];
}

/** `golive events restore`. */
export function restoreCommand(): Command {
  const time = (name: string, text: string) => new Option(`--${name} <time>`, text).argParser(parseTime);
  return new Command('restore')
    .description('put back into the inbox what the archive has and the inbox has not; the bus is told nothing again')
    .addOption(stageOption())
    .addOption(time('from', 'received from this time in UTC on').makeOptionMandatory())
    .addOption(time('to', 'received before this time in UTC (default: now)'))
    .option('--dry-run', 'say how many, change nothing', false)
    .action(run);
}
