import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Enqueue } from '../lambda/load-cards/enqueue';
import { type ManifestEntry, manifestKey, type RowReference, storeManifest } from '../lambda/load-cards/manifest';
import type { Match, MatchAnswer } from '../lambda/load-cards/match';
import {
  type Counts,
  countRows,
  type Earlier,
  type EntryState,
  entriesOf,
  entryThing,
  freshEntry,
  givenUp,
  hasPaycaId,
  isClosed,
  LOADS,
  type Load,
  loadThing,
  OPEN,
  type OpenLoad,
  reopened,
  type Step,
  settled,
  takenOver,
} from '../lambda/load-cards/state';
import { CATALOGUE, CatalogueReader, type CatalogueRow } from '../lambda/payca/bin-catalogue';
import type { Finding } from '../lambda/payca/evidence';
import { Progress, ProgressChanged } from '../lambda/payca/progress';
import type { StageConfig } from '../lib/config/schema';
import { EvidenceStore, operatorRun } from './evidence';
import { invoke } from './invoke';
import { OperatorError, type Outputs, output, readStage, stageOutputs } from './stage';

/** Writes of DynamoDB at a time. */
const AT_ONCE = 20;
/** References in one call of the function, which takes seconds for so many. */
const REFERENCES = 1000;
/** Longer than the function's time-out. */
const CALL_MS = 200_000;

/** The loads of a stage, as they are stored, and its function, which alone can ask PayCA. */
export class CardLoads {
  private constructor(
    readonly config: StageConfig,
    private readonly outputs: Outputs,
    private readonly progress: Progress,
  ) {}

  static async of(stage: string): Promise<CardLoads> {
    const config = readStage(stage);
    const outputs = await stageOutputs(config);
    const place = { table: output(outputs, 'ProgressTable'), region: config.region };
    return new CardLoads(config, outputs, new Progress(LOADS, place));
  }

  /** A command of `golive cards` as it is typed for this stage: without it, it would be another one's. */
  command(words: string): string {
    return `npm run golive -- cards ${words} --stage ${this.config.stage}`;
  }

  /** Oldest first. */
  async all(): Promise<Load[]> {
    const found = [...(await this.progress.all('load#')).values()] as Load[];
    return found.sort((one, other) => one.begunAt.localeCompare(other.begunAt));
  }

  /** One by its id, or the newest. */
  async one(id?: string): Promise<Load> {
    const all = await this.all();
    const found = id === undefined ? all.at(-1) : all.find((load) => load.id === id);
    if (!found)
      throw new OperatorError(id ? `there is no load ${id}: ${this.command('status')}` : 'nothing was loaded yet');
    return found;
  }

  async entries(load: string): Promise<EntryState[]> {
    return [...(await this.progress.all(entriesOf(load))).values()] as EntryState[];
  }

  /** The catalogue in force. */
  async catalogue(): Promise<readonly CatalogueRow[] | undefined> {
    const { region } = this.config;
    const progress = new Progress(CATALOGUE.owner, { table: output(this.outputs, 'ProgressTable'), region });
    const reader = new CatalogueReader(output(this.outputs, 'ImportsBucket'), progress, new S3Client({ region }));
    return (await reader.current())?.rows;
  }

  async earlier(except: string): Promise<Earlier> {
    const own = entriesOf(except);
    const others = [...(await this.progress.all(entriesOf()))].flatMap(([thing, entry]) =>
      thing.startsWith(own) ? [] : [entry as EntryState],
    );
    const matters = ({ state }: Step) => state === 'done' || state === 'doubt';
    const users = others.flatMap(({ userId, user }) =>
      userId && user && matters(user) ? [[userId, user] as const] : [],
    );
    const cards = others.flatMap((entry) =>
      entry.cards.flatMap(({ ref, step }) => (matters(step) ? [[ref, step] as const] : [])),
    );
    return { users: new Map(users), cards: new Map(cards) };
  }

  async record(finding: Finding): Promise<string> {
    const store = new EvidenceStore(output(this.outputs, 'EvidenceBucket'), this.config.region);
    return (await store.write(operatorRun(new Date()), [finding])).key;
  }

  /** Writes every row down, then the manifest and the messages: from any point on, the same call goes on. */
  async begin(id: string, entries: readonly ManifestEntry[], failed: boolean): Promise<Counts> {
    const { progress, outputs, config } = this;
    const former = (await progress.recall(loadThing(id))) as Load | undefined;
    if (former?.completed && !failed) {
      const counts = countRows(await this.entries(id));
      // A person may have settled what was in doubt.
      if (JSON.stringify(counts) === JSON.stringify(former.completed.counts)) return counts;
    }
    const taken = await this.takeOpen(id);
    const { rows } = countRows(entries.map((entry) => freshEntry(entry, new Date())));
    const begunAt = former?.begunAt ?? new Date().toISOString();
    await progress.remember(loadThing(id), { id, rows, begunAt, by: former?.by ?? userInfo().username } satisfies Load);
    const states = await this.writeDown(id, entries, failed);
    // The watcher may have looked before the rows were opened: it must not end the load and delete what follows.
    await this.nameOpen(id, taken);
    const { content, references } = storeManifest(id, entries);
    const open = references.filter(({ row }) => !isClosed(states.get(entryThing(id, row)) as EntryState));
    if (open.length > 0) {
      const object = { Key: manifestKey(id), Body: content, ContentType: 'application/x-ndjson' };
      const Bucket = output(outputs, 'ImportsBucket');
      await new S3Client({ region: config.region }).send(new PutObjectCommand({ Bucket, ...object }));
      await this.send(open);
    }
    return countRows(states.values());
  }

