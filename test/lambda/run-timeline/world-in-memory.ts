import { ProgressChanged } from '../../../lambda/payca/progress';
import type { Command } from '../../../lambda/run-timeline/commands';
import type { Launch, StepResult, Switched } from '../../../lambda/run-timeline/launch';
import type { Message } from '../../../lambda/run-timeline/message';
import { type Answer, command, runDue, type World } from '../../../lambda/run-timeline/run';
import { STEPS, type StepId } from '../../../lambda/run-timeline/steps';
import type { Switch } from '../../../lambda/run-timeline/switches';

export const JO = 'arn:aws:sts::111122223333:assumed-role/Operators/jo';
export const KIM = 'arn:aws:sts::111122223333:assumed-role/Operators/kim';
export const MINUTE = 60_000;

/** Everything around the timeline, in memory; each step passes unless it is told otherwise. */
export class WorldInMemory {
  time = Date.parse('2026-11-28T09:00:00Z');
  stored: Launch | undefined;
  readonly ran: { readonly step: StepId; readonly launch: number; readonly at: number }[] = [];
  readonly mails: Message[] = [];
  readonly records: { readonly line: string; readonly verdict: string; readonly actor: string }[] = [];
  readonly counted: Record<string, number> = {};
  readonly results: Partial<Record<StepId, StepResult | Error>> = {};
  /** By kind and name. */
  readonly things = new Map<string, Switched['before']>();
  scheduled = false;
  recordingFails = false;
  /** Done once, while a step runs. */
  meanwhile?: () => Promise<unknown>;

  private readonly world: World = {
    setting: { programme: 'payca', stage: 'production', zone: 'Europe/Berlin' },
    answerMinutes: 60,
    runners: Object.fromEntries(
      STEPS.map(({ id }) => [id, (launch: Launch) => this.runStep(id, launch)]),
    ) as unknown as World['runners'],
    board: {
      'sandbox rule': this.switchOf('sandbox rule'),
      'sandbox schedule': this.switchOf('sandbox schedule'),
      'window rule': this.switchOf('window rule'),
    },
    recall: async () => structuredClone(this.stored),
    remember: async (launch, former) => {
      if (JSON.stringify(former) !== JSON.stringify(this.stored)) throw new ProgressChanged('run-timeline', 'launch');
      this.stored = JSON.parse(JSON.stringify(launch));
    },
    tell: async (message) => void this.mails.push(message),
    record: async ({ line, verdict }, actor) => {
      if (this.recordingFails) throw new Error('no bucket');
      this.records.push({ line, verdict, actor });
      return `record-${this.records.length}`;
    },
    runEveryFiveMinutes: async (on) => {
      this.scheduled = on;
    },
    meter: {
      add: (metric: string, value = 1) => {
        this.counted[metric] = (this.counted[metric] ?? 0) + value;
      },
    } as World['meter'],
    now: () => new Date(this.time),
  };

  get launch(): Launch {
    if (!this.stored) throw new Error('no launch');
    return this.stored;
  }

  give(wanted: Command, by = JO): Promise<Answer> {
    return command(this.world, wanted, by);
  }

  schedule(minutes: number, by = JO): Promise<Answer> {
    return this.give({ command: 'schedule', at: new Date(this.time + minutes * MINUTE).toISOString() }, by);
  }

  /** Moves on to so many minutes from T and runs the timeline if its schedule is on. */
  async at(minutes: number): Promise<Launch> {
    this.time = Date.parse(this.launch.at) + minutes * MINUTE;
    await this.run();
    return this.launch;
  }

  async run(): Promise<void> {
    if (this.scheduled) await runDue(this.world);
  }

  private async runStep(step: StepId, { number }: Launch): Promise<StepResult> {
    this.ran.push({ step, launch: number, at: this.time });
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
    const result = this.results[step] ?? { verdict: 'pass', says: 'fine', details: {} };
    if (result instanceof Error) throw result;
    return result;
  }

  private switchOf(kind: string): Switch {
    return {
      read: async (name) => {
        const state = this.things.get(`${kind} ${name}`);
        if (!state) throw new Error('it is not there');
        return state;
      },
      set: async (name, to) => void this.things.set(`${kind} ${name}`, to),
    };
  }
}
