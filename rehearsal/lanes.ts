import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Act, ActResult, Check } from './acts/act';
import type { Order } from './lane';
import type { Listener, Setting } from './play';
import { synthesiseVariant, type Variant } from './variant';

type Message =
  | { readonly needs: Variant }
  | { readonly check: Check }
  | { readonly progress: string }
  | { readonly result: ActResult; readonly used: readonly string[] };

/** More would wait for each other's memory. */
const MAX_LANES = 4;

/** Plays acts side by side, a lane for each core and one for when others wait, and those that judge the others when these have ended; in the order of `acts`. */
export async function playAll(
  acts: readonly Act[],
  setting: Setting,
  listenerOf: (act: Act) => Listener & { readonly ended: () => void },
): Promise<ActResult[]> {
  const results = new Map<Act, ActResult>();
  const used = new Set<string>();
  const run = async (waiting: Act[], lane: Lane): Promise<void> => {
    for (let act = waiting.shift(); act; act = waiting.shift()) {
      const listener = listenerOf(act);
      results.set(act, await lane.play(act, used, listener));
      listener.ended();
    }
  };
  // An emulator holds one world at a time.
  const most = setting.awsEndpoint ? 1 : Math.min(MAX_LANES, availableParallelism() + 1);
  const [first, ...later] = acts.filter(({ closing }) => !closing);
  // The first act of all is short: a verdict is seen soon.
  const others = first ? [first, ...later.filter(({ long }) => long), ...later.filter(({ long }) => !long)] : [];
  const variants = new Map<string, Promise<string>>();
  const synthesised = (variant: Variant) => {
    const wanted = JSON.stringify(variant);
    const directory = variants.get(wanted) ?? synthesiseVariant(variant, setting.stage);
    variants.set(wanted, directory);
    return directory;
  };
  const count = Math.max(1, Math.min(most, others.length));
  const lanes = Array.from({ length: count }, () => new Lane(setting, synthesised));
  try {
    await Promise.all(lanes.map((lane) => run(others, lane)));
    await run(
      acts.filter(({ closing }) => closing),
      lanes[0] as Lane,
    );
  } finally {
    for (const lane of lanes) lane.end();
  }
  return acts.map((act) => results.get(act) as ActResult);
}

/** A process that plays one act at a time. */
class Lane {
  private process?: ChildProcess;

  constructor(
    private readonly setting: Setting,
    private readonly synthesised: (variant: Variant) => Promise<string>,
  ) {}

  /** An act whose process ends in the middle has failed; the next one gets another process. */
  play(act: Act, used: Set<string>, { check, progress }: Listener): Promise<ActResult> {
    const lane = this.started();
    const started = Date.now();
    const seen: Check[] = [];
    return new Promise((resolve) => {
      const gone = (code: number | null, signal: string | null) => {
        this.process = undefined;
        const detail = `the process that played it ended (${signal ?? code})`;
        const last: Check = { id: 'played-to-the-end', verdict: 'fail', detail };
        check(last);
        const seconds = Math.round((Date.now() - started) / 100) / 10;
        resolve({ id: act.id, verdict: 'fail', seconds, checks: [...seen, last] });
      };
      lane.once('exit', gone);
      lane.on('message', (message: Message) => {
        if ('needs' in message) return void this.supply(lane, message.needs);
        if ('progress' in message) return progress(message.progress);
        if ('check' in message) {
          seen.push(message.check);
          return check(message.check);
        }
        for (const action of message.used) used.add(action);
        lane.removeListener('exit', gone).removeAllListeners('message');
        resolve(message.result);
      });
      lane.send({ act: act.id, used: [...used] } satisfies Order);
    });
  }

  private async supply(lane: ChildProcess, needed: Variant): Promise<void> {
    const answer = await this.synthesised(needed).then(
      (directory) => ({ directory }),
      (error: Error) => ({ error: error.message }),
    );
    if (lane.connected) lane.send({ variant: needed.id, ...answer } satisfies Order);
  }

  end(): void {
    this.process?.disconnect();
  }

  private started(): ChildProcess {
    if (!this.process) {
      this.process = fork(join(__dirname, 'lane.ts'));
      this.process.send({ setting: this.setting } satisfies Order);
    }
    return this.process;
  }
}
