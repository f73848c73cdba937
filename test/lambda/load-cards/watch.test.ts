import { readEntry } from '../../../lambda/load-cards/manifest';
import {
  countRows,
  type EntryState,
  entryThing,
  freshEntry,
  givenUp,
  hasPaycaId,
  isClosed,
  loadThing,
  OPEN,
  reopened,
  rowStates,
  type Step,
  settled,
  takenOver,
} from '../../../lambda/load-cards/state';
import { watch } from '../../../lambda/load-cards/watch';
import type { Finding } from '../../../lambda/payca/evidence';
import { LOAD, ProgressInMemory } from './bench';

const NOW = new Date('2026-12-01T12:00:00Z');
const step = (state: Step['state'], more: Partial<Step> = {}): Step => ({ state, attempt: 1, ...more });
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const entry = (row: number, state: Step['state'], changedAt = minutesAgo(1)): EntryState => ({
  ...{ row, cards: [{ row, ref: `card-${row}`, step: step(state) }], changedAt },
});

async function look(entries: readonly EntryState[], rows = entries.length) {
  const progress = new ProgressInMemory();
  await progress.remember(OPEN, { load: LOAD });
  await progress.remember(loadThing(LOAD), { id: LOAD, rows, begunAt: minutesAgo(60), by: 'jo' });
  for (const one of entries) await progress.remember(entryThing(LOAD, one.row), one);
  const records: Finding[] = [];
  const deleted: string[] = [];
  const watched = await watch({
    progress,
    record: async (finding) => void records.push(finding),
    deleteManifest: async (load) => void deleted.push(load),
    now: () => NOW,
  });
  return { watched, records, deleted, open: await progress.recall(OPEN), load: await progress.recall(loadThing(LOAD)) };
}

test('without a load there is nothing to look after', async () => {
  const never = () => Promise.reject(new Error('nothing is to be done'));
  const progress = new ProgressInMemory();
  expect(await watch({ progress, record: never, deleteManifest: never, now: () => NOW })).toBeUndefined();
});

test('with the last row the counts are recorded, the manifest is deleted, and another load may begin', async () => {
  const { watched, records, deleted, open, load } = await look([
    entry(2, 'done'),
    entry(3, 'failed'),
    entry(4, 'doubt'),
  ]);
  const counts = { rows: 3, done: 1, failed: 1, inDoubt: 1, open: 0 };
  expect(watched).toEqual({ load: LOAD, counts, isStuck: false });
  expect(records).toMatchObject([{ line: '3.3', verdict: 'fail', details: { load: LOAD, ...counts } }]);
  expect(deleted).toEqual([LOAD]);
  expect(open).toEqual({});
  expect(load).toMatchObject({ completed: { at: NOW.toISOString(), counts } });
  expect((await look([entry(2, 'done')])).records).toMatchObject([{ verdict: 'pass' }]);
});

test('an open row, or one that is not written down yet, keeps the load open', async () => {
  for (const { records, deleted } of [await look([entry(2, 'begun')]), await look([entry(2, 'done')], 2)])
    expect([records, deleted]).toEqual([[], []]);
});

test('a load to which rows are added while it is looked at is not ended, and its manifest stays', async () => {
  const progress = new ProgressInMemory();
  await progress.remember(OPEN, { load: LOAD, nonce: '1' });
  await progress.remember(loadThing(LOAD), { id: LOAD, rows: 1, begunAt: minutesAgo(60), by: 'jo' });
  await progress.remember(entryThing(LOAD, 2), entry(2, 'failed'));
  const done: string[] = [];
  const world = {
    progress,
    record: async () => void done.push('recorded'),
    deleteManifest: async () => void done.push('deleted'),
    now: () => NOW,
  };
  const { all } = progress;
  progress.all = async (prefix) => {
    const found = await all(prefix);
    await progress.remember(OPEN, { load: LOAD, nonce: '2' });
    return found;
  };
  expect(await watch(world)).toMatchObject({ load: LOAD, isStuck: false });
  expect([done, await progress.recall(OPEN)]).toEqual([[], { load: LOAD, nonce: '2' }]);
  progress.all = all;
  await expect(watch({ ...world, record: () => Promise.reject(new Error('no bucket')) })).rejects.toThrow('no bucket');
  expect(await progress.recall(OPEN)).toMatchObject({ load: LOAD, isEnding: true });
  // Settled in between.
  await progress.remember(entryThing(LOAD, 2), entry(2, 'open'));
  await watch(world);
  expect([done, await progress.recall(OPEN)]).toEqual([[], { load: LOAD }]);
  await progress.remember(entryThing(LOAD, 2), entry(2, 'done'));
  await watch(world);
  expect([done, await progress.recall(OPEN)]).toEqual([['recorded', 'deleted'], {}]);
});

