/** A subscription that the config asks for. */
export interface Wanted {
  /** Where PayCA delivers. */
  readonly url: string;
  /** Body of the registration: one `type`, or several `events` (payca-contract.md, 7.2). */
  readonly form: 'type' | 'events';
  /** PayCA's webhook types: `card`, `account` and so on. */
  readonly types: readonly string[];
}

/** The first delivery after a registration: it is in the inbox, so it was acknowledged. */
export interface Confirmation {
  /** Time of receipt, ISO 8601 in UTC. */
  readonly at: string;
  /** Its key in the inbox. */
  readonly key: string;
}

/** A subscription that we have registered. */
export interface Subscription extends Wanted {
  /** PayCA's id of it. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly registeredAt: string;
  /** By type; a type that is missing is pending. */
  readonly confirmed: Readonly<Record<string, Confirmation>>;
}

/** A registration whose answer we do not have. */
export interface Begun extends Wanted {
  /** Under which PayCA knows a repetition. */
  readonly idempotencyKey: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/** What we know of our subscriptions: PayCA documents no list of them. */
export interface Register {
  readonly subscriptions: readonly Subscription[];
  readonly begun: readonly Begun[];
  /** On how many daily checks in a row events of a type were seen; counted up to `STEADY_DAYS`. */
  readonly seenDays: Readonly<Record<string, number>>;
  /** Of the last registration or removal, ISO 8601 in UTC. */
  readonly changedAt?: string;
}

export const EMPTY: Register = { subscriptions: [], begun: [], seenDays: {} };

/** PayCA forgets an idempotency key after that (payca-contract.md, 3). */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Which events a type brings (payca-contract.md, 8.1); names of the others are not documented. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  card: ['card_transaction', 'card_tokenization'],
  account: ['account_transaction'],
  user: ['user_account_transaction'],
};

export const eventsOf = (type: string): readonly string[] => EVENTS[type] ?? [type];

/** The type that brings an event. */
export function typeOf(event: string): string {
  return Object.keys(EVENTS).find((type) => EVENTS[type]?.includes(event)) ?? event;
}

/** One subscription for each type, or one for all of them. */
export function wantedSubscriptions(url: string, form: Wanted['form'], types: readonly string[]): Wanted[] {
  return form === 'events' ? [{ url, form, types }] : types.map((type) => ({ url, form, types: [type] }));
}

/** Body of `POST /v1/webhooks`. */
export function registration({ url, form, types }: Wanted, description: string): Readonly<Record<string, unknown>> {
  if (form === 'type') return { url, type: types[0] };
  return { url, events: types.flatMap((type) => eventsOf(type).slice(0, 1)), description };
}

export function isSame(one: Wanted, other: Wanted): boolean {
  const parts = ({ url, form, types }: Wanted) => JSON.stringify([url, form, [...types].sort()]);
  return parts(one) === parts(other);
}

/** What is wanted and not registered. */
export function absent({ subscriptions }: Register, wanted: readonly Wanted[]): Wanted[] {
  return wanted.filter((one) => !subscriptions.some((known) => isSame(known, one)));
}

/** What is registered and no longer wanted. */
export function outdated({ subscriptions }: Register, wanted: readonly Wanted[]): Subscription[] {
  return subscriptions.filter((known) => !wanted.some((one) => isSame(known, one)));
}

/** Types of what is wanted that no delivery has confirmed. */
export function unconfirmed({ subscriptions }: Register, wanted: readonly Wanted[]): string[] {
  return wanted.flatMap((one) => {
    const known = subscriptions.find((subscription) => isSame(subscription, one));
    return one.types.filter((type) => !known?.confirmed[type]);
  });
}

/** Whether PayCA may still know a repetition of it. */
export function isRepeatable({ since }: Begun, now: Date): boolean {
  return now.getTime() < Date.parse(since) + KEY_LIFETIME_MS;
}

/** Notes a registration before PayCA is asked, so that the next try is a repetition of it and no second subscription. */
export function begin(register: Register, next: Begun, now: Date): Register {
  const known = register.begun.some((one) => isSame(one, next) && isRepeatable(one, now));
  const registered = register.subscriptions.some((one) => isSame(one, next));
  return known || registered ? register : { ...register, begun: [...register.begun, next] };
}

/** Notes what PayCA has registered; twice the same answer is once. */
export function keep(
  register: Register,
  { idempotencyKey, since: _, ...wanted }: Begun,
  id: string,
  now: Date,
): Register {
  const begun = register.begun.filter((one) => one.idempotencyKey !== idempotencyKey);
  if (register.subscriptions.some((known) => known.id === id)) return { ...register, begun };
  const at = now.toISOString();
  const subscription: Subscription = { ...wanted, id, registeredAt: at, confirmed: {} };
  return { ...register, begun, subscriptions: [...register.subscriptions, subscription], changedAt: at };
}

/** Forgets a registration that PayCA refused. */
export function drop(register: Register, { idempotencyKey }: Begun): Register {
  return { ...register, begun: register.begun.filter((one) => one.idempotencyKey !== idempotencyKey) };
}

/** Forgets registrations of which PayCA said what became of them; those that may still be repeated stay. */
export function settle(register: Register, now: Date): Register {
  return { ...register, begun: register.begun.filter((one) => isRepeatable(one, now)) };
}

/** Forgets what PayCA has removed. */
export function forget(register: Register, id: string, now: Date): Register {
  const subscriptions = register.subscriptions.filter((known) => known.id !== id);
  return { ...register, subscriptions, changedAt: now.toISOString() };
}

/** Notes deliveries, by subscription and type; what was confirmed before stays as it was. */
export function confirm(
  register: Register,
  found: readonly { readonly id: string; readonly type: string; readonly confirmation: Confirmation }[],
): Register {
  const subscriptions = register.subscriptions.map((subscription) => {
    const own = found.filter(({ id }) => id === subscription.id);
    const confirmed = Object.fromEntries(own.map(({ type, confirmation }) => [type, confirmation]));
    return { ...subscription, confirmed: { ...confirmed, ...subscription.confirmed } };
  });
  return { ...register, subscriptions };
}
