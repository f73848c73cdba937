import Big from 'big.js';
import fc from 'fast-check';
import { Random } from '../../rehearsal/payca';
import { PaycaApiServer } from '../../rehearsal/payca-api';
import { OUTSIDE, pendingOf } from '../../rehearsal/payca-books';
import { Caller, HOUR, said } from './payca-caller';

const WALLET = { userId: 'ours', status: 'active', meta: { tier: 'gold' } };
const CARD = { accountId: 'tenant-eur', bin: '411111', balance: '10.00' };
const TOPUP = { accountID: 'tenant-eur', amount: '5.00' };

afterEach(() => Caller.closeAll());

test('a user is created, tagged, funded and looked up; blocking it closes its cards', async () => {
  const caller = await Caller.to({ generation: 'older' });
  const { id, userAccountId } = await caller.made('POST', '/v1/users', WALLET);
  await caller.made('PATCH', `/v1/users/${id}`, { meta: { kyc: 'passed' } });
  const wire = { fromAccountId: 'tenant-usd', toAccountId: userAccountId, amount: '1.00', currency: 'USD' };
  const { transactionId } = await caller.made('POST', '/v1/users/transfer', wire);
  await caller.made('POST', '/v1/cards', { accountId: userAccountId, bin: '411111' });
  const account = { id: userAccountId, balances: [{ currency: 'USD', available: '1.00', pending: '0.00' }] };
  expect(await caller.made('GET', `/v1/users/${id}`)).toMatchObject({
    ...{ id, status: 'active', meta: { tier: 'gold', kyc: 'passed' }, account },
  });
  const { transactions } = await caller.made('GET', `/v1/users/${id}/account/transactions`);
  expect(transactions).toMatchObject([{ id: transactionId, type: 'transfer', amount: '1.00', currency: 'USD' }]);
  expect(caller.payca.tenant.activeUsers).toHaveLength(1);
  await caller.made('PATCH', `/v1/users/${id}/status`, { status: 'blocked' });
  expect([caller.payca.tenant.activeUsers, caller.payca.tenant.openCards]).toEqual([[], []]);
});

test('a card is funded, frozen and closed from the tenant account; what is left on it comes back', async () => {
  const caller = await Caller.to({ generation: 'newer' });
  const { cardId, linkedAccountId, last4 } = await caller.made('POST', '/v1/cards', CARD);
  expect([linkedAccountId, last4]).toEqual(['tenant-eur', expect.stringMatching(/^\d{4}$/)]);
  await caller.made('POST', `/v1/cards/${cardId}/topup`, TOPUP);
  await caller.made('POST', `/v1/cards/${cardId}/withdraw`, { ...TOPUP, amount: '0.01' });
  // 25000.00 - 10.00 - 5.00 + 0.01, and the fee of 1.00 for the issue.
  expect(caller.payca.balances.get('EUR').available).toBe('24984.01');
  await caller.made('POST', `/v1/cards/${cardId}/freeze`);
  expect(said(await caller.call('POST', `/v1/cards/${cardId}/topup`, TOPUP))).toBe('409 ErrConflict');
  await caller.made('POST', `/v1/cards/${cardId}/unfreeze`);
  expect(await caller.made('DELETE', `/v1/cards/${cardId}`)).toMatchObject({ cardId, status: 'closed' });
  expect(caller.payca.balances.get('EUR')).toEqual({
    available: '24999.00',
    pending: '120.50',
    feesThisMonth: '15.35',
  });
  expect(said(await caller.call('DELETE', `/v1/cards/${cardId}`))).toBe('409 ErrConflict');
});

