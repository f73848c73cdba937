import * as z from 'zod';
import { list, oneOf, section, text, whole } from './fields';

/**
 * Settings in which PayCA's tenants differ (payca-contract.md, 15.3). A profile presets all of them, and each can be set by
 * itself, because real tenants are mixed.
 */
interface TenantSettings {
  /** Where balances are read: `GET /v1/users/stats` or `GET /v2/accounts`. */
  readonly balances: 'users-stats' | 'accounts';
  /** How money is moved: `POST /v1/users/transfer` or `POST /v1/cards/{id}/topup`. */
  readonly fundsMovement: 'users-transfer' | 'card-topup';
  /** Body of `POST /v1/webhooks`: one `type` for each subscription, or `events` and `description`. */
  readonly webhookRegistration: 'type' | 'events';
  readonly webhookTypes: readonly WebhookType[];
  readonly cardClose: { readonly method: 'DELETE' | 'POST'; readonly path: string };
  readonly fieldNames: {
    /** The new user's id in the response of `POST /v1/users`. */
    readonly userId: 'id' | 'userId';
    /** Our id of the user in the request of `POST /v1/users`. */
    readonly ownUserId: 'userId' | 'externalId';
    /** The source account in the request of a topup. */
    readonly topupAccount: 'accountID' | 'accountId';
    /** Where issue and topup of a card carry the idempotency key: `Idempotency-Key` or body field `idempotencyKey`. */
    readonly cardIdempotency: 'header' | 'body';
  };
}

const WEBHOOK_TYPES = ['card', 'account', 'user', 'kyc', 'funding', 'cardholder'] as const;
type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** Webhook types that the `events` form of a registration can name (payca-contract.md, 7.2). */
export const TYPES_WITH_EVENTS: readonly WebhookType[] = ['card', 'account', 'user'];

const PRESETS: Readonly<Record<'tenant-balance' | 'master-account', TenantSettings>> = {
  'tenant-balance': {
    balances: 'users-stats',
    fundsMovement: 'users-transfer',
    webhookRegistration: 'type',
    webhookTypes: ['card', 'account', 'user'],
    cardClose: { method: 'DELETE', path: '/v1/cards/{id}' },
    fieldNames: { userId: 'id', ownUserId: 'userId', topupAccount: 'accountID', cardIdempotency: 'header' },
  },
  'master-account': {
    balances: 'accounts',
    fundsMovement: 'card-topup',
    webhookRegistration: 'type',
    webhookTypes: ['card', 'account'],
    cardClose: { method: 'DELETE', path: '/v1/cards/{id}' },
    fieldNames: { userId: 'userId', ownUserId: 'externalId', topupAccount: 'accountID', cardIdempotency: 'body' },
  },
};

const tenant = {
  balances: oneOf('users-stats', 'accounts'),
  fundsMovement: oneOf('users-transfer', 'card-topup'),
  webhookRegistration: oneOf('type', 'events'),
  webhookTypes: list(oneOf(...WEBHOOK_TYPES), 'webhook types', 1, WEBHOOK_TYPES.length),
  cardClose: section({
    method: oneOf('DELETE', 'POST'),
    path: text(
      'a path with {id} in the place of the card, such as /v1/cards/{id}',
      /^(\/[\w.-]+)*\/\{id\}(\/[\w.-]+)*$/,
    ),
  }),
};
const fieldNames = {
  userId: oneOf('id', 'userId'),
  ownUserId: oneOf('userId', 'externalId'),
  topupAccount: oneOf('accountID', 'accountId'),
  cardIdempotency: oneOf('header', 'body'),
};

const baseUrl = text(
  'an https URL without a query, credentials or a closing slash, as your PayCA account manager gave it',
  /^https:\/\/([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](:\d{1,5})?(\/[\w.~-]+)*$/,
);

/** The `payca` part of a stage: what is left out comes from the profile. */
export const payca = section({
  baseUrl,
  /** Time-out of one call to PayCA in seconds; under API Gateway's own 29 s, so that callers hear of it. */
  timeoutSeconds: whole('a whole number of seconds from 1 to 29', 1, 29).default(10),
  /** Our own brake. PayCA publishes no limit, so it starts low. */
  rateLimitPerSecond: whole('a whole number of calls a second from 1 to 1000', 1, 1000).default(5),
  profile: oneOf('tenant-balance', 'master-account'),
  ...z.object(tenant).partial().shape,
  fieldNames: section(z.object(fieldNames).partial().shape).optional(),
}).transform((given) => {
  const preset = PRESETS[given.profile];
  return {
    ...given,
    balances: given.balances ?? preset.balances,
    fundsMovement: given.fundsMovement ?? preset.fundsMovement,
    webhookRegistration: given.webhookRegistration ?? preset.webhookRegistration,
    webhookTypes: given.webhookTypes ?? preset.webhookTypes,
    cardClose: given.cardClose ?? preset.cardClose,
    fieldNames: {
      userId: given.fieldNames?.userId ?? preset.fieldNames.userId,
      ownUserId: given.fieldNames?.ownUserId ?? preset.fieldNames.ownUserId,
      topupAccount: given.fieldNames?.topupAccount ?? preset.fieldNames.topupAccount,
      cardIdempotency: given.fieldNames?.cardIdempotency ?? preset.fieldNames.cardIdempotency,
    },
  };
});
