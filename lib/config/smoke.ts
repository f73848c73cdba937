import Big from 'big.js';
import * as z from 'zod';
import { date, either, oneOf, section, text, whole } from './fields';
import { describe } from './problems';
import { type Rule, rule, type StageProblem } from './rule';

/** The functions get it as an environment variable, and all of these have 4 KB together. */
const MAX_CHARACTERS = 2400;

const amount = text(
  "a decimal amount in quotes, above zero, such as '1.00'",
  /^(?!0+(\.0*)?$)(0|[1-9]\d{0,5})(\.\d{1,4})?$/,
);
const currency = text('a currency code of ISO 4217, such as EUR', /^[A-Z]{3}$/);
const bin = text('a BIN of 6 to 8 digits in quotes', /^\d{6,8}$/);
const opaqueId = text("PayCA's id of an account, without spaces", /^[\w.:-]{1,100}$/);
const path = text("a path of PayCA's API, such as /v1/cards", /^(\/[\w.{}-]+)+$/);
const itemPath = text(
  'a path with {id} in the place of the id, such as /v1/users/{id}',
  /^(\/[\w.-]+)*\/\{id\}(\/[\w.-]+)*$/,
);

const body = z.record(z.string(), z.unknown(), { error: 'must be an object of JSON values' });

const cap = section({
  cards: whole('a whole number of cards from 0 to 20', 0, 20),
  /** Amounts moved, opening balances and fees, by currency. */
  money: z.record(currency, amount, { error: "must be an object of amounts by currency, such as { EUR: '5.00' }" }),
});

const attested = section({
  bin,
  attestedBy: text('the person who saw the authorization', /\S/),
  /** Day of the authorization. */
  on: date,
  /** Where it can be looked up: a ticket, or PayCA's request id. */
  evidence: text('where the authorization can be looked up', /\S/),
});
const called = section({
  bin,
  call: section({
    path,
    /** `{cardId}` and `{currency}` in its texts stand for the test card's. */
    body: body.default({}),
  }),
});

/** The `smoke` part of a stage: what its smoke tests may do, and what follows when they fail. */
export const smoke = section({
  /** After a deploy: what is free, or all steps, which make a user and a card and move money. */
  onDeploy: oneOf('free', 'all').default('free'),
  /** Whether a deploy whose tests fail is undone. `-c smoke=report` does so for one deploy. */
  onFailure: oneOf('rollback', 'report').default('rollback'),
  /** How long an event may take from PayCA to the inbox, and a movement to the ledger. */
  webhookSeconds: whole('a whole number of seconds from 5 to 90', 5, 90).default(60),
  /** No step is begun that would go over them. Without any, no step makes a card or moves money. */
  caps: section({ run: cap, day: cap }).prefault({ run: { cards: 0, money: {} }, day: { cards: 0, money: {} } }),
  /** `POST /v1/users` and how a user is disabled (payca-contract.md, 15.2). */
  user: section({
    body: body.default({ status: 'active', meta: {} }),
    disable: section({
      method: oneOf('PATCH', 'POST', 'PUT', 'DELETE').default('PATCH'),
      path: itemPath.default('/v1/users/{id}/status'),
      status: text('the status of a user who is disabled, such as blocked', /^\w{1,40}$/).default('blocked'),
    }).prefault({}),
  }).prefault({}),
  /** `POST /v1/cards`. No card is issued without it. */
  card: section({
    bin,
    currency,
    /** What issuing one costs, its first month included. */
    fees: amount.optional(),
    /** Source of its money. @default the wallet of the test user */
    account: opaqueId.optional(),
    /** Opening balance, from that account. */
    balance: amount.optional(),
    body: body.default({}),
  }).optional(),
  /** The authorization for nothing, by BIN: PayCA documents no call for it, so a person makes it and attests it. */
  authorization: z
    .array(
      either((input) => typeof input === 'object' && input !== null && 'call' in input, called, attested),
      {
        error: 'must be a list with an object for each BIN',
      },
    )
    .default([]),
  /** `POST /v1/users/transfer`, and back again. */
  transfer: section({ from: opaqueId, to: opaqueId, amount: amount.default('1.00'), currency }).optional(),
  /** `POST /v1/cards/{id}/topup` of the test card, and back again. */
  topup: section({
    account: opaqueId,
    amount: amount.default('1.00'),
    currency,
    withdrawPath: itemPath.default('/v1/cards/{id}/withdraw'),
  }).optional(),
  /** Where the movements of an account are listed. */
  ledgerPath: text('a path, with {id} in the place of the account', /^(\/[\w.-]+|\/\{id\})+$/).default(
    '/v1/accounts/{id}/transactions',
  ),
}).prefault({});