test.each<[string, string, object | undefined, string]>([
  ['POST', '/v1/users', {}, '400 ErrInvalidArg externalId'],
  ['POST', '/v1/users', { ...WALLET, status: 'new' }, '400 ErrInvalidArg status'],
  ['POST', '/v1/users', { ...WALLET, bins: [{ bin: '411111' }] }, '400 ErrInvalidArg bins'],
  ['GET', '/v1/users/nobody', undefined, '404 ErrNotFound'],
  ['POST', '/v1/cards', { ...CARD, accountId: 'tenant-gbp' }, '404 ErrNotFound'],
  ['POST', '/v1/cards', { ...CARD, bin: '555555' }, '400 ErrInvalidArg bin'],
  ['POST', '/v1/cards', { ...CARD, balance: 10 }, '400 ErrInvalidArg balance'],
  ['POST', '/v1/cards', { ...CARD, balance: '0.99' }, '400 ErrInvalidArg balance'],
  ['POST', '/v1/cards', { ...CARD, balance: '10.001' }, '400 ErrInvalidArg balance'],
  ['POST', '/v1/cards', { ...CARD, balance: '25000.01' }, '409 ErrConflict'],
  ['DELETE', '/v1/cards/none', undefined, '404 ErrNotFound'],
  ['POST', '/v1/users/transfer', { currency: 'GBP' }, '400 ErrInvalidArg currency'],
  ['POST', '/v1/users/transfer', { currency: 'EUR', amount: '-1.00' }, '400 ErrInvalidArg amount'],
  ['GET', '/v1/cards?limit=101', undefined, '400 ErrInvalidArg limit'],
  ['GET', '/v1/webhooks', undefined, '404 ErrNotFound'],
])('%s %s is refused with %j as %s', async (method, path, body, expected) => {
  const caller = await Caller.to();
  expect(said(await caller.call(method, path, body))).toBe(expected);
  expect(caller.payca.tenant.cards).toEqual([]);
});

test('money moves for active users only', async () => {
  const caller = await Caller.to();
  const { userAccountId } = await caller.made('POST', '/v1/users', { ...WALLET, status: 'pending' });
  const wire = { fromAccountId: 'tenant-eur', toAccountId: userAccountId, amount: '1.00', currency: 'EUR' };
  expect(said(await caller.call('POST', '/v1/users/transfer', wire))).toBe('409 ErrConflict');
  expect(said(await caller.call('POST', '/v1/cards', { ...CARD, accountId: userAccountId }))).toBe('409 ErrConflict');
});

test.each([
  ['older' as const, ['/v2/accounts', '/v1/cards'], '/v1/users/stats'],
  ['newer' as const, ['/v1/users/stats'], '/v2/accounts'],
])('the %s generation has no %s, but %s', async (generation, missing, present) => {
  const caller = await Caller.to({ generation });
  for (const path of missing) expect(said(await caller.call('GET', path))).toBe('404 ErrNotFound');
  expect((await caller.call('GET', present)).status).toBe(200);
});

test('names of fields are as the act chooses', async () => {
  const caller = await Caller.to();
  Object.assign(caller.payca.record.settings, { userId: 'userId', transactionId: 'txId', topupAccount: 'accountId' });
  expect(Object.keys(await caller.made('POST', '/v1/users', WALLET))).toEqual(['userId', 'userAccountId', 'status']);
  const { cardId } = await caller.made('POST', '/v1/cards', CARD);
  const topup = { accountId: 'tenant-eur', amount: '5.00' };
  expect(Object.keys(await caller.made('POST', `/v1/cards/${cardId}/topup`, topup))).toEqual(['txId', 'type']);
});

test('lists come in pages', async () => {
  const caller = await Caller.to();
  for (let count = 0; count < 3; count += 1) await caller.made('POST', '/v1/cards', CARD);
  const first = await caller.made('GET', '/v1/cards?limit=2');
  const second = await caller.made('GET', `/v1/cards?limit=2&cursor=${first.nextCursor}`);
  const ids = [first, second].flatMap(({ cards }) => (cards as { cardId: string }[]).map(({ cardId }) => cardId));
  expect(ids).toEqual(caller.payca.tenant.cards.map(({ id }) => id));
  expect(second.nextCursor).toBeUndefined();
});

