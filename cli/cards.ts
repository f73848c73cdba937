import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Argument, Command, InvalidArgumentError } from 'commander';
import type { Enqueue } from '../lambda/load-cards/enqueue';
import {
  loadId,
  type ManifestEntry,
  manifestKey,
  type RowReference,
  storeManifest,
} from '../lambda/load-cards/manifest';
import {
  type Counts,
  countRows,
  type EntryState,
  entriesOf,
  entryThing,
  freshEntry,
  isClosed,
  LOADS,
  type Load,
  loadThing,
  OPEN,
  type RowState,
  reopened,
  rowStates,
  type Step,
  settled,
} from '../lambda/load-cards/state';
import { CATALOGUE, CatalogueReader } from '../lambda/payca/bin-catalogue';
import { csvLine } from '../lambda/payca/csv';
import { Progress, ProgressChanged } from '../lambda/payca/progress';
import type { StageConfig } from '../lib/config/schema';
import { type ManifestProblem, type ReadManifest, readManifest } from './card-manifest';
import { explain, OperatorError, type Outputs, output, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
}

/** Problems shown one by one; a file in another format has one on every line. */
const SHOWN = 50;
/** Writes of DynamoDB at a time. */
const AT_ONCE = 20;
/** References in one call of the function, which takes a second for a thousand. */
const REFERENCES = 1000;

/** The loads of a stage, as Progress has them. */
class Loads {
  private constructor(
    readonly config: StageConfig,
    readonly outputs: Outputs,
    readonly progress: Progress,
  ) {}

  static async of({ stage }: Options): Promise<Loads> {
    const config = readStage(stage);
    const outputs = await stageOutputs(config);
    const place = { table: output(outputs, 'ProgressTable'), region: config.region };
    return new Loads(config, outputs, new Progress(LOADS, place));
  }

  async all(): Promise<Load[]> {
    const found = [...(await this.progress.all('load#')).values()] as Load[];
    return found.sort((one, other) => one.begunAt.localeCompare(other.begunAt));
  }

  /** One by its id, or the newest. */
  async one(id?: string): Promise<Load> {
    const all = await this.all();
    const found = id === undefined ? all.at(-1) : all.find((load) => load.id === id);
    if (!found) throw new OperatorError(id ? `there is no load ${id}: golive cards status` : 'nothing was loaded yet');
    return found;
  }

  async entries(load?: string): Promise<EntryState[]> {
    return [...(await this.progress.all(entriesOf(load))).values()] as EntryState[];
  }

  async catalogue() {
    const { region } = this.config;
    const progress = new Progress(CATALOGUE.owner, { table: output(this.outputs, 'ProgressTable'), region });
    const reader = new CatalogueReader(output(this.outputs, 'ImportsBucket'), progress, new S3Client({ region }));
    return (await reader.current())?.rows;
  }
}

const known = <T>(promise: Promise<T>, what: string): Promise<T> =>
  promise.catch((error) => {
    throw error instanceof OperatorError ? error : new OperatorError(explain(error, what));
  });

/** What the file says, against the catalogue and earlier loads. */
async function read(file: string, loads: Loads): Promise<ReadManifest & { readonly id: string }> {
  const content = await readFile(file).catch(() => {
    throw new OperatorError(`there is no file ${file}`);
  });
  const catalogue = await known(loads.catalogue(), 'BIN catalogue');
  const cardKinds = Object.keys(loads.config.migration.cardKinds);
  const { entries, problems } = readManifest(content, { catalogue, cardKinds });
  const id = loadId(content);
  const others = await known(earlier(loads, id), 'earlier loads');
  return { id, entries, problems: [...problems, ...doubts(entries, others)] };
}

/** What the loads of other files have done with a user or a card, by the operator's ids. */
interface Earlier {
  readonly users: ReadonlyMap<string, Step>;
  readonly cards: ReadonlyMap<string, Step>;
}

