import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { loadId, type ManifestEntry } from '../lambda/load-cards/manifest';
import type { Match } from '../lambda/load-cards/match';
import { type Counts, countRows, type Earlier, type RowState, rowStates, type Step } from '../lambda/load-cards/state';
import { csvLine } from '../lambda/payca/csv';
import type { Verdict } from '../lambda/payca/evidence';
import { ProgressChanged } from '../lambda/payca/progress';
import { CardLoads } from './card-loads';
import { type ManifestProblem, type ReadManifest, readManifest } from './card-manifest';
import { explain, OperatorError, stageOption } from './stage';

interface Options {
  readonly stage: string;
}

interface CheckOptions extends Options {
  readonly record?: boolean;
}

interface LoadOptions extends Options {
  readonly confirm: boolean;
  readonly failed: boolean;
}

interface SettleOptions extends Options {
  readonly made?: string;
  readonly notMade: boolean;
}

interface Manifest extends ReadManifest {
  readonly id: string;
}

/** The load, or its dry run, shows it. */
const LINE = '3.3';
/** Problems shown one by one; a file in another format has one on every line. */
const SHOWN = 50;
/** Ids in one question: PayCA is asked for them one by one. */
const ASKED = 200;

/** What AWS refuses is told in words that tell what to do. */
const known = <T>(promise: Promise<T>, what: string): Promise<T> =>
  promise.catch((error) => {
    if (error instanceof ProgressChanged) throw new OperatorError(`${what}: it was changed meanwhile; run this again`);
    throw error instanceof OperatorError ? error : new OperatorError(explain(error, what));
  });

