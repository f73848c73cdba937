import type { PaycaCall } from '../payca/api';
import { readId } from '../payca/reading';
import type { KnownCards } from './card-list';
import type { Desk, Found } from './desk';
import type { ManifestCard, ManifestEntry, ManifestUser } from './manifest';
import { type Matched, matchCard, matchUser } from './match';
import type { EntryState, Step } from './state';

/** PayCA forgets a key after 24 hours (payca-contract.md, 3); an hour is left for clocks that differ. */
const KEY_LIFE_MS = 23 * 60 * 60 * 1000;

/** A call that got no answer may still be at work at PayCA; what it says of concurrent calls is not documented (payca-contract.md, 3). */
const AT_WORK_MS = 10 * 60 * 1000;

/** Of a day each; then the row is failed, since it must not keep its load open for ever. */
const MOST_ATTEMPTS = 3;

export interface EntryWorld {
  readonly desk: Desk;
  /** Begins the idempotency keys. */
  readonly load: string;
  /** Keeps the state; throws where another copy has taken the entry over. */
  readonly save: (state: EntryState) => Promise<void>;
  readonly now: () => Date;
  /** Whether there is time for one more call with all its tries. */
  readonly hasTime: () => boolean;
  /** Our id of a user who is at PayCA for certain. */
  readonly knownUser: () => Promise<string | undefined>;
  readonly knownCards: () => Promise<KnownCards>;
}

/** Why an entry is not finished: PayCA could not be asked, or there is no time left. */
export type Unfinished = 'silence' | 'no-time';

/** Only what is known of PayCA moves a row: tries without an answer do not. */
type Keep = (change: Partial<EntryState>, moves?: boolean) => Promise<void>;

/** Makes what is still to be made of an entry, each at most once. */
export async function loadEntry(
  entry: ManifestEntry,
  given: EntryState,
  world: EntryWorld,
): Promise<Unfinished | undefined> {
  let state = given;
  const keep: Keep = async (change, moves = true) => {
    state = { ...state, ...change, ...(moves && { changedAt: world.now().toISOString() }) };
    await world.save(state);
  };
  if (entry.user && state.user) {
    const thing = userThing(entry.row, entry.user, world);
    const ended = await new Making(world, thing, (step) => keep({ user: step }, isEnded(step))).run(state.user);
    if (ended) return ended;
    if (state.user.state !== 'done') return undefined;
  }
  for (const card of entry.cards) {
    const step = state.cards.find(({ row }) => row === card.row)?.step;
    const save = (next: Step) =>
      keep({ cards: state.cards.map((one) => (one.row === card.row ? { ...one, step: next } : one)) }, isEnded(next));
    const ended = step && !isEnded(step) && (await loadCard(card, step, { state, keep, save }, world));
    if (ended) return ended;
  }
  return undefined;
}

async function loadCard(
  card: ManifestCard,
  step: Step,
  { state, keep, save }: { state: EntryState; keep: Keep; save: (step: Step) => Promise<void> },
  world: EntryWorld,
): Promise<Unfinished | undefined> {
  const wallet = card.account === undefined ? await walletOf(state, world, keep) : undefined;
  if (typeof wallet === 'string') return wallet;
  const account = card.account ?? wallet?.account;
  if (account !== undefined) {
    // A card of the same wallet that is in doubt may be the one that is found.
    const isAlone = card.account === undefined && !state.cards.some((other) => other.step.state === 'doubt');
    return new Making(world, cardThing(card, { account, isAlone }, world), save).run(step);
  }
  await save({ ...step, state: 'failed', reason: 'PayCA shows no account of its user' });
  return undefined;
}

/** The wallet of the user, asked for once where the answer to its making did not name it. */
async function walletOf(
  { user }: EntryState,
  { desk, hasTime }: EntryWorld,
  keep: Keep,
): Promise<{ account?: string } | Unfinished> {
  if (!user?.id || user.account) return { account: user?.account };
  if (!hasTime()) return 'no-time';
  const found = await desk.findUser(user.id);
  if (found.kind === 'silence') return 'silence';
  const account = found.kind === 'made' ? found.account : undefined;
  if (account) await keep({ user: { ...user, account } });
  return { account };
}

/** A user or a card that is to be made. */
interface Thing {
  /** With the row: another row must never have the same key. */
  readonly name: string;
  readonly call: (idempotencyKey: string) => PaycaCall;
  readonly ids: (body: unknown) => { readonly id?: string; readonly account?: string };
  /** Asks PayCA whether it is there. */
  readonly find: () => Promise<Found>;
  /** Whether PayCA may say "conflict" because it is there already. */
  readonly isNamed: boolean;
  /** What is there already is not made; another system told its id. */
  readonly there?: { readonly id: string; readonly match: () => Promise<Matched> };
}

function userThing(row: number, user: ManifestUser, { desk, knownUser }: EntryWorld): Thing {
  const { userBody, fieldNames } = desk.settings;
  const { ownId, status, meta, paycaId, paycaAccount } = user;
  const body = { ...userBody, [fieldNames.ownUserId]: ownId, meta, ...(status && { status }) };
  return {
    name: `user-${row}`,
    call: (idempotencyKey) => ({ method: 'POST', path: '/v1/users', body, idempotencyKey }),
    ids: (answer) => desk.userIds(answer),
    find: () => desk.findUserByOwnId(ownId, knownUser),
    isNamed: true,
    ...(paycaId && { there: { id: paycaId, match: () => matchUser(desk, { ownId, paycaId, paycaAccount }) } }),
  };
}