async function earlier(loads: Loads, except: string): Promise<Earlier> {
  const own = entriesOf(except);
  const others = [...(await loads.progress.all(entriesOf()))].flatMap(([thing, entry]) =>
    thing.startsWith(own) ? [] : [entry as EntryState],
  );
  const matters = ({ state }: Step) => state === 'done' || state === 'doubt';
  return {
    users: new Map(others.flatMap(({ userId, user }) => (userId && user && matters(user) ? [[userId, user]] : []))),
    cards: new Map(
      others.flatMap(({ cards }) => cards.flatMap(({ ref, step }) => (matters(step) ? [[ref, step]] : []))),
    ),
  };
}

function doubts(entries: readonly ManifestEntry[], { users, cards }: Earlier): ManifestProblem[] {
  const text = 'is in doubt since an earlier load: golive cards settle';
  return entries.flatMap(({ row, user, cards: own }) => [
    ...(users.get(user?.ownId ?? '')?.state === 'doubt' ? [{ line: row, column: 'user_id', text }] : []),
    ...own.flatMap((card) =>
      cards.get(card.ref)?.state === 'doubt' ? [{ line: card.row, column: 'card_ref', text }] : [],
    ),
  ]);
}

export function problemLines(problems: readonly ManifestProblem[]): string[] {
  const more = problems.length - SHOWN;
  return [
    ...problems.slice(0, SHOWN).map(({ line, column, text }) => `line ${line}${column ? `, ${column}` : ''}: ${text}`),
    ...(more > 0 ? [`... and ${more} more problems`] : []),
  ];
}

function planLine({ id, entries }: { readonly id: string; readonly entries: readonly ManifestEntry[] }): string {
  const users = entries.filter(({ user }) => user).length;
  const cards = entries.reduce((sum, entry) => sum + entry.cards.length, 0);
  return `load ${id}: ${users} users and ${cards} cards`;
}

async function check(file: string, options: Options): Promise<void> {
  const loads = await Loads.of(options);
  const manifest = await read(file, loads);
  report(manifest);
  if (manifest.problems.length === 0)
    console.log(`nothing is wrong with the file; nothing was sent: golive cards load ${file} --confirm`);
}

/** Says what is wrong, and leaves the exit code of it. */
function report(manifest: ReadManifest & { readonly id: string }): void {
  console.log([...problemLines(manifest.problems), planLine(manifest)].join('\n'));
  if (manifest.problems.length > 0) console.log(`${manifest.problems.length} problems: nothing was loaded`);
  process.exitCode = manifest.problems.length > 0 ? 1 : 0;
}

interface LoadOptions extends Options {
  readonly confirm: boolean;
  readonly failed: boolean;
}

async function load(file: string, options: LoadOptions): Promise<void> {
  if (!options.confirm) return check(file, options);
  const loads = await Loads.of(options);
  const manifest = await read(file, loads);
  report(manifest);
  if (manifest.problems.length > 0) return;
  const counts = await known(begin(manifest, loads, options.failed), 'load');
  console.log(countLine(counts));
  console.log(`goes on by itself: golive cards status ${manifest.id}`);
}

/** Writes every row down, then the manifest and the messages: from any point on, the same command goes on. */
async function begin(
  { id, entries }: { id: string; entries: readonly ManifestEntry[] },
  loads: Loads,
  failed: boolean,
): Promise<Counts> {
  const { progress, outputs, config } = loads;
  const former = (await progress.recall(loadThing(id))) as Load | undefined;
  if (former?.completed && !failed) {
    const ended = await loads.entries(id);
    // A person may have settled what was in doubt.
    if (ended.every(isClosed) && countsAre(former.completed.counts, countRows(ended))) return former.completed.counts;
  }
  await takeOpen(id, progress);
  const rows = entries.reduce((sum, { cards }) => sum + Math.max(1, cards.length), 0);
  const begunAt = former?.begunAt ?? new Date().toISOString();
  await progress.remember(loadThing(id), { id, rows, begunAt, by: former?.by ?? userInfo().username } satisfies Load);
  const states = await writeDown(id, entries, loads, failed);
  const { content, references } = storeManifest(id, entries);
  const Bucket = output(outputs, 'ImportsBucket');
  const open = references.filter(({ row }) => !isClosed(states.get(entryThing(id, row)) as EntryState));
  if (open.length > 0) {
    await new S3Client({ region: config.region }).send(
      new PutObjectCommand({ Bucket, Key: manifestKey(id), Body: content, ContentType: 'application/x-ndjson' }),
    );
    await send(open, loads);
  }
  return countRows(states.values());
}

