import type { Verdict } from '../payca/evidence';
import { isBeforeWindow, LAPSES_AFTER, STEPS, type Step, type StepId, type TimelineStep, WEEK } from './steps';

/** `scheduled` and `on hold` go on; the others are ends. */
export type Phase = 'scheduled' | 'on hold' | 'over' | 'lapsed' | 'cancelled' | 'aborted' | 'rolled back';

/** What a step found, or what is left of one that did not finish. */
export interface StepResult {
  readonly verdict: Verdict;
  /** In one line. */
  readonly says: string;
  /** What was seen: words, numbers and ids. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface StepState extends Omit<StepResult, 'details'> {
  /** `running` is the claim by which no step runs twice. */
  readonly state: 'running' | 'done' | 'missed';
  /** When it began, ISO 8601 in UTC. */
  readonly at: string;
  readonly lateMinutes: number;
  /** The evidence of it. */
  readonly record?: string;
  readonly approved?: { readonly by: string; readonly at: string; readonly reason: string };
}

/** What a step left for a person to decide. */
export interface Question {
  readonly step: StepId;
  readonly deadline: string;
  /** The deadline has passed and that was told. */
  readonly overdue: boolean;
}

/** Something that the launch switched, and what puts it back. */
export interface Switched {
  readonly kind: 'sandbox rule' | 'sandbox schedule' | 'window rule';
  readonly name: string;
  /** What it was set to before. */
  readonly before: 'on' | 'off';
}

export interface Entry {
  readonly at: string;
  /** An ARN, or `timeline`. */
  readonly by: string;
  readonly what: string;
  readonly reason?: string;
}

/** What is stored about the launch of a stage: one at a time, with the history of all. */
export interface Launch {
  /** How many times one was scheduled; the calendar's sequence. */
  readonly number: number;
  /** T, ISO 8601 in UTC. */
  readonly at: string;
  readonly scheduledBy: string;
  readonly phase: Phase;
  /** Steps whose owners were told ahead. */
  readonly told: readonly StepId[];
  readonly steps: Partial<Record<StepId, StepState>>;
  readonly questions: readonly Question[];
  readonly switched: readonly Switched[];
  /** What customer support counted at T+24h. */
  readonly feedback?: { readonly tickets: number; readonly link: string; readonly by: string; readonly at: string };
  readonly history: readonly Entry[];
}

export type Action =
  | { readonly kind: 'tell' | 'run' | 'miss' | 'lose' | 'remind'; readonly step: StepId }
  | { readonly kind: 'lapse' | 'end' };

const MINUTE_MS = 60_000;
/** How long before a step its owner is told. */
const NOTICE_MS = 60 * MINUTE_MS;
/** Minutes between two runs of the schedule: what begins within them is on time. */
const PERIOD = 5;
/** Longer than the function may run: whoever began such a step is gone. */
const LOST_MS = 20 * MINUTE_MS;

export function isActive({ phase }: Launch): boolean {
  return phase === 'scheduled' || phase === 'on hold';
}

/** Whether the window was opened, however well. */
export function isOpen({ steps }: Launch): boolean {
  return steps['open-window']?.state === 'done';
}

/** The phase, as people say it: a launch whose window is open is no longer only scheduled. */
export function phaseText(launch: Launch): string {
  return launch.phase === 'scheduled' && isOpen(launch) ? 'under way' : launch.phase;
}

export function dueAt({ at }: Pick<Launch, 'at'>, { offset }: Step): Date {
  return new Date(Date.parse(at) + offset * MINUTE_MS);
}

/** What is to be done now, one thing after the other; `undefined` when there is nothing. */
export function next(launch: Launch, now: Date): Action | undefined {
  if (!isActive(launch)) return undefined;
  const overdue = launch.questions.find(
    ({ deadline, overdue: told }) => !told && Date.parse(deadline) <= now.getTime(),
  );
  if (overdue && launch.phase !== 'on hold') return { kind: 'remind', step: overdue.step };
  const running = STEPS.find(({ id }) => launch.steps[id]?.state === 'running');
  if (running) {
    const lost = now.getTime() - Date.parse(launch.steps[running.id]?.at ?? '') > LOST_MS;
    return lost ? { kind: 'lose', step: running.id } : undefined;
  }
  if (!isOpen(launch) && minutesSince(launch, now) >= LAPSES_AFTER) return { kind: 'lapse' };
  const tell = STEPS.find((step) => isToBeTold(launch, step, now));
  if (tell) return { kind: 'tell', step: tell.id };
  return nextStep(launch, now);
}

