import Big from 'big.js';
import type { SmokeSettings } from '../lambda/smoke-test/settings';
import type { Deployment } from './deployment';
import { functionName } from './functions';
import type { PaycaApiServer } from './payca-api';
import { pendingOf, tenantAccount } from './payca-books';

/** A tenant of PayCA's, and what its smoke tests may do. */
export interface SmokeTenant {
  readonly id: string;
  readonly generation: PaycaApiServer['generation'];
  readonly settings: Partial<SmokeSettings>;
  /** In PayCA's sandbox alone. */
  readonly inSandbox?: Partial<SmokeSettings>;
}

const ACCOUNT = tenantAccount('EUR');
const CAP = { cards: 3, money: { EUR: '20.00' } };
const ATTESTED = [
  { bin: '411111', attestedBy: 'payments@example.com', on: '2026-11-02', evidence: 'TICKET-1' },
] as const;
const CARD = { bin: '411111', currency: 'EUR', fees: '1.00', body: {}, withdrawPath: '/v1/cards/{id}/withdraw' };
const NEWER_NAMES = {
  userId: 'userId',
  ownUserId: 'externalId',
  topupAccount: 'accountID',
  cardIdempotency: 'body',
} as const;

/** Both profiles of PayCA's documentation, and one with parts of each. */
export const SMOKE_TENANTS: readonly SmokeTenant[] = [
  {
    id: 'tenant-balance',
    generation: 'older',
    settings: {
      profile: 'tenant-balance',
      balances: 'users-stats',
      fundsMovement: 'users-transfer',
      card: CARD,
      authorization: ATTESTED,
    },
  },
  {
    id: 'master-account',
    generation: 'newer',
    settings: {
      profile: 'master-account',
      balances: 'accounts',
      fundsMovement: 'card-topup',
      fieldNames: NEWER_NAMES,
      card: { ...CARD, account: ACCOUNT, balance: '1.00' },
      topup: { account: ACCOUNT, amount: '1.00', currency: 'EUR' },
      authorization: ATTESTED,
    },
  },
  {
    id: 'mixed',
    generation: 'both',
    settings: {
      profile: 'tenant-balance',
      balances: 'accounts',
      fundsMovement: 'card-topup',
      cardClose: { method: 'POST', path: '/v1/cards/{id}/close' },
      card: { ...CARD, account: ACCOUNT, balance: '1.00' },
      topup: { account: ACCOUNT, amount: '1.00', currency: 'EUR' },
      authorization: ATTESTED,
    },
    inSandbox: {
      authorization: [
        {
          bin: '411111',
          call: {
            path: '/sandbox/transactions',
            body: { cardId: '{cardId}', currency: '{currency}', type: 'authorization', amount: '0.00' },
          },
        },
      ],
    },
  },
];

/** A tenant's settings in the form in which the template hands them to the function. */
export function smokeSettings(deployment: Deployment, tenant: SmokeTenant, payca: PaycaApiServer): SmokeSettings {
  const lambda = deployment.resources('AWS::Lambda::Function').find((one) => functionName(one) === 'smoke-test');
  const { Variables } = (lambda?.properties.Environment ?? {}) as { Variables?: Record<string, string> };
  const { environment: stage } = payca;
  const settings = { ...tenant.settings, ...(stage === 'sandbox' ? tenant.inSandbox : {}), stage };
  const moves = settings.fundsMovement === 'users-transfer';
  const transfer = moves ? { from: ACCOUNT, to: walletOf(payca), ...EURO } : undefined;
  return { ...JSON.parse(Variables?.SMOKE_SETTINGS ?? '{}'), caps: { run: CAP, day: CAP }, ...settings, transfer };
}

const EURO = { amount: '1.00', currency: 'EUR' };

/** The wallet of a user who is there for transfers, and who stays. */
function walletOf({ tenant }: PaycaApiServer): string {
  const own = tenant.users.find(({ ownId }) => ownId === STANDING_USER);
  return (own ?? tenant.addUser({ ownId: STANDING_USER, meta: {}, bins: [], status: 'active' })).accountId;
}

const STANDING_USER = 'standing-user';

/** What smoke tests must leave as it was, but for fees. */
export interface Before {
  /** Of the tenant's account, in fees and held for fees, together. */
  readonly money: Big;
}

export function before(payca: PaycaApiServer): Before {
  return { money: moneyOf(payca) };
}

/** What is left of smoke tests at PayCA, in words; nothing when all was undone. */
export function leftAt(payca: PaycaApiServer, { money }: Before): string[] {
  const { openCards, activeUsers } = payca.tenant;
  const users = activeUsers.filter(({ ownId }) => ownId !== STANDING_USER);
  const missing = money.minus(moneyOf(payca));
  return [
    ...openCards.map(({ id }) => `card ${id} is open`),
    ...users.map(({ id }) => `user ${id} is active`),
    ...(missing.eq(0) ? [] : [`${missing.toFixed()} EUR are not back`]),
  ];
}

function moneyOf({ books }: PaycaApiServer): Big {
  const fees = [...new Set(books.moves.map(({ to }) => to).filter((to) => to.startsWith('fees ')))];
  return [ACCOUNT, pendingOf(ACCOUNT), ...fees].reduce(
    (sum, account) => sum.plus(books.balance(account, 'EUR')),
    new Big(0),
  );
}
