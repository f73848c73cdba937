import fc from 'fast-check';
import { SharedPace } from '../../../lambda/load-cards/pace';
import { ProgressInMemory } from './bench';

/** A clock that moves when everybody waits, to the next one who is due. */
class SimulatedClock {
  time = Date.parse('2026-12-01T00:00:00Z');
  private readonly sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  private running = 0;

  readonly clock = {
    now: () => this.time,
    random: () => Math.random(),
    sleep: (milliseconds: number) =>
      new Promise<void>((wake) => this.sleepers.push({ at: this.time + milliseconds, wake })),
  };

  /** Runs all of them to their end. */
  async run(tasks: readonly (() => Promise<void>)[]): Promise<void> {
    this.running = tasks.length;
    for (const task of tasks) void task().finally(() => (this.running -= 1));
    while (this.running > 0) {
      await new Promise(setImmediate);
      const next = this.sleepers.toSorted((one, other) => one.at - other.at)[0];
      if (!next) continue;
      this.sleepers.splice(this.sleepers.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
  }
}

/** Progress that takes its time, as DynamoDB does. */
function slow({ clock }: SimulatedClock, milliseconds: () => number) {
  const progress = new ProgressInMemory();
  return {
    recall: async (thing: string) => {
      await clock.sleep(milliseconds());
      return progress.recall(thing);
    },
    rememberIf: async (thing: string, state: unknown, former: unknown) => {
      await clock.sleep(milliseconds());
      return progress.rememberIf(thing, state, former);
    },
  };
}

const most = (times: readonly number[], windowMs: number) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));

test('however many copies there are, no second has more calls than are allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      async (rate, copies, delays) => {
        const simulated = new SimulatedClock();
        let next = 0;
        const progress = slow(simulated, () => delays[next++ % delays.length] ?? 1);
        const calls: number[] = [];
        const copy = async () => {
          const pace = new SharedPace(progress, rate, simulated.clock);
          for (let count = 0; count < 6; count += 1) {
            if (await pace.take(simulated.time + 1e6)) calls.push(simulated.time);
          }
        };
        await simulated.run(Array.from({ length: copies }, () => copy));
        expect(calls).toHaveLength(copies * 6);
        expect(most(calls, 1000)).toBeLessThanOrEqual(rate);
      },
    ),
    { numRuns: 60 },
  );
});

test('after a refusal no copy calls for as long as PayCA wants, also not one that had its turn already', async () => {
  const simulated = new SimulatedClock();
  const progress = slow(simulated, () => 5);
  const calls: number[] = [];
  let refusedAt = 0;
  const copy = async () => {
    const pace = new SharedPace(progress, 5, simulated.clock);
    for (let count = 0; count < 5; count += 1) {
      await pace.take(simulated.time + 1e6);
      calls.push(simulated.time);
      if (calls.length !== 4) continue;
      refusedAt = simulated.time;
      await pace.backOff(3000);
    }
  };
  await simulated.run([copy, copy]);
  // What was written down takes two turns of the table.
  expect(calls.filter((at) => at > refusedAt + 20 && at < refusedAt + 3000)).toEqual([]);
  expect(calls).toHaveLength(10);
});

test('each refusal that follows another doubles the pause', async () => {
  const simulated = new SimulatedClock();
  const waits: number[] = [];
  await simulated.run([
    async () => {
      const pace = new SharedPace(new ProgressInMemory(), 5, simulated.clock);
      for (let refusals = 0; refusals < 8; refusals += 1) {
        const before = simulated.time;
        await pace.backOff();
        await pace.take(simulated.time + 1e6);
        waits.push(simulated.time - before);
      }
    },
  ]);
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test('a turn that would come too late is not waited for', async () => {
  const simulated = new SimulatedClock();
  const pace = new SharedPace(new ProgressInMemory(), 1, simulated.clock);
  const taken: boolean[] = [];
  await simulated.run([
    async () => {
      await pace.take(simulated.time + 1000);
      taken.push(await pace.take(simulated.time + 500), await pace.take(simulated.time + 2000));
    },
  ]);
  expect(taken).toEqual([false, true]);
});

test('a pause without end is tried again after an hour', async () => {
  const simulated = new SimulatedClock();
  const began = simulated.time;
  await simulated.run([
    async () => {
      const pace = new SharedPace(new ProgressInMemory(), 1, simulated.clock);
      await pace.backOff(Date.parse('9999-12-31T23:59:59Z') - began);
      await pace.take(Number.POSITIVE_INFINITY);
    },
  ]);
  expect(simulated.time - began).toBe(60 * 60_000);
});