const countsAre = (one: Counts, other: Counts) => countLine(one) === countLine(other);

/** One load at a time: two files could name the same user. */
async function takeOpen(id: string, progress: Progress): Promise<void> {
  const former = (await progress.recall(OPEN)) as { load?: string } | undefined;
  if (former?.load && former.load !== id)
    throw new OperatorError(`load ${former.load} is not complete yet: golive cards status ${former.load}`);
  if (former?.load === id) return;
  await progress.rememberIf(OPEN, { load: id }, former).catch((error) => {
    throw error instanceof ProgressChanged
      ? new OperatorError('somebody else began a load meanwhile: run this again')
      : error;
  });
}

/** The state of every entry; what is there already stays as it is. */
async function writeDown(
  id: string,
  entries: readonly ManifestEntry[],
  loads: Loads,
  failed: boolean,
): Promise<Map<string, EntryState>> {
  const { progress } = loads;
  const states = (await progress.all(entriesOf(id))) as Map<string, EntryState>;
  const { users, cards } = await earlier(loads, id);
  const made = (entry: ManifestEntry) => ({
    user: users.get(entry.user?.ownId ?? ''),
    card: (ref: string) => cards.get(ref),
  });
  const changes = entries.flatMap((entry): [string, EntryState, EntryState | undefined][] => {
    const thing = entryThing(id, entry.row);
    const former = states.get(thing);
    const next = former ? (failed ? reopened(former) : former) : freshEntry(entry, new Date(), made(entry));
    return next === former || JSON.stringify(next) === JSON.stringify(former) ? [] : [[thing, next, former]];
  });
  for (let start = 0; start < changes.length; start += AT_ONCE)
    await Promise.all(
      changes.slice(start, start + AT_ONCE).map(async ([thing, next, former]) => {
        await progress.rememberIf(thing, next, former).catch((error) => {
          // A copy works on it, or the same command runs twice.
          if (!(error instanceof ProgressChanged)) throw error;
        });
        states.set(thing, next);
      }),
    );
  return states;
}

async function send(references: readonly RowReference[], { config, outputs }: Loads): Promise<void> {
  const FunctionName = output(outputs, 'CardLoadFunction');
  const client = new LambdaClient({ region: config.region });
  for (let start = 0; start < references.length; start += REFERENCES) {
    const request: Enqueue = { do: 'enqueue', references: references.slice(start, start + REFERENCES) };
    const answer = await client.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(request)) }),
    );
    const outcome = JSON.parse(Buffer.from(answer.Payload ?? []).toString());
    if (answer.FunctionError || outcome.refused > 0)
      throw new OperatorError(
        `not every row is in the queue (${outcome.errorMessage ?? 'SQS refused some'}): run this again`,
      );
  }
}

export function countLine({ rows, done, failed, inDoubt, open }: Counts): string {
  return `${rows} rows = ${done} done + ${failed} failed + ${inDoubt} in doubt + ${open} open`;
}

async function status(id: string | undefined, options: Options & { readonly json: boolean }): Promise<void> {
  const loads = await Loads.of(options);
  const all = await known(id === undefined ? loads.all() : loads.one(id).then((one) => [one]), 'loads');
  const shown = await Promise.all(
    all.map(async (one) => {
      const counts = countRows(await loads.entries(one.id));
      return { load: one.id, begunAt: one.begunAt, by: one.by, completedAt: one.completed?.at, ...counts };
    }),
  );
  if (options.json) return console.log(JSON.stringify(shown, undefined, 2));
  const lines = shown.flatMap((one) => [
    `load ${one.load}, begun ${one.begunAt} by ${one.by}, ${one.completedAt ? `complete ${one.completedAt}` : 'not complete'}`,
    `  ${countLine(one)}`,
  ]);
  console.log(lines.join('\n') || 'nothing was loaded yet');
}

const RESULT_COLUMNS = [
  ...['row', 'user_id', 'card_ref', 'payca_user_id', 'payca_user_account_id', 'payca_card_id'],
  ...['state', 'reason', 'request_id'],
];

