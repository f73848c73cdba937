import { problemLine } from '../../lib/config/problems';
import { parseStages, readStages } from '../../lib/config/schema';
import { change, minimal } from './stage';

const CAPS = { run: { cards: 1, money: { EUR: '5.00' } }, day: { cards: 3, money: { EUR: '15.00' } } };
const CARD = { bin: '411111', currency: 'EUR', fees: '1.00' };
const problems = (smoke: unknown) => readStages([change({ smoke })]).problems.map(problemLine);
const AT = 'production.smoke';

test('without the section nothing is made and nothing is spent', () => {
  expect(parseStages([minimal])[0]?.smoke).toMatchObject({
    onDeploy: 'free',
    onFailure: 'rollback',
    webhookSeconds: 60,
    caps: { run: { cards: 0, money: {} }, day: { cards: 0, money: {} } },
    user: { disable: { method: 'PATCH', path: '/v1/users/{id}/status', status: 'blocked' } },
    authorization: [],
  });
});

test('a card, a transfer and what a person attests', () => {
  const smoke = {
    caps: CAPS,
    card: { ...CARD, body: { type: 'virtual' } },
    transfer: { from: 'tenant-eur', to: 'wallet-1', currency: 'EUR' },
    authorization: [{ bin: '411111', attestedBy: 'Jo', on: '2026-12-01', evidence: 'TICKET-1' }],
  };
  expect(problems(smoke)).toEqual([]);
  expect(parseStages([change({ smoke })])[0]?.smoke.transfer).toMatchObject({ amount: '1.00' });
});

test.each<[string, unknown, string[]]>([
  [
    'a card that no cap allows',
    { card: CARD },
    [
      `${AT}.card must cost at most 0 EUR, as smoke.caps allow, got: 1 EUR`,
      `${AT}.card must be left out while smoke.caps allow no card, got: a card`,
    ],
  ],
  [
    'amounts over the cap of a run',
    { caps: CAPS, card: { ...CARD, balance: '4.01' }, transfer: { from: 'a', to: 'b', amount: '6', currency: 'EUR' } },
    [
      `${AT}.card must cost at most 5 EUR, as smoke.caps allow, got: 5.01 EUR`,
      `${AT}.transfer must cost at most 5 EUR, as smoke.caps allow, got: 6 EUR`,
    ],
  ],
  [
    'one account',
    { caps: CAPS, transfer: { from: 'a', to: 'a', currency: 'EUR' } },
    [`${AT}.transfer.to must be another account than from, got: a`],
  ],
  [
    'a topup of nothing',
    { caps: CAPS, topup: { account: 'a', currency: 'EUR' } },
    [`${AT}.topup must be left out without smoke.card, which it tops up, got: an object`],
  ],
  [
    "PayCA's sandbox in production",
    { authorization: [{ bin: '411111', call: { path: '/sandbox/transactions' } }] },
    [`${AT}.authorization[0].call.path must not be one of PayCA's sandbox in production, got: /sandbox/transactions`],
  ],
  [
    'a BIN twice',
    { authorization: ['1', '2'].map((evidence) => ({ bin: '411111', attestedBy: 'Jo', on: '2026-12-01', evidence })) },
    [`${AT}.authorization[1].bin must be given once, got: "411111"`],
  ],
  [
    'a body that has no room',
    { user: { body: { meta: 'x'.repeat(2400) } } },
    [`${AT} must have at most 2400 characters as JSON, got: 2429`],
  ],
  [
    'a number for an amount',
    { caps: CAPS, transfer: { from: 'a', to: 'b', amount: 1, currency: 'EUR' } },
    [`${AT}.transfer.amount must be a decimal amount in quotes, above zero, such as '1.00', got: 1`],
  ],
])('%s', (_, smoke, expected) => {
  expect(problems(smoke)).toEqual(expected);
});

test("PayCA's sandbox calls are for the sandbox stage", () => {
  const authorization = [{ bin: '411111', call: { path: '/sandbox/transactions' } }];
  const sandbox = { stage: 'sandbox', 'payca.baseUrl': 'https://api.sandbox.payca.io', smoke: { authorization } };
  expect(readStages([change(sandbox)]).problems).toEqual([]);
});
