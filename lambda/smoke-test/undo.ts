import type { PaycaAnswer, PaycaCall } from '../payca/api';
import { fields } from '../payca/json';
import { readId, readStatus } from '../payca/reading';
import { CallFailed } from './calls';
import type { Journal, OpenThing } from './journal';
import { tookPlace } from './ledger';
import type { SmokeSettings } from './settings';

/** PayCA forgets a key after 24 hours (payca-contract.md, 3); an hour is left for clocks that differ. */
const KEY_LIFE_MS = 23 * 60 * 60 * 1000;

/** What undoing needs of the run that does it. */
export interface Undoing {
  readonly settings: SmokeSettings;
  readonly journal: Journal;
  readonly send: (call: PaycaCall) => Promise<PaycaAnswer>;
  /** Told of the id of a movement that was made for undoing another. */
  readonly label: (transaction: string) => Promise<void>;
  readonly now: () => Date;
}

/** It was not undone, for a reason that PayCA did not give as an error. */
export class NotUndone extends Error {
  constructor(
    message: string,
    readonly verdict: 'fail' | 'no-data' = 'fail',
  ) {
    super(message);
  }
}

/**
 * Undoes a thing, and strikes it off the journal. Where nobody knows whether it was made, that is found out first: under
 * its key as long as PayCA knows it, so that a repetition makes nothing twice; later in the ledger or by our own id.
 * Throws `CallFailed` or `NotUndone`, and the thing stays written down.
 */
export async function undo(given: OpenThing, world: Undoing): Promise<void> {
  const thing = isKnown(given) ? given : await findOut(given, world);
  if (thing === 'never-made') return world.journal.close(given);
  if (thing.kind === 'user' || thing.kind === 'card') await end(thing, world);
  else await moveBack(thing, world);
  await world.journal.close(thing);
}

/** Money can be moved back without an id, all else not. */
function isKnown({ kind, made }: OpenThing): boolean {
  return made !== undefined && (made.id !== undefined || kind === 'transfer' || kind === 'topup');
}

/** Whether asking for it again under its key is safe, and tells what became of it. */
function isRepeatable(thing: OpenThing, { now }: Undoing): boolean {
  return !isKnown(thing) && now().getTime() - Date.parse(thing.at) < KEY_LIFE_MS;
}

async function findOut(thing: OpenThing, world: Undoing): Promise<OpenThing | 'never-made'> {
  if (!isRepeatable(thing, world)) return lookUp(thing, world);
  try {
    const { body } = await world.send(thing.call);
    const id = readId(thing.kind === 'transfer' || thing.kind === 'topup' ? 'transaction' : thing.kind, body);
    const found = await world.journal.keep({ ...thing, made: { id } });
    return isKnown(found) ? found : lookUp(found, world);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    // Had the first call worked, its answer would have come again: believed when it is said twice.
    if ([400, 404, 422].includes(error.error.status ?? 0) && thing.tries > 0) return 'never-made';
    if (error.error.status === 409 && thing.kind === 'user') return lookUp(thing, world);
    throw error;
  }
}

async function lookUp(thing: OpenThing, world: Undoing): Promise<OpenThing | 'never-made'> {
  const { settings, send, journal } = world;
  if (thing.kind === 'card')
    throw new NotUndone("PayCA's answer named no card, or its key is forgotten: look for the card by the request ids");
  if (thing.kind === 'user') {
    const ownId = String(fields(thing.call.body)[settings.fieldNames.ownUserId]);
    const { body } = await send({ method: 'GET', path: `/v1/users/${encodeURIComponent(ownId)}` });
    return journal.keep({ ...thing, made: { id: readId('user', body) ?? ownId } });
  }
  const verdict = await tookPlace(send, settings.ledgerPath, {
    ...movement(thing),
    ids: [thing.call.idempotencyKey, ...thing.requestIds],
    not: [],
    direction: 'out',
    at: new Date(thing.at),
  });
  if (verdict === 'unclear') throw new NotUndone('several movements in the ledger may be this one');
  return verdict === 'no' ? 'never-made' : journal.keep({ ...thing, made: {} });
}

