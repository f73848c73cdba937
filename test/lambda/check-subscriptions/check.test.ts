import { check, overdue, verdict } from '../../../lambda/check-subscriptions/check';
import { type Listed, problems, readList, sampleOf } from '../../../lambda/check-subscriptions/problems';
import {
  EMPTY,
  type Register,
  type Subscription,
  wantedSubscriptions,
} from '../../../lambda/check-subscriptions/register';
import { PaycaError } from '../../../lambda/payca/api';
import { StoreInMemory } from './store-in-memory';

const URL = 'https://webhooks.example.com/payca';
const NOW = new Date('2026-12-10T12:00:00Z');
const AT = '2026-12-01T00:00:00.000Z';
const WANTED = wantedSubscriptions(URL, 'type', ['card', 'account']);

const known = (id: string, type: string, more: Partial<Subscription> = {}): Subscription => ({
  ...{ id, url: URL, form: 'type', types: [type], registeredAt: AT, confirmed: {} },
  ...more,
});
const REGISTER: Register = { ...EMPTY, subscriptions: [known('c', 'card'), known('a', 'account')], changedAt: AT };
const entry = (event: string, receivedAt: string) => ({ pk: `${event}#${receivedAt}`, event, receivedAt });
const many = (event: string, count: number, receivedAt = '2026-12-10T11:00:00.000Z') =>
  Array.from({ length: count }, () => entry(event, receivedAt));
const DAY_AGO = new Date('2026-12-09T12:00:00Z');

function found(
  register: Register,
  { listed, entries = [] }: { listed?: readonly Listed[]; entries?: ReturnType<typeof entry>[] } = {},
): string[] {
  return problems(register, WANTED, { listed, sample: sampleOf(entries, DAY_AGO), now: NOW }).map(({ kind }) => kind);
}

const LISTED = [
  { id: 'c', url: URL, names: ['card'] },
  { id: 'a', url: URL, names: ['account'] },
];

test.each<[string, Register, Parameters<typeof found>[1], string[]]>([
  ['all is well', REGISTER, { listed: LISTED, entries: many('card_transaction', 5) }, []],
  ['one is not in the list', REGISTER, { listed: LISTED.slice(1) }, ['missing']],
  [
    'one has another address',
    REGISTER,
    { listed: [{ ...LISTED[0], url: 'https://x.example' } as Listed, ...LISTED.slice(1)] },
    ['changed'],
  ],
  [
    'one has another type',
    REGISTER,
    { listed: [{ ...LISTED[0], names: ['user'] } as Listed, ...LISTED.slice(1)] },
    ['changed'],
  ],
  ['one is not ours', REGISTER, { listed: [...LISTED, { id: 'f', url: URL, names: ['card'] }] }, ['foreign']],
  ['a type comes that we have not registered', REGISTER, { entries: many('kyc', 1) }, ['foreign']],
  [
    'it came within an hour of our last change',
    { ...REGISTER, changedAt: '2026-12-10T10:30:00.000Z' },
    { entries: many('kyc', 1) },
    [],
  ],
  ['it came before the sample', REGISTER, { entries: many('kyc', 1, '2026-12-09T11:00:00.000Z') }, []],
  ['events come before anything is registered', EMPTY, { entries: many('card_transaction', 1) }, ['foreign']],
  [
    'the config wants it no longer',
    { ...REGISTER, subscriptions: [...REGISTER.subscriptions, known('u', 'user')] },
    {},
    ['outdated'],
  ],
  [
    'a registration has had no answer for a day',
    { ...REGISTER, begun: [{ ...(WANTED[0] as (typeof WANTED)[0]), idempotencyKey: 'k', since: AT }] },
    {},
    ['in-doubt'],
  ],
  [
    'a type that came every day does not',
    { ...REGISTER, seenDays: { account: 3 } },
    { entries: many('card_transaction', 100) },
    ['silent'],
  ],
  [
    'hardly anything else came either',
    { ...REGISTER, seenDays: { account: 3 } },
    { entries: many('card_transaction', 99) },
    [],
  ],
  [
    'it never came every day',
    { ...REGISTER, seenDays: { account: 2 } },
    { entries: many('card_transaction', 100) },
    [],
  ],
])('%s', (_, register, seen, expected) => {
  expect(found(register, seen)).toEqual(expected);
});

