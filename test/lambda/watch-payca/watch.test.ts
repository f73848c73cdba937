import { PaycaError } from '../../../lambda/payca/api';
import type { Meter } from '../../../lambda/payca/metrics';
import type { Balance } from '../../../lambda/watch-payca/balances';
import { type Watch, watch } from '../../../lambda/watch-payca/watch';

const requestId = { sent: 'r' };
const STATS = { liquidity: { EUR: { balance: '100.00', pending: '5.00', feesThisMonth: '1.00' } } };

function failure(code: PaycaError['code'], status?: number): PaycaError {
  return new PaycaError({ method: 'GET', path: '/health' }, { code, status, requestId, latencyMs: 7 });
}

async function look(answers: Readonly<Record<string, unknown>>, more: Partial<Watch> = {}) {
  const figures: Record<string, number> = {};
  const meter = {
    add: (metric: string, value = 1, { Currency = '' }: Readonly<Record<string, string>> = {}) => {
      figures[`${metric}${Currency && ` ${Currency}`}`] = value;
    },
  };
  const remembered: (readonly Balance[])[] = [];
  const problems = await watch(
    {
      api: {
        call: async ({ path }) => {
          const body = answers[path];
          if (body instanceof Error) throw body;
          return { status: 200, body, requestId, latencyMs: 40 };
        },
      },
      source: 'users-stats',
      spentInADay: async () => new Map([['EUR', '50']]),
      recall: async () => undefined,
      remember: async (balances) => {
        remembered.push(balances);
      },
      now: () => new Date(0),
      ...more,
    },
    meter as unknown as Meter,
  );
  return { figures, problems, remembered };
}

test('a healthy PayCA: reachable, its latency, and the balances', async () => {
  const { figures, problems } = await look({ '/health': {}, '/v1/users/stats': STATS });
  expect(problems).toEqual([]);
  expect(figures).toEqual({
    PaycaReachable: 1,
    PaycaLatencyMs: 40,
    BalanceUnknown: 0,
    'BalanceAvailable EUR': 100,
    'BalancePending EUR': 5,
    'FeesThisMonth EUR': 1,
    'BalanceToDailySpend EUR': 2,
  });
});

test.each([
  [failure('Network'), 0],
  [failure('Timeout'), 0],
  [failure('ErrInternal', 500), 0],
  [failure('other', 503), 0],
  [failure('ErrUnauthorized', 401), 1],
  [failure('ErrRateLimited', 429), 1],
])('%s at /health means reachable %d', async (health, reachable) => {
  const { figures } = await look({ '/health': health, '/v1/users/stats': STATS });
  expect(figures.PaycaReachable).toBe(reachable);
});

test('balances that cannot be read are unknown, never zero, and the last ones are kept', async () => {
  const { figures, problems, remembered } = await look({
    '/health': {},
    '/v1/users/stats': failure('ErrForbidden', 403),
  });
  expect(figures).toEqual({ PaycaReachable: 1, PaycaLatencyMs: 40, BalanceUnknown: 1 });
  expect(problems).toHaveLength(1);
  expect(remembered).toEqual([]);
});

test('a balance without a currency is unknown', async () => {
  const { figures } = await look({ '/health': {}, '/v1/users/stats': { liquidity: { balance: '1', pending: '0' } } });
  expect(figures).toMatchObject({ BalanceUnknown: 1, 'BalanceAvailable other': 1 });
});

test('the ledger has moved when a look differs from the last one', async () => {
  const recall = async () => [{ currency: 'EUR', available: '100', pending: '4' }];
  const { figures, remembered } = await look({ '/health': {}, '/v1/users/stats': STATS }, { recall });
  expect(figures.LedgerMoved).toBe(1);
  expect(remembered).toHaveLength(1);
});
