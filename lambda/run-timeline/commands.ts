import * as z from 'zod';
import { type Entry, ended, isActive, isOpen, type Launch, note, type Question } from './launch';
import { STEPS, type StepId } from './steps';

const reason = z
  .string()
  .trim()
  .regex(/^.{3,300}$/s, 'must have 3 to 300 characters');
const stepIds = STEPS.map(({ id }) => id);
const step = z.enum(stepIds, `must be one of ${stepIds.join(', ')}`).optional();
const link = z.url({ protocol: /^https$/, error: 'must be an https address' });

/** What an operator asks of the timeline. */
export const commandSchema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('schedule'), at: z.iso.datetime() }),
  z.strictObject({ command: z.literal('cancel'), reason }),
  z.strictObject({ command: z.literal('approve'), step, reason }),
  z.strictObject({ command: z.literal('hold'), reason }),
  z.strictObject({ command: z.literal('abort'), reason }),
  z.strictObject({ command: z.literal('rollback'), reason }),
  z.strictObject({ command: z.literal('feedback'), tickets: z.int().min(0), link }),
]);

export type Command = z.infer<typeof commandSchema>;

/** What a command does: the launch after it, and what has to follow in the world. */
export interface Decided {
  readonly launch: Launch;
  /** What was switched is put back. */
  readonly undo: boolean;
  /** The step that was decided on, for its evidence. */
  readonly approved?: StepId;
}

/** A command that cannot be done now, and why. */
export class Refusal extends Error {}

const YEAR_MS = 366 * 24 * 60 * 60_000;

/** Decides on a command; throws `Refusal`. `by` is the ARN of whoever gives it. */
export function decide(launch: Launch | undefined, command: Command, by: string, now: Date): Decided {
  if (command.command === 'schedule') return schedule(launch, command.at, by, now);
  if (!launch) throw new Refusal('no launch was ever scheduled');
  if (command.command === 'rollback') return rolledBack(launch, entry(now, by, 'rolled back', command.reason));
  if (!isActive(launch)) throw new Refusal(`the launch is ${launch.phase}: schedule one first`);
  switch (command.command) {
    case 'cancel':
      if (isOpen(launch)) throw new Refusal('the window is open: roll back instead');
      return { launch: ended(launch, 'cancelled', entry(now, by, 'cancelled', command.reason)), undo: true };
    case 'abort':
      return { launch: ended(launch, 'aborted', entry(now, by, 'aborted', command.reason)), undo: true };
    case 'hold':
      if (isOpen(launch)) throw new Refusal('the window is open: abort or roll back instead');
      return { launch: note({ ...launch, phase: 'on hold' }, now, by, 'put on hold', command.reason), undo: false };
    case 'approve':
      return approve(launch, command, by, now);
    case 'feedback': {
      const { tickets, link } = command;
      const counted = { ...launch, feedback: { tickets, link, by, at: now.toISOString() } };
      return { launch: note(counted, now, by, `${tickets} tickets, ${link}`), undo: false };
    }
  }
}

function schedule(launch: Launch | undefined, at: string, by: string, now: Date): Decided {
  const ahead = Date.parse(at) - now.getTime();
  if (ahead <= 0) throw new Refusal(`${at} is over: it is ${now.toISOString()}`);
  if (ahead > YEAR_MS) throw new Refusal(`${at} is more than a year ahead`);
  if (launch && isActive(launch) && isOpen(launch)) throw new Refusal('the window is open: roll back first');
  const moved = launch && isActive(launch) ? `re-scheduled from ${launch.at} to` : 'scheduled for';
  const first: Launch = {
    number: (launch?.number ?? 0) + 1,
    at: new Date(at).toISOString(),
    scheduledBy: by,
    phase: 'scheduled',
    told: [],
    steps: {},
    questions: [],
    switched: launch?.switched ?? [],
    history: launch?.history ?? [],
  };
  return { launch: note(first, now, by, `${moved} ${first.at}`), undo: first.switched.length > 0 };
}

/** Twice is as once: what is left to be put back is tried again, and nothing else happens. */
function rolledBack(launch: Launch, line: Entry): Decided {
  if (launch.phase === 'rolled back') return { launch, undo: true };
  return { launch: ended(launch, 'rolled back', line), undo: true };
}

function approve(launch: Launch, command: Extract<Command, { command: 'approve' }>, by: string, now: Date): Decided {
  if (isSamePerson(by, launch.scheduledBy))
    throw new Refusal(`${by} has scheduled this launch: somebody else has to approve`);
  const resumed: Launch = { ...launch, phase: 'scheduled' };
  if (launch.questions.length === 0) {
    if (launch.phase !== 'on hold') throw new Refusal('nothing waits for an approval');
    return { launch: note(resumed, now, by, 'goes on', command.reason), undo: false };
  }
  const question = asked(launch.questions, command.step);
  const state = launch.steps[question.step];
  const approved = { by, at: now.toISOString(), reason: command.reason };
  const after: Launch = {
    ...resumed,
    questions: launch.questions.filter((one) => one !== question),
    steps: { ...launch.steps, ...(state && { [question.step]: { ...state, approved } }) },
  };
  const what = `${question.step}: approved although ${state?.verdict}`;
  return { launch: note(after, now, by, what, command.reason), undo: false, approved: question.step };
}

function asked(questions: readonly Question[], wanted: StepId | undefined): Question {
  const open = questions.map((question) => question.step).join(', ');
  const [first, ...others] = wanted ? questions.filter((question) => question.step === wanted) : questions;
  if (!first) throw new Refusal(`${wanted} waits for nobody; waiting: ${open}`);
  if (others.length > 0) throw new Refusal(`say which step is approved, with --step: ${open}`);
  return first;
}

/** One person may hold several roles: a session of a role is named by who took it. */
export function isSamePerson(one: string, other: string): boolean {
  const who = (arn: string) => arn.replace(/^.*[/:]/, '');
  return who(one) === who(other);
}

function entry(now: Date, by: string, what: string, why: string): Entry {
  return { at: now.toISOString(), by, what, reason: why };
}

/** What people have to do by hand after a rollback, and who. */
export const MANUAL = [
  ['Ops', "freeze the cards that were issued, in PayCA's console or by its API"],
  ['Treasury', 'withdraw the funds that are not needed, and write down the balances'],
  ['Programme lead', "tell PayCA's account manager and hotline that the launch was rolled back"],
  ['CX', 'tell customers, with the text for an outage'],
  ['Engineering', 'send your own systems back to the sandbox, and check that nothing is posted twice'],
] as const;
