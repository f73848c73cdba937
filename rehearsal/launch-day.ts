import { createHash } from 'node:crypto';
import type { TopicMessage } from './aws/sns';
import type { Invocation } from './functions';
import type { OtherAccount } from './other-account';
import { statementsOf } from './permissions';
import { type Json, list, type Resource } from './template';
import type { World } from './world';

const MINUTE_MS = 60_000;
const HOUR = 60;

/** Given with every command. */
export const REASON = 'decided in the rehearsal';

/** What the timeline stores about a step, as far as acts look at it. */
interface Step {
  readonly verdict: string;
  readonly says: string;
  readonly state: string;
  readonly lateMinutes: number;
  readonly approved?: Json;
}

/** What the timeline answers. */
export interface Told {
  readonly refused?: string;
  readonly launch?: {
    readonly phase: string;
    readonly at: string;
    readonly steps: Readonly<Record<string, Step | undefined>>;
    readonly questions: readonly { readonly step: string; readonly overdue: boolean }[];
    readonly switched: readonly { readonly name: string }[];
    readonly history: readonly { readonly what: string }[];
  };
}

/** The timeline of a world, whose clock goes from step to step, and the sandbox that it reaches into. */
export class LaunchDay {
  /** T, in milliseconds of the functions' clock. */
  private t = 0;
  private sandbox?: OtherAccount;

  constructor(private readonly world: World) {}

  private get lambda() {
    return this.world.function('run-timeline');
  }

  private get settings(): {
    scheduleRule: string;
    windowRules: string[];
    sandbox?: { automation: { kind: string; name: string }[] };
  } {
    const { Variables } = this.lambda.resource.properties.Environment as { Variables: Record<string, string> };
    return JSON.parse(String(Variables.LAUNCH));
  }

  get now(): number {
    return Date.now() + this.lambda.clockOffsetMs;
  }

  /** The account of the sandbox, with what posts by itself there. */
  openSandbox(account: OtherAccount): void {
    this.sandbox = account;
    for (const { kind, name } of this.settings.sandbox?.automation ?? []) {
      if (kind === 'sandbox rule') account.events.switches.ofTheTeam.set(name, 'ENABLED');
      else account.scheduler.schedules.set(name, nightly(account, name));
    }
  }

  /** Names of what runs by itself in the sandbox now. */
  get automationOn(): string[] {
    const { events, scheduler } = this.sandbox as OtherAccount;
    const rules = [...events.switches.ofTheTeam].filter(([, state]) => state === 'ENABLED').map(([name]) => name);
    const schedules = [...scheduler.schedules].filter(([, { State }]) => State === 'ENABLED').map(([name]) => name);
    return [...rules, ...schedules];
  }

  private rule(name: string): Resource {
    const found = this.world.deployment.find(
      (resource) => resource.type === 'AWS::Events::Rule' && resource.name === name,
    );
    if (!found) throw new Error(`no template has a rule ${name}`);
    return found;
  }

  /** Whether the timeline runs every five minutes. */
  get runs(): boolean {
    return this.world.events.switches.isOn(this.rule(this.settings.scheduleRule));
  }

  /** Whether all rules of the window are on, or all off. */
  get window(): 'on' | 'off' | 'mixed' {
    const on = this.settings.windowRules.map((name) => this.world.events.switches.isOn(this.rule(name)));
    return on.every(Boolean) ? 'on' : on.some(Boolean) ? 'mixed' : 'off';
  }

  /** Moves the clock to so many minutes from T, and runs the timeline if its schedule would. */
  async at(minutes: number): Promise<NonNullable<Told['launch']>> {
    this.world.moveClock(this.t + minutes * MINUTE_MS + 1000 - this.now);
    const scheduled = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
    // PayCA was looked at in the five minutes before; later steps do not ask.
    if (minutes < -HOUR) await this.world.function('watch-payca').invoke(scheduled);
    if (this.runs) resultOf(await this.lambda.invoke(scheduled));
    return this.status();
  }

  async status(): Promise<NonNullable<Told['launch']>> {
    const { launch } = await this.invoke({ ask: 'status' });
    if (!launch) throw new Error('no launch is stored');
    return launch;
  }

  /** T is so many minutes from now. */
  timeIn(minutes: number): string {
    this.t = Math.ceil(this.now / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS;
    return new Date(this.t).toISOString();
  }

  /** A person schedules a launch. */
  schedule(minutes: number, person = 'jo'): Promise<Told> {
    return this.give(person, { command: 'schedule', at: this.timeIn(minutes) });
  }

  /** A person gives a command, signed as `golive launch` signs it. */
  give(person: string, wanted: Json): Promise<Told> {
    return this.invoke({ identity: this.identity(person, wanted), wanted });
  }

  leaveReadiness(decision: 'go' | 'no-go', reasons: readonly string[] = []): Promise<Told> {
    const readiness = { decision, reasons, record: 'rehearsed' };
    return this.invoke({ identity: this.identity('lee', readiness), readiness });
  }

  /** Schedules a launch so many minutes ahead and takes it through its steps up to the window; others approve. */
  async toTheWindow(minutes: number): Promise<NonNullable<Told['launch']>> {
    await this.schedule(minutes);
    for (const time of [-minutes + 1, -2 * HOUR, -HOUR].filter((one) => one > -minutes)) await this.approved(time);
    return this.status();
  }

  /** Moves on, and has somebody approve whatever asks, until nothing does. */
  async approved(minutes: number): Promise<NonNullable<Told['launch']>> {
    for (;;) {
      const { questions } = await this.at(minutes);
      if (questions.length === 0) return this.status();
      for (const { step } of questions) await this.give('kim', { command: 'approve', step, reason: REASON });
    }
  }

  /** What PayCA has, in both currencies. */
  fund(available: string): void {
    for (const currency of ['EUR', 'USD'])
      this.world.payca.balances.set(currency, { available, pending: '0.00', feesThisMonth: '0.00' });
  }

  /** Messages to the owners since the last time this was asked. */
  mails(): TopicMessage[] {
    return this.world.sns.messages.splice(0).filter(({ attributes }) => attributes?.owner !== undefined);
  }

  private identity(person: string, of: Json) {
    const headers = {
      authorization: `AWS4-HMAC-SHA256 Credential=${this.world.gate.operatorKeyFor(person)}/20261201/eu-central-1/sts/aws4_request, SignedHeaders=host;x-golive-command, Signature=rehearsal`,
      'x-golive-command': createHash('sha256').update(JSON.stringify(of)).digest('hex'),
    };
    return { headers };
  }

  private async invoke(event: Json): Promise<Told> {
    return resultOf(await this.lambda.invoke(event)) as Told;
  }
}

function resultOf(outcome: Invocation): unknown {
  if ('errorType' in outcome) throw new Error(`run-timeline: ${outcome.errorMessage}`);
  return outcome.result;
}

/** A schedule as its owner made it; the role of its target is one that the sandbox's role may pass. */
function nightly({ deployment }: OtherAccount, name: string): Json {
  const [GroupName, Name] = name.split('/');
  const statements = deployment
    .resources('AWS::IAM::Policy')
    .flatMap(({ properties }) => statementsOf(properties.PolicyDocument));
  const [RoleArn] = statements
    .filter(({ Action }) => list(Action).includes('iam:PassRole'))
    .flatMap(({ Resource }) => list(Resource));
  return {
    Name,
    GroupName,
    State: 'ENABLED',
    ScheduleExpression: 'cron(0 2 * * ? *)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: `arn:aws:lambda:${deployment.region}:${deployment.account}:function:top-up`, RoleArn },
  };
}
