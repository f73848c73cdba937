import { type PaycaApi, PaycaError } from '../payca/api';
import type { Verdict } from '../payca/evidence';
import type { InboxReader } from '../payca/inbox-reader';
import { countDay, type Listed, type Problem, problems, readList, sampleOf } from './problems';
import { absent, confirm, eventsOf, type Register, type Subscription, unconfirmed, type Wanted } from './register';
import { type RegisterStore, type Step, update } from './registrar';

export interface Checker {
  readonly api: Pick<PaycaApi, 'call'>;
  readonly inbox: Pick<InboxReader, 'latest' | 'received'>;
  readonly store: RegisterStore;
  readonly wanted: readonly Wanted[];
  readonly now: () => Date;
}

/** What is known of the subscriptions. */
export interface Report {
  readonly subscriptions: readonly Subscription[];
  /** Types that are wanted and not registered. */
  readonly absent: readonly string[];
  /** Types that are wanted and of which no delivery has come yet. */
  readonly unconfirmed: readonly string[];
  readonly problems: readonly Problem[];
  /** Whether PayCA listed them; its list is not documented. */
  readonly list: 'compared' | 'not-offered' | 'not-answered';
}

const HOUR_MS = 60 * 60 * 1000;
const SAMPLE_HOURS = 24;
const SAMPLE_SIZE = 1000;
const PENDING_MS = 24 * HOUR_MS;
/** Longer than from one daily check to the next. */
const CONFIRMED_WITHIN_MS = 48 * HOUR_MS;

/** Confirms what has been delivered meanwhile, and compares; `daily` counts as the check of a day. */
export async function check(checker: Checker, daily: boolean): Promise<Report> {
  const { store, inbox, wanted } = checker;
  const now = checker.now();
  const { list, listed } = await askForList(checker.api);
  const entries = await inbox.latest(now, SAMPLE_HOURS, SAMPLE_SIZE);
  const sample = sampleOf(entries, new Date(now.getTime() - SAMPLE_HOURS * HOUR_MS));
  const found = await deliveries(await store.recall(), inbox, now);
  const register = await update(store, (stored) => {
    const confirmed = confirm(stored, found);
    return daily ? countDay(confirmed, sample) : confirmed;
  });
  return {
    subscriptions: register.subscriptions,
    absent: absent(register, wanted).flatMap(({ types }) => types),
    unconfirmed: unconfirmed(register, wanted),
    problems: problems(register, wanted, { listed, sample, now }),
    list,
  };
}

/** What the runbook asks for: registered and acknowledged. */
export function verdict(
  { absent: missing, unconfirmed: pending, problems: found }: Report,
  steps: readonly Step[] = [],
): Verdict {
  if (found.length > 0 || missing.length > 0 || steps.some(({ failed }) => failed !== undefined)) return 'fail';
  return pending.length > 0 ? 'no-data' : 'pass';
}

/** Types that should have been confirmed by now: not registered, or pending for longer than from one check to the next. */
export function overdue({ absent: missing, unconfirmed: pending, subscriptions }: Report, now: Date): string[] {
  const old = subscriptions.filter(({ registeredAt }) => Date.parse(registeredAt) < now.getTime() - PENDING_MS);
  return pending.filter((type) => missing.includes(type) || old.some(({ types }) => types.includes(type)));
}

async function askForList(api: Checker['api']): Promise<{ list: Report['list']; listed?: Listed[] }> {
  try {
    const { body } = await api.call({ method: 'GET', path: '/v1/webhooks' });
    const listed = readList(body);
    return listed ? { list: 'compared', listed } : { list: 'not-offered' };
  } catch (error) {
    if (!(error instanceof PaycaError)) throw error;
    return { list: error.status === 404 || error.status === 405 ? 'not-offered' : 'not-answered' };
  }
}

type Found = Parameters<typeof confirm>[1][number];

/** The first delivery of each type that is not confirmed yet, after its registration. */
async function deliveries({ subscriptions }: Register, inbox: Checker['inbox'], now: Date): Promise<Found[]> {
  let pending = subscriptions.flatMap(({ id, types, confirmed, registeredAt }) =>
    types.filter((type) => !confirmed[type]).map((type) => ({ id, type, registeredAt })),
  );
  const found: Found[] = [];
  if (pending.length === 0) return found;
  const first = Math.min(...pending.map(({ registeredAt }) => Date.parse(registeredAt)));
  const from = new Date(Math.max(first, now.getTime() - CONFIRMED_WITHIN_MS));
  for await (const { pk: key = '', event = '', receivedAt: at = '' } of inbox.received(from, now)) {
    const shown = pending.filter(({ type, registeredAt }) => eventsOf(type).includes(event) && at > registeredAt);
    found.push(...shown.map(({ id, type }) => ({ id, type, confirmation: { at, key } })));
    pending = pending.filter((one) => !shown.includes(one));
    if (pending.length === 0) break;
  }
  return found;
}
