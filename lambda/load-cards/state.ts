import type { ManifestEntry } from './manifest';

/** Owner of what Progress remembers about loads. */
export const LOADS = 'load-cards';

/** How far a user or a card is. */
export interface Step {
  /**
   * `begun`: PayCA may have been asked, and the answer is not known. `doubt`: nobody can tell whether it was made, and a
   * person decides.
   */
  readonly state: 'open' | 'begun' | 'done' | 'failed' | 'doubt';
  /** A part of the idempotency key: it changes only when it is certain that nothing was made under the former one. */
  readonly attempt: number;
  /** When it was begun, ISO 8601 in UTC. */
  readonly at?: string;
  /** PayCA's. */
  readonly id?: string;
  /** PayCA's id of a user's wallet, or of the account on which a card was issued. */
  readonly account?: string;
  /** PayCA's error code and status, or our words; never a message of PayCA's, which may repeat what was sent. */
  readonly reason?: string;
  /** Of the last call, for PayCA's support. */
  readonly requestId?: string;
}

/** What is remembered of an entry: ids only. */
export interface EntryState {
  readonly row: number;
  /** The operator's ids. */
  readonly userId?: string;
  readonly user?: Step;
  readonly cards: readonly { readonly row: number; readonly ref: string; readonly step: Step }[];
  /** The invocation that works on it, and until when at most: milliseconds since 1970. */
  readonly lease?: { readonly by: string; readonly until: number };
  /** ISO 8601 in UTC. */
  readonly changedAt: string;
}

/** One line of the file and what became of it. */
export interface RowState {
  readonly row: number;
  readonly userId?: string;
  readonly cardRef?: string;
  readonly paycaUserId?: string;
  readonly paycaUserAccountId?: string;
  readonly paycaCardId?: string;
  readonly state: 'done' | 'failed' | 'in-doubt' | 'open';
  readonly reason?: string;
  readonly requestId?: string;
}

/** Of rows; the first is the sum of the others. */
export interface Counts {
  readonly rows: number;
  readonly done: number;
  readonly failed: number;
  readonly inDoubt: number;
  readonly open: number;
}

export interface Load {
  readonly id: string;
  readonly rows: number;
  readonly begunAt: string;
  readonly by: string;
  /** Once no row is open. */
  readonly completed?: { readonly at: string; readonly counts: Counts };
}

/** Names in Progress. Only one load is open at a time, so that two files cannot make the same user. */
export const OPEN = 'open';

/** What is remembered under `OPEN`. */
export interface OpenLoad {
  /** Its id; absent when none is open. */
  readonly load?: string;
  /** Different after each step of the command that writes rows down: a load to which something was added does not end. */
  readonly nonce?: string;
  /** The watcher found no open row, and is ending it: nobody adds to it now. */
  readonly isEnding?: boolean;
}

export const loadThing = (load: string) => `load#${load}`;
/** Begins the names of all entries, or of those of one load. */
export const entriesOf = (load?: string) => (load === undefined ? 'row#' : `row#${load}#`);
export const entryThing = (load: string, row: number) => `${entriesOf(load)}${String(row).padStart(8, '0')}`;

const FRESH: Step = { state: 'open', attempt: 1 };

/** An entry before anything was done. */
export function freshEntry(entry: ManifestEntry, now: Date): EntryState {
  return {
    row: entry.row,
    ...(entry.user && { userId: entry.user.ownId, user: FRESH }),
    cards: entry.cards.map(({ row, ref }) => ({ row, ref, step: FRESH })),
    changedAt: now.toISOString(),
  };
}

/** What the loads of other files have done with users and cards, by the operator's ids: made, or in doubt. */
export interface Earlier {
  readonly users: ReadonlyMap<string, Step>;
  readonly cards: ReadonlyMap<string, Step>;
}

/** What another load has made is not made again: also one that came after this one, with a corrected file. */
export function takenOver(entry: EntryState, { users, cards }: Earlier): EntryState {
  const known = (step: Step, made?: Step) => (step.state === 'open' && made ? made : step);
  return {
    ...entry,
    ...(entry.user && { user: known(entry.user, users.get(entry.userId ?? '')) }),
    cards: entry.cards.map((card) => ({ ...card, step: known(card.step, cards.get(card.ref)) })),
  };
}

