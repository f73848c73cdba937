import fc from 'fast-check';
import type { ManifestEntry } from '../../../lambda/load-cards/manifest';
import type { LoadSettings } from '../../../lambda/load-cards/settings';
import { countRows, isClosed, rowStates } from '../../../lambda/load-cards/state';
import { absent } from '../../../rehearsal/payca-refusals';
import { type Fault, LoadBench, SETTINGS } from './bench';

const HOUR_MS = 60 * 60 * 1000;
const card = (row: number, more: object = {}) => ({ row, ref: `card-${row}`, bin: '411111', currency: 'EUR', ...more });
const user = (name: string) => ({ ownId: name, status: 'active', meta: { firstName: `${name}'s name` } });

/** A user with two cards, one with one, one without any, and a card of nobody. */
const ENTRIES: readonly ManifestEntry[] = [
  { row: 2, user: user('ada'), cards: [card(2), card(3)] },
  { row: 4, user: user('bob'), cards: [card(4)] },
  { row: 5, user: user('eve'), cards: [] },
  { row: 6, cards: [card(6, { account: 'tenant-eur', balance: '10.00' })] },
];

async function all(bench: LoadBench, ...faults: Fault[]): Promise<void> {
  const plan = faults.values();
  for (const reference of bench.references) await bench.run(reference, plan);
}

const tenantOf = ({ payca: { tenant } }: LoadBench) => ({
  users: tenant.users.map(({ ownId }) => ownId).sort(),
  cards: tenant.cards.map((one) => one.user?.ownId ?? one.linkedAccountId).sort(),
});
const EVERYTHING = { users: ['ada', 'bob', 'eve'], cards: ['ada', 'ada', 'bob', 'tenant-eur'] };

const TENANTS: readonly [string, LoadSettings['fieldNames']][] = [
  ['tenant-balance', { userId: 'id', ownUserId: 'userId', cardIdempotency: 'header' }],
  ['master-account', { userId: 'userId', ownUserId: 'externalId', cardIdempotency: 'body' }],
  ['mixed', { userId: 'userId', ownUserId: 'userId', cardIdempotency: 'body' }],
];

test.each(TENANTS)('%s: everything is made, and a second time nothing', async (_, fieldNames) => {
  const bench = new LoadBench(ENTRIES, { ...SETTINGS, fieldNames });
  await all(bench);
  await all(bench);
  expect(tenantOf(bench)).toEqual(EVERYTHING);
  expect(countRows(bench.states)).toEqual({ rows: 5, done: 5, failed: 0, inDoubt: 0, open: 0 });
  const [first] = bench.states.flatMap(rowStates);
  const [ada] = bench.payca.tenant.users;
  expect(first).toMatchObject({ row: 2, userId: 'ada', paycaUserId: ada?.id, paycaUserAccountId: ada?.accountId });
});

test("what the tenant's config adds goes along, and never in the place of the file's own", async () => {
  const bench = new LoadBench([{ row: 2, user: user('ada'), cards: [card(2, { kind: 'virtual' })] }], {
    ...SETTINGS,
    userBody: { bins: [], externalId: 'config' },
    cardKinds: { virtual: { type: 'virtual', bin: '499999' } },
  });
  await all(bench);
  const [one, other] = bench.keys.map(({ body }) => JSON.parse(body));
  expect(one).toMatchObject({ bins: [], externalId: 'ada', meta: { firstName: "ada's name" } });
  expect(other).toMatchObject({ type: 'virtual', bin: '411111', idempotencyKey: `${'0123456789abcdef'}-card-2-1` });
});

test('what PayCA refuses is failed with its code, and holds up nobody', async () => {
  const bench = new LoadBench(ENTRIES);
  // Of the first entry: three effects before the user is asked for.
  await all(bench, 'none', 'none', 'none', '400');
  const rows = bench.states.flatMap(rowStates);
  expect(rows.map(({ state }) => state)).toEqual(['failed', 'failed', 'done', 'done', 'done']);
  expect(rows[0]?.reason).toBe('ErrInvalidArg 400');
});

