import * as z from 'zod';
import { PaycaError } from '../payca/api';
import { type Checker, check, type Report } from './check';
import { provoke } from './provoke';
import { absent, outdated, settle } from './register';
import { apply, type Registrar, remove, type Step, update } from './registrar';
import { type Resent, resend } from './resend';

export const requestSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('check') }),
  z.strictObject({ do: z.literal('apply') }),
  // Of registrations in doubt PayCA has said what became of them.
  z.strictObject({ do: z.literal('settle') }),
  // Without ids: what is registered and no longer in config; `all`: whatever we registered.
  z.strictObject({ do: z.literal('remove'), ids: z.array(z.string().min(1)), all: z.boolean() }),
  z.strictObject({ do: z.literal('provoke'), cardId: z.string().min(1), currency: z.string().length(3) }),
  // From a time, ISO 8601 in UTC; the key makes a repetition harmless.
  z.strictObject({ do: z.literal('resend'), from: z.iso.datetime(), key: z.string().min(1).max(255) }),
]);

/** What an operator may ask for. */
export type Request = z.infer<typeof requestSchema>;

export type Outcome =
  | { readonly result: 'no-credentials' }
  /** Nothing was done, and why. */
  | { readonly result: 'refused'; readonly reason: string }
  | { readonly result: 'done'; readonly steps: readonly Step[]; readonly report: Report }
  | { readonly result: 'resent'; readonly resent: Resent };

export type Operator = Registrar & Checker;

/** Does what is asked for, then looks how things are; `daily` counts as the check of a day. */
export async function operate(request: Request, operator: Operator, daily = false): Promise<Outcome> {
  try {
    if (request.do === 'resend') {
      const call = { from: new Date(request.from), key: request.key, now: operator.now() };
      return { result: 'resent', resent: await resend(operator.api, call) };
    }
    const steps = await stepsOf(request, operator);
    if (typeof steps === 'string') return { result: 'refused', reason: steps };
    return { result: 'done', steps, report: await check(operator, daily) };
  } catch (error) {
    if (error instanceof PaycaError) return { result: 'refused', reason: error.message };
    throw error;
  }
}

/** What was done, or why nothing was. */
async function stepsOf(
  request: Exclude<Request, { do: 'resend' }>,
  operator: Operator,
): Promise<readonly Step[] | string> {
  const { store, wanted, stage } = operator;
  switch (request.do) {
    case 'check':
      return [];
    case 'apply':
      return apply(operator);
    case 'settle':
      await update(store, (register) => settle(register, operator.now()));
      return [];
    case 'provoke':
      if (stage === 'production')
        return 'in production nothing is provoked: the first webhook of a smoke test confirms';
      await provoke(operator.api, request);
      return [];
    case 'remove': {
      if (request.ids.length > 0) return remove(operator, request.ids);
      const register = await store.recall();
      if (request.all)
        return remove(
          operator,
          register.subscriptions.map(({ id }) => id),
        );
      const missing = absent(register, wanted).flatMap(({ types }) => types);
      if (missing.length > 0) return `first register what takes their place: ${missing.join(', ')}`;
      return remove(
        operator,
        outdated(register, wanted).map(({ id }) => id),
      );
    }
  }
}
