import type { Finding } from '../payca/evidence';
import { ProgressChanged } from '../payca/progress';
import { type Counts, countRows, type EntryState, entriesOf, type Load, loadThing, OPEN, type OpenLoad } from './state';

export interface WatchWorld {
  readonly progress: {
    recall(thing: string): Promise<unknown>;
    remember(thing: string, state: unknown): Promise<void>;
    rememberIf(thing: string, state: unknown, former: unknown): Promise<void>;
    all(prefix: string): Promise<Map<string, unknown>>;
  };
  readonly record: (finding: Finding) => Promise<void>;
  /** Ends the manifest: nobody needs the personal data in it any more. */
  readonly deleteManifest: (load: string) => Promise<void>;
  readonly now: () => Date;
}

export interface Watched {
  readonly load: string;
  readonly counts: Counts;
  /** Rows are open, and none has moved for half an hour. */
  readonly isStuck: boolean;
}

/** The initial users and cards are loaded. */
const LINE = '3.3';
/** Twice the longest pause between two tries of a row. */
export const STUCK_MS = 30 * 60 * 1000;

/** Looks after the open load; brings it to its end once no row is open. */
export async function watch({ progress, record, deleteManifest, now }: WatchWorld): Promise<Watched | undefined> {
  const found = ((await progress.recall(OPEN)) ?? {}) as OpenLoad;
  const { load: id } = found;
  const load = id && ((await progress.recall(loadThing(id))) as Load | undefined);
  if (!load) return undefined;
  const entries = [...(await progress.all(entriesOf(load.id))).values()] as EntryState[];
  const counts = countRows(entries);
  // Rows that an operator is still writing down are missing, not done.
  const open = counts.open + load.rows - counts.rows;
  if (open > 0) {
    // A person has settled a row while an earlier look was ending the load.
    if (found.isEnding) await progress.rememberIf(OPEN, { load: id }, found);
    return { load: load.id, counts, isStuck: isStuck(load, entries, now()) };
  }
  if (!(await isEnding(found, progress))) return { load: load.id, counts, isStuck: false };
  const at = now().toISOString();
  const verdict = counts.done === counts.rows ? 'pass' : 'fail';
  await record({ line: LINE, verdict, details: { load: load.id, begunAt: load.begunAt, by: load.by, ...counts } });
  await deleteManifest(load.id);
  await progress.remember(loadThing(load.id), { ...load, completed: { at, counts } } satisfies Load);
  await progress.remember(OPEN, {});
  return { load: load.id, counts, isStuck: false };
}

/** Whether the load is this watcher's to end: not when the command that loads has written something down meanwhile. */
async function isEnding(found: OpenLoad, progress: WatchWorld['progress']): Promise<boolean> {
  if (found.isEnding) return true;
  try {
    await progress.rememberIf(OPEN, { ...found, isEnding: true }, found);
    return true;
  } catch (error) {
    if (error instanceof ProgressChanged) return false;
    throw error;
  }
}

function isStuck({ begunAt }: Load, entries: readonly EntryState[], now: Date): boolean {
  const moved = Math.max(...[begunAt, ...entries.map(({ changedAt }) => changedAt)].map((at) => Date.parse(at)));
  return now.getTime() - moved >= STUCK_MS;
}
