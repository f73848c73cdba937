import type { Webhook } from '../../rehearsal/payca';
import { sign } from '../../rehearsal/payca';
import type { Post } from '../../rehearsal/payca-outbox';
import { Caller, HOUR, said } from './payca-caller';

const URL_OF_OURS = 'https://webhooks.example.com/payca';
const CARD = { accountId: 'tenant-eur', bin: '411111', balance: '10.00' };

afterEach(() => Caller.closeAll());

/** A receiver that answers with a status and keeps what it was sent. */
function receiver(status = 204): { readonly post: Post; readonly got: Webhook[] } {
  const got: Webhook[] = [];
  const post: Post = async (_, webhook) => {
    got.push(webhook);
    return status;
  };
  return { got, post };
}

const dataOf = (got: readonly Webhook[]) => got.map(({ body }) => JSON.parse(body.toString()).data);

async function subscribed(words: 'older' | 'newer', types = ['card', 'account']): Promise<Caller> {
  const caller = await Caller.to();
  caller.payca.record.settings.words = words;
  for (const type of types) await caller.made('POST', '/v1/webhooks', { url: URL_OF_OURS, type });
  return caller;
}

test('a call is told to every subscription of its feed, signed, with the ids of the call', async () => {
  const caller = await subscribed('newer');
  await caller.call('POST', '/v1/cards', CARD, 'row-1');
  const { got, post } = receiver();
  await caller.payca.outbox.deliver(post);
  expect(dataOf(got)).toMatchObject([
    { type: 'issue', transactionAmount: '10.00', transactionCurrency: 'EUR' },
    { type: 'transfer', subtype: 'card_deposit', accountId: 'tenant-eur', amount: '10.00', currency: 'EUR' },
    { type: 'fee', subtype: 'issue_fee', amount: '1.00' },
  ]);
  expect(new Set(dataOf(got).map(({ referenceId }) => referenceId)).size).toBe(1);
  const { clientId, clientSecret } = caller.payca.signingKey;
  for (const { body, headers } of got)
    expect(headers).toMatchObject({
      'x-client-id': clientId,
      'x-signature': sign(body, clientSecret),
      'x-request-id': 'ours-1',
      'x-idempotency-key': 'row-1',
    });
  expect(caller.payca.outbox.waiting()).toEqual([]);
});

test('the older vocabulary tells the issue of a card without id and amount', async () => {
  const caller = await subscribed('older', ['card', 'user']);
  const { userAccountId, id } = await caller.made('POST', '/v1/users', { userId: 'ours', status: 'active' });
  const wire = { fromAccountId: 'tenant-usd', toAccountId: userAccountId, amount: '1.00', currency: 'USD' };
  const { transactionId } = await caller.made('POST', '/v1/users/transfer', wire);
  const { cardId } = await caller.made('POST', '/v1/cards', { accountId: userAccountId, bin: '411111' });
  const { got, post } = receiver();
  await caller.payca.outbox.deliver(post);
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const [moved, issued] = dataOf(got);
  expect(moved).toMatchObject({ id: transactionId, accountId: userAccountId, amount: '1.00', currency: 'USD' });
  expect(issued).toEqual({ cardId, type: 'issued', userId: id, timestamp });
});

test('what nobody has subscribed to is told to nobody, also later', async () => {
  const caller = await Caller.to();
  await caller.made('POST', '/v1/cards', CARD);
  const { id } = await caller.made('POST', '/v1/webhooks', { url: URL_OF_OURS, type: 'card' });
  expect(caller.payca.outbox.notices).toEqual([]);
  expect((await caller.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
  await caller.made('POST', '/v1/cards', CARD);
  expect(caller.payca.outbox.notices).toEqual([]);
  expect(said(await caller.call('DELETE', `/v1/webhooks/${id}`))).toBe('404 ErrNotFound');
});

test.each<[object, string]>([
  [{ type: 'card' }, '400 ErrInvalidArg url'],
  [{ url: 'http://webhooks.example.com/payca', type: 'card' }, '400 ErrInvalidArg url'],
  [{ url: URL_OF_OURS }, '400 ErrInvalidArg type'],
  [{ url: URL_OF_OURS, type: 'cards' }, '400 ErrInvalidArg type'],
  [{ url: URL_OF_OURS, events: [] }, '400 ErrInvalidArg events'],
  [{ url: URL_OF_OURS, events: ['card'], description: 'ours' }, '400 ErrInvalidArg events'],
  [{ url: URL_OF_OURS, events: ['card_transaction'] }, '400 ErrInvalidArg description'],
  [{ url: URL_OF_OURS, events: ['card_transaction'], description: 'ours' }, '201'],
  [{ url: URL_OF_OURS, type: 'cardholder' }, '201'],
])('a registration %j is answered %s', async (body, expected) => {
  const caller = await Caller.to();
  expect(said(await caller.call('POST', '/v1/webhooks', body))).toBe(expected);
});

test('the older generation knows three types, and a tenant may know one form only', async () => {
  const caller = await Caller.to({ generation: 'older' });
  const kyc = await caller.call('POST', '/v1/webhooks', { url: URL_OF_OURS, type: 'kyc' });
  expect(said(kyc)).toBe('400 ErrInvalidArg type');
  caller.payca.outbox.forms = ['events'];
  const card = await caller.call('POST', '/v1/webhooks', { url: URL_OF_OURS, type: 'card' });
  expect(said(card)).toBe('400 ErrInvalidArg type');
});

test('the events form brings the events that it names', async () => {
  const caller = await Caller.to();
  const events = ['account_transaction'];
  await caller.made('POST', '/v1/webhooks', { url: URL_OF_OURS, events, description: 'ours' });
  await caller.made('POST', '/v1/cards', CARD);
  expect(caller.payca.outbox.waiting().map(({ feed }) => feed)).toEqual(['account', 'account']);
});

test('a resend brings what failed since a time, once, with its counters', async () => {
  const caller = await subscribed('newer');
  const { outbox } = caller.payca;
  await caller.made('POST', '/v1/cards', CARD);
  await outbox.deliver(receiver(500).post);
  caller.payca.clockOffsetMs += HOUR;
  const from = new Date(caller.payca.now()).toISOString();
  await caller.made('POST', '/v1/cards', CARD);
  outbox.giveUp(({ feed }) => feed === 'card');
  await outbox.deliver(receiver().post);
  const query = `/v1/webhooks/resend?fromDate=${encodeURIComponent(from)}`;
  expect(await caller.made('POST', query)).toEqual({ account: 0, card: 1, total: 1 });
  const { got, post } = receiver();
  await outbox.deliver(post, { copies: 2 });
  expect(dataOf(got).map(({ type }) => type)).toEqual(['issue', 'issue']);
  expect(await caller.made('POST', query)).toEqual({ account: 0, card: 0, total: 0 });
  expect(outbox.failed()).toHaveLength(3);
  expect(said(await caller.call('POST', '/v1/webhooks/resend'))).toBe('400 ErrInvalidArg fromDate');
});

test('what is sent late is signed with the key of that moment', async () => {
  const caller = await subscribed('newer', ['card']);
  await caller.made('POST', '/v1/cards', CARD);
  const renewed = caller.payca.issue();
  caller.payca.signWith(renewed);
  const { got, post } = receiver();
  await caller.payca.outbox.deliver(post, { which: ({ feed }) => feed === 'account' });
  expect(got).toEqual([]);
  await caller.payca.outbox.deliver(post);
  expect(got.map(({ headers }) => headers['x-client-id'])).toEqual([renewed.clientId]);
});