describe('idempotency', () => {
  test('a key is answered as the first time for 24 hours, and moves money once', async () => {
    const caller = await Caller.to();
    const first = await caller.call('POST', '/v1/cards', CARD, 'row-1');
    caller.payca.clockOffsetMs += 24 * HOUR - 60_000;
    expect(await caller.call('POST', '/v1/cards', CARD, 'row-1')).toEqual(first);
    expect(caller.payca.books.moves.filter(({ idempotencyKey }) => idempotencyKey === 'row-1')).toHaveLength(2);
    caller.payca.clockOffsetMs += 2 * 60_000;
    await caller.call('POST', '/v1/cards', CARD, 'row-1');
    expect(caller.payca.tenant.cards).toHaveLength(2);
  });

  test('a key that was used for something else is a conflict; another endpoint has keys of its own', async () => {
    const caller = await Caller.to();
    const { cardId } = await caller.made('POST', '/v1/cards', CARD);
    await caller.call('POST', `/v1/cards/${cardId}/topup`, TOPUP, 'k');
    const other = { ...TOPUP, amount: '6.00' };
    expect(said(await caller.call('POST', `/v1/cards/${cardId}/topup`, other, 'k'))).toBe('409 ErrConflict');
    expect((await caller.call('POST', '/v1/users', WALLET, 'k')).status).toBe(201);
    expect(said(await caller.call('POST', '/v1/users', WALLET, 'k'.repeat(256)))).toContain('400 ErrInvalidArg');
  });

  test.each([
    ['newer' as const, 1],
    ['older' as const, 2],
  ])('the %s generation makes %d card(s) of a key in the body', async (generation, made) => {
    const caller = await Caller.to({ generation });
    for (let tries = 0; tries < 2; tries += 1) await caller.made('POST', '/v1/cards', { ...CARD, idempotencyKey: 'k' });
    expect(caller.payca.tenant.cards).toHaveLength(made);
  });

  test('what was refused may be tried again under its key', async () => {
    const caller = await Caller.to();
    expect((await caller.call('POST', '/v1/cards', { ...CARD, bin: '1' }, 'k')).status).toBe(400);
    expect((await caller.call('POST', '/v1/cards', CARD, 'k')).status).toBe(201);
  });
});

test.each(['silent', 'cut', 'reset'] as const)(
  'an answer that is lost (%s) before or after the effect',
  async (lost) => {
    const caller = await Caller.to();
    caller.payca.faults = () => lost;
    expect((await caller.call('POST', '/v1/cards', CARD, 'k')).status).toBe(0);
    expect(caller.payca.tenant.cards).toEqual([]);
    caller.payca.faults = () => ({ afterEffect: lost });
    expect((await caller.call('POST', '/v1/cards', CARD, 'k')).status).toBe(0);
    expect(caller.payca.tenant.cards).toHaveLength(1);
    caller.payca.faults = () => undefined;
    expect((await caller.call('POST', '/v1/cards', CARD, 'k')).status).toBe(201);
    expect(caller.payca.tenant.cards).toHaveLength(1);
  },
);

test('more calls a second than are allowed are refused', async () => {
  const caller = await Caller.to();
  caller.payca.callsPerSecond = 2;
  const answers = await Promise.all([1, 2, 3].map(() => caller.call('GET', '/v2/accounts')));
  expect(answers.map(said).sort()).toEqual(['200', '200', '429 ErrRateLimited']);
});

test('the sandbox helpers are refused in production', async () => {
  const caller = await Caller.to({ environment: 'production' });
  for (const path of ['/sandbox/transactions', '/sandbox/cards/fund'])
    expect(said(await caller.call('POST', path, {}))).toBe('403 ErrForbidden');
});

