import { SMOKE_EVENT } from '../payca/events';
import { fields } from '../payca/json';
import { eventsOf, isRepeatable, outdated, type Register, type Subscription, typeOf, type Wanted } from './register';

/** A subscription as PayCA's list tells it. */
export interface Listed {
  readonly id: string;
  readonly url?: string;
  /** Types, or the events of the other form. */
  readonly names: readonly string[];
}

/** How many of the latest webhooks were of each type, and since when. */
export interface Sample {
  readonly from: Date;
  readonly counts: Readonly<Record<string, number>>;
  /** When the newest of each type was received, ISO 8601 in UTC. */
  readonly newest: Readonly<Record<string, string>>;
}

export type ProblemKind = 'missing' | 'changed' | 'foreign' | 'outdated' | 'silent' | 'in-doubt';

export interface Problem {
  readonly kind: ProblemKind;
  /** What is wrong and what to do, without any URL but its host. */
  readonly text: string;
}

/** Fewer say nothing about a type of which there is none among them. */
const ENOUGH = 100;
/** A type that came on so many daily checks in a row is expected on the next one. */
const STEADY_DAYS = 3;
/** What was on its way when a subscription was removed is no sign of a foreign one. */
const GRACE_MS = 60 * 60 * 1000;

/**
 * Reads the answer of `GET /v1/webhooks`, which is not documented (payca-contract.md, 7.2): a list, or one under the usual
 * names. `undefined` for anything else: then nothing is concluded from it.
 */
export function readList(body: unknown): Listed[] | undefined {
  const { webhooks, data, items } = fields(body);
  const found = [body, webhooks, data, items].find((one) => Array.isArray(one)) as unknown[] | undefined;
  const entries = found?.flatMap((one): Listed[] => {
    const { id, url, type, events } = fields(one);
    const names = [type, ...(Array.isArray(events) ? events : [])].filter((name) => typeof name === 'string');
    return typeof id === 'string' ? [{ id, url: typeof url === 'string' ? url : undefined, names }] : [];
  });
  return entries?.length === found?.length ? entries : undefined;
}

/** What differs between what is wanted, what we registered, what PayCA lists and what comes. */
export function problems(
  register: Register,
  wanted: readonly Wanted[],
  { listed, sample, now }: { readonly listed?: readonly Listed[]; readonly sample: Sample; readonly now: Date },
): Problem[] {
  return [
    ...outdated(register, wanted).map(outdatedProblem),
    ...register.begun.filter((one) => !isRepeatable(one, now)).map(doubt),
    ...(listed ? fromList(register, wanted, listed) : []),
    ...unasked(register, wanted, sample),
    ...silent(register, sample),
  ];
}

const named = ({ types, id }: Pick<Subscription, 'types' | 'id'>) => `${types.join(', ')} (${id})`;

function outdatedProblem(subscription: Subscription): Problem {
  const text = `${named(subscription)} at ${host(subscription.url)} is no longer in config: subscriptions remove`;
  return { kind: 'outdated', text };
}

function doubt({ types, since }: Register['begun'][number]): Problem {
  const text = `the registration of ${types.join(', ')} at ${since} has no answer: ask PayCA, remove what it has of it by its id, then subscriptions settle`;
  return { kind: 'in-doubt', text };
}

function fromList({ subscriptions }: Register, wanted: readonly Wanted[], listed: readonly Listed[]): Problem[] {
  const ofOurs = subscriptions.flatMap((known): Problem[] => {
    const found = listed.find(({ id }) => id === known.id);
    if (!found) {
      const text = `${named(known)} is not at PayCA any more: subscriptions remove ${known.id}, then subscriptions apply`;
      return [{ kind: 'missing', text }];
    }
    const expected = known.form === 'type' ? known.types : known.types.flatMap((type) => eventsOf(type).slice(0, 1));
    const same = JSON.stringify([...found.names].sort()) === JSON.stringify([...expected].sort());
    if (same && (found.url ?? known.url) === known.url) return [];
    const seen = `${found.names.join(', ')} at ${host(found.url ?? '')}`;
    const text = `${named(known)} is another one at PayCA: ${seen}; subscriptions remove ${known.id}, then subscriptions apply`;
    return [{ kind: 'changed', text }];
  });
  const foreign = listed.filter(({ id }) => !subscriptions.some((known) => known.id === id));
  return [...ofOurs, ...foreign.map((one) => foreignProblem(one, wanted))];
}

function foreignProblem({ id, url = '', names }: Listed, wanted: readonly Wanted[]): Problem {
  const ours = wanted.some((one) => one.url === url) ? ', which is ours: everything comes twice' : '';
  const text = `${names.join(', ')} (${id}) at ${host(url)}${ours} was registered by somebody else: if nobody needs it, subscriptions remove ${id}`;
  return { kind: 'foreign', text };
}

/** Events of a type that we have not registered. */
function unasked(
  { subscriptions, changedAt = '' }: Register,
  wanted: readonly Wanted[],
  { newest }: Sample,
): Problem[] {
  const known = new Set(subscriptions.flatMap(({ types }) => types));
  const settled = changedAt === '' ? '' : new Date(Date.parse(changedAt) + GRACE_MS).toISOString();
  return Object.entries(newest).flatMap(([type, at]): Problem[] => {
    if (known.has(type) || at < settled) return [];
    const hint = wanted.some(({ types }) => types.includes(type)) ? 'subscriptions apply, then ' : '';
    const text = `events of type ${type} come (last at ${at}) without a registration of ours: ${hint}ask PayCA for its id and subscriptions remove it`;
    return [{ kind: 'foreign', text }];
  });
}

/** A type that used to come every day, and of which nothing came while others did. */
function silent({ subscriptions, seenDays }: Register, { counts, from }: Sample): Problem[] {
  const all = total(counts);
  return subscriptions.flatMap((known) =>
    known.types
      .filter((type) => all >= ENOUGH && !counts[type] && (seenDays[type] ?? 0) >= STEADY_DAYS)
      .map((type): Problem => {
        const text = `nothing of type ${type} (${known.id}) since ${from.toISOString()}, while ${all} others came: ask PayCA whether it is still registered`;
        return { kind: 'silent', text };
      }),
  );
}

/** Counts a daily check: a type that is missing among few webhooks is neither seen nor missed. */
export function countDay(register: Register, { counts }: Sample): Register {
  const types = register.subscriptions.flatMap((known) => known.types);
  const seenDays = types.map((type) => {
    const before = register.seenDays[type] ?? 0;
    if (counts[type]) return [type, Math.min(STEADY_DAYS, before + 1)];
    // What was steady stays so, or its silence would be reported once and forgotten.
    return [type, before >= STEADY_DAYS || total(counts) < ENOUGH ? before : 0];
  });
  return { ...register, seenDays: Object.fromEntries(seenDays) };
}

/** The types of webhooks, as the inbox knows them. */
export function sampleOf(entries: readonly Readonly<Record<string, string>>[], from: Date): Sample {
  const counts: Record<string, number> = {};
  const newest: Record<string, string> = {};
  for (const { event = 'unknown', receivedAt = '' } of entries) {
    // The smoke tests' own event comes from nobody's subscription.
    if (event === 'unknown' || event === SMOKE_EVENT || receivedAt < from.toISOString()) continue;
    const type = typeOf(event);
    counts[type] = (counts[type] ?? 0) + 1;
    if (receivedAt > (newest[type] ?? '')) newest[type] = receivedAt;
  }
  return { from, counts, newest };
}

const total = (counts: Sample['counts']) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** A path or a query of somebody else's may hold a token. */
function host(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : 'an unreadable address';
}
