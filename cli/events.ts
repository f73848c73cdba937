import { Argument, Command, Option } from 'commander';
import { type InboxEntry, InboxReader } from '../lambda/payca/inbox-reader';
import type { StageConfig } from '../lib/config/schema';
import { restoreCommand } from './events-restore';
import { invoke } from './invoke';
import { explain, OperatorError, output, parseTime, readStage, stageOption, stageOutputs } from './stage';

/** Keys of one invocation; the function has two minutes for them. */
const KEYS_AT_ONCE = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Range {
  readonly from?: Date;
  readonly to?: Date;
}

interface RedriveOptions extends Range {
  readonly stage: string;
  readonly dryRun: boolean;
}

/** What became of the keys; as `dispatch-events` reports it. */
interface Outcome {
  readonly dispatched: string[];
  readonly failed: string[];
  readonly refused: string[];
  readonly setAside: string[];
}

/** Keys to release: one, those of a time range, or all that were set aside. */
async function keysToRedrive(inbox: InboxReader, key: string | undefined, { from, to }: Range): Promise<string[]> {
  if (key !== undefined) {
    if (!(await inbox.get(key))) throw new OperatorError(`the inbox has no event ${key}`);
    return [key];
  }
  if (!from && !to) return (await inbox.setAside()).flatMap(({ pk }) => pk ?? []);
  const range = wholeRange({ from, to });
  const keys: string[] = [];
  for await (const { pk } of inbox.received(range.from, range.to)) if (pk) keys.push(pk);
  return keys;
}

/** Sends events to the bus again by their keys, through the stage's own dispatcher. */
async function redrive(keys: readonly string[], functionName: string, region: string): Promise<Outcome> {
  const total: Outcome = { dispatched: [], failed: [], refused: [], setAside: [] };
  for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
    const request = { keys: keys.slice(start, start + KEYS_AT_ONCE) };
    const advice = `${total.dispatched.length} of ${keys.length} events are on the bus`;
    const result = (await invoke(functionName, request, { region, advice })) as Outcome;
    for (const name of ['dispatched', 'failed', 'refused', 'setAside'] as const) total[name].push(...result[name]);
  }
  return total;
}

async function runRedrive(key: string | undefined, { stage, dryRun, ...range }: RedriveOptions): Promise<void> {
  if (key !== undefined && (range.from || range.to)) throw new OperatorError('give a key or a time range, not both');
  const config = readStage(stage);
  const outputs = await stageOutputs(config);
  const keys = await keysToRedrive(new InboxReader(output(outputs, 'InboxTable'), config.region), key, range);
  if (keys.length === 0)
    return console.log(range.from || range.to ? 'nothing was received in that time' : 'nothing is set aside');
  if (dryRun)
    return console.log(
      [
        `would send ${count(keys.length)} to the bus again:`,
        ...keys.map((one) => `  ${one}`),
        'nothing was changed',
      ].join('\n'),
    );
  const functionName = output(outputs, 'DispatchFunction');
  const outcome = await redrive(keys, functionName, config.region).catch((error) => {
    throw error instanceof OperatorError ? error : new OperatorError(explain(error, `function ${functionName}`));
  });
  console.log(redriveLines(keys.length, outcome).join('\n'));
  process.exitCode = outcome.dispatched.length === keys.length ? 0 : 1;
}

export function redriveLines(asked: number, { dispatched, failed, refused, setAside }: Outcome): string[] {
  return [
    `${count(asked)}: ${dispatched.length} on the bus`,
    ...failed.map((key) => `  try again: ${key} (the bus could not take it)`),
    ...refused.map((key) => `  refused:   ${key} (tried again by the sweep, then set aside)`),
    ...setAside.map((key) => `  set aside: ${key} (the log of dispatch-events says why)`),
  ];
}

interface FindOptions extends Range {
  readonly stage: string;
  readonly card?: string;
  readonly reference?: string;
  readonly requestId?: string;
}