function contentOf(file: string): Promise<Buffer> {
  return readFile(file).catch((error) => {
    throw new OperatorError(
      error.code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${error.code}`,
    );
  });
}

/** What the file says, against the catalogue and earlier loads. */
async function read(content: Buffer, loads: CardLoads): Promise<Manifest> {
  const catalogue = await known(loads.catalogue(), 'BIN catalogue');
  const cardKinds = Object.keys(loads.config.migration.cardKinds);
  const { entries, problems } = readManifest(content, { catalogue, cardKinds });
  const id = loadId(content);
  return { id, entries, problems: [...problems, ...against(entries, await known(loads.earlier(id), 'earlier loads'))] };
}

/** What earlier loads know otherwise, or do not know for certain. */
export function against(entries: readonly ManifestEntry[], { users, cards }: Earlier): ManifestProblem[] {
  const problem = (line: number, columns: readonly [string, string], step?: Step, id?: string): ManifestProblem[] => {
    const [column, paycaColumn] = columns;
    if (step?.state === 'doubt')
      return [{ line, column, text: 'is in doubt since an earlier load: golive cards settle' }];
    if (step === undefined || id === undefined || step.id === id) return [];
    return [{ line, column: paycaColumn, text: 'is not the id that PayCA gave in an earlier load' }];
  };
  return entries.flatMap(({ row, user, cards: own }) => [
    ...problem(row, ['user_id', 'payca_user_id'], users.get(user?.ownId ?? ''), user?.paycaId),
    ...own.flatMap((card) => problem(card.row, ['card_ref', 'payca_card_id'], cards.get(card.ref), card.paycaId)),
  ]);
}

/** Holds the ids that another system has as PayCA's against PayCA; the last problem may be that it was not asked for all. */
export async function compare(
  entries: readonly ManifestEntry[],
  loads: Pick<CardLoads, 'match'>,
): Promise<{ problems: ManifestProblem[]; verdict: Verdict }> {
  const problems: ManifestProblem[] = [];
  for (let rest = idsOf(entries); rest.length > 0; ) {
    const part = rest.slice(0, ASKED);
    const {
      result,
      compared,
      problems: found,
    } = await loads.match({
      do: 'match',
      users: part.flatMap((one) => ('ownId' in one ? [one] : [])),
      cards: part.flatMap((one) => ('ownId' in one ? [] : [one])),
    });
    problems.push(...found);
    rest = rest.slice(compared);
    if (result === 'compared' && compared > 0) continue;
    const text = `PayCA was not asked for ${rest.length} of its ids: ${WHY[result]}`;
    return { problems: [...problems, { line: 1, text }], verdict: problems.length > 0 ? 'fail' : 'no-data' };
  }
  return { problems, verdict: problems.length > 0 ? 'fail' : 'pass' };
}

const WHY = {
  compared: 'there was no time',
  silence: 'it does not answer',
  'no-credentials': 'there are no credentials yet',
} as const;

/** Users first: so they are asked for. */
function idsOf(entries: readonly ManifestEntry[]): (Match['users'][number] | Match['cards'][number])[] {
  const users = entries.flatMap(({ row: line, user }) => {
    const { ownId = '', paycaId, paycaAccount } = user ?? {};
    return paycaId ? [{ line, ownId, paycaId, paycaAccount }] : [];
  });
  const cards = entries.flatMap(({ user, cards: own }) =>
    own.flatMap(({ row: line, paycaId, account = user?.paycaAccount, bin }) =>
      paycaId ? [{ line, paycaId, account, bin }] : [],
    ),
  );
  return [...users, ...cards];
}

export function problemLines(problems: readonly ManifestProblem[]): string[] {
  const lines = problems
    .slice(0, SHOWN)
    .map(({ line, column, text }) => `line ${line}${column ? `, ${column}` : ''}: ${text}`);
  const more = problems.length - SHOWN;
  return more > 0 ? [...lines, `... and ${more} more problems`] : lines;
}

function sizeOf(entries: readonly ManifestEntry[]): { readonly users: number; readonly cards: number } {
  const users = entries.filter(({ user }) => user).length;
  return { users, cards: entries.reduce((sum, entry) => sum + entry.cards.length, 0) };
}

/** Says what is wrong, and leaves the exit code of it. */
function report({ id, entries, problems }: Manifest): void {
  const { users, cards } = sizeOf(entries);
  console.log([...problemLines(problems), `load ${id}: ${users} users and ${cards} cards`].join('\n'));
  if (problems.length > 0) console.log(`${problems.length} problems: nothing was loaded`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

async function check(file: string, { stage, record }: CheckOptions): Promise<void> {
  const content = await contentOf(file);
  const loads = await CardLoads.of(stage);
  const manifest = await read(content, loads);
  // What is no id is not asked for.
  const unsound = manifest.problems.length > 0 && { problems: manifest.problems, verdict: 'fail' as const };
  const { problems, verdict } = unsound || (await compare(manifest.entries, loads));
  report({ ...manifest, problems });
  if (problems.length === 0)
    console.log(`nothing is wrong with the file; to load it: ${loads.command(`load ${file} --confirm`)}`);
  if (!record) return;
  const details = { dryRun: true, load: manifest.id, ...sizeOf(manifest.entries), problems: problems.length };
  console.log(`recorded: ${await known(loads.record({ line: LINE, verdict, details }), 'evidence')}`);
}

async function load(file: string, { confirm, failed, ...options }: LoadOptions): Promise<void> {
  if (!confirm) return check(file, options);
  const content = await contentOf(file);
  const loads = await CardLoads.of(options.stage);
  const manifest = await read(content, loads);
  report(manifest);
  if (manifest.problems.length > 0) return;
  const counts = await known(loads.begin(manifest.id, manifest.entries, failed), 'load');
  console.log([countLine(counts), `it goes on by itself: ${loads.command(`status ${manifest.id}`)}`].join('\n'));
}

export function countLine({ rows, done, failed, inDoubt, open }: Counts): string {
  return `${rows} rows = ${done} done + ${failed} failed + ${inDoubt} in doubt + ${open} open`;
}

async function status(id: string | undefined, { stage, json }: Options & { readonly json: boolean }): Promise<void> {
  const loads = await CardLoads.of(stage);
  const all = await known(id === undefined ? loads.all() : loads.one(id).then((one) => [one]), 'loads');
  const shown = await Promise.all(
    all.map(async (one) => {
      const counts = countRows(await known(loads.entries(one.id), 'rows'));
      return { load: one.id, begunAt: one.begunAt, by: one.by, completedAt: one.completed?.at, ...counts };
    }),
  );
  const lines = shown.flatMap((one) => [
    `load ${one.load}, begun ${one.begunAt} by ${one.by}, ${one.completedAt ? `complete ${one.completedAt}` : 'not complete'}`,
    `  ${countLine(one)}`,
  ]);
  console.log(json ? JSON.stringify(shown, undefined, 2) : lines.join('\n') || 'nothing was loaded yet');
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

async function results(id: string | undefined, { stage }: Options): Promise<void> {
  const loads = await CardLoads.of(stage);
  const one = await known(loads.one(id), 'loads');
  const entries = await known(loads.entries(one.id), 'rows');
  const rows = entries.flatMap(rowStates).toSorted((first, second) => first.row - second.row);
  const folder = join('out', 'cards');
  const path = join(folder, `${stage}-${one.id}.csv`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, resultsCsv(rows));
  console.log([countLine(countRows(entries)), path].join('\n'));
}

async function settle(id: string, row: number, { stage, made, notMade }: SettleOptions): Promise<void> {
  if ((made === undefined) === !notMade) throw new OperatorError("give --made with PayCA's id, or --not-made");
  const loads = await CardLoads.of(stage);
  await known(loads.one(id), 'loads');
  if (!(await known(loads.settle(id, row, made), `line ${row}`)))
    throw new OperatorError(`nothing on line ${row} of load ${id} is in doubt: ${loads.command(`results ${id}`)}`);
  console.log(`line ${row} is settled; to go on, load the same file again`);
}

async function giveUp(id: string, { stage }: Options): Promise<void> {
  const loads = await CardLoads.of(stage);
  const counts = await known(loads.giveUp(id), `load ${id}`);
  console.log([countLine(counts), 'another load may begin in five minutes'].join('\n'));
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
  user_id       your id of the user; empty for a card of nobody
  user_status   pending, active or empty; active where a card is issued on the user's wallet
  meta.<field>  what PayCA keeps in the user's meta, such as meta.firstName; personal data
  card_ref      your id of the card; empty for a user without one. Further cards of a user follow on lines of their own
  bin, currency of the catalogue in force
  balance       opening balance, a decimal
  account_id    PayCA's account that pays; the user's wallet when empty
  kind          one of migration.cardKinds, or empty
  payca_user_id, payca_user_account_id, payca_card_id
                PayCA's ids of what is there already, as another system holds them: compared, and not made again
check and load without --confirm change nothing. The same file is the same load: load it again to go on from where it
stands, also after days; nothing is made twice. What nobody can tell is in doubt, and waits for: cards settle.`;

/** `golive cards`. */
export function cardsCommand(): Command {
  const command = (name: string, description: string) =>
    new Command(name).description(description).addOption(stageOption());
  const file = new Argument('<file>', 'a CSV file of users and cards');
  return new Command('cards')
    .description('the initial users and cards at PayCA')
    .addHelpText('after', HELP)
    .addCommand(
      command('check', 'say everything that is wrong with a file; nothing is made')
        .addArgument(file)
        .option('--record', 'write the verdict into the evidence bucket', false)
        .action(check),
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
      command('results', 'what became of each row, as a CSV file in out/cards')
        .argument('[load]', 'its id; the newest when absent')
        .action(results),
    )
    .addCommand(
      command('settle', 'what you found out at PayCA about a row in doubt')
        .argument('<load>', 'its id')
        .argument('<line>', 'line of the file', line)
        .option('--made <id>', "it was made: PayCA's id of the user or card", paycaId)
        .option('--not-made', 'it was not made', false)
        .action(settle),
    )
    .addCommand(
      command('give-up', 'end a load whose file is lost: its open rows are failed, or in doubt')
        .argument('<load>', 'its id')
        .action(giveUp),
    );
}
