import { readId, readPage, readStatus } from '../../../lambda/payca/reading';

test.each<[Parameters<typeof readId>[0], unknown, string | undefined]>([
  ['user', { id: 'u1' }, 'u1'],
  ['user', { userId: 'u2', id: 'other' }, 'u2'],
  ['card', { cardId: 'c1', linkedAccountId: 'a' }, 'c1'],
  ['card', { data: { id: 'c2' } }, 'c2'],
  ['transaction', { transactionId: 't1' }, 't1'],
  ['transaction', { txId: 't2' }, 't2'],
  ['transaction', { id: 7 }, '7'],
  ['transaction', { transaction: { id: 't3' } }, 't3'],
  ['wallet', { userAccountId: 'w1' }, 'w1'],
  ['wallet', { account: { id: 'w2' } }, 'w2'],
  ['user', { id: 'not an id' }, undefined],
  ['user', { id: '' }, undefined],
  ['card', 'a page', undefined],
  ['card', null, undefined],
  ['card', [], undefined],
])('the id of a %s in %j is %s', (kind, body, id) => {
  expect(readId(kind, body)).toBe(id);
});

test('a status is read in lower case, and only as text', () => {
  expect([readStatus({ status: 'OK' }), readStatus({ status: 1 }), readStatus(undefined)]).toEqual([
    'ok',
    undefined,
    undefined,
  ]);
});

test.each([
  [[{ id: 1 }], undefined],
  [{ transactions: [{ id: 1 }], nextCursor: 'c' }, 'c'],
  [{ items: [{ id: 1 }], next: '' }, undefined],
])('%j is a page of one', (body, cursor) => {
  expect(readPage(body)).toEqual({ items: [{ id: 1 }], cursor });
});

test('what is no list is an empty page', () => {
  expect(readPage({ transactions: 'none' })).toEqual({ items: [], cursor: undefined });
});
