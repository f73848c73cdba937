import type { AskedCall, CallFault } from './smoke-bench';
import type { SmokeTenant } from './smoke-tenants';

export type Verdict = 'pass' | 'fail' | 'no-data';

/** One way in which a call can fail, and what a run has to say then. */
export interface FaultKind {
  readonly id: string;
  readonly fault: CallFault;
  /** Only the first try; the call is repeated, and all is well. */
  readonly once?: boolean;
  readonly verdict: (call: SteppedCall, tenant: SmokeTenant) => Verdict;
}

/** A call of a run in which nothing fails. */
export interface SteppedCall extends AskedCall {
  /** Step that made it; `-undo` follows where it undoes what the step made. */
  readonly step: string;
}

const envelope = (status: number, code: string, headers?: Record<string, string>): CallFault => ({
  when: 'before',
  answer: { status, text: JSON.stringify({ error: { code, message: 'rehearsed', details: {} } }), headers },
});
const PAGE = '<html><body>rehearsed</body></html>';

/** The proof that PayCA's sandbox is not there is a refusal itself. */
const isProof = ({ step }: SteppedCall) => step === 'sandbox-refused';
/** PayCA says that it cannot close the card: it is emptied and closed then. */
const isMended = ({ step, call }: SteppedCall, { settings }: SmokeTenant) =>
  step === 'card-undo' && /^(DELETE|POST) .*(close)?$/.test(call) && settings.card?.balance !== undefined;

const refused = (status: number, code: string): FaultKind => ({
  id: `${status} ${code}`,
  fault: envelope(status, code),
  verdict: (call, tenant) => {
    if (isProof(call) && [403, 404].includes(status)) return 'pass';
    return isMended(call, tenant) && [404, 409].includes(status) ? 'pass' : 'fail';
  },
});
const silent = (id: string, fault: CallFault): FaultKind => ({ id, fault, verdict: () => 'no-data' });
const senseless = (id: string, text: string): FaultKind => ({
  id,
  fault: { when: 'after', answer: { status: 200, text } },
  verdict: () => 'fail',
});
const passing = (id: string, fault: CallFault): FaultKind => ({ id, fault, once: true, verdict: () => 'pass' });

/** Steps whose own answer has to name something. */
const NAMING = /^POST \/v1\/(users|cards|users\/transfer|cards\/[^/]+\/topup)$/;
const BALANCES = /^GET \/(v1\/users\/stats|v2\/accounts)$/;

/** JSON that says nothing: enough where nothing is read of it. */
const empty: FaultKind = {
  id: '200 {}',
  fault: { when: 'after', answer: { status: 200, text: '{}' } },
  verdict: (call) => {
    const { step, call: name } = call;
    if (isProof(call) || (NAMING.test(name) && !step.endsWith('-undo')) || step === 'accounts') return 'fail';
    return BALANCES.test(name) && step !== 'credentials' ? 'no-data' : 'pass';
  },
};

export const FAULT_KINDS: readonly FaultKind[] = [
  refused(400, 'ErrInvalidArg'),
  refused(401, 'ErrUnauthorized'),
  refused(403, 'ErrForbidden'),
  refused(404, 'ErrNotFound'),
  refused(409, 'ErrConflict'),
  silent('429', envelope(429, 'ErrRateLimited')),
  silent('429 Retry-After 3600', envelope(429, 'ErrRateLimited', { 'retry-after': '3600' })),
  passing('429 Retry-After 2 once', envelope(429, 'ErrRateLimited', { 'retry-after': '2' })),
  silent('500', envelope(500, 'ErrInternal')),
  passing('500 once', envelope(500, 'ErrInternal')),
  silent('503 after the effect', { when: 'after', answer: { status: 503, text: '' } }),
  silent('time-out before the effect', { when: 'before', answer: 'timeout' }),
  silent('time-out after the effect', { when: 'after', answer: 'timeout' }),
  passing('time-out after the effect once', { when: 'after', answer: 'timeout' }),
  silent('connection cut before the effect', { when: 'before', answer: 'reset' }),
  silent('connection cut after the effect', { when: 'after', answer: 'reset' }),
  silent('502 page', { when: 'before', answer: { status: 502, text: PAGE } }),
  senseless('200 page', PAGE),
  senseless('200 half of an answer', '{"cardId":"'),
  empty,
];
