import fc from 'fast-check';
import {
  decimalAmount,
  decisionDimensions,
  detailType,
  eventDimensions,
  webhookFacts,
} from '../../../lambda/payca/events';
import { everyPayload, Random } from '../../../rehearsal/payca';

test.each([
  ['issued', 'issue'],
  ['cleared', 'settle'],
  ['refunded', 'refund'],
  ['declined', 'decline'],
  ['settle', 'settle'],
])('type %s is %s', (type, expected) => {
  expect(webhookFacts({ event: 'card_transaction', data: { type } }).type).toBe(expected);
});

test('amounts are read under both names, as text', () => {
  expect(
    webhookFacts({ event: 'card_transaction', data: { transactionAmount: '1.10', transactionCurrency: 'EUR' } }),
  ).toMatchObject({ amount: '1.10', currency: 'EUR' });
  expect(webhookFacts({ event: 'account_transaction', data: { amount: '2.00', currency: 'USD' } })).toMatchObject({
    amount: '2.00',
    currency: 'USD',
  });
});

test('the flat body of a cardholder is an event of its own', () => {
  expect(webhookFacts({ cardholderId: 'c1', status: 'pass_audit' })).toEqual({
    event: 'cardholder',
    type: 'pass_audit',
  });
});

test('every payload of the contract has a detail type that a rule can match on', () => {
  const types = everyPayload(new Random(1)).map((payload) => detailType(webhookFacts(payload)));
  expect([...new Set(types)].sort()).toEqual([
    'account_transaction.fee.authorization_fee',
    'account_transaction.fee.decline_fee',
    'account_transaction.fee.issue_fee',
    'account_transaction.fee.platform_fee',
    'account_transaction.fee.settle_fee',
    'account_transaction.fee.settlement_fee',
    'account_transaction.transfer.card_deposit',
    'account_transaction.transfer.card_withdraw',
    'card_tokenization.tokenization_done',
    'card_tokenization.tokenization_expired',
    'card_transaction.adjustment',
    'card_transaction.authorization',
    'card_transaction.cancel',
    'card_transaction.close',
    'card_transaction.decline',
    'card_transaction.freeze',
    'card_transaction.issue',
    'card_transaction.refund',
    'card_transaction.settle',
    'card_transaction.topup',
    'card_transaction.unfreeze',
    'card_transaction.withdraw',
    'cardholder.reject',
    'kyc.verified',
    'unknown',
    'user_account_transaction.deposit_user',
  ]);
});

test('whatever is sent, detail types are safe and dimensions come from a small set', () => {
  const known = new Set(Intl.supportedValuesOf('currency'));
  const data = fc.record(
    { id: fc.anything(), type: fc.anything(), subtype: fc.string(), currency: fc.string() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.record({ event: fc.anything(), data })), (payload) => {
      const facts = webhookFacts(payload);
      expect(detailType(facts)).toMatch(/^[\w-]{1,40}(\.[\w-]{1,40}){0,2}$/);
      const { Currency } = eventDimensions(facts);
      expect(Currency === 'other' || known.has(Currency)).toBe(true);
    }),
  );
  expect(eventDimensions({ event: 'nobody', type: 'knows', currency: 'ZZZ' })).toEqual({
    Event: 'other',
    Type: 'other',
    Currency: 'other',
  });
});

test.each([
  ['card_transaction', 'authorization', 'approved'],
  ['card_transaction', 'decline', 'declined'],
  ['card_transaction', 'declined', 'declined'],
  ['card_transaction', 'settle', undefined],
  ['account_transaction', 'authorization', undefined],
])('%s %s is the decision %s', (event, type, decision) => {
  const facts = webhookFacts({ event, data: { type } });
  expect(decisionDimensions(facts, 'a1')?.Decision).toBe(decision);
  expect(decisionDimensions(facts, 'a1')?.Cards).toBe(decision && 'customers');
  expect(decisionDimensions(facts, 'smoke-1-authorization-1')?.Cards).toBe(decision && 'smoke');
});

test.each([
  ['12.50', 12.5],
  ['-3', -3],
  ['0.35', 0.35],
  ['1e9', undefined],
  ['12,50', undefined],
  ['', undefined],
  ['9'.repeat(30), undefined],
])('the amount %j is counted as %p', (amount, expected) => {
  expect(decimalAmount(webhookFacts({ event: 'card_transaction', data: { amount } }))).toBe(expected);
});