test("a card's failure makes no second user", async () => {
  const bench = new LoadBench(ENTRIES.slice(1, 2));
  bench.payca.faults = ({ path }) => (path === '/v1/cards' ? { status: 500, code: 'ErrInternal' } : undefined);
  await all(bench);
  expect(countRows(bench.states).open).toBe(1);
  bench.payca.faults = () => undefined;
  await all(bench);
  expect(tenantOf(bench)).toEqual({ users: ['bob'], cards: ['bob'] });
  expect(bench.keys.filter(({ key }) => key.startsWith('/v1/users'))).toHaveLength(1);
});

test('the same message twice at the same moment: one copy works, the other waits for it', async () => {
  const bench = new LoadBench(ENTRIES.slice(1, 2));
  const [reference] = bench.references;
  if (!reference) throw new Error('no message');
  const ended = await Promise.all([bench.run(reference), bench.run(reference)]);
  expect(ended.sort()).toEqual(['ended', 'held']);
  expect(await bench.run(reference)).toBe('ended');
  expect(bench.keys).toHaveLength(2);
});

test('a copy that was killed holds its entry no longer than it would have run', async () => {
  const bench = new LoadBench(ENTRIES.slice(1, 2));
  const [reference] = bench.references;
  if (!reference) throw new Error('no message');
  const plan: Fault[] = ['none', 'none', 'none', 'killed-after'];
  expect(await bench.run(reference, plan.values())).toBe('killed');
  expect(await bench.run(reference)).toBe('held');
  bench.moveClock(180_001);
  expect(await bench.run(reference)).toBe('ended');
  expect(tenantOf(bench)).toEqual({ users: ['bob'], cards: ['bob'] });
});

test('wrong credentials fail no row, move none, and leave none in doubt after days', async () => {
  const bench = new LoadBench(ENTRIES);
  bench.payca.on('GET', '/v1/cards', () => Promise.reject(absent('list')));
  bench.payca.faults = () => ({ status: 401, code: 'ErrUnauthorized' });
  const before = bench.states;
  await all(bench);
  expect(countRows(bench.states)).toMatchObject({ open: 5, failed: 0 });
  expect(bench.states).toEqual(before);
  bench.moveClock(25 * HOUR_MS);
  await all(bench);
  bench.payca.faults = () => undefined;
  await all(bench);
  expect(countRows(bench.states)).toMatchObject({ done: 5 });
  expect(tenantOf(bench)).toEqual(EVERYTHING);
});

test('a conflict with a call that is still at work at PayCA is not taken for a refusal', async () => {
  const bench = new LoadBench(ENTRIES.slice(1, 2));
  let tries = 0;
  // No answer to the first call with its tries; then that it is being worked on.
  bench.payca.faults = ({ method, path }) => {
    if (method !== 'POST' || path !== '/v1/cards') return undefined;
    tries += 1;
    return tries <= 5 ? { status: 504, code: 'ErrInternal' } : { status: 409, code: 'ErrConflict' };
  };
  await all(bench);
  await all(bench);
  expect(tries).toBe(6);
  expect(countRows(bench.states)).toMatchObject({ open: 1, failed: 0 });
  bench.moveClock(HOUR_MS);
  await all(bench);
  expect(bench.states.flatMap(rowStates)).toMatchObject([{ state: 'failed', reason: 'ErrConflict 409' }]);
});

test('a user who is at PayCA already is taken as it is', async () => {
  const bench = new LoadBench(ENTRIES.slice(1, 2));
  const there = bench.payca.tenant.addUser({ ownId: 'bob', meta: {}, bins: [], status: 'active' });
  await all(bench);
  expect(bench.states.flatMap(rowStates)).toMatchObject([{ state: 'done', paycaUserId: there.id }]);
  expect(tenantOf(bench)).toEqual({ users: ['bob'], cards: ['bob'] });
});