test('a load is stuck when no row has moved for half an hour', async () => {
  const isStuck = async (...entries: EntryState[]) => (await look(entries)).watched?.isStuck;
  expect(await isStuck(entry(2, 'open', minutesAgo(40)), entry(3, 'done', minutesAgo(29)))).toBe(false);
  expect(await isStuck(entry(2, 'open', minutesAgo(40)), entry(3, 'done', minutesAgo(30)))).toBe(true);
});

test('a card is where its user is until the user is made', () => {
  const state = (user: Step) =>
    rowStates({ ...entry(2, 'open'), userId: 'u', user }).map((one) => [one.state, one.reason]);
  expect(state(step('begun'))).toEqual([['open', undefined]]);
  expect(state(step('failed', { reason: 'ErrInvalidArg 400' }))).toEqual([['failed', 'ErrInvalidArg 400']]);
  expect(state(step('doubt', { reason: 'why' }))).toEqual([['in-doubt', 'why']]);
  expect(isClosed({ ...entry(2, 'open'), userId: 'u', user: step('failed') })).toBe(true);
});

test('every line of the file is counted once, also that of a user whose cards stand on further lines', () => {
  const user = step('done', { id: 'p' });
  const lines = (row: number) =>
    rowStates({ ...entry(3, 'open'), row, userId: 'u', user }).map((one) => [one.row, one.state]);
  expect(lines(2)).toEqual([
    [2, 'done'],
    [3, 'open'],
  ]);
  expect(lines(3)).toEqual([[3, 'open']]);
});

test('what failed is opened again under another key; what was made or is in doubt stays', () => {
  const former = { ...entry(2, 'failed'), user: step('done', { id: 'p' }) };
  expect(reopened(former, NOW)).toMatchObject({
    user: { state: 'done' },
    cards: [{ step: { state: 'open', attempt: 2 } }],
  });
  // Or the load would be told as stuck before its first row.
  expect(reopened(former, NOW).changedAt).toBe(NOW.toISOString());
  expect(reopened(entry(2, 'doubt'), NOW)).toEqual(entry(2, 'doubt'));
});

test('what is given up is failed where PayCA was not asked, and in doubt where it may have been', () => {
  const states = (['open', 'begun', 'done', 'failed', 'doubt'] as const).map((state) => givenUp(entry(2, state)));
  expect(states.map(({ cards }) => cards[0]?.step.state)).toEqual(['failed', 'doubt', 'done', 'failed', 'doubt']);
  expect(givenUp({ ...entry(2, 'open'), userId: 'u', user: step('begun') }).user?.state).toBe('doubt');
});

test('an id that PayCA gave to another user or card is known', () => {
  const known = [
    { ...entry(2, 'done'), user: step('done', { id: 'p-1' }) },
    { ...entry(3, 'done'), cards: [{ row: 3, ref: 'c', step: step('done', { id: 'k-1' }) }] },
  ];
  expect(['p-1', 'k-1', 'k-2'].map((id) => hasPaycaId(known, id))).toEqual([true, true, false]);
});

test('a person settles what is in doubt, and nothing else', () => {
  const doubtful = entry(2, 'doubt');
  expect(settled(doubtful, 2, 'k-1')?.cards[0]?.step).toEqual({ state: 'done', attempt: 1, id: 'k-1' });
  expect(settled(doubtful, 2, undefined)?.cards[0]?.step).toEqual({ state: 'open', attempt: 2 });
  expect(settled(doubtful, 3, 'k-1')).toBeUndefined();
  expect(settled(entry(2, 'done'), 2, 'k-1')).toBeUndefined();
  const user = { ...entry(2, 'open'), userId: 'u', user: step('doubt') };
  expect(settled(user, 2, 'p-1')).toMatchObject({ user: { state: 'done', id: 'p-1' } });
});

test('what another load has made is not made again, neither by a later file nor by an earlier one', () => {
  const made = {
    users: new Map([['u', step('done', { id: 'p' })]]),
    cards: new Map([['c', step('done', { id: 'k' })]]),
  };
  const manifest = {
    row: 2,
    user: { ownId: 'u', meta: {} },
    cards: [{ row: 2, ref: 'c', bin: '411111', currency: 'EUR' }],
  };
  const fresh = freshEntry(manifest, NOW);
  expect(countRows([fresh])).toMatchObject({ rows: 1, open: 1 });
  expect(countRows([takenOver(fresh, made)])).toMatchObject({ rows: 1, done: 1 });
  const refused = { ...fresh, user: step('done', { id: 'p' }), cards: [{ row: 2, ref: 'c', step: step('failed') }] };
  expect(takenOver(reopened(refused, NOW), made).cards[0]?.step.id).toBe('k');
  const asked = { ...fresh, user: step('begun') };
  expect(takenOver(asked, made).user).toEqual(asked.user);
});

test('an entry that is not what was put there is not read', () => {
  const reference = { load: LOAD, row: 2, offset: 0, length: 2, sha256: 'f'.repeat(64) };
  expect(readEntry(Buffer.from('{}'), reference)).toBeUndefined();
});
