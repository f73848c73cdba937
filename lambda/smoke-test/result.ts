import type { Finding, Verdict } from '../payca/evidence';
import type { CallRecord } from './calls';
import type { OpenThing } from './journal';
import type { Outcome } from './steps';

export interface StepResult extends Outcome {
  readonly id: string;
  /** Line of the runbook. */
  readonly line: string;
  /** Of the call that decided. */
  readonly requestId?: string;
  readonly responseId?: string;
  readonly httpStatus?: number;
  readonly code?: string;
  readonly latencyMs?: number;
  /** Every call, those that undid it included. */
  readonly calls: readonly CallRecord[];
}

/** What could not be undone, with the ids that PayCA's support needs. */
export interface Leftover extends Pick<OpenThing, 'kind' | 'run' | 'step' | 'at' | 'requestIds' | 'tries' | 'reason'> {
  readonly id?: string;
  readonly idempotencyKey: string;
}

/** Something of an earlier run that this one found and undid, or tried to. */
export interface Swept extends Pick<OpenThing, 'kind' | 'run' | 'step'> {
  readonly undone: boolean;
  /** Who did it by hand. */
  readonly by?: string;
  readonly calls: readonly CallRecord[];
}

export interface SmokeResult {
  /** Begins with `smoke-`. */
  readonly id: string;
  readonly verdict: Verdict;
  /** Why there is no verdict at all. */
  readonly reason?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly release?: string;
  readonly steps: readonly StepResult[];
  readonly swept: readonly Swept[];
  readonly leftovers: readonly Leftover[];
  /** Key of the manifest that names the records of the run. */
  readonly evidence?: string;
}

/** What was skipped says nothing; nothing else but passed is a pass. */
export function verdictOf(results: readonly StepResult[]): Verdict {
  const verdicts = results.map(({ verdict }) => verdict);
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('pass') && !verdicts.includes('no-data') ? 'pass' : 'no-data';
}

/** One finding for each line of the runbook that was tested, and one for the ids of all calls (4.6). */
export function findings({ id, release, steps, swept, leftovers }: SmokeResult): Finding[] {
  const lines = [...new Set(steps.map(({ line }) => line))];
  const tested = lines.map((line): Finding => {
    const own = steps.filter((step) => step.line === line);
    const details = Object.fromEntries(own.map(({ id: step, line: _, ...found }) => [step, found]));
    return { line, verdict: verdictOf(own), details: { run: id, release, ...details } };
  });
  const calls = [...steps, ...swept].flatMap((one) => one.calls);
  const nameless = calls.filter(({ httpStatus, responseId }) => httpStatus !== undefined && responseId === undefined);
  if (calls.length === 0 && swept.length === 0) return tested;
  const ids: Finding = {
    line: '4.6',
    verdict: nameless.length > 0 ? 'fail' : 'pass',
    details: { run: id, release, calls: calls.length, withoutResponseId: nameless, swept, leftovers },
  };
  return [...tested, ids];
}

/** A deploy has its release tested; after so long nobody has. */
const UNTESTED_MS = 60 * 60 * 1000;

/** Whether what is deployed was forgotten by the tests. `since` is when it was first seen, in milliseconds since 1970. */
export function isUntested(release: string, since: number, last: SmokeResult | undefined, now: number): boolean {
  const isJudged = last?.release === release && last.verdict !== 'no-data';
  return !isJudged && now - since >= UNTESTED_MS;
}
