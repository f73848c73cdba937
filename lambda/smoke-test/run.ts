import { type Progress, ProgressChanged } from '../payca/progress';
import { readId } from '../payca/reading';
import { labelSmokeIds, SMOKE_PREFIX, type SmokeLabels } from '../payca/smoke-ids';
import { CallFailed, type CallRecord, Calls, type Connect } from './calls';
import { Caps } from './caps';
import type { Cause } from './cause';
import { Journal, type OpenThing } from './journal';
import { type Leftover, type SmokeResult, type StepResult, type Swept, verdictOf } from './result';
import type { SmokeSettings } from './settings';
import { chooseSteps, type Facts, type Making, type Outcome, type Stage, type Step } from './steps';
import { NotUndone, undo } from './undo';

/** What is asked of a run. */
export interface SmokeRequest {
  /** `deploy`: what the config wants after one. No steps: only what earlier runs left is undone. */
  readonly steps: 'deploy' | 'all' | readonly string[];
  /** Which release is tested. @default the one that is deployed */
  readonly release?: string;
  readonly actor: string;
  /** Idempotency keys of things that a person has undone at PayCA, and answers for. */
  readonly settled?: readonly string[];
}

/** What a run needs of the world. */
export interface SmokeWorld {
  readonly settings: SmokeSettings;
  /** Id of the deployed release. */
  readonly release: string;
  /** Absent until an operator has supplied credentials. */
  readonly connect?: Connect;
  readonly progress: Pick<Progress, 'recall' | 'remember' | 'rememberIf'>;
  /** The key of an event in the inbox, received since. */
  readonly arrived: (cause: Cause, since: Date) => Promise<string | undefined>;
  /** Hands the receiver a signed event with this id. */
  readonly probe: (id: string) => ReturnType<Stage['probe']>;
  readonly endpoint: Stage['endpoint'];
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** When the function is stopped, in milliseconds since 1970. */
  readonly deadline: number;
  readonly newId: () => string;
}

const LEASE = 'run';
const LAST = 'last';
/** No step is begun without so much time left for undoing. */
const UNDO_MS = 100_000;
/** The first look is soon after, each later one after twice as long. */
const FIRST_LOOK_MS = 250;
const LAST_LOOK_MS = 4000;

/** Runs the steps, undoes what they made, and what earlier runs left. Throws `RangeError` for a step that there is not. */
export async function runSmoke(request: SmokeRequest, world: SmokeWorld): Promise<SmokeResult> {
  const steps = chooseSteps(request.steps, world.settings);
  const id = `${SMOKE_PREFIX}${world.newId()}`;
  const startedAt = world.now().toISOString();
  const facts = { id, startedAt, release: request.release ?? world.release };
  if (!(await takeLease(id, world))) {
    const reason = 'another run is under way, or was stopped a moment ago';
    return { ...facts, verdict: 'no-data', reason, endedAt: startedAt, steps: [], swept: [], leftovers: [] };
  }
  const run = new SmokeRun(id, world, await Journal.read(world.progress));
  const settled = await run.settle(request.settled ?? [], request.actor);
  const swept = [...settled, ...(await run.sweep())];
  const results = await run.play(steps);
  const endedAt = world.now().toISOString();
  const judged = verdictOf(results);
  // Without credentials PayCA was not asked, whatever was.
  const verdict = judged === 'pass' && !world.connect ? 'no-data' : judged;
  const result = { ...facts, verdict, endedAt, steps: results, swept, leftovers: run.leftovers() };
  if (steps.length > 0) await world.progress.remember(LAST, result);
  await world.progress.remember(LEASE, { id, until: endedAt });
  return result;
}

/** The result of the newest run that had steps. */
export async function lastRun(progress: Pick<Progress, 'recall'>): Promise<SmokeResult | undefined> {
  return (await progress.recall(LAST)) as SmokeResult | undefined;
}

/** One run at a time: what another one has open must not be undone under its hands. */
async function takeLease(id: string, { progress, now, deadline }: SmokeWorld): Promise<boolean> {
  const former = (await progress.recall(LEASE)) as { readonly until: string } | undefined;
  if (former && Date.parse(former.until) > now().getTime()) return false;
  try {
    await progress.rememberIf(LEASE, { id, until: new Date(deadline).toISOString() }, former);
    return true;
  } catch (error) {
    if (error instanceof ProgressChanged) return false;
    throw error;
  }
}

