import { problemLine } from '../../lib/config/problems';
import { parseStages, readStages } from '../../lib/config/schema';
import { change } from './stage';

const payca = (changes: Record<string, unknown>) =>
  parseStages([change(Object.fromEntries(Object.entries(changes).map(([path, value]) => [`payca.${path}`, value])))])[0]
    ?.payca;

// payca-contract.md, 15.3: the settings in which tenants differ.
const TENANT_BALANCE = {
  balances: 'users-stats',
  fundsMovement: 'users-transfer',
  webhookRegistration: 'type',
  webhookTypes: ['card', 'account', 'user'],
  cardClose: { method: 'DELETE', path: '/v1/cards/{id}' },
  fieldNames: { userId: 'id', ownUserId: 'userId', topupAccount: 'accountID', cardIdempotency: 'header' },
};
const MASTER_ACCOUNT = {
  balances: 'accounts',
  fundsMovement: 'card-topup',
  webhookRegistration: 'type',
  webhookTypes: ['card', 'account'],
  cardClose: { method: 'DELETE', path: '/v1/cards/{id}' },
  fieldNames: { userId: 'userId', ownUserId: 'externalId', topupAccount: 'accountID', cardIdempotency: 'body' },
};
const PRESETS = { 'tenant-balance': TENANT_BALANCE, 'master-account': MASTER_ACCOUNT };

test.each(Object.entries(PRESETS))('the profile %s presets every setting', (profile, preset) => {
  expect(payca({ profile })).toMatchObject(preset);
});

const OVERRIDES: readonly [string, unknown, unknown][] = [
  ['balances', 'accounts', 'users-stats'],
  ['fundsMovement', 'card-topup', 'users-transfer'],
  ['webhookRegistration', 'events', 'events'],
  ['webhookTypes', ['card'], ['user', 'account', 'card']],
  ['cardClose', { method: 'POST', path: '/v1/cards/{id}/close' }, { method: 'POST', path: '/v1/cards/{id}/void' }],
];

test.each(OVERRIDES)('%s is set by itself, in either profile', (setting, inTenantBalance, inMasterAccount) => {
  expect(payca({ profile: 'tenant-balance', [setting]: inTenantBalance })).toMatchObject({
    ...TENANT_BALANCE,
    [setting]: inTenantBalance,
  });
  // Of the types only these have events; the others keep what the profile says.
  expect(payca({ profile: 'master-account', [setting]: inMasterAccount })).toMatchObject({
    ...MASTER_ACCOUNT,
    [setting]: inMasterAccount,
  });
});

test.each(
  Object.keys(PRESETS).flatMap((profile) => [
    [profile, 'userId', profile === 'tenant-balance' ? 'userId' : 'id'],
    [profile, 'ownUserId', profile === 'tenant-balance' ? 'externalId' : 'userId'],
    [profile, 'topupAccount', 'accountId'],
    [profile, 'cardIdempotency', profile === 'tenant-balance' ? 'body' : 'header'],
  ]),
)('in %s the field name %s is %s when that is set, and no other changes', (profile, name, value) => {
  const preset = PRESETS[profile as keyof typeof PRESETS].fieldNames;
  expect(payca({ profile, fieldNames: { [String(name)]: value } })?.fieldNames).toEqual({
    ...preset,
    [String(name)]: value,
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ['profile', { profile: 'tenant' }, 'profile must be one of tenant-balance, master-account, got: tenant'],
  ['time-out', { timeoutSeconds: 30 }, 'timeoutSeconds must be a whole number of seconds from 1 to 29, got: 30'],
  [
    'rate limit',
    { rateLimitPerSecond: 0 },
    'rateLimitPerSecond must be a whole number of calls a second from 1 to 1000, got: 0',
  ],
  [
    'repeated type',
    { webhookTypes: ['card', 'card'] },
    'webhookTypes must be a list of 1 to 6 webhook types, each once, got: a list of 2',
  ],
  [
    'type without events',
    { webhookRegistration: 'events', webhookTypes: ['card', 'kyc'] },
    'webhookTypes[1] must be one of card, account, user while webhookRegistration is events, got: kyc',
  ],
  [
    'way to close a card',
    { cardClose: { method: 'DELETE', path: '/v1/cards' } },
    'cardClose.path must be a path with {id} in the place of the card, such as /v1/cards/{id}, got: /v1/cards',
  ],
  [
    'base URL',
    { baseUrl: 'https://id:secret@api.payca.io' },
    'baseUrl must be an https URL without a query, credentials or a closing slash, as your PayCA account manager gave it, got: https://(not shown)@api.payca.io',
  ],
])('a wrong %s is refused', (_, changes, message) => {
  const input = change(Object.fromEntries(Object.entries(changes).map(([path, value]) => [`payca.${path}`, value])));
  expect(readStages([input]).problems.map(problemLine)).toEqual([`production.payca.${message}`]);
});
