import { Random } from '../../rehearsal/payca';

/** Those who wait for a turn go on in an order that repeats with its seed. */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  take(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Gives turns until nobody waits for one. */
  async give(): Promise<void> {
    for (let last = this.waiting.pop(); last; last = this.waiting.pop()) {
      const chosen = this.random.below(this.waiting.length + 1);
      const next = this.waiting[chosen] ?? last;
      if (next !== last) this.waiting[chosen] = last;
      next();
      // Everything that follows from it comes first.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