test("a stranger's address is told by its host only", () => {
  const listed = [...LISTED, { id: 'f', url: 'https://x.example/hook?token=secret', names: ['card'] }];
  const [problem] = problems(REGISTER, WANTED, { listed, sample: sampleOf([], DAY_AGO), now: NOW });
  expect(problem?.text).toContain('x.example');
  expect(problem?.text).not.toContain('secret');
});

test.each<[unknown, Listed[] | undefined]>([
  [[{ id: '1', url: URL, type: 'card' }], [{ id: '1', url: URL, names: ['card'] }]],
  [
    { webhooks: [{ id: '1', events: ['card_transaction'] }] },
    [{ id: '1', url: undefined, names: ['card_transaction'] }],
  ],
  [{ data: [] }, []],
  [{ items: [{ url: URL }] }, undefined],
  [{ status: 'ok' }, undefined],
  [undefined, undefined],
])('the list %j is read as %j', (body, expected) => {
  expect(readList(body)).toEqual(expected);
});

describe('check', () => {
  const checker = (store: StoreInMemory, entries: ReturnType<typeof entry>[], status = 404) => ({
    store,
    wanted: WANTED,
    now: () => NOW,
    api: {
      call: async () => {
        throw new PaycaError(
          { method: 'GET', path: '/v1/webhooks' },
          { code: 'other', status, requestId: { sent: 'r' }, latencyMs: 1 },
        );
      },
    },
    inbox: {
      latest: async () => entries,
      async *received(from: Date) {
        yield* entries.filter(({ receivedAt }) => receivedAt >= from.toISOString());
      },
    },
  });

  test('confirms each type by its first delivery after the registration, once', async () => {
    const store = new StoreInMemory(JSON.stringify(REGISTER));
    const deliveries = [
      entry('card_transaction', '2026-12-10T08:00:00.000Z'),
      entry('card_tokenization', '2026-12-10T09:00:00.000Z'),
    ];
    const first = await check(checker(store, deliveries), false);
    expect([first.unconfirmed, first.list, verdict(first)]).toEqual([['account'], 'not-offered', 'no-data']);
    const later = [...deliveries, entry('account_transaction', '2026-12-10T11:00:00.000Z')];
    const second = await check(checker(store, later, 500), false);
    expect([second.unconfirmed, second.list, verdict(second)]).toEqual([[], 'not-answered', 'pass']);
    expect(second.subscriptions.map(({ confirmed }) => Object.values(confirmed)[0]?.at)).toEqual([
      '2026-12-10T08:00:00.000Z',
      '2026-12-10T11:00:00.000Z',
    ]);
  });

  test('what came before the registration confirms nothing', async () => {
    const registeredAt = '2026-12-10T10:00:00.000Z';
    const subscriptions = [known('c', 'card', { registeredAt }), known('a', 'account', { registeredAt })];
    const store = new StoreInMemory(JSON.stringify({ ...REGISTER, subscriptions }));
    const report = await check(checker(store, [entry('card_transaction', '2026-12-10T09:59:59.000Z')]), false);
    expect(report.unconfirmed).toEqual(['card', 'account']);
    expect(overdue(report, NOW)).toEqual([]);
    expect(overdue(report, new Date('2026-12-11T10:00:01Z'))).toEqual(['card', 'account']);
  });

  test('only daily checks count days: three with a type, then its absence among many is told until it comes again', async () => {
    const store = new StoreInMemory(JSON.stringify(REGISTER));
    const both = [...many('card_transaction', 100), ...many('account_transaction', 1)];
    for (let count = 0; count < 5; count += 1) await check(checker(store, both), false);
    expect(store.register.seenDays).toEqual({});
    for (let day = 0; day < 3; day += 1) await check(checker(store, both), true);
    for (let day = 0; day < 2; day += 1) {
      const report = await check(checker(store, many('card_transaction', 100)), true);
      expect(report.problems.map(({ kind }) => kind)).toEqual(['silent']);
    }
    expect((await check(checker(store, both), true)).problems).toEqual([]);
  });

  test('what is not registered fails', async () => {
    const report = await check(checker(new StoreInMemory(), []), false);
    expect([report.absent, verdict(report)]).toEqual([['card', 'account'], 'fail']);
    expect(overdue(report, NOW)).toEqual(['card', 'account']);
  });
});

test("the smoke tests' own event is no sign of a foreign subscription", () => {
  const receivedAt = NOW.toISOString();
  expect(sampleOf([{ event: 'smoke_test', receivedAt }], DAY_AGO).counts).toEqual({});
});
