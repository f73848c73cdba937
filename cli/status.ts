import { Command } from 'commander';
import { type InboxEntry, InboxReader } from '../lambda/payca/inbox-reader';
import type { StageConfig } from '../lib/config/schema';
import { output, readStage, stageOption, stageOutputs } from './stage';

/** How far back the newest delivery is looked for. */
const LOOK_BACK_HOURS = 7 * 24;
/** The sweep runs every five minutes and takes what is ten minutes old: what is older than this is not on its way. */
const LATE_MINUTES = 20;
const NAMED = 10;

export interface Status {
  readonly stage: string;
  readonly lastDelivery?: { readonly receivedAt: string; readonly detailType: string; readonly keyUsed: string };
  readonly backlog: { readonly count: number; readonly oldest?: string };
  readonly setAside: { readonly count: number; readonly keys: readonly string[] };
}

export async function readStatus({ stage, region }: StageConfig, tableName: string, now: Date): Promise<Status> {
  const inbox = new InboxReader(tableName, region);
  const [newest, undispatched, setAside] = await Promise.all([
    inbox.newest(now, LOOK_BACK_HOURS),
    inbox.undispatched(),
    inbox.setAside(),
  ]);
  return {
    stage,
    lastDelivery: newest && delivery(newest),
    backlog: { count: undispatched.length, oldest: undispatched[0]?.receivedAt },
    setAside: { count: setAside.length, keys: setAside.slice(0, NAMED).flatMap(({ pk }) => pk ?? []) },
  };
}

function delivery({ receivedAt = '', detailType = '', keyUsed = 'unknown' }: InboxEntry): Status['lastDelivery'] {
  return { receivedAt, detailType, keyUsed };
}

/** The status in plain lines, each with what to do about it. */
export function statusLines({ stage, lastDelivery, backlog, setAside }: Status, now: Date): string[] {
  const minutes = (time: string) => Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 60_000));
  const late = backlog.oldest !== undefined && minutes(backlog.oldest) > LATE_MINUTES;
  const last = lastDelivery
    ? `${lastDelivery.receivedAt} (${minutes(lastDelivery.receivedAt)} min ago), ${lastDelivery.detailType}`
    : `none in the last ${LOOK_BACK_HOURS / 24} days`;
  return [
    `stage          ${stage}`,
    `last delivery  ${last}`,
    `key in use     ${lastDelivery?.keyUsed ?? 'not known without a delivery'}`,
    `backlog        ${backlog.count}${backlog.oldest ? `, oldest ${backlog.oldest} (${minutes(backlog.oldest)} min ago)` : ''}`,
    ...(late ? ['               older than a sweep takes: look at the log of dispatch-events'] : []),
    `set aside      ${setAside.count}`,
    ...setAside.keys.map((key) => `               ${key}`),
    ...(setAside.count > NAMED ? [`               and ${setAside.count - NAMED} more`] : []),
    ...(setAside.count > 0 ? [`               release: npm run golive -- events redrive --stage ${stage}`] : []),
  ];
}

/** `golive status`. */
export function statusCommand(): Command {
  return new Command('status')
    .description('last delivery, key in use, what waits for the bus and what was set aside')
    .addOption(stageOption())
    .option('--json', 'print it as JSON', false)
    .action(async (options: { stage: string; json: boolean }) => {
      const config = readStage(options.stage);
      const status = await readStatus(config, output(await stageOutputs(config), 'InboxTable'), new Date());
      console.log(options.json ? JSON.stringify(status, undefined, 2) : statusLines(status, new Date()).join('\n'));
    });
}
