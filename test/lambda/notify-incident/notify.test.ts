import fc from 'fast-check';
import type { AlarmChange } from '../../../lambda/notify-incident/alarm-change';
import type { Message } from '../../../lambda/notify-incident/message';
import { type Notifier, notify, notifyAll } from '../../../lambda/notify-incident/notify';
import { type Delivery, decide, pauseSeconds, withDelivery } from '../../../lambda/notify-incident/order';
import { ALARM, change, PREFIX } from './event';

/** A channel in memory, whose receiver opens and closes as PagerDuty does. */
class Receiver implements Notifier {
  readonly stage = 'production';
  readonly prefix = PREFIX;
  readonly records = new Map<string, readonly Delivery[]>();
  readonly held = new Set<string>();
  readonly told: string[] = [];
  readonly open = new Set<string>();
  /** How many incidents there were. */
  incidents = 0;
  /** Calls that fail, by their number from 1. */
  failing: (call: number, message: Message) => boolean = () => false;
  private calls = 0;

  now = () => Date.parse('2026-12-01T09:00:00Z');

  hold = async (alarm: string) => {
    if (this.held.has(alarm)) return undefined;
    this.held.add(alarm);
    return {
      deliveries: this.records.get(alarm) ?? [],
      release: async (deliveries?: readonly Delivery[]) => {
        if (deliveries) this.records.set(alarm, deliveries);
        this.held.delete(alarm);
      },
    };
  };

  send = async (message: Message) => {
    this.calls += 1;
    if (this.failing(this.calls, message)) throw new Error('down');
    this.told.push(`${message.action} ${message.at}`);
    if (message.action === 'trigger') {
      if (!this.open.has(message.alarm)) this.incidents += 1;
      this.open.add(message.alarm);
    }
    if (message.action === 'resolve') this.open.delete(message.alarm);
    return `receipt ${this.calls}`;
  };
}

const at = (minute: number) => `2026-12-01T08:${String(minute).padStart(2, '0')}:00.000Z`;
const alarm = (minute: number, more: Partial<AlarmChange> = {}) => change({ at: at(minute), ...more });
const ok = (minute: number, more: Partial<AlarmChange> = {}) => change({ at: at(minute), state: 'OK', ...more });

test('an alarm and its end are told once, and kept', async () => {
  const receiver = new Receiver();
  expect(await notify(alarm(1), receiver)).toBe('sent');
  expect(await notify(alarm(1), receiver)).toBe('duplicate');
  expect(await notify(ok(2, { drill: '0123abcd' }), receiver)).toBe('sent');
  expect(await notify(ok(2), receiver)).toBe('duplicate');
  expect(receiver.told).toEqual([`trigger ${at(1)}`, `resolve ${at(2)}`]);
  expect(receiver.records.get(ALARM)).toEqual([
    { at: at(1), state: 'ALARM', outcome: 'sent', doneAt: '2026-12-01T09:00:00.000Z', receipt: 'receipt 1' },
    {
      at: at(2),
      state: 'OK',
      outcome: 'sent',
      doneAt: '2026-12-01T09:00:00.000Z',
      drill: '0123abcd',
      receipt: 'receipt 2',
    },
  ]);
});

test('the end of an alarm that was never told is not told', async () => {
  const receiver = new Receiver();
  expect(await notify(ok(1), receiver)).toBe('unneeded');
  expect(receiver.told).toEqual([]);
});

test('what a suppressor explains is not told, its end is', async () => {
  const receiver = new Receiver();
  expect(await notify(alarm(1, { suppressed: true }), receiver)).toBe('suppressed');
  await notify(alarm(2), receiver);
  expect(await notify(ok(3, { suppressed: true }), receiver)).toBe('sent');
});

test('an alarm that comes after its end is told, and closed at once', async () => {
  const receiver = new Receiver();
  await notify(ok(2), receiver);
  expect(await notify(alarm(1), receiver)).toBe('sent');
  expect(receiver.told).toEqual([`trigger ${at(1)}`, `resolve ${at(2)}`]);
  expect(receiver.records.get(ALARM)?.[0]?.endedAt).toBe(at(2));
});

test('an old end does not close a newer alarm', async () => {
  const receiver = new Receiver();
  await notify(alarm(1), receiver);
  await notify(alarm(3), receiver);
  expect(await notify(ok(2), receiver)).toBe('unneeded');
  expect(receiver.open.has(ALARM)).toBe(true);
});

test('the receiver is told what it called the open incident', async () => {
  const receiver = new Receiver();
  const known: (string | undefined)[] = [];
  const send = async (_: Message, open?: string) => {
    known.push(open);
    return 'OPS-1';
  };
  const notifier = { ...receiver, send };
  for (const one of [alarm(1), alarm(2), ok(3), alarm(4)]) await notify(one, notifier);
  expect(known).toEqual([undefined, 'OPS-1', 'OPS-1', undefined]);
});