class SmokeRun {
  private readonly calls?: Calls;
  private readonly caps: Caps;
  private readonly facts: Facts = {};

  constructor(
    private readonly id: string,
    private readonly world: SmokeWorld,
    private readonly journal: Journal,
  ) {
    this.calls = world.connect && new Calls(world.connect, id);
    this.caps = new Caps(world.settings.caps, world.progress, world.now);
  }

  /** Strikes off what a person has undone. */
  async settle(keys: readonly string[], by: string): Promise<Swept[]> {
    const things = this.journal.open.filter(({ call }) => keys.includes(call.idempotencyKey));
    for (const thing of things) await this.journal.close(thing);
    return things.map(({ kind, run, step }) => ({ kind, run, step, undone: true, by, calls: [] }));
  }

  /** Undoes what earlier runs left, newest first. */
  async sweep(): Promise<Swept[]> {
    const swept: Swept[] = [];
    if (!this.calls) return swept;
    for (const thing of this.journal.open.toReversed()) {
      const { kind, run, step } = thing;
      const calls: CallRecord[] = [];
      const problem = await this.undo(thing, calls);
      swept.push({ kind, run, step, undone: problem === undefined, calls });
    }
    return swept;
  }

  async play(steps: readonly Step[]): Promise<StepResult[]> {
    const played: StepResult[] = [];
    for (const step of steps) played.push(await this.playOne(step));
    const results = new Map(played.map((result) => [result.id, result]));
    for (const thing of this.journal.open.filter(({ run }) => run === this.id).toReversed()) {
      const result = results.get(thing.step);
      const calls = [...(result?.calls ?? [])];
      const problem = await this.undo(thing, calls);
      if (result) results.set(thing.step, { ...(problem ? worse(result, problem) : result), calls });
    }
    return [...results.values()];
  }

  leftovers(): Leftover[] {
    return this.journal.open.map(({ kind, run, step, at, requestIds, tries, reason, made, call }) => {
      const { idempotencyKey } = call;
      return { kind, run, step, at, requestIds, tries, reason, id: made?.id, idempotencyKey };
    });
  }

  private async playOne(step: Step): Promise<StepResult> {
    const { id, line } = step;
    const calls: CallRecord[] = [];
    const outcome = await this.outcome(step, calls);
    const { call: _, ...decided } = calls.findLast(({ code }) => code !== undefined) ?? calls.at(-1) ?? {};
    return { id, line, ...outcome, ...decided, calls };
  }

  private async outcome(step: Step, calls: CallRecord[]): Promise<Outcome> {
    if (!this.calls && step.id !== 'edge')
      return { verdict: 'skipped', reason: 'credentials not supplied: golive credentials put' };
    if (this.timeIsUp()) return { verdict: 'no-data', reason: 'no time is left for it' };
    try {
      return await step.act(this.stage(step, calls));
    } catch (error) {
      return outcomeOf(error);
    }
  }

  private stage(step: Step, records: CallRecord[]): Stage {
    const { world, facts, id: run, caps } = this;
    const since = world.now();
    const send: Stage['send'] = (call) => this.send(step.id, call, records);
    return {
      settings: world.settings,
      facts,
      run,
      send,
      make: (making) => this.make(step.id, making, send),
      afford: (cost) => caps.take(cost),
      until: (look) => this.until(look),
      arrived: (cause) => world.arrived(cause, since),
      probe: () => world.probe(run),
      endpoint: world.endpoint,
    };
  }

  private send(step: string, call: Parameters<Calls['send']>[1], records: CallRecord[]) {
    if (!this.calls) throw new Error('PayCA was called without credentials');
    return this.calls.send(step, call, records);
  }

