import { isDeepStrictEqual } from 'node:util';
import { Metrics } from '../metrics';
import { Random, webhook } from '../payca';
import type { ApiFault } from '../payca-api';
import type { Act, Scene } from './act';
import { acknowledge, path } from './first-deploy';

/** A setting of the config, the call that it stands for, and who answers it. */
const SOURCES = { 'users-stats': '/v1/users/stats', accounts: '/v2/accounts' } as const;
type Source = keyof typeof SOURCES;

/** Money at PayCA as its calls tell it, read by the template's watcher, in the settings of both profiles. */
export const balances: Act = {
  id: 'balances',
  title: "Balances in both profiles and every nesting: exact to the cent, unknown when they are, moved, a day's spend",
  quick: true,
  play: async (scene) => {
    const watcher = new Watcher(scene);
    await withoutCredentials(scene, watcher);
    await scene.world.supply(scene.credentials);
    for (const source of Object.keys(SOURCES) as Source[]) {
      await unreadable(scene, watcher, source);
      await inEveryForm(scene, watcher, source);
    }
    await ledgerMoved(scene, watcher);
    await dailySpend(scene, watcher);
    await down(scene, watcher);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

/** `watch-payca`, run as its schedule does. */
class Watcher {
  private readonly metrics: Metrics;

  constructor(private readonly scene: Scene) {
    this.metrics = new Metrics(scene.world);
  }

  private get lambda() {
    return this.scene.world.function('watch-payca');
  }

  /** Lets another config's setting take effect; a cold start, which counts a day of the inbox, only where it is another. */
  configure(source: Source, currency = '', more: Readonly<Record<string, string>> = {}): void {
    const wanted = { PAYCA_BALANCES: source, BALANCE_CURRENCY: currency, ...more };
    if (isDeepStrictEqual(wanted, this.lambda.otherVariables)) return;
    this.lambda.otherVariables = wanted;
    this.lambda.recycle();
  }

  /** One look: what it measured, by metric and currency, and the error that it ended with. */
  async look(): Promise<Map<string, number | string>> {
    await this.metrics.take();
    const outcome = await this.lambda.invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
    const taken = (await this.metrics.take()).filter(({ dimensions }) => dimensions.service === 'watch-payca');
    const figures = taken.map(({ metric, dimensions: { Currency }, value }): [string, number | string] => [
      Currency ? `${metric} ${Currency}` : metric,
      value,
    ]);
    return new Map('errorType' in outcome ? [...figures, ['error', outcome.errorMessage]] : figures);
  }
}

type Figures = Readonly<Record<string, number | string | undefined>>;

/** What a look measured otherwise than `expected`, in words; `undefined` is for what must not be measured. */
async function wrong(watcher: Watcher, expected: Figures): Promise<string[]> {
  const found = await watcher.look();
  return Object.entries({ error: undefined, ...expected }).flatMap(([name, value]) =>
    found.get(name) === value ? [] : [`${name} is ${found.get(name) ?? 'missing'} instead of ${value ?? 'missing'}`],
  );
}

/** A check that passes when nothing is wrong. */
function judge({ check }: Scene, id: string, problems: readonly string[], detail: string): void {
  check(id, problems.length === 0, problems.slice(0, 3).join('; ') || detail);
}

async function withoutCredentials(scene: Scene, watcher: Watcher): Promise<void> {
  const { payca } = scene.world;
  const figures = await watcher.look();
  // The end of a truststore and a launch that does not get on have nothing to do with PayCA's answers.
  const others = ['TruststoreDaysLeft', 'LaunchWorkOverdue'];
  const measured = [...figures.keys()].filter((name) => !others.includes(name));
  const calls = payca.answered.map(({ call }) => `${call} was called`);
  judge(scene, 'no-credentials', [...measured, ...calls], 'no metric, no error, no call to PayCA');
}

/** What a source may answer, and what must be read of it. Sums that binary fractions get wrong are among them. */
interface Form {
  readonly id: string;
  readonly source: Source;
  readonly body: unknown;
  /** The only currency of the config. */
  readonly currency?: string;
  readonly expected: Figures;
}

const account = (currency: string, available: string, pending = '0.00', status = 'active') => ({
  id: `tenant-${currency.toLowerCase()}-${available}`,
  currency,
  balance: { available, pending },
  status,
});
const EUR = { balance: '123456789012.34', pending: '120.50', feesThisMonth: '14.35' };
const USD = { balance: '0.10', pending: '0.00', feesThisMonth: '0.00' };
const BOTH = {
  'BalanceAvailable EUR': 123456789012.34,
  'BalancePending EUR': 120.5,
  'FeesThisMonth EUR': 14.35,
  'BalanceAvailable USD': 0.1,
  'FeesThisMonth USD': 0,
};
const SUMS = { 'BalanceAvailable EUR': 0.3, 'BalancePending EUR': 0.3, BalanceUnknown: 0 };

/** payca-contract.md, 7.3: the nesting of `liquidity` per currency is not shown; a map, a list or one object. */
const FORMS: readonly Form[] = [
  { id: 'liquidity-map', source: 'users-stats', body: { liquidity: { EUR, USD } }, expected: BOTH },
  {
    id: 'liquidity-list',
    source: 'users-stats',
    body: {
      liquidity: [
        { currency: 'EUR', ...EUR },
        { currencyCode: 'USD', ...USD },
      ],
    },
    expected: BOTH,
  },
  {
    id: 'liquidity-without-currency',
    source: 'users-stats',
    body: { liquidity: EUR },
    expected: { 'BalanceAvailable EUR': undefined, BalanceUnknown: 1 },
  },
  {
    id: 'liquidity-exact',
    source: 'users-stats',
    body: {
      liquidity: [
        { currency: 'EUR', balance: '0.10', pending: '0.10' },
        { currency: 'EUR', balance: '0.20', pending: '0.20' },
      ],
    },
    expected: { ...SUMS, 'FeesThisMonth EUR': undefined },
  },
  {
    id: 'liquidity-object',
    source: 'users-stats',
    body: { liquidity: EUR },
    currency: 'EUR',
    expected: { 'BalanceAvailable EUR': 123456789012.34, BalanceUnknown: 0 },
  },
  {
    id: 'accounts-exact',
    source: 'accounts',
    body: { accounts: [account('EUR', '0.10', '0.10'), account('EUR', '0.20', '0.20'), account('USD', '8000.00')] },
    expected: { ...SUMS, 'BalanceAvailable USD': 8000, 'FeesThisMonth EUR': undefined },
  },
  {
    id: 'accounts-closed',
    source: 'accounts',
    body: { accounts: [account('EUR', '-7.25'), account('EUR', '500.00', '0.00', 'closed')] },
    expected: { 'BalanceAvailable EUR': -7.25, BalanceUnknown: 0 },
  },
];

async function inEveryForm(scene: Scene, watcher: Watcher, wanted: Source): Promise<void> {
  const { payca } = scene.world;
  for (const { id, source, body, currency, expected } of FORMS.filter((form) => form.source === wanted)) {
    payca.on('GET', SOURCES[source], () => ({ status: 200, body }));
    watcher.configure(source, currency);
    const figures = Object.entries(expected).map(([name, value]) => `${name} ${value ?? 'not measured'}`);
    judge(scene, id, await wrong(watcher, { PaycaReachable: 1, ...expected }), figures.slice(0, 3).join(', '));
  }
}

const UNKNOWN = { PaycaReachable: 1, BalanceUnknown: 1, LedgerMoved: undefined, 'BalanceAvailable EUR': undefined };
const GARBAGE: readonly unknown[] = [
  'all is well',
  [],
  {},
  { liquidity: { EUR: { balance: '1e9' } }, accounts: [account('EUR', 'NaN')] },
];

/** PayCA is there, and what it says is no balance. */
async function unreadable(scene: Scene, watcher: Watcher, source: Source): Promise<void> {
  const { payca } = scene.world;
  const problems: string[] = [];
  watcher.configure(source);
  for (const body of GARBAGE) {
    payca.on('GET', SOURCES[source], () => ({ status: 200, body }));
    problems.push(...(await wrong(watcher, UNKNOWN)).map((one) => `${JSON.stringify(body)}: ${one}`));
  }
  payca.faults = (request) => (request.path === SOURCES[source] ? { html: 200 } : undefined);
  problems.push(...(await wrong(watcher, UNKNOWN)).map((one) => `a page of some proxy: ${one}`));
  payca.faults = () => undefined;
  const detail = `${GARBAGE.length + 1} answers that are no balances: PayCA reachable, balance unknown, no error`;
  judge(scene, `unreadable-${source}`, problems, detail);
}

/** The first is not tried again because PayCA says when to; for the second the time-out is shortened. */
const OUTAGES: readonly { readonly source: Source; readonly fault: ApiFault; readonly seconds?: string }[] = [
  { source: 'accounts', fault: { status: 503, code: 'ErrInternal', retryAfter: '600' } },
  { source: 'users-stats', fault: 'reset', seconds: '1' },
];

async function down(scene: Scene, watcher: Watcher): Promise<void> {
  const { payca } = scene.world;
  const problems: string[] = [];
  for (const { source, fault, seconds } of OUTAGES) {
    watcher.configure(source, '', seconds ? { PAYCA_TIMEOUT_SECONDS: seconds } : {});
    payca.faults = () => fault;
    const expected = { ...UNKNOWN, PaycaReachable: 0, PaycaLatencyMs: undefined };
    problems.push(...(await wrong(watcher, expected)).map((one) => `${source}: ${one}`));
    payca.faults = () => undefined;
  }
  judge(scene, 'down', problems, 'a 503 and a connection reset: PaycaReachable 0, BalanceUnknown 1, no latency');
}

/** Each look against the one before it. */
async function ledgerMoved(scene: Scene, watcher: Watcher): Promise<void> {
  const { payca } = scene.world;
  let [available, pending] = ['1000.00', '0.00'];
  payca.on('GET', SOURCES.accounts, () => ({
    status: 200,
    body: { accounts: [account('EUR', available, pending)] },
  }));
  watcher.configure('accounts');
  await watcher.look();
  const steps = [
    { what: 'nothing', money: ['1000.00', '0.00'], moved: 0 },
    { what: 'the same in other digits', money: ['1000.000', '0'], moved: 0 },
    { what: 'a hold of a cent', money: ['1000.00', '0.01'], moved: 1 },
    { what: 'a settlement', money: ['999.99', '0.00'], moved: 1 },
    { what: "treasury's wire", money: ['5999.99', '0.00'], moved: 0 },
    { what: 'a withdrawal', money: ['4999.99', '0.00'], moved: 1 },
  ] as const;
  const problems: string[] = [];
  for (const { what, money, moved } of steps) {
    [available, pending] = money;
    problems.push(...(await wrong(watcher, { LedgerMoved: moved })).map((one) => `${what}: ${one}`));
  }
  const detail = `${steps.map(({ what, moved }) => `${what} ${moved}`).join(', ')}`;
  judge(scene, 'ledger-moved', problems, detail);
}

/** 1003.00 is twenty times 100.10 + 0.20 - 50.15, as decimals: what is settled was counted, a decline costs nothing. */
const SPENT = [
  { type: 'authorization', transactionAmount: '100.10' },
  { type: 'authorization', transactionAmount: '0.20' },
  { type: 'cancel', transactionAmount: '50.15' },
  { type: 'settle', transactionAmount: '100.10' },
  { type: 'decline', transactionAmount: '999.99' },
  { type: 'refund', transactionAmount: '0.20' },
];

async function dailySpend(scene: Scene, watcher: Watcher): Promise<void> {
  const { world, credentials, seed } = scene;
  const random = new Random(seed);
  world.payca.on('GET', SOURCES.accounts, () => ({
    status: 200,
    body: { accounts: [account('EUR', '1003.00'), account('USD', '1003.00')] },
  }));
  const before = await wrong(watcher, { 'BalanceToDailySpend EUR': undefined });
  // The receiver looks for credentials again.
  world.moveClock(31_000);
  const answers = SPENT.map((step) => {
    const data = { id: random.uuid(), transactionCurrency: 'EUR', ...step };
    const { body, headers } = webhook(JSON.stringify({ event: 'card_transaction', data }), credentials, random);
    return world.client().post(path(world), body, headers);
  });
  const refused = (await Promise.all(answers)).filter(({ status }) => status !== Number(acknowledge(world)));
  const after = await wrong(watcher, { 'BalanceToDailySpend EUR': 20, 'BalanceToDailySpend USD': undefined });
  world.moveClock(25 * 60 * 60 * 1000);
  const later = await wrong(watcher, { 'BalanceToDailySpend EUR': undefined });
  const problems = [...before, ...refused.map(({ status }) => `a webhook was answered ${status}`), ...after, ...later];
  const detail = `1003.00 EUR is 20 times what ${SPENT.length} webhooks of the inbox spent; a day later nothing was spent`;
  judge(scene, 'daily-spend', problems, detail);
}
