import * as z from 'zod';
import { ActionSuppressor, type Suppression } from '../alarms/action-suppressor';
import { type AlarmRule, alarmsIn, nameOfAlarm, parseAlarmRule, ruleHolds } from '../alarms/alarm-rule';
import { judge, type MetricAlarm, pointsAt, readMetricAlarm, type State } from './alarm-state';
import { NotEvaluated, type Points } from './metric-math';
import type { Recording } from './metric-samples';

/** An `AWS::CloudWatch::CompositeAlarm`, ready to be evaluated. */
export interface CompositeAlarm {
  readonly kind: 'composite';
  readonly name: string;
  readonly actionsEnabled: boolean;
  readonly rule: AlarmRule;
  readonly suppression?: Suppression;
}

export type AlarmDefinition = MetricAlarm | CompositeAlarm;

export interface StateChange {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: State;
  readonly to: State;
  readonly reason: string;
}

/** What one alarm did. */
export interface AlarmHistory {
  readonly alarm: AlarmDefinition;
  readonly changes: readonly StateChange[];
  /** When its actions were taken, and the state that they told. */
  readonly actions: readonly { readonly at: number; readonly state: State }[];
  /** The newest data point at each evaluation, of a metric alarm. */
  readonly watched: readonly { readonly at: number; readonly value: number | undefined }[];
  /** Why it was not evaluated. */
  readonly notEvaluated?: string;
  /** Alarms that a composite looks at, that were not evaluated, and that count as neither OK nor in ALARM. */
  readonly unknown: readonly string[];
}

/** Times are milliseconds since 1970. */
export interface ReplayOptions {
  readonly from: number;
  readonly to: number;
  /**
   * When an alarm is first judged.
   *
   * @default from
   */
  readonly begin?: (alarm: MetricAlarm) => number;
}

const MINUTE = 60_000;

const composite = z.strictObject({
  AlarmName: z.string().min(1),
  AlarmRule: z.string().min(1),
  AlarmDescription: z.string().optional(),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: z.array(z.unknown()).optional(),
  OKActions: z.array(z.unknown()).optional(),
  InsufficientDataActions: z.array(z.unknown()).optional(),
  Tags: z.array(z.unknown()).optional(),
  ActionsSuppressor: z.string().optional(),
  ActionsSuppressorWaitPeriod: z.coerce.number().int().nonnegative().default(0),
  ActionsSuppressorExtensionPeriod: z.coerce.number().int().nonnegative().default(0),
});

/**
 * Reads alarms from resources of a template whose properties are resolved. Throws with every problem of all of them, and
 * when a composite alarm names one that is not there or, in a circle, itself.
 */
