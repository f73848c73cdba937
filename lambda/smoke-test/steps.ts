import Big from 'big.js';
import { BALANCES_PATHS, type PaycaAnswer, type PaycaCall } from '../payca/api';
import { type Fields, fields } from '../payca/json';
import { readId, readStatus } from '../payca/reading';
import { readBalances } from '../watch-payca/balances';
import type { Cost } from './caps';
import type { Cause } from './cause';
import type { OpenThing } from './journal';
import { isRecorded } from './ledger';
import type { SmokeSettings } from './settings';

/** What a step ended with; the reason is in words fit for a log. */
export interface Outcome {
  readonly verdict: 'pass' | 'fail' | 'no-data' | 'skipped';
  readonly reason?: string;
}

/** What steps of a run leave for later ones. */
export interface Facts {
  user?: { readonly id: string; readonly accountId?: string };
  card?: { readonly id: string };
  /** A card or movement whose webhook shows that deliveries arrive; the event's key once it was looked for, or none. */
  caused?: { readonly by: Cause; readonly event?: { readonly key?: string } };
}

/** What a step sees and may do. */
export interface Stage {
  readonly settings: SmokeSettings;
  readonly facts: Facts;
  /** Begins with `smoke-`. */
  readonly run: string;
  readonly send: (call: PaycaCall) => Promise<PaycaAnswer>;
  /** Makes something that has to be undone; it is, at the end of the run or of the next one. */
  readonly make: (thing: Making) => Promise<{ answer: PaycaAnswer; cause: Cause }>;
  /** Counts a cost; gives the reason why it must not be spent. */
  readonly afford: (cost: Cost) => Promise<string | undefined>;
  /** Looks again and again until `look` gives something, for as long as the settings allow; gives the last look. */
  readonly until: <T>(look: () => Promise<T>) => Promise<T>;
  /** The event in the inbox, by its key. */
  readonly arrived: (cause: Cause) => Promise<string | undefined>;
  /** Hands the receiver a signed event of our own and gives its key, or the status with which it was refused. */
  readonly probe: () => Promise<{ readonly key: string } | { readonly status: number }>;
  readonly endpoint: () => Promise<Outcome>;
}

export type Making = Pick<OpenThing, 'kind' | 'undoing' | 'emptying' | 'card'> & {
  readonly call: Pick<PaycaCall, 'method' | 'path' | 'body'>;
};

/** One smoke test. */
export interface Step {
  readonly id: string;
  /** Line of the runbook that it shows. */
  readonly line: string;
  /** Costs nothing and makes nothing, so it runs after every deploy. */
  readonly free: boolean;
  /** Whether the tenant has what it tests. */
  readonly belongs: (settings: SmokeSettings) => boolean;
  readonly act: (stage: Stage) => Promise<Outcome>;
}

const PASS: Outcome = { verdict: 'pass' };
const fail = (reason: string): Outcome => ({ verdict: 'fail', reason });
const skipped = (reason: string): Outcome => ({ verdict: 'skipped', reason });
const always = () => true;

/** In this order; what a step made is undone after the last one, newest first. */
export const STEPS: readonly Step[] = [
  { id: 'health', line: '4.1', free: true, belongs: always, act: health },
  { id: 'credentials', line: '4.1', free: true, belongs: always, act: credentials },
  { id: 'edge', line: '2.1', free: true, belongs: always, act: ({ endpoint }) => endpoint() },
  { id: 'accounts', line: '4.2', free: false, belongs: ({ balances }) => balances === 'accounts', act: accounts },
  { id: 'user', line: '4.2', free: false, belongs: ({ profile }) => profile === 'tenant-balance', act: user },
  { id: 'card', line: '4.3', free: false, belongs: always, act: card },
  { id: 'authorization', line: '4.4', free: false, belongs: always, act: authorization },
  { id: 'sandbox-refused', line: '4.4', free: false, belongs: ({ stage }) => stage === 'production', act: noSandbox },
  {
    id: 'transfer',
    line: '4.5',
    free: false,
    belongs: ({ fundsMovement }) => fundsMovement === 'users-transfer',
    act: transfer,
  },
  { id: 'topup', line: '4.5', free: false, belongs: ({ fundsMovement }) => fundsMovement === 'card-topup', act: topup },
  { id: 'webhook', line: '3.4', free: true, belongs: always, act: webhook },
];

/** The steps of a tenant that were asked for: a word of `SmokeRequest`, or ids. */
export function chooseSteps(wanted: 'deploy' | 'all' | readonly string[], settings: SmokeSettings): readonly Step[] {
  const own = STEPS.filter(({ belongs }) => belongs(settings));
  if (wanted === 'all' || (wanted === 'deploy' && settings.onDeploy === 'all')) return own;
  if (wanted === 'deploy') return own.filter(({ free }) => free);
  const unknown = wanted.filter((id) => !own.some((step) => step.id === id));
  if (unknown.length > 0)
    throw new RangeError(`no step is ${unknown.join(', ')}: this tenant has ${own.map(({ id }) => id).join(', ')}`);
  return own.filter(({ id }) => wanted.includes(id));
}