test.each([
  ['older' as const, { available: '24938.30', pending: '120.50', feesThisMonth: '16.05' }],
  ['newer' as const, { available: '24938.65', pending: '120.50', feesThisMonth: '15.70' }],
])('the recipe of the sandbox playbook in %s words', async (words, after) => {
  const caller = await Caller.to();
  caller.payca.record.settings.words = words;
  const { cardId } = await caller.made('POST', '/v1/cards', { ...CARD, balance: '60.00' });
  const step = { cardId, currency: 'EUR', amount: '60.00' };
  const { transactionId: linkedId } = await caller.made('POST', '/sandbox/transactions', {
    ...{ ...step, type: 'authorization' },
  });
  await caller.made('POST', '/sandbox/transactions', { ...step, type: 'settle', linkedId });
  await caller.made('POST', '/sandbox/transactions', { ...step, type: 'refund', linkedId });
  const more = await caller.call('POST', '/sandbox/transactions', { ...step, type: 'refund', linkedId });
  expect(said(more)).toBe('409 ErrConflict');
  expect(caller.payca.books.balance(String(cardId), 'EUR').toFixed(2)).toBe('60.00');
  expect(caller.payca.balances.get('EUR')).toEqual(after);
});

test('what a card cannot pay is declined, and a hold that is released gives its fee back', async () => {
  const { tenant, spending, balances, books } = new PaycaApiServer(new Random(1));
  const origin = { requestId: 'r' };
  const card = tenant.issue(CARD, origin);
  const before = balances.get('EUR');
  const { id, type } = spending.take(card, { type: 'authorization', amount: '10.00', currency: 'EUR' }, origin);
  expect([type, books.balance(pendingOf(card.id), 'EUR').toFixed(2)]).toEqual(['authorization', '10.00']);
  const second = spending.take(card, { type: 'authorization', amount: '0.01', currency: 'EUR' }, origin);
  expect(second.type).toBe('decline');
  expect(() => tenant.close(card, origin)).toThrow('an authorization is open');
  spending.take(card, { type: 'cancel', amount: '10.00', currency: 'EUR', linkedId: id }, origin);
  expect(Number(before.available) - Number(balances.get('EUR').available)).toBeCloseTo(0.1);
  expect(balances.get('EUR').pending).toBe(before.pending);
});

test('whatever happens, the books add up and no wallet or card is overdrawn', () => {
  const step = fc.record({
    what: fc.constantFrom('issue', 'topup', 'withdraw', 'authorization', 'settle', 'cancel', 'refund', 'close', 'wire'),
    cents: fc.integer({ min: 0, max: 3000 }),
    which: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom('older', 'newer'), (steps, words) => {
      const { tenant, spending, balances, books, record } = new PaycaApiServer(new Random(3));
      record.settings.words = words as 'older' | 'newer';
      const origin = { requestId: 'r' };
      const authorizations: string[] = [];
      for (const { what, cents, which } of steps) {
        const amount = Big(cents).div(100).toFixed(2);
        const card = tenant.cards[which % Math.max(1, tenant.cards.length)];
        try {
          if (what === 'issue') tenant.issue({ ...CARD, balance: amount }, origin);
          else if (what === 'wire') balances.set('EUR', { ...balances.get('EUR'), available: amount });
          else if (card) act(what, card);
        } catch (error) {
          expect((error as Error).name).toBe('Refusal');
        }

        function act(step: string, one: (typeof tenant.cards)[number]): void {
          if (step === 'topup') tenant.topUp(one, 'tenant-eur', amount, origin);
          else if (step === 'withdraw') tenant.withdraw(one, 'tenant-eur', amount, origin);
          else if (step === 'close') tenant.close(one, origin);
          else {
            const linkedId = authorizations[which % Math.max(1, authorizations.length)];
            const { id, type } = spending.take(one, { type: step, amount, currency: 'EUR', linkedId }, origin);
            if (type === 'authorization') authorizations.push(id);
          }
        }
      }
      const accounts = [...new Set(books.moves.flatMap(({ from, to }) => [from, to]))];
      const sum = accounts.reduce((total, account) => total.plus(books.balance(account, 'EUR')), Big(0));
      expect(sum.toFixed(2)).toBe('0.00');
      for (const account of accounts) {
        expect(books.balance(account, 'EUR').eq(books.recount(account, 'EUR'))).toBe(true);
        if (account !== OUTSIDE && account !== 'tenant-eur') expect(books.balance(account, 'EUR').gte(0)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});