describe('after the day that PayCA remembers a key', () => {
  async function aDayLater(bench: LoadBench, path: string): Promise<void> {
    bench.losesAnswersOf = path;
    await all(bench);
    expect(countRows(bench.states).open).toBe(1);
    bench.losesAnswersOf = undefined;
    bench.moveClock(25 * HOUR_MS);
    await all(bench);
  }

  test('a user is found by our id, where PayCA finds a user whom we know', async () => {
    const bench = new LoadBench(ENTRIES.slice(1, 3));
    await bench.run(bench.references[1] as never);
    await aDayLater(bench, '/v1/users');
    expect(countRows(bench.states)).toMatchObject({ done: 2 });
    expect(tenantOf(bench)).toEqual({ users: ['bob', 'eve'], cards: ['bob'] });
  });

  test('where PayCA finds nobody by our ids, a person decides', async () => {
    const bench = new LoadBench(ENTRIES.slice(1, 3));
    bench.payca.record.settings.findsByOwnId = false;
    await bench.run(bench.references[1] as never);
    await aDayLater(bench, '/v1/users');
    expect(bench.states.flatMap(rowStates)).toMatchObject([
      { userId: 'bob', state: 'in-doubt', reason: 'PayCA does not find users by our ids: look for it there' },
      { userId: 'eve', state: 'done' },
    ]);
    expect(tenantOf(bench).users).toEqual(['bob', 'eve']);
  });

  test("a card on a user's wallet is found in the list; without a list a person decides", async () => {
    for (const lists of [true, false]) {
      const bench = new LoadBench(ENTRIES.slice(1, 2));
      if (!lists) bench.payca.on('GET', '/v1/cards', () => Promise.reject(absent('list')));
      await aDayLater(bench, '/v1/cards');
      expect(bench.states.flatMap(rowStates)[0]?.state).toBe(lists ? 'done' : 'in-doubt');
      expect(tenantOf(bench)).toEqual({ users: ['bob'], cards: ['bob'] });
    }
  });

  test("a card of the same wallet that is in doubt is not taken for another row's", async () => {
    const bench = new LoadBench(ENTRIES.slice(0, 1));
    let answers = 0;
    bench.payca.faults = ({ method, path }) => {
      if (method !== 'POST' || path !== '/v1/cards') return undefined;
      answers += 1;
      // Made and answered without an id, then nothing but failures.
      return answers === 1 ? undefined : { status: 500, code: 'ErrInternal' };
    };
    bench.forgetsIdsOf = '/v1/cards';
    await all(bench);
    expect(bench.states.flatMap(rowStates).map(({ state }) => state)).toEqual(['in-doubt', 'open']);
    bench.forgetsIdsOf = undefined;
    bench.moveClock(25 * HOUR_MS);
    await all(bench);
    expect(bench.states.flatMap(rowStates).map(({ state }) => state)).toEqual(['in-doubt', 'in-doubt']);
    expect(tenantOf(bench).cards).toEqual(['ada']);
  });

  test('what was looked for until no time was left is made in the next run, and not looked for again', async () => {
    const bench = new LoadBench(ENTRIES.slice(1, 2));
    bench.payca.faults = ({ path }) => (path === '/v1/cards' ? { status: 500, code: 'ErrInternal' } : undefined);
    await all(bench);
    bench.payca.faults = () => undefined;
    bench.moveClock(25 * HOUR_MS);
    let looks = 0;
    bench.payca.on('GET', '/v1/cards', () => {
      looks += 1;
      bench.hasTime = () => false;
      return { status: 200, body: { cards: [] } };
    });
    const [reference] = bench.references;
    expect(reference && (await bench.run(reference))).toBe('no-time');
    bench.hasTime = () => true;
    await all(bench);
    expect([looks, countRows(bench.states).done, tenantOf(bench).cards]).toEqual([1, 1, ['bob']]);
  });

  test('a row on which PayCA fails for days is failed in the end', async () => {
    const bench = new LoadBench(ENTRIES.slice(1, 2));
    bench.payca.faults = ({ method, path }) =>
      method === 'POST' && path === '/v1/cards' ? { status: 500, code: 'ErrInternal' } : undefined;
    const states: (string | undefined)[] = [];
    for (let day = 0; day < 5; day += 1) {
      await all(bench);
      states.push(bench.states.flatMap(rowStates)[0]?.state);
      bench.moveClock(25 * HOUR_MS);
    }
    expect(states).toEqual(['open', 'open', 'open', 'failed', 'failed']);
    expect(tenantOf(bench)).toEqual({ users: ['bob'], cards: [] });
  });

  test("a card on the tenant's own account may be another system's: a person decides", async () => {
    const bench = new LoadBench(ENTRIES.slice(3));
    await aDayLater(bench, '/v1/cards');
    expect(bench.states.flatMap(rowStates)[0]?.state).toBe('in-doubt');
    expect(tenantOf(bench).cards).toEqual(['tenant-eur']);
  });
});

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fault>('none') },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Fault>('not-sent', 'answer-lost', '500', '429', '400', 'killed-before', 'killed-after'),
  },
);
const round = fc.record({
  faults: fc.array(fault, { minLength: 60, maxLength: 60 }),
  hours: fc.constantFrom(0, 0.1, 25),
});

