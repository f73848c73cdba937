import { randomUUID } from 'node:crypto';
import { type PaycaApi, PaycaError, type RequestIds } from '../payca/api';
import { fields } from '../payca/json';
import { ProgressChanged } from '../payca/progress';
import {
  absent,
  type Begun,
  begin,
  drop,
  forget,
  isRepeatable,
  isSame,
  keep,
  outdated,
  type Register,
  registration,
  type Wanted,
} from './register';

/** Where the register is kept. */
export interface RegisterStore {
  readonly recall: () => Promise<Register>;
  /** Throws `ProgressChanged` unless what is stored is still `former`. */
  readonly remember: (register: Register, former: Register) => Promise<void>;
}

export interface Registrar {
  readonly api: Pick<PaycaApi, 'call'>;
  readonly store: RegisterStore;
  readonly wanted: readonly Wanted[];
  /** Of the `events` form. */
  readonly description: string;
  /** In production nothing is removed but by an explicit command. */
  readonly stage: string;
  readonly now: () => Date;
}

/** What was done at PayCA, or why not. */
export interface Step {
  readonly what: 'registered' | 'removed' | 'gone';
  readonly id?: string;
  readonly types?: readonly string[];
  readonly failed?: string;
  readonly requestId?: RequestIds;
}

const PATH = '/v1/webhooks';
/** Somebody else may change the register at the same moment; so many times in a row nobody does. */
const ATTEMPTS = 5;

/** Changes the register by a pure function, over again if somebody else was faster. */
export async function update(store: RegisterStore, change: (register: Register) => Register): Promise<Register> {
  for (let attempt = 1; ; attempt += 1) {
    const former = await store.recall();
    const next = change(former);
    try {
      await store.remember(next, former);
      return next;
    } catch (error) {
      if (!(error instanceof ProgressChanged) || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Registers what is missing. Only then, and only outside production, it removes what is no longer wanted. It may be stopped
 * at any point and run again, also by two at the same time: nothing is registered twice.
 */
export async function apply(registrar: Registrar): Promise<Step[]> {
  const register = await registrar.store.recall();
  const steps: Step[] = [];
  for (const wanted of absent(register, registrar.wanted)) steps.push(...(await registerOne(registrar, wanted)));
  const allThere = steps.every(({ failed }) => failed === undefined);
  if (registrar.stage === 'production' || !allThere) return steps;
  return [
    ...steps,
    ...(await remove(
      registrar,
      outdated(register, registrar.wanted).map(({ id }) => id),
    )),
  ];
}

/** Nothing, if somebody else has registered it meanwhile. */
async function registerOne({ api, store, description, now }: Registrar, wanted: Wanted): Promise<Step[]> {
  const next: Begun = { ...wanted, idempotencyKey: randomUUID(), since: now().toISOString() };
  const register = await update(store, (stored) => begin(stored, next, now()));
  const begun = register.begun.find((one) => isSame(one, wanted) && isRepeatable(one, now()));
  if (!begun) return [];
  const { types } = wanted;
  try {
    const body = registration(wanted, description);
    const call = { method: 'POST', path: PATH, body, idempotencyKey: begun.idempotencyKey } as const;
    const answer = await api.call(call);
    const id = idOf(answer.body);
    // It is registered all the same: it stays in doubt, and the next try brings the answer again.
    if (!id) throw new PaycaError(call, { ...answer, code: 'other', reason: 'the answer has no id' });
    await update(store, (stored) => keep(stored, begun, id, now()));
    return [{ what: 'registered', id, types, requestId: answer.requestId }];
  } catch (error) {
    if (!(error instanceof PaycaError)) throw error;
    if (isRefusal(error)) await update(store, (stored) => drop(stored, begun));
    return [{ what: 'registered', types, failed: error.message, requestId: error.requestId }];
  }
}

/** Removes subscriptions by their ids, known to us or not. One that PayCA does not know is gone. */
export async function remove({ api, store, now }: Registrar, ids: readonly string[]): Promise<Step[]> {
  const steps: Step[] = [];
  for (const id of ids) {
    const step = await removeOne(api, id);
    if (step.failed === undefined) await update(store, (register) => forget(register, id, now()));
    steps.push(step);
  }
  return steps;
}

async function removeOne(api: Registrar['api'], id: string): Promise<Step> {
  try {
    // The key makes the client try again: a second removal does no harm.
    const call = { method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}`, idempotencyKey: randomUUID() } as const;
    const { requestId } = await api.call(call);
    return { what: 'removed', id, requestId };
  } catch (error) {
    if (!(error instanceof PaycaError)) throw error;
    const { requestId, status } = error;
    return status === 404 ? { what: 'gone', id, requestId } : { what: 'removed', id, failed: error.message, requestId };
  }
}

/** The name of the field is shown once, as `id`. */
function idOf(body: unknown): string | undefined {
  const { id, webhookId } = fields(body);
  return [id, webhookId].find((one): one is string => typeof one === 'string' && one !== '');
}

/** PayCA looked at the call and did nothing. */
function isRefusal({ status }: PaycaError): boolean {
  return status !== undefined && [400, 401, 403, 404, 422].includes(status);
}
