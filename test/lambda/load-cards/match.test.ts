import { Desk } from '../../../lambda/load-cards/desk';
import { match } from '../../../lambda/load-cards/match';
import { countRows, rowStates } from '../../../lambda/load-cards/state';
import { PaycaError } from '../../../lambda/payca/api';
import { LoadBench, SETTINGS } from './bench';

type Body = Record<string, unknown>;

/** A PayCA that has these records, and nothing else. */
function desk(records: Record<string, Body>): Desk {
  const call = async ({ path, method }: { path: string; method: 'GET' }) => {
    const body = records[path];
    const requestId = { sent: 'x' };
    if (!body) throw new PaycaError({ method, path }, { code: 'ErrNotFound', status: 404, requestId, latencyMs: 1 });
    return { status: 200, body, requestId, latencyMs: 1 };
  };
  return new Desk(() => ({ call }) as never, SETTINGS);
}

const USER = { userId: 'p-1', externalId: 'crm-1', account: { id: 'a-1' } };
const CARD = { cardId: 'k-1', linkedAccountId: 'a-1', bin: '411111' };
const PAYCA = { '/v1/users/p-1': USER, '/v1/cards/k-1': CARD };
const user = (more: object = {}) => ({ line: 2, ownId: 'crm-1', paycaId: 'p-1', paycaAccount: 'a-1', ...more });
const card = (more: object = {}) => ({ line: 3, paycaId: 'k-1', account: 'a-1', bin: '411111', ...more });
const ask = (users: object[], cards: object[], hasTime = () => true) =>
  match({ do: 'match', users, cards } as never, desk(PAYCA), hasTime);

test('ids that belong together', async () => {
  expect(await ask([user()], [card()])).toEqual({ result: 'compared', compared: 2, problems: [] });
  expect(await ask([user({ paycaAccount: undefined })], [card({ account: undefined })])).toMatchObject({
    problems: [],
  });
});

test.each([
  ['no such user', [user({ paycaId: 'p-9' })], [], '2 payca_user_id'],
  ["another of the operator's users", [user({ ownId: 'crm-2' })], [], '2 user_id'],
  ['another wallet', [user({ paycaAccount: 'a-2' })], [], '2 payca_user_account_id'],
  ['no such card', [], [card({ paycaId: 'k-9' })], '3 payca_card_id'],
  ['a card of another account', [], [card({ account: 'a-2' })], '3 payca_card_id'],
  ['a card of another BIN', [], [card({ bin: '422222' })], '3 payca_card_id'],
])('%s is told', async (_, users, cards, place) => {
  const { problems } = await ask(users, cards);
  expect(problems.map(({ line, column }) => `${line} ${column}`)).toEqual([place]);
});

test("PayCA's id is told from ours, in whatever shape the answer is", () => {
  const ids = (userId: 'id' | 'userId', body: unknown) =>
    new Desk(() => ({}) as never, { ...SETTINGS, fieldNames: { ...SETTINGS.fieldNames, userId } }).userIds(body);
  expect(ids('id', { id: 'p-1', userId: 'crm-1', userAccountId: 'a-1' })).toEqual({ id: 'p-1', account: 'a-1' });
  expect(ids('id', { userId: 'p-1', userAccountId: 'a-1' })).toEqual({ id: 'p-1', account: 'a-1' });
  expect(ids('id', { id: 17, userId: 'crm-1' })).toEqual({ id: '17' });
  expect(ids('id', { user: { id: 'p-1', userId: 'crm-1', account: { id: 'a-1' } } })).toEqual({
    id: 'p-1',
    account: 'a-1',
  });
  expect(ids('userId', { data: { userId: 'p-1', externalId: 'crm-1' } })).toEqual({ id: 'p-1' });
  expect(ids('id', { id: { of: 'nobody' }, userId: 'crm-1' })).toEqual({});
});

test('a user whose id at PayCA is one of our ids is not taken for ours', async () => {
  const at = (user: Body) => desk({ '/v1/users/17': user }).findUserByOwnId('17', async () => undefined);
  expect(await at({ userId: '17', externalId: 'crm-9' })).toMatchObject({ kind: 'unclear' });
  expect(await at({ userId: 'p-1', externalId: '17' })).toMatchObject({ kind: 'made', id: 'p-1' });
});

test('it stops when there is no time, and tells how far it came', async () => {
  const turns = [true, true].values();
  const answer = await ask([user(), user()], [card()], () => turns.next().value === true);
  expect(answer).toMatchObject({ result: 'compared', compared: 2 });
});

test('in the load, what is there is taken as it is, and what does not match is failed', async () => {
  const bench = new LoadBench([
    { row: 2, user: { ownId: 'crm-1', meta: {}, paycaId: 'to-be-set' }, cards: [] },
    { row: 3, user: { ownId: 'crm-2', meta: {}, paycaId: 'nobody' }, cards: [] },
  ]);
  const { id } = bench.payca.tenant.addUser({ ownId: 'crm-1', meta: {}, bins: [], status: 'active' });
  const known = new LoadBench([{ row: 2, user: { ownId: 'crm-1', meta: {}, paycaId: id }, cards: [] }]);
  known.payca.tenant.users.push(...bench.payca.tenant.users);
  for (const reference of known.references) await known.run(reference);
  expect(known.states.flatMap(rowStates)).toMatchObject([{ state: 'done', paycaUserId: id }]);
  for (const reference of bench.references) await bench.run(reference);
  expect(countRows(bench.states).failed).toBe(2);
  expect(bench.states.flatMap(rowStates)[1]?.reason).toBe('payca_user_id is no user at PayCA (ErrNotFound 404)');
  expect([...bench.keys, ...known.keys]).toEqual([]);
});