  /** Writes a thing down, makes it, and writes down what came of it. */
  private async make(step: string, making: Making, send: Stage['send']) {
    const { id: run, journal, world } = this;
    const idempotencyKey = `${run}-${step}`;
    const call = { ...making.call, body: this.withKey(making, making.call.body, idempotencyKey), idempotencyKey };
    const undoing = { ...making.undoing, body: this.withKey(making, making.undoing.body, idempotencyKey) };
    const requestIds = [String(this.calls?.newRequestId(step))];
    const at = world.now().toISOString();
    const thing = await journal.keep({ ...making, run, step, at, call, undoing, requestIds, tries: 0 });
    try {
      const answer = await send({ ...call, requestId: requestIds[0] });
      const id = readId(idKind(making.kind), answer.body);
      await journal.keep({ ...thing, made: { id } });
      await this.label(making.kind, id);
      return { answer, cause: { requestIds, ids: id === undefined ? [] : [id] } };
    } catch (error) {
      if (error instanceof CallFailed && !error.mayHaveWorked) await journal.close(thing);
      throw error;
    }
  }

  /** In the body too where the tenant wants it there (payca-contract.md, 3). */
  private withKey({ kind }: Making, body: unknown, idempotencyKey: string): unknown {
    const inBody = this.world.settings.fieldNames.cardIdempotency === 'body' && (kind === 'card' || kind === 'topup');
    return inBody && body !== undefined ? { ...Object(body), idempotencyKey } : body;
  }

  /** Tries to undo a thing; gives what prevented it, which stays written down with it. */
  private async undo(thing: OpenThing, calls: CallRecord[]): Promise<Outcome | undefined> {
    const { world, journal } = this;
    const step = `${thing.step}-undo`;
    try {
      await undo(thing, {
        settings: world.settings,
        journal,
        send: (call) => this.send(step, call, calls),
        label: (transaction) => this.label('transfer', transaction),
        now: world.now,
      });
      return undefined;
    } catch (error) {
      const { verdict, reason } = outcomeOf(error);
      const now = journal.open.find(({ call }) => call.idempotencyKey === thing.call.idempotencyKey) ?? thing;
      const requestIds = [...new Set([...now.requestIds, ...idsOf(calls)])].slice(-MAX_REQUEST_IDS);
      await journal.keep({ ...now, requestIds, tries: now.tries + 1, reason });
      return { verdict, reason: `not undone: ${reason}` };
    }
  }

  private label(kind: OpenThing['kind'], id: string | undefined): Promise<void> {
    const name = ({ user: 'users', card: 'cards', transfer: 'transactions', topup: 'transactions' } as const)[kind];
    const labels: SmokeLabels = { cards: [], users: [], transactions: [], [name]: id === undefined ? [] : [id] };
    return labelSmokeIds(this.world.progress, this.world.now(), labels);
  }

  private async until<T>(look: () => Promise<T>): Promise<T> {
    const { now, sleep, settings } = this.world;
    const end = now().getTime() + settings.webhookSeconds * 1000;
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(2 * wait, LAST_LOOK_MS)) {
      const seen = await look();
      if (seen || now().getTime() + wait > end || this.timeIsUp()) return seen;
      await sleep(wait);
    }
  }

  private timeIsUp(): boolean {
    return this.world.now().getTime() + UNDO_MS > this.world.deadline;
  }
}

/** Of a thing that cannot be undone for long, the newest are enough. */
const MAX_REQUEST_IDS = 20;

function idsOf(records: readonly CallRecord[]): string[] {
  return records.map(({ requestId }) => requestId);
}

function idKind(kind: OpenThing['kind']): Parameters<typeof readId>[0] {
  return kind === 'transfer' || kind === 'topup' ? 'transaction' : kind;
}

/** PayCA's silence is nobody's fault here; all else that goes wrong is. */
function outcomeOf(error: unknown): Outcome & { readonly reason: string } {
  if (error instanceof CallFailed) return { verdict: error.isSilence ? 'no-data' : 'fail', reason: error.message };
  if (error instanceof NotUndone) return { verdict: error.verdict, reason: error.message };
  return {
    verdict: 'fail',
    reason: error instanceof Error ? `${error.name}: ${error.message}` : 'no error was thrown',
  };
}

function worse(result: StepResult, problem: Outcome): StepResult {
  const verdict = result.verdict === 'fail' ? 'fail' : problem.verdict;
  return { ...result, verdict, reason: [result.reason, problem.reason].filter(Boolean).join('; ') };
}