const settings = z.object({
  smoke: z.object({
    caps: smoke.unwrap().shape.caps,
    card: smoke.unwrap().shape.card,
    transfer: smoke.unwrap().shape.transfer,
    topup: smoke.unwrap().shape.topup,
  }),
});
type Settings = z.output<typeof settings>['smoke'];

/** A step that is never allowed to run is a mistake. */
const withinCaps = rule(settings, ({ smoke: { caps, card, transfer, topup } }) => [
  ...(card ? overCaps(caps, 'smoke.card', card.currency, [card.fees, card.balance]) : []),
  ...(card && Math.min(caps.run.cards, caps.day.cards) < 1
    ? [{ path: 'smoke.card', must: 'must be left out while smoke.caps allow no card', found: 'a card' }]
    : []),
  ...(transfer ? overCaps(caps, 'smoke.transfer', transfer.currency, [transfer.amount]) : []),
  ...(topup ? overCaps(caps, 'smoke.topup', topup.currency, [topup.amount]) : []),
]);

function overCaps(
  caps: Settings['caps'],
  path: string,
  currency: string,
  amounts: (string | undefined)[],
): StageProblem[] {
  const sum = amounts.reduce((total, one) => total.plus(one ?? 0), new Big(0));
  const allowed = [caps.run, caps.day].map(({ money }) => new Big(money[currency] ?? 0));
  const least = allowed.reduce((one, other) => (one.lt(other) ? one : other));
  if (sum.lte(least)) return [];
  const must = `must cost at most ${least.toFixed()} ${currency}, as smoke.caps allow`;
  return [{ path, must, found: `${sum.toFixed()} ${currency}` }];
}

const topupOfACard = rule(
  z.object({ smoke: z.object({ topup: z.object({}), card: z.undefined().optional() }) }),
  () => [{ path: 'smoke.topup', must: 'must be left out without smoke.card, which it tops up', found: 'an object' }],
);

const twoAccounts = rule(
  z.object({ smoke: z.object({ transfer: z.object({ from: z.string(), to: z.string() }) }) }),
  ({ smoke: { transfer } }) =>
    transfer.from === transfer.to
      ? [{ path: 'smoke.transfer.to', must: 'must be another account than from', found: describe(transfer.to) }]
      : [],
);

const noSandboxPath = rule(
  z.object({
    stage: z.literal('production'),
    smoke: z.object({ authorization: z.array(z.unknown()) }),
  }),
  ({ smoke: { authorization } }) =>
    authorization.flatMap((one, index) => {
      const found = z.object({ call: z.object({ path: z.string() }) }).safeParse(one).data?.call.path;
      if (!found?.startsWith('/sandbox/')) return [];
      const must = "must not be one of PayCA's sandbox in production";
      return [{ path: `smoke.authorization[${index}].call.path`, must, found }];
    }),
);

const eachBinOnce = rule(
  z.object({ smoke: z.object({ authorization: z.array(z.object({ bin: z.string() })) }) }),
  ({ smoke: { authorization } }) =>
    authorization.flatMap((one, index) =>
      authorization.findIndex((earlier) => earlier.bin === one.bin) < index
        ? [{ path: `smoke.authorization[${index}].bin`, must: 'must be given once', found: describe(one.bin) }]
        : [],
    ),
);

const fitsVariable = rule(z.object({ smoke: z.unknown() }), (stage) => {
  const { length } = JSON.stringify(stage.smoke) ?? '';
  if (length <= MAX_CHARACTERS) return [];
  return [{ path: 'smoke', must: `must have at most ${MAX_CHARACTERS} characters as JSON`, found: String(length) }];
});

/** What the parts of the smoke tests say about each other. */
export const SMOKE_RULES: readonly Rule[] = [
  withinCaps,
  topupOfACard,
  twoAccounts,
  noSandboxPath,
  eachBinOnce,
  fitsVariable,
];