async function runFind(options: FindOptions): Promise<void> {
  const wanted = { cardId: options.card, referenceId: options.reference, requestId: options.requestId };
  if (Object.values(wanted).every((value) => value === undefined))
    throw new OperatorError('give --card, --reference or --request-id');
  const config: StageConfig = readStage(options.stage);
  const inbox = new InboxReader(output(await stageOutputs(config), 'InboxTable'), config.region);
  const { from, to } = wholeRange(options);
  const found: InboxEntry[] = [];
  for await (const entry of inbox.received(from, to))
    if (isWanted(entry, wanted)) found.push((await inbox.get(entry.pk ?? '')) ?? entry);
  console.log(caseLines(found, from, to).join('\n'));
  process.exitCode = found.length > 0 ? 0 : 1;
}

export function isWanted(entry: InboxEntry, wanted: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(wanted).every(([name, value]) => value === undefined || entry[name] === value);
}

/** A case for support: what happened when, with ids cut short and nothing of the body. */
export function caseLines(entries: readonly InboxEntry[], from: Date, to: Date): string[] {
  const range = `received from ${from.toISOString()} to ${to.toISOString()}`;
  if (entries.length === 0) return [`no event ${range}`];
  return [
    `${count(entries.length)} ${range}`,
    ...entries.map((entry) => {
      const { receivedAt = '', detailType = '', amount, currency = '', undispatched, conflict } = entry;
      const state =
        undispatched === undefined ? 'on the bus' : undispatched === 'set-aside' ? 'set aside' : 'waits for the bus';
      const ids = [
        `card ${masked(entry.cardId)}`,
        `reference ${masked(entry.referenceId)}`,
        `request ${entry.requestId ?? '-'}`,
      ].join(', ');
      return `  ${receivedAt}  ${detailType.padEnd(36)} ${amount ? `${amount} ${currency}` : '-'}, ${ids}, ${state}${conflict ? ', differs from another of its key' : ''}`;
    }),
  ];
}

/** The end of an id is enough to tell it from another one on the phone. */
function masked(id: string | undefined): string {
  return id === undefined ? '-' : `...${id.slice(-4)}`;
}

function wholeRange({ from, to }: Range): { from: Date; to: Date } {
  const end = to ?? new Date();
  const start = from ?? new Date(end.getTime() - DAY_MS);
  if (start >= end) throw new OperatorError(`--from ${start.toISOString()} must be before --to ${end.toISOString()}`);
  return { from: start, to: end };
}

const count = (number: number) => `${number} event${number === 1 ? '' : 's'}`;

const fromOption = () =>
  new Option('--from <time>', 'received from this time in UTC on (default: a day before the end)').argParser(parseTime);
const toOption = () =>
  new Option('--to <time>', 'received before this time in UTC (default: now)').argParser(parseTime);

/** `golive events`. */
export function eventsCommand(): Command {
  const redriveCommand = new Command('redrive')
    .description('send events to the bus again: one by its key, those of a time range, or all that were set aside')
    .addArgument(new Argument('[key]', 'key of the event, as in logs and on the bus'))
    .addOption(stageOption())
    .addOption(fromOption())
    .addOption(toOption())
    .option('--dry-run', 'say which, change nothing', false)
    .action(runRedrive);
  const findCommand = new Command('find')
    .description('show the events of a case, masked, for support')
    .addOption(stageOption())
    .option('--card <id>', "PayCA's card id")
    .option('--reference <id>', "PayCA's reference id")
    .option('--request-id <id>', "PayCA's request id")
    .addOption(fromOption())
    .addOption(toOption())
    // It reads only; taken so that both commands can be called alike.
    .option('--dry-run', 'no difference: this command changes nothing', false)
    .action(runFind);
  return new Command('events')
    .description('the events in the inbox')
    .addCommand(redriveCommand)
    .addCommand(findCommand)
    .addCommand(restoreCommand());
}