const HEALTHY = ['ok', 'up', 'healthy', 'pass', 'passing'];

/** Any 2xx is health; a status is judged where there is one (payca-contract.md, 7.1). */
async function health({ send }: Stage): Promise<Outcome> {
  const status = readStatus((await send({ method: 'GET', path: '/health' })).body);
  return status === undefined || HEALTHY.includes(status) ? PASS : fail(`PayCA says that its status is ${status}`);
}

/** `/health` may be public and prove nothing about the credentials (payca-contract.md, 2). */
async function credentials({ send, settings }: Stage): Promise<Outcome> {
  const { body } = await send({ method: 'GET', path: BALANCES_PATHS[settings.balances] });
  return isObject(body) ? PASS : fail('the answer is no object');
}

async function accounts({ send, settings }: Stage): Promise<Outcome> {
  const { body } = await send({ method: 'GET', path: BALANCES_PATHS.accounts });
  const { balances, problems } = readBalances(body, 'accounts', settings.balanceCurrency);
  if (problems.length > 0 || balances.length === 0) return fail(problems.join('; ') || 'no account is active');
  const shown = (fields(body).accounts as unknown[]).map((one) => fields(one).id);
  const named = [settings.card?.account, settings.topup?.account].filter((id) => id !== undefined);
  const absent = named.filter((id) => !shown.includes(id));
  return absent.length > 0 ? fail(`${absent.join(', ')} of the config is not among the accounts`) : PASS;
}

async function user({ settings, run, make, facts }: Stage): Promise<Outcome> {
  const { body, disable } = settings.user;
  const { answer } = await make({
    kind: 'user',
    call: { method: 'POST', path: '/v1/users', body: { ...body, [settings.fieldNames.ownUserId]: run } },
    undoing: {
      method: disable.method,
      path: disable.path,
      body: disable.method === 'DELETE' ? undefined : { status: disable.status },
    },
  });
  const id = readId('user', answer.body);
  if (id === undefined) return fail('the answer names no user');
  facts.user = { id, accountId: readId('wallet', answer.body) };
  return PASS;
}

async function card({ settings, make, afford, facts, send }: Stage): Promise<Outcome> {
  const { card: own, cardClose } = settings;
  if (!own) return skipped('smoke.card is not configured');
  const account = own.account ?? facts.user?.accountId;
  if (account === undefined)
    return skipped('no account: smoke.card.account is not configured, and no test user has a wallet');
  const { bin, balance, body, withdrawPath } = own;
  const cost = { cards: 1, money: money(own.currency, own.fees, balance) };
  const refusal = await mayCost(own.currency, cost, { settings, send, afford });
  if (refusal) return refusal;
  const { answer, cause } = await make({
    kind: 'card',
    call: { method: 'POST', path: '/v1/cards', body: { ...body, accountId: account, bin, balance } },
    undoing: cardClose,
    emptying:
      balance === undefined
        ? undefined
        : {
            method: 'POST',
            path: withdrawPath,
            body: { [settings.fieldNames.topupAccount]: account, amount: balance },
          },
  });
  const id = readId('card', answer.body);
  if (id === undefined) return fail('the answer names no card');
  facts.card = { id };
  facts.caused = { by: cause };
  return PASS;
}

/** No call for a real authorization is documented (payca-contract.md, 15.2): a person's word, or what the config calls. */
async function authorization({ settings, facts, run, send }: Stage): Promise<Outcome> {
  const { bin, currency } = settings.card ?? {};
  const own = settings.authorization.filter((one) => bin === undefined || one.bin === bin);
  const [shown] = own;
  if (!shown) return skipped(`smoke.authorization says nothing about ${bin ? `BIN ${bin}` : 'any BIN'}`);
  if ('attestedBy' in shown)
    return {
      verdict: 'pass',
      reason: `BIN ${shown.bin}: attested by ${shown.attestedBy} on ${shown.on}, ${shown.evidence}`,
    };
  if (!facts.card || currency === undefined) return skipped('there is no test card to authorize on');
  const { path, body } = shown.call;
  const filledIn = filled(body, { cardId: facts.card.id, currency });
  const answer = await send({ method: 'POST', path, body: filledIn, idempotencyKey: `${run}-authorization` });
  return fields(answer.body).type === 'decline' ? fail('PayCA declined it') : PASS;
}

const NOT_THERE = [403, 404, 405];