test('whatever is killed, lost, doubled or interleaved: nothing is made twice, and the counts add up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 4 }),
      fc.scheduler(),
      fc.record({ lists: fc.boolean(), findsByOwnId: fc.boolean() }),
      async (rounds, scheduler, { lists, findsByOwnId }) => {
        const bench = new LoadBench(ENTRIES);
        bench.payca.record.settings.findsByOwnId = findsByOwnId;
        if (!lists) bench.payca.on('GET', '/v1/cards', () => Promise.reject(absent('list')));
        for (const { faults, hours } of rounds) {
          const plan = faults.values();
          const turn = () => scheduler.schedule(Promise.resolve());
          // Each message is delivered twice at the same moment.
          const copies = [...bench.references, ...bench.references].map((one) => bench.run(one, plan, turn));
          await scheduler.waitFor(Promise.all(copies));
          bench.moveClock(hours * HOUR_MS);
        }
        for (let last = 0; last < 3; last += 1) {
          bench.moveClock(HOUR_MS);
          await all(bench);
        }
        judge(bench);
      },
    ),
    { numRuns: 100 },
  );
});

function judge(bench: LoadBench): void {
  const { states } = bench;
  const { users, cards } = bench.payca.tenant;
  expect(states.every(isClosed)).toBe(true);
  const counts = countRows(states);
  expect(counts.done + counts.failed + counts.inDoubt + counts.open).toBe(counts.rows);
  expect(counts.rows).toBe(5);
  expect(new Set(users.map(({ ownId }) => ownId)).size).toBe(users.length);
  const steps = states.flatMap((one) => one.cards.map(({ step }) => step));
  const made = steps.filter(({ state }) => state === 'done');
  const doubtful = steps.filter(({ state }) => state === 'doubt').length;
  // No card that is not known, but those in doubt; no card for two rows.
  expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
  expect(made.every(({ id }) => cards.some((one) => one.id === id))).toBe(true);
  expect(cards.length - made.length).toBeGreaterThanOrEqual(0);
  expect(cards.length - made.length).toBeLessThanOrEqual(doubtful);
  // A key stands for one thing.
  const bodies = new Map(bench.keys.map(({ key, body }) => [key, body]));
  expect(bench.keys.every(({ key, body }) => bodies.get(key) === body)).toBe(true);
}
