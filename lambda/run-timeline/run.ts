import type { Finding } from '../payca/evidence';
import type { Meter } from '../payca/metrics';
import { ProgressChanged } from '../payca/progress';
import { type Command, decide } from './commands';
import {
  type Action,
  afterBegun,
  afterMissed,
  afterReminded,
  afterRun,
  afterTold,
  ended,
  isActive,
  type Launch,
  next,
  type StepResult,
} from './launch';
import { announcements, ending, type Message, notice, outcome, reminder, type Setting } from './message';
import { type Step, type StepId, stepOf, type TimelineStep } from './steps';
import { putBack, type Stuck, type Switchboard } from './switches';

/** What a step of the timeline does. It may note what it switches before it does. */
export type StepRunner = (launch: Launch, update: Update) => Promise<StepResult>;
type Update = (change: (launch: Launch) => Launch) => Promise<Launch>;

/** What the timeline needs of the world. */
export interface World {
  readonly setting: Setting;
  /** How long a person has to answer. */
  readonly answerMinutes: number;
  readonly runners: Readonly<Record<StepId, StepRunner>>;
  readonly board: Switchboard;
  readonly recall: () => Promise<Launch | undefined>;
  /** Throws `ProgressChanged` unless `former` is still what is stored. */
  readonly remember: (launch: Launch, former: Launch | undefined) => Promise<void>;
  readonly tell: (message: Message) => Promise<void>;
  /** Writes a record; gives its key. */
  readonly record: (finding: Finding, actor: string) => Promise<string>;
  /** Switches the schedule of the timeline itself. */
  readonly runEveryFiveMinutes: (on: boolean) => Promise<void>;
  readonly meter: Meter;
  readonly now: () => Date;
}

const TIMELINE = 'timeline';
/** Commands and runs that come at the same moment. */
const ATTEMPTS = 5;

/** Does everything that is due. */
export async function runDue(world: World): Promise<void> {
  for (;;) {
    const launch = await world.recall();
    const action = launch && next(launch, world.now());
    if (!launch || !action) return finishRun(world, launch);
    try {
      await perform(world, launch, action);
    } catch (error) {
      // Another run or a command was faster: it is judged again by what is stored now.
      if (!(error instanceof ProgressChanged)) throw error;
    }
  }
}

/** Says whether somebody is waited for, and ends the schedule with the launch. */
async function finishRun(world: World, launch: Launch | undefined): Promise<void> {
  const waits = launch?.questions.some(({ overdue }) => overdue) ?? false;
  world.meter.add('LaunchUnanswered', waits && launch?.phase !== 'on hold' ? 1 : 0);
  if (!launch || !isActive(launch)) await world.runEveryFiveMinutes(false);
}

async function perform(world: World, launch: Launch, action: Action): Promise<void> {
  if ('step' in action) return act(world, launch, action.kind, stepOf(action.step));
  const [phase, what] =
    action.kind === 'end'
      ? (['over', 'everything was done'] as const)
      : (['lapsed', 'the window was not opened in time: schedule it again'] as const);
  await end(world, launch, ended(launch, phase, { at: world.now().toISOString(), by: TIMELINE, what }));
}

async function act(
  world: World,
  launch: Launch,
  kind: Exclude<Action['kind'], 'end' | 'lapse'>,
  step: TimelineStep,
): Promise<void> {
  const { setting, now, answerMinutes } = world;
  switch (kind) {
    case 'tell':
      await world.remember(afterTold(launch, step.id), launch);
      return world.tell(notice(setting, launch, step, now()));
    case 'remind':
      await world.remember(afterReminded(launch, step.id, now()), launch);
      return world.tell(reminder(setting, launch, step));
    case 'miss':
      return settle(world, launch, step, afterMissed(launch, step, now(), answerMinutes));
    case 'lose': {
      const lost = {
        verdict: 'no-data',
        says: 'it began and did not finish; look at the log of run-timeline',
      } as const;
      return settle(world, launch, step, afterRun(launch, step.id, lost, { now: now(), answerMinutes }));
    }
    case 'run':
      return run(world, launch, step);
  }
}

/** Claims the step, runs it, and notes what came of it. */
async function run(world: World, launch: Launch, step: TimelineStep): Promise<void> {
  const begun = afterBegun(launch, step, world.now());
  await world.remember(begun, launch);
  const result = await attempt(world, begun, step.id);
  const { record, verdict, says } = await recorded(world, step, result, begun);
  const claim = JSON.stringify(begun.steps[step.id]);
  const after = await update(world, (current) =>
    JSON.stringify(current.steps[step.id]) === claim
      ? afterRun(current, step.id, { verdict, says }, { now: world.now(), answerMinutes: world.answerMinutes, record })
      : current,
  );
  // It was called off while the step ran: what the step has switched since is put back.
  if (!isActive(after)) await undo(world, after);
  await told(world, after, step);
}