const ROW_STATES = { open: 'open', begun: 'open', done: 'done', failed: 'failed', doubt: 'in-doubt' } as const;

/** Every line of an entry. A card whose user was not made is where its user is. */
export function rowStates({ row, userId, user, cards }: EntryState): RowState[] {
  const waits = user !== undefined && user.state !== 'done';
  const ofUser = { userId, paycaUserId: user?.id, paycaUserAccountId: user?.account };
  const judged = (step: Step) => ({ state: ROW_STATES[step.state], reason: step.reason, requestId: step.requestId });
  const isAlone = !cards.some((card) => card.row === row);
  return [
    ...(user && isAlone ? [{ row, ...ofUser, ...judged(user) }] : []),
    ...cards.map(({ row: line, ref, step }) => ({
      ...{ row: line, ...ofUser, cardRef: ref, paycaCardId: step.id },
      ...judged(waits ? user : step),
    })),
  ];
}

/** PayCA's ids of the cards of `entries`, with their accounts. */
export function cardsOf(entries: readonly EntryState[]): Map<string, string | undefined> {
  const steps = entries.flatMap(({ cards }) => cards.map(({ step }) => step));
  return new Map(steps.flatMap(({ id, account }) => (id === undefined ? [] : [[id, account] as const])));
}

export function isClosed(entry: EntryState): boolean {
  return rowStates(entry).every(({ state }) => state !== 'open');
}

export function countRows(entries: Iterable<EntryState>): Counts {
  const states = [...entries].flatMap(rowStates).map(({ state }) => state);
  const of = (wanted: RowState['state']) => states.filter((state) => state === wanted).length;
  return { rows: states.length, done: of('done'), failed: of('failed'), inDoubt: of('in-doubt'), open: of('open') };
}

/** Opens again what PayCA has refused for certain, under a new key. */
export function reopened(entry: EntryState, now: Date): EntryState {
  if (![entry.user, ...entry.cards.map(({ step }) => step)].some((step) => step?.state === 'failed')) return entry;
  const again = (step: Step): Step => (step.state === 'failed' ? { state: 'open', attempt: step.attempt + 1 } : step);
  return {
    ...entry,
    ...(entry.user && { user: again(entry.user) }),
    cards: entry.cards.map((card) => ({ ...card, step: again(card.step) })),
    changedAt: now.toISOString(),
  };
}

/** Ends what is still to be made, for a load whose file is lost: what PayCA may have been asked for is in doubt. */
export function givenUp(entry: EntryState): EntryState {
  const ended = (step: Step): Step => {
    if (step.state === 'open') return { ...step, state: 'failed', reason: 'given up' };
    return step.state === 'begun' ? { ...step, state: 'doubt', reason: 'given up: look for it at PayCA' } : step;
  };
  return {
    ...entry,
    ...(entry.user && { user: ended(entry.user) }),
    cards: entry.cards.map((card) => ({ ...card, step: ended(card.step) })),
  };
}

/** Whether one of the users or cards of `entries` has this id at PayCA. */
export function hasPaycaId(entries: Iterable<EntryState>, id: string): boolean {
  return [...entries].some(({ user, cards }) => user?.id === id || cards.some(({ step }) => step.id === id));
}

/** What a person found out about the thing in doubt of a line; `undefined` when nothing is in doubt there. */
export function settled(entry: EntryState, row: number, madeAs: string | undefined): EntryState | undefined {
  const known = (step: Step): Step =>
    madeAs === undefined
      ? { state: 'open', attempt: step.attempt + 1 }
      : { state: 'done', attempt: step.attempt, id: madeAs };
  if (entry.user?.state === 'doubt' && rowStates(entry).some((one) => one.row === row))
    return { ...entry, user: known(entry.user) };
  const at = entry.cards.findIndex((card) => card.row === row && card.step.state === 'doubt');
  if (at < 0) return undefined;
  return {
    ...entry,
    cards: entry.cards.map((card, index) => (index === at ? { ...card, step: known(card.step) } : card)),
  };
}
