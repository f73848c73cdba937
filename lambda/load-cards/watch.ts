import type { Finding } from '../payca/evidence';
import { type Counts, countRows, type EntryState, entriesOf, type Load, loadThing, OPEN } from './state';

export interface WatchWorld {
  readonly progress: {
    recall(thing: string): Promise<unknown>;
    remember(thing: string, state: unknown): Promise<void>;
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
  const { load: id } = ((await progress.recall(OPEN)) ?? {}) as { load?: string };
  const load = id && ((await progress.recall(loadThing(id))) as Load | undefined);
  if (!load) return undefined;
  const entries = [...(await progress.all(entriesOf(load.id))).values()] as EntryState[];
  const counts = countRows(entries);
  // Rows that an operator is still writing down are missing, not done.
  const open = counts.open + load.rows - counts.rows;
  if (open > 0) return { load: load.id, counts, isStuck: isStuck(load, entries, now()) };
  const at = now().toISOString();
  const verdict = counts.done === counts.rows ? 'pass' : 'fail';
  await record({ line: LINE, verdict, details: { load: load.id, begunAt: load.begunAt, by: load.by, ...counts } });
  await deleteManifest(load.id);
  await progress.remember(loadThing(load.id), { ...load, completed: { at, counts } } satisfies Load);
  await progress.remember(OPEN, {});
  return { load: load.id, counts, isStuck: false };
}

function isStuck({ begunAt }: Load, entries: readonly EntryState[], now: Date): boolean {
  const moved = Math.max(...[begunAt, ...entries.map(({ changedAt }) => changedAt)].map((at) => Date.parse(at)));
  return now.getTime() - moved >= STUCK_MS;
}