async function attempt(world: World, launch: Launch, step: StepId): Promise<StepResult> {
  try {
    return await world.runners[step](launch, (change) => update(world, change));
  } catch (error) {
    const problem = error instanceof Error ? `${error.name}: ${error.message}` : 'failed';
    return { verdict: 'no-data', says: `could not be done: ${problem}`, details: { problem } };
  }
}

/** A step that left no record has shown nothing. */
async function recorded(
  world: World,
  { id, line }: Step,
  { verdict, says, details }: StepResult,
  launch: Launch,
): Promise<{ record?: string } & Pick<StepResult, 'verdict' | 'says'>> {
  try {
    const late = launch.steps[id as StepId]?.lateMinutes;
    const facts = { step: id, launch: launch.at, lateMinutes: late, says, ...details };
    return { record: await world.record({ line, verdict, details: facts }, TIMELINE), verdict, says };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'failed';
    return { verdict: verdict === 'pass' ? 'no-data' : verdict, says: `${says}; not recorded: ${why}` };
  }
}

async function settle(world: World, former: Launch, step: TimelineStep, after: Launch): Promise<void> {
  await world.remember(after, former);
  const { verdict = 'no-data', says = '' } = after.steps[step.id] ?? {};
  await recorded(world, step, { verdict, says, details: {} }, after);
  await told(world, after, step);
}

async function told(world: World, launch: Launch, step: TimelineStep): Promise<void> {
  const state = launch.steps[step.id];
  if (!state || state.state === 'running') return;
  if (state.verdict !== 'pass') world.meter.add('LaunchStepsFailed');
  const question = launch.questions.find((one) => one.step === step.id);
  await world.tell(outcome(world.setting, step, state, question));
}

/** What a command comes to. */
export interface Answer {
  readonly launch: Launch;
  /** What could not be put back. */
  readonly stuck: readonly Stuck[];
}

/** Does what an operator asks; throws `Refusal`. */
export async function command(world: World, wanted: Command, by: string): Promise<Answer> {
  for (let attempts = 1; ; attempts += 1) {
    const former = await world.recall();
    const decided = decide(former, wanted, by, world.now());
    try {
      if (decided.launch !== former) await world.remember(decided.launch, former);
      return await follow(world, former, decided, wanted, by);
    } catch (error) {
      if (!(error instanceof ProgressChanged) || attempts === ATTEMPTS) throw error;
    }
  }
}

async function follow(
  world: World,
  former: Launch | undefined,
  { launch, undo: wanted, approved }: ReturnType<typeof decide>,
  { command: name }: Command,
  by: string,
): Promise<Answer> {
  if (approved) await recordApproval(world, launch, approved, by);
  if (!isActive(launch)) {
    const answer = await undo(world, launch);
    await world.runEveryFiveMinutes(false);
    if (name === 'rollback') await recordRollback(world, answer, by);
    if (former?.phase !== launch.phase) await world.tell(ending(world.setting, answer.launch, answer.stuck));
    if (name === 'cancel')
      for (const message of announcements(world.setting, launch, world.now())) await world.tell(message);
    return answer;
  }
  const answer = wanted ? await undo(world, launch) : { launch, stuck: [] };
  await world.runEveryFiveMinutes(true);
  if (name === 'schedule')
    for (const message of announcements(world.setting, launch, world.now())) await world.tell(message);
  return answer;
}

function recordApproval(world: World, { steps }: Launch, id: StepId, by: string): Promise<string> {
  const { verdict = 'no-data', approved, says } = steps[id] ?? {};
  const details = { step: id, decision: 'approved', says, ...approved };
  return world.record({ line: stepOf(id).line, verdict, details }, by);
}

function recordRollback(world: World, { launch, stuck }: Answer, by: string): Promise<string> {
  const details = { step: 'rollback', launch: launch.at, reason: launch.history.at(-1)?.reason, stuck };
  return world.record({ line: '8.6', verdict: stuck.length === 0 ? 'pass' : 'fail', details }, by);
}

async function end(world: World, former: Launch, after: Launch): Promise<void> {
  await world.remember(after, former);
  const { launch, stuck } = await undo(world, after);
  await world.tell(ending(world.setting, launch, stuck));
}

/** Puts back whatever is switched; what could not be is kept, for another rollback. */
async function undo(world: World, launch: Launch): Promise<Answer> {
  if (launch.switched.length === 0) return { launch, stuck: [] };
  const { launch: after, stuck } = await putBack(world.board, launch);
  return { launch: await update(world, (current) => ({ ...current, switched: after.switched })), stuck };
}

/** Changes what is stored, whoever else does at the same moment. */
async function update(world: World, change: (launch: Launch) => Launch): Promise<Launch> {
  for (let attempts = 1; ; attempts += 1) {
    const former = (await world.recall()) as Launch;
    const after = change(former);
    try {
      await world.remember(after, former);
      return after;
    } catch (error) {
      if (!(error instanceof ProgressChanged) || attempts === ATTEMPTS) throw error;
    }
  }
}
