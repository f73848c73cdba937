import { fields } from './json';

/** `source` of every event on the bus. */
export const EVENT_SOURCE = 'payca';
/** The event that may carry a one-time code, in `data.code`. */
export const CODE_EVENT = 'card_tokenization';
/** The one kind of bus event that carries a one-time code; archives leave the code out. */
export const ONE_TIME_CODE_DETAIL_TYPE = `${CODE_EVENT}.tokenization_code`;

/** PayCA's older words beside the newer ones, which we use (payca-contract.md, 8.6). */
const NEWER_WORDS: Readonly<Record<string, string>> = {
  issued: 'issue',
  cleared: 'settle',
  refunded: 'refund',
  declined: 'decline',
};

/** Values that metrics are split by; whatever PayCA adds later is `other`. From payca-contract.md, 8.1 and 8.6. */
const KNOWN_EVENTS = ['card_transaction', 'account_transaction', 'user_account_transaction', CODE_EVENT, 'cardholder'];
const KNOWN_TYPES = [
  ...['issue', 'topup', 'withdraw', 'authorization', 'cancel', 'settle', 'refund', 'decline', 'adjustment'],
  ...['freeze', 'unfreeze', 'close', 'fee', 'transfer'],
  ...['tokenization_code', 'tokenization_done', 'tokenization_expired'],
];

/** Begins the ids of everything that smoke tests send; PayCA repeats request ids in webhooks (payca-contract.md, 8.2). */
export const SMOKE_PREFIX = 'smoke-';
/** The event with which a smoke test asks the receiver whether it works; PayCA sends none of this name. */
export const SMOKE_EVENT = 'smoke_test';

export function isSmokeRequest(requestId: string | undefined): boolean {
  return requestId?.startsWith(SMOKE_PREFIX) ?? false;
}

/** Values of the metric `CardDecisions`. */
export const CUSTOMERS_CARDS = 'customers';
const SMOKE_CARDS = 'smoke';
export const APPROVED = 'approved';
export const DECLINED = 'declined';

/** ISO 4217, as the runtime knows it. */
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** What is said about a webhook beside its bytes. All are opaque strings as PayCA wrote them, `type` excepted. */
export interface WebhookFacts {
  /** `card_transaction` and so on; `cardholder` for the flat body, `unknown` for what has no event. */
  readonly event: string;
  /** In the newer vocabulary. */
  readonly type?: string;
  readonly subtype?: string;
  readonly id?: string;
  /** Decimal, as a string. */
  readonly amount?: string;
  readonly currency?: string;
  readonly referenceId?: string;
  readonly cardId?: string;
  /** A live one-time code, in the clear: for encryption only. */
  readonly oneTimeCode?: string;
}

const MAX_NAME_LENGTH = 1024;

/** The facts of a webhook; `payload` is any JSON value, since unknown events are stored and not refused. */
export function webhookFacts(payload: unknown): WebhookFacts {
  const body = fields(payload);
  const data = fields(body.data);
  const event = name(body.event);
  if (!event && name(body.cardholderId)) return { event: 'cardholder', type: name(body.status) };
  const type = name(data.type);
  return {
    event: event ?? 'unknown',
    type: type && (NEWER_WORDS[type] ?? type),
    subtype: name(data.subtype),
    id: name(data.id),
    amount: name(data.transactionAmount) ?? name(data.amount),
    currency: name(data.transactionCurrency) ?? name(data.currency),
    referenceId: name(data.referenceId),
    cardId: name(data.cardId),
    oneTimeCode: event === CODE_EVENT ? name(data.code) : undefined,
  };
}

/**
 * A usable string. Numbers are taken too, because the contract leaves the type of some fields open; what is longer than
 * any name, amount or id stays in the body only.
 */
function name(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH ? value : undefined;
}

/** `detail-type` on the bus: `event.type[.subtype]`, in words that a rule can match on. */
export function detailType({ event, type, subtype }: WebhookFacts): string {
  return [event, type, subtype]
    .filter((part) => part !== undefined)
    .map((part) => (/^[a-zA-Z0-9_-]{1,40}$/.test(part) ? part : 'other'))
    .join('.');
}

/** Metric dimensions of an event: from enumerations, so that no sender can multiply them. */
export function eventDimensions({
  event,
  type,
  currency,
}: WebhookFacts): Record<'Event' | 'Type' | 'Currency', string> {
  return {
    Event: KNOWN_EVENTS.includes(event) ? event : 'other',
    Type: type !== undefined && KNOWN_TYPES.includes(type) ? type : 'other',
    Currency: currencyDimension(currency),
  };
}

/** Only ISO 4217's currencies are told apart. */
export function currencyDimension(currency: string | undefined): string {
  return currency !== undefined && CURRENCIES.has(currency) ? currency : 'other';
}

/** The amount as a metric takes it; `undefined` for an event that has none or one that is no decimal. */
export function decimalAmount({ amount }: WebhookFacts): number | undefined {
  return amount !== undefined && /^-?\d{1,15}(\.\d{1,8})?$/.test(amount) ? Number(amount) : undefined;
}

/** Metric dimensions of an answer to an authorization; `undefined` for all other events. */
export function decisionDimensions(
  { event, type }: WebhookFacts,
  requestId: string | undefined,
): Record<'Cards' | 'Decision', string> | undefined {
  if (event !== 'card_transaction') return undefined;
  const Cards = isSmokeRequest(requestId) ? SMOKE_CARDS : CUSTOMERS_CARDS;
  if (type === 'authorization') return { Cards, Decision: APPROVED };
  return type === 'decline' ? { Cards, Decision: DECLINED } : undefined;
}
