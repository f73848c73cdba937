import type { Brake } from '../payca/api';
import { type Progress, ProgressChanged } from '../payca/progress';

/** A turn is taken so long before it comes, because writing it down takes a while. */
const LEAD_MS = 50;
/** A call may be so late for its turn, and as late again on its way to PayCA. */
const LATE_MS = 100;
/** So many calls go into each window of this length: late ones do not fall into the second of those after them. */
const WINDOW_MS = 1000 + 2 * LATE_MS;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
/** A longer wish of PayCA's is asked about once an hour: `Retry-After` is not documented, and a wrong one must not stop us for ever. */
const MAX_WISH_MS = 60 * 60_000;
const THING = 'pace';

interface Pace {
  /** When the next call may be made, in milliseconds since 1970. */
  readonly free: number;
  /** How often PayCA has said that we are too fast, without five minutes of peace in between, and when last. */
  readonly refused: number;
  readonly refusedAt: number;
  /** Different for each change: two copies must never take the same turn for theirs. */
  readonly nonce: number;
}

/** When the turn comes, and what is left. */
interface Change {
  readonly at: number;
  readonly pace: Omit<Pace, 'nonce'>;
}

const IDLE: Pace = { free: 0, refused: 0, refusedAt: 0, nonce: 0 };
const PEACE_MS = 5 * 60_000;

interface Clock {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly random: () => number;
}

/** One brake for all copies of a function: how many copies there are says nothing about how fast they are together. */
export class SharedPace implements Brake {
  constructor(
    private readonly progress: Pick<Progress, 'recall' | 'rememberIf'>,
    private readonly callsPerSecond: number,
    private readonly clock: Clock,
  ) {}

  async take(end: number): Promise<boolean> {
    const { now, sleep } = this.clock;
    for (;;) {
      const taken = await this.change((pace) => {
        const at = Math.max(now() + LEAD_MS, pace.free);
        return at < end ? { at, pace: { ...pace, free: Math.ceil(at + WINDOW_MS / this.callsPerSecond) } } : undefined;
      });
      if (!taken) return false;
      await sleep(Math.max(0, taken.at - now()));
      const { refusedAt } = (await this.progress.recall(THING)) as Pace;
      // A turn that was missed is another copy's by now, and one before a refusal is nobody's.
      if (refusedAt === taken.pace.refusedAt && now() <= taken.at + LATE_MS) return true;
    }
  }

  /** PayCA said that we are too fast: nobody calls for as long as it wants, up to an hour, or for twice as long as the last time. */
  async backOff(retryAfterMs = 0): Promise<void> {
    const { now } = this.clock;
    await this.change((pace) => {
      const refused = now() < pace.refusedAt + PEACE_MS ? pace.refused + 1 : 1;
      const pause = Math.max(
        Math.min(MAX_WISH_MS, retryAfterMs),
        Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (refused - 1)),
      );
      return { at: now(), pace: { free: Math.max(pace.free, now() + pause), refused, refusedAt: now() } };
    });
  }

  /** Another copy may be faster: then from what it left. */
  private async change(next: (pace: Pace) => Change | undefined): Promise<Change | undefined> {
    for (;;) {
      const former = (await this.progress.recall(THING)) as Pace | undefined;
      const made = next(former ?? IDLE);
      if (!made) return undefined;
      try {
        await this.progress.rememberIf(THING, { ...made.pace, nonce: this.clock.random() }, former);
        return made;
      } catch (error) {
        if (!(error instanceof ProgressChanged)) throw error;
        await this.clock.sleep(this.clock.random() * 20);
      }
    }
  }
}