function cardThing(
  card: ManifestCard,
  { account, isAlone }: { readonly account: string; readonly isAlone: boolean },
  world: EntryWorld,
): Thing {
  const { row, bin, balance, kind, paycaId } = card;
  const { desk, knownCards } = world;
  const { cardKinds, fieldNames } = desk.settings;
  const body = { ...(kind && cardKinds[kind]), accountId: account, bin, ...(balance && { balance }) };
  return {
    name: `card-${row}`,
    call: (idempotencyKey) => ({
      method: 'POST',
      path: '/v1/cards',
      body: fieldNames.cardIdempotency === 'body' ? { ...body, idempotencyKey } : body,
      idempotencyKey,
    }),
    ids: (answer) => ({ id: readId('card', answer), account }),
    find: () => desk.findCard({ account, bin, isAlone }, knownCards, world),
    isNamed: false,
    ...(paycaId && { there: { id: paycaId, match: () => matchCard(desk, { paycaId, account, bin }) } }),
  };
}

const isEnded = ({ state }: Step) => state === 'done' || state === 'failed' || state === 'doubt';

/** The way of one thing: written down before PayCA is asked for it, and repeated under the same key only. */
class Making {
  constructor(
    private readonly world: EntryWorld,
    private readonly thing: Thing,
    private readonly save: (step: Step) => Promise<void>,
  ) {}

  async run(given: Step): Promise<Unfinished | undefined> {
    if (isEnded(given)) return undefined;
    const { now, hasTime } = this.world;
    if (!hasTime()) return 'no-time';
    if (this.thing.there) return this.adopt(given, this.thing.there);
    let step = given;
    if (step.state === 'begun' && now().getTime() - Date.parse(step.at ?? '') >= KEY_LIFE_MS) {
      const found = await this.find(step);
      if (found !== 'not-made') return found;
      if (step.attempt >= MOST_ATTEMPTS)
        return this.end({ ...step, state: 'failed', reason: 'PayCA gave no answer about it for days' });
      step = { state: 'open', attempt: step.attempt + 1 };
      if (!hasTime()) {
        // To look for it takes long, and would take all the time of the next run too.
        await this.save(step);
        return 'no-time';
      }
    }
    const wasBegun = step.state === 'begun';
    if (!wasBegun) {
      step = { state: 'begun', attempt: step.attempt, at: now().toISOString() };
      await this.save(step);
    }
    return this.make(step, wasBegun);
  }

  private async adopt(step: Step, { id, match }: NonNullable<Thing['there']>): Promise<Unfinished | undefined> {
    const matched = await match();
    if (matched.kind === 'silence') return 'silence';
    if (matched.kind === 'differs')
      return this.end({ ...step, state: 'failed', reason: `${matched.column} ${matched.text}` });
    return this.end({ ...step, state: 'done', id, account: matched.account });
  }

  private async make(step: Step, wasBegun: boolean): Promise<Unfinished | undefined> {
    const { load, desk } = this.world;
    const reply = await desk.send(this.thing.call(`${load}-${this.thing.name}-${step.attempt}`));
    const { requestId } = reply;
    if (reply.kind === 'silence') {
      // Wrong credentials for a day must leave nothing in doubt.
      if (!reply.reached && !wasBegun) await this.save({ state: 'open', attempt: step.attempt });
      return 'silence';
    }
    if (reply.kind === 'refusal') {
      const failed: Step = { ...step, state: 'failed', reason: reply.reason, requestId };
      // A conflict may be with what is there already: from an earlier call, or under a name that is taken.
      if (reply.status !== 409 || !(wasBegun || this.thing.isNamed)) return this.end(failed);
      const found = await this.find(step, wasBegun ? 'doubt' : failed);
      if (found !== 'not-made') return found;
      const age = this.world.now().getTime() - Date.parse(step.at ?? '');
      return wasBegun && age < AT_WORK_MS ? 'silence' : this.end(failed);
    }
    const ids = this.thing.ids(reply.body);
    const reason = ids.id === undefined ? "PayCA's answer names no id: look for it there" : undefined;
    return this.end({ ...step, state: ids.id === undefined ? 'doubt' : 'done', ...ids, reason, requestId });
  }

  /** `not-made` when that is certain; otherwise what is known is kept. */
  private async find(step: Step, unclear: Step | 'doubt' = 'doubt'): Promise<Unfinished | 'not-made' | undefined> {
    const found = await this.thing.find();
    switch (found.kind) {
      case 'silence':
      case 'no-time':
      case 'not-made':
        return found.kind;
      case 'made':
        return this.end({ ...step, state: 'done', id: found.id, account: found.account });
      case 'unclear':
        return this.end(unclear === 'doubt' ? { ...step, state: 'doubt', reason: found.reason } : unclear);
    }
  }

  private async end(step: Step): Promise<undefined> {
    await this.save(step);
  }
}