  /** What a person found out about a line in doubt; whether anything there was. */
  async settle(id: string, row: number, madeAs: string | undefined): Promise<boolean> {
    const all = (await this.progress.all(entriesOf())) as Map<string, EntryState>;
    if (madeAs !== undefined && hasPaycaId(all.values(), madeAs))
      throw new OperatorError(`${madeAs} is the id of another user or card already: ${this.command(`results ${id}`)}`);
    for (const [thing, entry] of all) {
      if (!thing.startsWith(entriesOf(id))) continue;
      const next = settled(entry, row, madeAs);
      if (!next) continue;
      await this.progress.rememberIf(thing, { ...next, changedAt: new Date().toISOString() }, entry);
      return true;
    }
    return false;
  }

  /** Ends the open rows of the open load, also those that were never written down; the watcher then ends the load. */
  async giveUp(id: string): Promise<Counts> {
    const { progress } = this;
    const taken = (await progress.recall(OPEN)) as OpenLoad | undefined;
    if (taken?.load !== id) throw new OperatorError(`load ${id} is not open: ${this.command('status')}`);
    const open = await this.takeOpen(id);
    const entries = (await progress.all(entriesOf(id))) as Map<string, EntryState>;
    const now = Date.now();
    for (const [thing, entry] of entries) {
      if (isClosed(entry)) continue;
      if (entry.lease && entry.lease.until > now)
        throw new OperatorError('some rows are being worked on: run this again in five minutes');
      const next = { ...givenUp(entry), changedAt: new Date(now).toISOString() };
      await progress.rememberIf(thing, next, entry);
      entries.set(thing, next);
    }
    const counts = countRows(entries.values());
    const load = (await progress.recall(loadThing(id))) as Load | undefined;
    if (load) await progress.remember(loadThing(id), { ...load, rows: counts.rows } satisfies Load);
    // Broken off before anything was written down.
    else await progress.rememberIf(OPEN, {}, open);
    return counts;
  }

  /** Asks the stage's function how PayCA knows these ids. */
  match(request: Match): Promise<MatchAnswer> {
    return this.ask(request) as Promise<MatchAnswer>;
  }

  /** One load at a time: two files could name the same user. */
  private async takeOpen(id: string): Promise<OpenLoad> {
    const former = (await this.progress.recall(OPEN)) as OpenLoad | undefined;
    if (former?.load && former.load !== id)
      throw new OperatorError(`load ${former.load} is not complete yet: ${this.command(`status ${former.load}`)}`);
    if (former?.isEnding) throw new OperatorError(`load ${id} is just being completed: run this again in five minutes`);
    return this.nameOpen(id, former);
  }

  private async nameOpen(load: string, former: OpenLoad | undefined): Promise<OpenLoad> {
    const open: OpenLoad = { load, nonce: randomUUID() };
    await this.progress.rememberIf(OPEN, open, former).catch((error) => {
      throw error instanceof ProgressChanged
        ? new OperatorError('somebody else began a load meanwhile, or this one was completed: run this again')
        : error;
    });
    return open;
  }

  /** The state of every entry, by its name; what is done already stays as it is. */
  private async writeDown(
    id: string,
    entries: readonly ManifestEntry[],
    failed: boolean,
  ): Promise<Map<string, EntryState>> {
    const states = (await this.progress.all(entriesOf(id))) as Map<string, EntryState>;
    const earlier = await this.earlier(id);
    const changes = entries.flatMap((entry): [string, EntryState, EntryState | undefined][] => {
      const thing = entryThing(id, entry.row);
      const former = states.get(thing);
      const given = former ?? freshEntry(entry, new Date());
      const next = takenOver(former && failed ? reopened(former, new Date()) : given, earlier);
      return JSON.stringify(next) === JSON.stringify(former) ? [] : [[thing, next, former]];
    });
    for (let start = 0; start < changes.length; start += AT_ONCE)
      await Promise.all(
        changes.slice(start, start + AT_ONCE).map(async ([thing, next, former]) => {
          // A copy works on it, or the same command runs twice: then it is written down already.
          await this.progress.rememberIf(thing, next, former).catch((error) => {
            if (!(error instanceof ProgressChanged)) throw error;
          });
          states.set(thing, next);
        }),
      );
    return states;
  }

  private async send(references: readonly RowReference[]): Promise<void> {
    for (let start = 0; start < references.length; start += REFERENCES) {
      const request: Enqueue = { do: 'enqueue', references: references.slice(start, start + REFERENCES) };
      const { refused } = (await this.ask(request)) as { refused: number };
      if (refused > 0) throw new OperatorError('the queue did not take every row: run this again');
    }
  }

  private async ask(request: Enqueue | Match): Promise<unknown> {
    const requestHandler = { requestTimeout: CALL_MS };
    const asking = { region: this.config.region, requestHandler, advice: 'run this again' };
    return invoke(output(this.outputs, 'CardLoadFunction'), request, asking);
  }
}
