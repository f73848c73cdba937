import { ProgressChanged } from '../payca/progress';
import { type EntryWorld, loadEntry, type Unfinished } from './load-entry';
import type { ManifestEntry, RowReference } from './manifest';
import { type EntryState, entryThing, isClosed } from './state';

export interface WorkerWorld extends Omit<EntryWorld, 'load' | 'save'> {
  readonly progress: {
    recall(thing: string): Promise<unknown>;
    rememberIf(thing: string, state: unknown, former: unknown): Promise<void>;
  };
  /** Reads the entry; `undefined` when the manifest is gone or is not what was put there. */
  readonly read: (reference: RowReference) => Promise<ManifestEntry | undefined>;
  /** Names this invocation; no other one has the name. */
  readonly invocation: string;
  /** Milliseconds since 1970 at which this invocation is over, whatever it is doing. */
  readonly endsAt: number;
}

/** `held`: another copy works on it; `gone`: there is nothing to read, and whoever loads again sends it again. */
export type Worked = 'ended' | 'held' | 'gone' | Unfinished;

/** Works on one message. The same message may come twice, at once or later: one copy at a time has the entry. */
export async function work(reference: RowReference, world: WorkerWorld): Promise<Worked> {
  const { progress, invocation, endsAt, now } = world;
  const thing = entryThing(reference.load, reference.row);
  const found = (await progress.recall(thing)) as EntryState | undefined;
  if (!found) return 'gone';
  if (isClosed(found)) return 'ended';
  if (found.lease && found.lease.until > now().getTime()) return 'held';
  let stored = found;
  const save = async (state: EntryState) => {
    await progress.rememberIf(thing, state, stored);
    stored = state;
  };
  try {
    const held = { ...found, lease: { by: invocation, until: endsAt } };
    await save(held);
    const entry = await world.read(reference);
    const unfinished = entry && (await loadEntry(entry, held, { ...world, load: reference.load, save }));
    const { lease: _, ...free } = stored;
    await save(free);
    return entry ? (unfinished ?? 'ended') : 'gone';
  } catch (error) {
    if (error instanceof ProgressChanged) return 'held';
    throw error;
  }
}
