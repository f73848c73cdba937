import { findInList, type SoughtCard } from '../../../lambda/load-cards/card-list';
import { Desk } from '../../../lambda/load-cards/desk';
import { SETTINGS } from './bench';

const SOUGHT: SoughtCard = { account: 'wallet', bin: '411111', isAlone: true };
const KNOWN = new Map([['k-1', 'other']]);
const ours = { cardId: 'k-1', linkedAccountId: 'other', bin: '411111' };
const stranger = (more: object) => ({ cardId: 'k-2', linkedAccountId: 'wallet', bin: '411111', ...more });
const found = (items: object[], sought: Partial<SoughtCard> = {}, known = KNOWN) =>
  findInList(items as Record<string, unknown>[], { ...SOUGHT, ...sought }, known).kind;

test('a list that tells whose cards they are: none, this one, or more than one', () => {
  expect(found([ours])).toBe('not-made');
  expect(found([ours, stranger({ linkedAccountId: 'third' })])).toBe('not-made');
  expect(found([ours, stranger({ bin: '499999' })])).toBe('not-made');
  expect(found([ours, stranger({})])).toBe('made');
  expect(found([ours, stranger({})], { isAlone: false })).toBe('unclear');
  expect(found([ours, stranger({}), stranger({ cardId: 'k-3' })])).toBe('unclear');
});

test.each([
  ['its cards show no account', [ours, stranger({ linkedAccountId: undefined })]],
  [
    'linkedAccountId is another account than the one that was asked for',
    [{ ...ours, linkedAccountId: 'x' }, stranger({ linkedAccountId: 'y' })],
  ],
  ['no card of it can tell what linkedAccountId is', [{ ...ours, cardId: 'k-0' }, stranger({ linkedAccountId: 'y' })]],
  ['a card has no id', [ours, stranger({ cardId: undefined })]],
  ['it does not show the cards that we have made', []],
])('nobody can tell where %s', (_, items) => {
  expect(found(items)).toBe('unclear');
});

test('before the first card a list without any is believed, and one with others only is not', () => {
  expect(found([], {}, new Map())).toBe('not-made');
  expect(found([stranger({ linkedAccountId: 'y' })], {}, new Map())).toBe('unclear');
  expect(found([stranger({})], {}, new Map())).toBe('made');
});

/** PayCA's pages, one a second, in a run that has 150 seconds and is at `clock` already. */
async function read(pages: readonly unknown[], begun = 0) {
  const queue = pages.values();
  let clock = begun;
  const call = async () => {
    clock += 1000;
    const { value, done } = queue.next();
    if (done) throw new Error('a page too many was asked for');
    return { status: 200, body: value, requestId: { sent: 'x' }, latencyMs: 1 };
  };
  const time = { now: () => new Date(clock), hasTime: () => clock < 150_000 };
  return new Desk(() => ({ call }) as never, SETTINGS).findCard(SOUGHT, async () => KNOWN, time);
}

const many = (length: number) => Array.from({ length }, () => ours);

test('a list is read to its end', async () => {
  const pages = [
    { cards: many(100), nextCursor: 'a' },
    { cards: many(100), nextCursor: 'b' },
  ];
  expect(await read([...pages, { cards: [...many(99), stranger({})] }])).toEqual({ kind: 'made', id: 'k-2' });
  expect(await read([...pages, { cards: many(100), nextCursor: null }])).toEqual({ kind: 'not-made' });
  expect(await read([many(3)])).toEqual({ kind: 'not-made' });
});

test.each<[string, unknown[]]>([
  ['has no list', [{ results: many(1) }]],
  ['names its cursor otherwise', [{ cards: many(50), next_cursor: 'a' }]],
  ['hides its cursor deeper', [{ cards: many(50), pagination: { hasMore: true } }]],
  ['is full and names no cursor', [{ cards: many(100) }]],
  [
    'repeats itself',
    [
      { cards: many(1), nextCursor: 'a' },
      { cards: many(1), nextCursor: 'a' },
    ],
  ],
])('an answer that %s proves nothing', async (_, pages) => {
  expect(await read(pages)).toMatchObject({ kind: 'unclear' });
});

test('a list that is too long for one run is left to a person; one begun late is read in another run', async () => {
  const pages = Array.from({ length: 200 }, (_, index) => ({ cards: many(1), nextCursor: String(index) }));
  expect(await read(pages)).toMatchObject({ kind: 'unclear' });
  expect(await read(pages, 100_000)).toEqual({ kind: 'no-time' });
});