/** No literal for a closed card is documented (payca-contract.md, 11.3). */
const CLOSED = /^(closed?|cancell?ed|terminated|void(ed)?|deleted)$/;

/** Disables a user or closes a card. Where PayCA says that it is in another state, an earlier try may have done it. */
async function end(thing: OpenThing, world: Undoing): Promise<void> {
  const { kind, made, call, undoing, emptying } = thing;
  const id = String(made?.id);
  const { open } = world.journal;
  if (open.some(({ card }) => card === id)) throw new NotUndone('the money on it is not back yet', 'no-data');
  // A repetition of the card's order would be refused for a user who is disabled, and then nobody knows.
  if (kind === 'user' && open.some((one) => one.kind === 'card' && one.run === thing.run && isRepeatable(one, world)))
    throw new NotUndone('whether a card was made for it is not known yet', 'no-data');
  const sendFor = ({ path, ...given }: typeof undoing, suffix: string) =>
    world.send({
      ...given,
      path: path.replaceAll('{id}', encodeURIComponent(id)),
      idempotencyKey: `${call.idempotencyKey}-${suffix}`,
    });
  try {
    const { body } = await sendFor(undoing, 'end');
    if (readStatus(body) === 'active') throw new NotUndone('PayCA took the call, and shows it as active all the same');
  } catch (error) {
    if (!(error instanceof CallFailed) || ![404, 409].includes(error.error.status ?? 0)) throw error;
    const shown = await world.send({ method: 'GET', path: `/v1/${kind}s/${encodeURIComponent(id)}` });
    const status = readStatus(shown.body) ?? '';
    if (status === fields(undoing.body).status || CLOSED.test(status)) return;
    if (!emptying) throw error;
    await sendFor(emptying, 'emptied');
    await sendFor(undoing, 'end-emptied');
  }
}

/** The money back, once: the call is written down before it is made, and repeated under the same key. */
async function moveBack(given: OpenThing, world: Undoing): Promise<void> {
  const { journal, send, now } = world;
  const begun = given.back && (await stillToMove(given, given.back, world));
  if (begun === 'done') return;
  const back = begun ?? { at: now().toISOString(), idempotencyKey: `${given.call.idempotencyKey}-back-${given.tries}` };
  const thing = await journal.keep({ ...given, back });
  try {
    const { body } = await send(backCall(thing, back.idempotencyKey));
    const id = readId('transaction', body);
    if (id) await world.label(id);
  } catch (error) {
    // Refused for certain: PayCA may have kept the refusal under the key, so the next time takes another.
    if (error instanceof CallFailed && !error.mayHaveWorked) await journal.keep({ ...thing, back: undefined });
    throw error;
  }
}

async function stillToMove(
  thing: OpenThing,
  back: NonNullable<OpenThing['back']>,
  { settings, send, now }: Undoing,
): Promise<OpenThing['back'] | 'done'> {
  if (now().getTime() - Date.parse(back.at) < KEY_LIFE_MS) return back;
  const verdict = await tookPlace(send, settings.ledgerPath, {
    ...movement(thing),
    ids: [back.idempotencyKey],
    not: [thing.made?.id],
    direction: 'in',
    at: new Date(back.at),
  });
  if (verdict === 'unclear') throw new NotUndone('several movements in the ledger may be the way back');
  return verdict === 'yes' ? 'done' : undefined;
}

function movement({ kind, call }: OpenThing): { account: string; amount: string } {
  const { fromAccountId, accountID, accountId, amount } = fields(call.body);
  return { account: String(kind === 'transfer' ? fromAccountId : (accountID ?? accountId)), amount: String(amount) };
}

function backCall({ undoing }: OpenThing, idempotencyKey: string): PaycaCall {
  const body = fields(undoing.body);
  return { ...undoing, body: 'idempotencyKey' in body ? { ...body, idempotencyKey } : body, idempotencyKey };
}