export function readAlarms(resources: readonly { type: string; properties: unknown }[]): AlarmDefinition[] {
  const problems: string[] = [];
  const alarms = resources.flatMap(({ type, properties }): AlarmDefinition[] => {
    try {
      if (type === 'AWS::CloudWatch::Alarm') return [readMetricAlarm(properties)];
      return type === 'AWS::CloudWatch::CompositeAlarm' ? [readCompositeAlarm(properties)] : [];
    } catch (error) {
      problems.push((error as Error).message);
      return [];
    }
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return inOrder(alarms);
}

function readCompositeAlarm(properties: unknown): CompositeAlarm {
  const read = composite.safeParse(properties);
  if (!read.success) {
    const name = (properties as { AlarmName?: unknown } | null)?.AlarmName ?? 'alarm without a name';
    throw new Error(read.error.issues.map(({ path, message }) => `${name}: ${path.join('.')}: ${message}`).join('\n'));
  }
  const alarm = read.data;
  return {
    kind: 'composite',
    name: alarm.AlarmName,
    actionsEnabled: alarm.ActionsEnabled,
    rule: parsedRule(alarm.AlarmName, alarm.AlarmRule),
    ...(alarm.ActionsSuppressor && {
      suppression: {
        suppressor: nameOfAlarm(alarm.ActionsSuppressor),
        wait: alarm.ActionsSuppressorWaitPeriod * 1000,
        extension: alarm.ActionsSuppressorExtensionPeriod * 1000,
      },
    }),
  };
}

function parsedRule(name: string, rule: string): AlarmRule {
  try {
    return parseAlarmRule(rule);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
}

/** Names of the alarms that one looks at. */
export function looksAt(alarm: AlarmDefinition): string[] {
  if (alarm.kind === 'metric') return [];
  return [...new Set([...alarmsIn(alarm.rule), ...(alarm.suppression ? [alarm.suppression.suppressor] : [])])];
}

/** Each alarm after those it looks at. */
function inOrder(alarms: readonly AlarmDefinition[]): AlarmDefinition[] {
  const byName = new Map(alarms.map((alarm) => [alarm.name, alarm]));
  const ordered = new Set<AlarmDefinition>();
  const visit = (alarm: AlarmDefinition, path: readonly string[]) => {
    if (path.includes(alarm.name)) throw new Error(`alarms look at each other: ${[...path, alarm.name].join(' -> ')}`);
    for (const name of looksAt(alarm)) {
      const next = byName.get(name);
      if (!next) throw new Error(`${alarm.name} looks at the alarm ${name}, which is not there`);
      visit(next, [...path, alarm.name]);
    }
    ordered.add(alarm);
  };
  for (const alarm of alarms) visit(alarm, []);
  return [...ordered];
}

/**
 * Evaluates alarms at the end of each minute, as CloudWatch does. All begin
 * in INSUFFICIENT_DATA. Alarms come in the order in which `readAlarms` gives them.
 */
export function replayAlarms(
  alarms: readonly AlarmDefinition[],
  recording: Recording,
  { from, to, begin = () => from }: ReplayOptions,
): AlarmHistory[] {
  const runs = new Map<string, Run>();
  for (const alarm of alarms) {
    const run = alarm.kind === 'metric' ? new MetricRun(alarm, recording, begin(alarm)) : new CompositeRun(alarm, runs);
    runs.set(alarm.name, run);
  }
  for (let now = Math.ceil(from / MINUTE) * MINUTE; now <= to; now += MINUTE) {
    for (const run of runs.values()) run.step(now);
  }
  return [...runs.values()].map((run) => run.history());
}

abstract class Run {
  state: State = 'INSUFFICIENT_DATA';
  notEvaluated: string | undefined;
  unknown: readonly string[] = [];
  protected readonly changes: StateChange[] = [];
  protected readonly actions: { at: number; state: State }[] = [];
  protected readonly watched: { at: number; value: number | undefined }[] = [];

  constructor(protected readonly alarm: AlarmDefinition) {}

  abstract step(now: number): void;

  history(): AlarmHistory {
    const { alarm, changes, actions, watched, notEvaluated, unknown } = this;
    if (notEvaluated !== undefined) return { alarm, changes: [], actions: [], watched: [], unknown, notEvaluated };
    return { alarm, changes, actions, watched, unknown };
  }

  /** Whether the state is another one now. */
  protected become(state: State, reason: string, at: number): boolean {
    if (state === this.state) return false;
    this.changes.push({ at, from: this.state, to: state, reason });
    this.state = state;
    return true;
  }

  protected act(at: number): void {
    if (this.alarm.actionsEnabled) this.actions.push({ at, state: this.state });
  }
}

class MetricRun extends Run {
  constructor(
    protected override readonly alarm: MetricAlarm,
    private readonly recording: Recording,
    private readonly begin: number,
  ) {
    super(alarm);
    this.notEvaluated = alarm.notEvaluated;
  }

  step(now: number): void {
    if (now < this.begin) return;
    const points = this.points(now);
    if (!points) return;
    this.watched.push({ at: now, value: points.at(-1) });
    const { state, reason } = judge(this.alarm, points, this.state);
    if (this.become(state, reason, now)) this.act(now);
  }

  private points(now: number): Points | undefined {
    if (this.notEvaluated) return undefined;
    try {
      return pointsAt(this.alarm, this.recording, now);
    } catch (error) {
      if (!(error instanceof NotEvaluated)) throw new Error(`${this.alarm.name}: ${(error as Error).message}`);
      this.notEvaluated = error.message;
      return undefined;
    }
  }
}

class CompositeRun extends Run {
  private readonly suppressor: ActionSuppressor | undefined;
  private readonly sees: readonly string[];
  /** It was certain once whether the rule holds, whatever the alarms are that are not evaluated. */
  private decided = false;

  constructor(
    protected override readonly alarm: CompositeAlarm,
    private readonly runs: ReadonlyMap<string, Run>,
  ) {
    super(alarm);
    this.suppressor = alarm.suppression && new ActionSuppressor(alarm.suppression);
    this.sees = looksAt(alarm);
  }

  step(now: number): void {
    // What fell due since the last minute was acted on in the state of then.
    this.actIfDue(now - 1);
    this.unknown = this.sees.filter((name) => this.runs.get(name)?.notEvaluated !== undefined);
    const certain = ruleHolds(this.alarm.rule, (name) =>
      this.unknown.includes(name) ? undefined : this.stateOf(name),
    );
    if (certain !== undefined) this.decided = true;
    this.notEvaluated =
      this.decided || this.unknown.length === 0
        ? undefined
        : `it depends on alarms that are not evaluated: ${this.unknown.join(', ')}`;
    const holds = certain ?? ruleHolds(this.alarm.rule, (name) => this.stateOf(name));
    const { suppression } = this.alarm;
    if (suppression) this.suppressor?.suppressorIs(this.stateOf(suppression.suppressor), now);
    const states = this.sees.map((name) => `${name} is ${this.stateOf(name)}`);
    if (this.become(holds ? 'ALARM' : 'OK', states.join(', '), now)) {
      if (this.suppressor) this.suppressor.changed(now);
      else this.act(now);
    }
    this.actIfDue(now);
  }

  private actIfDue(now: number): void {
    const at = this.suppressor?.due(now);
    if (at !== undefined) this.act(at);
  }

  private stateOf(name: string): State {
    return this.runs.get(name)?.state ?? 'INSUFFICIENT_DATA';
  }
}