function isToBeTold(launch: Launch, step: TimelineStep, now: Date): boolean {
  const left = dueAt(launch, step).getTime() - now.getTime();
  return left > 0 && left <= NOTICE_MS && !launch.told.includes(step.id) && !launch.steps[step.id];
}

function nextStep(launch: Launch, now: Date): Action | undefined {
  const step = STEPS.find(({ id }) => !launch.steps[id]);
  const minutes = minutesSince(launch, now);
  if (!step) return launch.questions.length > 0 && minutes < WEEK ? undefined : { kind: 'end' };
  if (minutes < step.offset || isBlocked(launch, step.id)) return undefined;
  const { until = Number.POSITIVE_INFINITY }: Step = step;
  return { kind: minutes < until ? 'run' : 'miss', step: step.id };
}

/** Up to the window a person goes before the clock; what comes after it waits for nobody. */
function isBlocked({ phase, questions }: Launch, step: StepId): boolean {
  return isBeforeWindow(step) && (phase === 'on hold' || questions.length > 0);
}

function minutesSince({ at }: Launch, now: Date): number {
  return (now.getTime() - Date.parse(at)) / MINUTE_MS;
}

export function afterTold(launch: Launch, step: StepId): Launch {
  return { ...launch, told: [...launch.told, step] };
}

/** Claims a step. */
export function afterBegun(launch: Launch, step: TimelineStep, now: Date): Launch {
  const lateMinutes = Math.max(0, Math.floor(minutesSince(launch, now) - step.offset));
  const claim: StepState = {
    state: 'running',
    at: now.toISOString(),
    lateMinutes,
    verdict: 'no-data',
    says: 'is running',
  };
  return { ...launch, steps: { ...launch.steps, [step.id]: claim } };
}

/** Notes what a claimed step found; whatever did not pass asks a person, until `answerMinutes` later. */
export function afterRun(
  launch: Launch,
  step: StepId,
  { verdict, says }: Omit<StepResult, 'details'>,
  { now, answerMinutes, record }: { readonly now: Date; readonly answerMinutes: number; readonly record?: string },
): Launch {
  const begun = launch.steps[step];
  const late = begun && begun.lateMinutes > PERIOD ? `, ${begun.lateMinutes} min late` : '';
  const state: StepState = { ...(begun as StepState), state: 'done', verdict, says, record };
  const asked = { ...launch, steps: { ...launch.steps, [step]: state } };
  const noted = note(asked, now, 'timeline', `${step}: ${verdict}${late}; ${says}`);
  // A launch that ended meanwhile has nothing to decide.
  return verdict === 'pass' || !isActive(launch) ? noted : ask(noted, step, now, answerMinutes);
}

/** Notes that a step's time went by. */
export function afterMissed(launch: Launch, step: TimelineStep, now: Date, answerMinutes: number): Launch {
  const says = `was due at ${dueAt(launch, step).toISOString()} and is of no use any more`;
  const missed: StepState = { state: 'missed', at: now.toISOString(), lateMinutes: 0, verdict: 'no-data', says };
  const noted = { ...launch, steps: { ...launch.steps, [step.id]: missed } };
  return ask(note(noted, now, 'timeline', `${step.id}: missed; it ${says}`), step.id, now, answerMinutes);
}

function ask(launch: Launch, step: StepId, now: Date, answerMinutes: number): Launch {
  const deadline = new Date(now.getTime() + answerMinutes * MINUTE_MS).toISOString();
  return { ...launch, questions: [...launch.questions, { step, deadline, overdue: false }] };
}

/** Notes that nobody answered in time. */
export function afterReminded(launch: Launch, step: StepId, now: Date): Launch {
  const questions = launch.questions.map((one) => (one.step === step ? { ...one, overdue: true } : one));
  return note({ ...launch, questions }, now, 'timeline', `${step}: nobody has answered by the deadline`);
}

/** Notes what is switched before it is, so that a crash in between loses nothing. */
export function afterSwitched(launch: Launch, switched: readonly Switched[]): Launch {
  const added = switched.filter(
    ({ kind, name }) => !launch.switched.some((one) => one.kind === kind && one.name === name),
  );
  return { ...launch, switched: [...launch.switched, ...added] };
}

/** Ends the launch. */
export function ended(launch: Launch, phase: Phase, entry: Entry): Launch {
  return { ...launch, phase, questions: [], history: [...launch.history, entry] };
}

export function note(launch: Launch, now: Date, by: string, what: string, reason?: string): Launch {
  return { ...launch, history: [...launch.history, { at: now.toISOString(), by, what, reason }] };
}