test('a failure leaves no trace and lets the next try in', async () => {
  const receiver = new Receiver();
  receiver.failing = (call) => call === 1;
  await expect(notify(alarm(1), receiver)).rejects.toThrow('down');
  expect(receiver.records.size).toBe(0);
  expect(await notify(alarm(1), receiver)).toBe('sent');
});

test('an alarm that another invocation is telling about has to wait', async () => {
  const receiver = new Receiver();
  receiver.held.add(ALARM);
  await expect(notify(alarm(1), receiver)).rejects.toThrow(`another invocation is telling about ${ALARM}`);
});

describe('many changes', () => {
  const other = `${PREFIX}balance-low-eur-page`;
  const results = async (changes: AlarmChange[], receiver: Receiver, mayStart = () => true) => {
    const outcomes = await notifyAll(
      changes.map((one) => ({ change: one })),
      receiver,
      mayStart,
    );
    return outcomes.map(({ job, result }) => [
      job.change.alarm,
      job.change.at,
      typeof result === 'string' ? result : 'failed',
    ]);
  };

  test('are told by their age, whatever their order', async () => {
    const receiver = new Receiver();
    await results([ok(2), alarm(1)], receiver);
    expect(receiver.told).toEqual([`trigger ${at(1)}`, `resolve ${at(2)}`]);
  });

  test('a failure holds up its own alarm only', async () => {
    const receiver = new Receiver();
    receiver.failing = (_, message) => message.alarm === ALARM;
    expect(await results([alarm(1), ok(2), alarm(1, { alarm: other })], receiver)).toEqual([
      [ALARM, at(1), 'failed'],
      [ALARM, at(2), 'failed'],
      [other, at(1), 'sent'],
    ]);
  });

  test('are not begun without time', async () => {
    const receiver = new Receiver();
    expect(await results([alarm(1)], receiver, () => false)).toEqual([[ALARM, at(1), 'failed']]);
    expect(receiver.told).toEqual([]);
  });
});

test('in any order, with copies and failures, every alarm is told and what is open in the end is what is true', async () => {
  const history = fc
    .integer({ min: 1, max: 8 })
    .map((length) => Array.from({ length }, (_, index) => (index % 2 === 0 ? alarm(index + 1) : ok(index + 1))));
  const arrivals = history.chain((changes) =>
    fc.record({
      changes: fc.constant(changes),
      // Each at least once, some twice, in any order.
      events: fc
        .subarray(changes)
        .chain((copies) => fc.shuffledSubarray([...changes, ...copies], { minLength: changes.length + copies.length })),
      failures: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(arrivals, async ({ changes, events, failures }) => {
      const receiver = new Receiver();
      receiver.failing = (call) => failures.includes(call);
      const queue = [...events];
      for (let next = queue.shift(); next; next = queue.shift()) {
        const failed = next;
        // As a queue does: what fails comes again, after the others.
        await notify(next, receiver).catch(() => queue.push(failed));
      }
      const alarms = changes.filter(({ state }) => state === 'ALARM').map(({ at: time }) => `trigger ${time}`);
      expect(receiver.told).toEqual(expect.arrayContaining(alarms));
      expect(receiver.incidents).toBeLessThanOrEqual(alarms.length);
      expect(receiver.open.has(ALARM)).toBe(changes.at(-1)?.state === 'ALARM');
    }),
  );
});

test('old deliveries are forgotten, the newest never', () => {
  const all = Array.from({ length: 80 }, (_, index) => index).reduce<Delivery[]>(
    (kept, index) =>
      withDelivery(kept, {
        at: new Date(index * 1000).toISOString(),
        state: index % 2 === 0 ? 'ALARM' : 'OK',
        outcome: 'sent',
        doneAt: '',
      }),
    [],
  );
  expect(all).toHaveLength(50);
  expect(decide(change({ at: all.at(-1)?.at, state: 'OK' }), all).act).toBe('duplicate');
});

describe('the pause before the next try', () => {
  test('grows up to a quarter of an hour, and spreads', () => {
    const tries = [1, 2, 3, 4, 5, 6, 7, 8, 1000];
    expect(tries.map((one) => pauseSeconds(one, undefined, 0))).toEqual([15, 30, 60, 120, 240, 480, 900, 900, 900]);
    expect(pauseSeconds(1, undefined, 1)).toBe(18);
  });

  test('is what the receiver asks for, within reason', () => {
    expect(pauseSeconds(1, 60, 0)).toBe(60);
    expect(pauseSeconds(4, 60, 0)).toBe(120);
    expect(pauseSeconds(1, 86_400, 0)).toBe(900);
  });
});