/** An empty body could do nothing, even if the call were there. */
async function noSandbox({ send, run }: Stage): Promise<Outcome> {
  const idempotencyKey = `${run}-sandbox-refused`;
  const status = await send({ method: 'POST', path: '/sandbox/transactions', body: {}, idempotencyKey }).then(
    (answer) => answer.status,
    (error) => {
      if (NOT_THERE.includes(error.error?.status)) return error.error.status as number;
      if (error.error?.status === 400) return 400;
      throw error;
    },
  );
  return NOT_THERE.includes(status) ? PASS : fail(`PayCA's sandbox calls exist here: HTTP ${status}`);
}

async function transfer(stage: Stage): Promise<Outcome> {
  const { transfer: own } = stage.settings;
  if (!own) return skipped('smoke.transfer names no source and target account');
  const { from, to, amount, currency } = own;
  return move(stage, own, from, {
    kind: 'transfer',
    call: { method: 'POST', path: TRANSFER, body: { fromAccountId: from, toAccountId: to, amount, currency } },
    undoing: { method: 'POST', path: TRANSFER, body: { fromAccountId: to, toAccountId: from, amount, currency } },
  });
}

const TRANSFER = '/v1/users/transfer';

async function topup(stage: Stage): Promise<Outcome> {
  const { settings, facts } = stage;
  const { topup: own, card: issued } = settings;
  if (!own || !issued) return skipped('smoke.topup names no source account');
  if (!facts.card) return skipped('there is no test card to top up');
  const { account, amount } = own;
  const id = encodeURIComponent(facts.card.id);
  const body = { [settings.fieldNames.topupAccount]: account, amount };
  return move(stage, own, account, {
    kind: 'topup',
    card: facts.card.id,
    call: { method: 'POST', path: `/v1/cards/${id}/topup`, body },
    undoing: { method: 'POST', path: issued.withdrawPath.replaceAll('{id}', id), body },
  });
}

/** Moves money and finds it in the ledger and, as a webhook, in the inbox. */
async function move(
  stage: Stage,
  amount: { readonly amount: string; readonly currency: string },
  account: string,
  making: Making,
): Promise<Outcome> {
  const { settings, send, make, until, arrived, facts } = stage;
  const cost = { cards: 0, money: [amount] };
  const refusal = await mayCost(amount.currency, cost, stage);
  if (refusal) return refusal;
  const { answer, cause } = await make(making);
  const wanted = { account, ids: [...cause.requestIds, ...cause.ids] };
  let [recorded, key]: [boolean, string | undefined] = [false, undefined];
  await until(async () => {
    recorded ||= await isRecorded(send, settings.ledgerPath, wanted);
    key ??= await arrived(cause);
    return recorded && key;
  });
  facts.caused = { by: cause, event: { key } };
  const problems = [
    ...(readId('transaction', answer.body) === undefined ? ['the answer names no transaction'] : []),
    ...(recorded ? [] : ['it is not in the ledger']),
    ...(key === undefined ? [noWebhook(settings)] : []),
  ];
  return problems.length > 0 ? fail(problems.join('; ')) : { verdict: 'pass', reason: `webhook ${key}` };
}

/** An event that a step of this run caused; without one, an event of our own that only the receiver sees. */
async function webhook({ facts, settings, until, arrived, probe }: Stage): Promise<Outcome> {
  const { caused } = facts;
  if (caused) {
    const { key } = caused.event ?? { key: await until(() => arrived(caused.by)) };
    return key ? { verdict: 'pass', reason: `webhook ${key}` } : fail(noWebhook(settings));
  }
  const probed = await probe();
  return 'key' in probed
    ? { verdict: 'pass', reason: `the receiver took a signed event of our own: ${probed.key}` }
    : fail(`the receiver answered ${probed.status} to a signed event of our own`);
}

function noWebhook({ webhookSeconds }: SmokeSettings): string {
  return `no webhook about it within ${webhookSeconds} s`;
}

function money(currency: string, ...amounts: readonly (string | undefined)[]): Cost['money'] {
  return amounts.flatMap((amount) => (amount === undefined ? [] : [{ amount, currency }]));
}

/** Why a cost must not be: the tenant has less than a run may put at stake, or a cap is reached. */
async function mayCost(
  currency: string,
  cost: Cost,
  { settings, send, afford }: Pick<Stage, 'settings' | 'send' | 'afford'>,
): Promise<Outcome | undefined> {
  if (cost.money.length > 0) {
    const { body } = await send({ method: 'GET', path: BALANCES_PATHS[settings.balances] });
    const { balances } = readBalances(body, settings.balances, settings.balanceCurrency);
    const cap = settings.caps.run.money[currency] ?? '0';
    const available = balances.find((one) => one.currency === currency)?.available;
    if (available === undefined) return { verdict: 'no-data', reason: `no balance in ${currency} could be read` };
    if (new Big(available).lt(cap))
      return skipped(`the balance of ${available} ${currency} is under the cap of ${cap}`);
  }
  const reason = await afford(cost);
  return reason === undefined ? undefined : skipped(reason);
}

/** `{name}` in texts stands for a value. */
function filled(body: Fields, values: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole) : value,
    ]),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