export function resultsCsv(rows: readonly RowState[]): string {
  const lines = rows.map((one) =>
    csvLine([
      ...[String(one.row), one.userId, one.cardRef, one.paycaUserId, one.paycaUserAccountId, one.paycaCardId],
      ...[one.state, one.reason, one.requestId],
    ]),
  );
  return [csvLine(RESULT_COLUMNS), ...lines].join('');
}

async function results(id: string | undefined, options: Options): Promise<void> {
  const loads = await Loads.of(options);
  const one = await known(loads.one(id), 'loads');
  const entries = await known(loads.entries(one.id), 'rows');
  const rows = entries.flatMap(rowStates).toSorted((first, second) => first.row - second.row);
  const folder = join('out', 'cards');
  const path = join(folder, `${loads.config.stage}-${one.id}.csv`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, resultsCsv(rows));
  console.log([countLine(countRows(entries)), path].join('\n'));
}

interface SettleOptions extends Options {
  readonly made?: string;
  readonly notMade: boolean;
}

async function settle(id: string, row: number, { made, notMade, ...options }: SettleOptions): Promise<void> {
  if ((made === undefined) === !notMade) throw new OperatorError("give --made with PayCA's id, or --not-made");
  const loads = await Loads.of(options);
  const { progress } = loads;
  await loads.one(id);
  for (const [thing, entry] of (await progress.all(entriesOf(id))) as Map<string, EntryState>) {
    const next = settled(entry, row, made);
    if (!next) continue;
    await known(progress.rememberIf(thing, { ...next, changedAt: new Date().toISOString() }, entry), `line ${row}`);
    return console.log(`line ${row} is settled; to go on, load the same file again`);
  }
  throw new OperatorError(`nothing on line ${row} of load ${id} is in doubt: golive cards results ${id}`);
}

function line(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a line of the file, a whole number.');
}

function paycaId(text: string): string {
  if (/^[\w.:-]{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be PayCA's id, without spaces.");
}

const HELP = `
The file is CSV with the names of its columns on line 1, and a user or a card on each line after it:
  user_id       your id of the user; leave it out for a card of nobody
  user_status   pending, active or empty; active where a card is issued on the user's wallet
  meta.<field>  what PayCA keeps in the user's meta, such as meta.firstName; personal data
  card_ref      your id of the card; empty for a user without one. Further cards of a user follow on lines of their own
  bin, currency of the catalogue in force
  balance       opening balance, a decimal
  account_id    PayCA's account that pays; the user's wallet when empty
  kind          one of migration.cardKinds, or empty
check and load without --confirm change nothing. The same file is the same load: load it again to go on from where it
stands, also after days; nothing is made twice. What nobody can tell is in doubt, and waits for: cards settle.`;

/** `golive cards`. */
export function cardsCommand(): Command {
  const command = (name: string, description: string) =>
    new Command(name).description(description).addOption(stageOption());
  const file = new Argument('<file>', 'a CSV file of users and cards');
  const id = new Argument('[load]', 'its id; the newest when absent');
  return new Command('cards')
    .description('the initial users and cards at PayCA')
    .addHelpText('after', HELP)
    .addCommand(
      command('check', 'say everything that is wrong with a file; nothing is sent').addArgument(file).action(check),
    )
    .addCommand(
      command('load', 'load a file, or go on with it')
        .addArgument(file)
        .option('--confirm', 'make the users and cards; without it this is a dry run', false)
        .option('--failed', 'also try again what PayCA refused', false)
        .action(load),
    )
    .addCommand(
      command('status', 'the counts of each load, or of one')
        .argument('[load]', 'its id')
        .option('--json', 'print it as JSON', false)
        .action(status),
    )
    .addCommand(
      command('results', 'what became of each row, as a CSV file in out/cards').addArgument(id).action(results),
    )
    .addCommand(
      command('settle', 'what you found out at PayCA about a row in doubt')
        .argument('<load>', 'its id')
        .argument('<line>', 'line of the file', line)
        .option('--made <id>', "it was made: PayCA's id of the user or card", paycaId)
        .option('--not-made', 'it was not made', false)
        .action(settle),
    );
}
