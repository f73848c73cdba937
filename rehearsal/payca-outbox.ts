import { type Credentials, sign, type Webhook } from './payca';
import type { ApiRequest, PaycaApiServer } from './payca-api';
import { absent, invalid } from './payca-refusals';

/** A registration of `POST /v1/webhooks`, in either form (payca-contract.md, 7.2). */
export interface Subscription {
  readonly id: string;
  readonly url: string;
  readonly type?: string;
  readonly events?: readonly string[];
  readonly description?: string;
}

/** Which subscription an event goes to (payca-contract.md, 8.1). */
export type Feed = 'card' | 'account' | 'user' | 'kyc' | 'funding' | 'cardholder';

/** The call that caused an event; its ids travel with the webhook (payca-contract.md, 8.2). */
export interface Origin {
  readonly requestId: string;
  readonly idempotencyKey?: string;
}

/** One event on its way to one subscription. */
export interface Notice {
  readonly feed: Feed;
  readonly subscription: string;
  readonly url: string;
  /** When the event happened: milliseconds since 1970. */
  readonly at: number;
  readonly body: string;
  readonly origin: Origin;
  /** `failed` is what a resend takes up again; PayCA's own retries are not documented. */
  state: 'waiting' | 'delivered' | 'failed';
  /** What the receiver answered at last; 0 without an answer. */
  status?: number;
}

/** Hands a webhook to the receiver; gives its HTTP status, 0 for none. */
export type Post = (url: string, webhook: Webhook) => Promise<number>;

export interface DeliveryOptions {
  /** Only these; the others go on waiting. @default all */
  readonly which?: (notice: Notice) => boolean;
  /** How often each is sent. @default 1 */
  readonly copies?: number;
}

const EVENTS = ['card_transaction', 'account_transaction', 'user_account_transaction'];
const TYPES = {
  older: ['card', 'account', 'user'],
  newer: ['card', 'account', 'user', 'kyc', 'funding', 'cardholder'],
};

/** Subscriptions, and the webhooks that wait until an act lets them out. */
export class Outbox {
  readonly subscriptions = new Map<string, Subscription>();
  readonly notices: Notice[] = [];
  /** Which forms of a registration are taken. */
  forms: readonly ('type' | 'events')[] = ['type', 'events'];
  /** Whether a resend of user events is counted by itself; PayCA's counters name none (payca-contract.md, 8.9). */
  countsUsers = false;
  /** Whether `GET /v1/webhooks` answers; it is not documented (payca-contract.md, 7.2). */
  lists = false;

  constructor(
    private readonly server: PaycaApiServer,
    private readonly newId: () => string,
  ) {
    server.on('POST', '/v1/webhooks', ({ body }) => ({ status: 201, body: { id: this.register(body).id } }));
    server.on('GET', '/v1/webhooks', () => {
      if (!this.lists) throw absent('path');
      return { status: 200, body: { webhooks: [...this.subscriptions.values()] } };
    });
    server.on('DELETE', '/v1/webhooks/{id}', ({ parameters }) => this.remove(String(parameters.id)));
    server.on('POST', '/v1/webhooks/resend', (request) => this.resend(request));
  }

  /** An event for everybody who has subscribed to its feed by now; nobody hears of it later. */
  emit(feed: Feed, payload: Readonly<Record<string, unknown>>, origin: Origin): void {
    for (const { id, url, type, events } of this.subscriptions.values()) {
      if (type !== feed && !events?.includes(String(payload.event))) continue;
      const at = this.server.now();
      this.notices.push({ feed, subscription: id, url, at, body: JSON.stringify(payload), origin, state: 'waiting' });
    }
  }

  waiting(): Notice[] {
    return this.notices.filter(({ state }) => state === 'waiting');
  }

  failed(): Notice[] {
    return this.notices.filter(({ state }) => state === 'failed');
  }

  /** Sends what waits, oldest first, signed with the key of this moment. What is not answered with 2xx has failed. */
  async deliver(post: Post, { which = () => true, copies = 1 }: DeliveryOptions = {}): Promise<Notice[]> {
    const chosen = this.waiting().filter(which);
    for (const notice of chosen.sort((a, b) => a.at - b.at)) {
      for (let copy = 0; copy < copies; copy += 1) {
        notice.status = await post(notice.url, this.sealed(notice)).catch(() => 0);
        notice.state = notice.status >= 200 && notice.status < 300 ? 'delivered' : 'failed';
      }
    }
    return chosen;
  }

  /** PayCA gives up on what waits, as it does when it is down itself: nothing is sent before a resend. */
  giveUp(which: (notice: Notice) => boolean = () => true): Notice[] {
    const chosen = this.waiting().filter(which);
    for (const notice of chosen) notice.state = 'failed';
    return chosen;
  }

  /** The webhook as it goes over the wire (payca-contract.md, 8.2). */
  private sealed({ body, origin }: Notice): Webhook {
    const bytes = Buffer.from(body);
    const { clientId, clientSecret }: Credentials = this.server.signingKey;
    return {
      body: bytes,
      headers: {
        'content-type': 'application/json',
        'x-client-id': clientId,
        'x-signature': sign(bytes, clientSecret),
        'x-request-id': origin.requestId,
        ...(origin.idempotencyKey ? { 'x-idempotency-key': origin.idempotencyKey } : {}),
      },
    };
  }

  private register(body: unknown): Subscription {
    const { url, type, events, description } = Object(body) as Record<string, unknown>;
    if (typeof url !== 'string' || !URL.canParse(url) || !url.startsWith('https:')) throw invalid('url');
    const form = events === undefined ? 'type' : 'events';
    if (!this.forms.includes(form)) throw invalid(form);
    const subscription = { id: this.newId(), url };
    if (form === 'type') {
      if (!TYPES[this.server.generation === 'older' ? 'older' : 'newer'].includes(String(type))) throw invalid('type');
      return this.keep({ ...subscription, type: String(type) });
    }
    const isList = Array.isArray(events) && events.length > 0 && events.every((event) => EVENTS.includes(event));
    if (!isList || type !== undefined) throw invalid('events');
    if (typeof description !== 'string') throw invalid('description');
    return this.keep({ ...subscription, events, description });
  }

  /** Whether the same may be registered twice is not documented: it may here, and then everything comes twice. */
  private keep(subscription: Subscription): Subscription {
    this.subscriptions.set(subscription.id, subscription);
    return subscription;
  }

  private remove(id: string) {
    if (!this.subscriptions.delete(id)) throw absent('webhook');
    return { status: 204 };
  }

  /** payca-contract.md, 8.9. */
  private resend({ query }: ApiRequest) {
    const from = Date.parse(query.get('fromDate') ?? '');
    if (Number.isNaN(from)) throw invalid('fromDate');
    const again = this.failed().filter(({ at }) => at >= from);
    for (const notice of again) notice.state = 'waiting';
    const count = (feed: Feed) => again.filter((notice) => notice.feed === feed).length;
    const users = this.countsUsers ? { user: count('user') } : {};
    return { status: 200, body: { account: count('account'), card: count('card'), ...users, total: again.length } };
  }
}
