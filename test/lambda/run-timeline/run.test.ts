import fc from 'fast-check';
import { Refusal } from '../../../lambda/run-timeline/commands';
import { dueAt } from '../../../lambda/run-timeline/launch';
import { STEPS, stepOf } from '../../../lambda/run-timeline/steps';
import { JO, KIM, MINUTE, WorldInMemory } from './world-in-memory';

const HOUR = 60;
const DAY = 24 * HOUR;
const REASON = 'decided in a test';
const FAILS = { verdict: 'fail', says: 'it is wrong', details: {} } as const;

async function scheduled(minutes = 2 * DAY): Promise<WorldInMemory> {
  const world = new WorldInMemory();
  await world.schedule(minutes);
  return world;
}

describe('a launch in which everything passes', () => {
  test('runs each step at its time, then switches its own schedule off', async () => {
    const world = await scheduled();
    for (let minutes = -2 * DAY; minutes <= 2 * DAY; minutes += 5) await world.at(minutes);
    expect(world.ran.map(({ step }) => step)).toEqual(STEPS.map(({ id }) => id));
    for (const { step, at } of world.ran) expect(at).toBe(dueAt(world.launch, stepOf(step)).getTime());
    expect(world.launch.phase).toBe('over');
    expect(world.scheduled).toBe(false);
    expect(world.records.map(({ verdict }) => verdict)).toEqual(STEPS.map(() => 'pass'));
  });

  test('tells each owner an hour ahead, once', async () => {
    const world = await scheduled();
    world.mails.length = 0;
    await world.at(-DAY - HOUR - 1);
    expect(world.mails).toEqual([]);
    await world.at(-DAY - HOUR);
    await world.at(-DAY - HOUR + 5);
    expect(world.mails.map(({ owners, subject }) => [owners, subject])).toEqual([
      [['Ops'], 'payca production: compare-config is due'],
    ]);
  });
});

describe('a step that does not pass', () => {
  test.each([
    ['fails', FAILS, 'fail'],
    ['throws', new Error('AccessDenied'), 'no-data'],
  ] as const)('that %s asks a person, and nothing goes on up to the window', async (_, result, verdict) => {
    const world = await scheduled();
    world.results['compare-config'] = result;
    const { steps, questions } = await world.at(-DAY);
    expect(steps['compare-config']?.verdict).toBe(verdict);
    expect(questions).toEqual([
      { step: 'compare-config', deadline: new Date(world.time + HOUR * MINUTE).toISOString(), overdue: false },
    ]);
    expect(world.counted.LaunchStepsFailed).toBe(1);
    await world.at(-2 * HOUR);
    expect(world.ran.map(({ step }) => step)).toEqual(['compare-config']);
  });

  test('goes on when somebody else than the scheduler approves, and that is recorded', async () => {
    const world = await scheduled();
    world.results['compare-config'] = FAILS;
    await world.at(-DAY);
    await expect(world.give({ command: 'approve', reason: REASON }, JO)).rejects.toThrow(Refusal);
    await world.give({ command: 'approve', reason: REASON }, KIM);
    expect(world.records.at(-1)).toEqual({ line: '8.1', verdict: 'fail', actor: KIM });
    await world.at(-12 * HOUR);
    expect(world.ran.at(-1)?.step).toBe('funding');
  });

  test('is not passed when it could not be recorded', async () => {
    const world = await scheduled();
    world.recordingFails = true;
    const { steps } = await world.at(-DAY);
    expect(steps['compare-config']).toMatchObject({ verdict: 'no-data', says: expect.stringContaining('no bucket') });
  });

  test('waits for nobody after the window', async () => {
    const world = await scheduled(HOUR);
    world.results.debrief = FAILS;
    for (const minutes of [-30, 0, 2 * HOUR, DAY, 2 * DAY]) await world.at(minutes);
    expect(world.launch.steps['close-war-room']?.verdict).toBe('pass');
    expect(world.launch.questions.map(({ step }) => step)).toEqual(['debrief']);
  });
});

test('a deadline that passes is told once and counted until somebody answers; a hold is an answer', async () => {
  const world = await scheduled();
  world.results['compare-config'] = FAILS;
  await world.at(-DAY);
  world.mails.length = 0;
  world.counted.LaunchUnanswered = 0;
  await world.at(-DAY + 61);
  await world.at(-DAY + 66);
  expect(world.mails.filter(({ subject }) => subject.includes('still waits'))).toHaveLength(1);
  expect(world.counted.LaunchUnanswered).toBe(2);
  await world.give({ command: 'hold', reason: REASON });
  await world.at(-DAY + 71);
  expect(world.counted.LaunchUnanswered).toBe(2);
});

test('a launch whose window is not opened within two hours of T lapses, and what was switched is put back', async () => {
  const world = await scheduled(HOUR);
  world.results.go = FAILS;
  world.things.set('sandbox rule nightly', 'off');
  world.stored = { ...world.launch, switched: [{ kind: 'sandbox rule', name: 'nightly', before: 'on' }] };
  await world.at(0);
  await world.at(2 * HOUR);
  expect(world.launch).toMatchObject({ phase: 'lapsed', switched: [] });
  expect(world.things.get('sandbox rule nightly')).toBe('on');
  expect(world.ran.map(({ step }) => step)).not.toContain('open-window');
});

test('scheduled late, what is still due runs at once and says how late it is; what came too late is missed', async () => {
  const world = await scheduled(3 * HOUR);
  await world.run();
  expect(world.launch.steps['compare-config']).toMatchObject({ verdict: 'pass', lateMinutes: 21 * HOUR });
  for (const minutes of [-2 * HOUR, -HOUR, 0]) await world.at(minutes);
  await world.at(DAY + HOUR);
  expect(world.launch.steps.debrief).toMatchObject({ state: 'missed', verdict: 'no-data' });
  expect(world.launch.steps.feedback).toMatchObject({ state: 'done', lateMinutes: HOUR });
});

test('re-scheduling begins every step anew, puts back what was switched and keeps the history', async () => {
  const world = await scheduled(HOUR);
  world.things.set('sandbox rule nightly', 'off');
  world.stored = { ...world.launch, switched: [{ kind: 'sandbox rule', name: 'nightly', before: 'on' }] };
  await world.at(-30);
  await world.schedule(3 * DAY, KIM);
  expect(world.launch).toMatchObject({ number: 2, steps: {}, switched: [], scheduledBy: KIM });
  expect(world.things.get('sandbox rule nightly')).toBe('on');
  expect(world.launch.history.map(({ what }) => what.split(' ')[0])).toContain('scheduled');
  expect(world.launch.history.at(-1)?.what).toMatch(/^re-scheduled from .* to /);
});

test('an abort while a step runs keeps what the step finds out of the launch', async () => {
  const world = await scheduled();
  world.results['compare-config'] = FAILS;
  world.meanwhile = () => world.give({ command: 'abort', reason: REASON }, KIM);
  await world.at(-DAY);
  expect(world.launch).toMatchObject({ phase: 'aborted', questions: [] });
});

test('a step that began and did not finish asks a person after 20 minutes', async () => {
  const world = await scheduled();
  const claim = {
    state: 'running',
    at: world.launch.at,
    lateMinutes: 0,
    verdict: 'no-data',
    says: 'is running',
  } as const;
  world.stored = {
    ...world.launch,
    steps: { 'compare-config': { ...claim, at: dueAt(world.launch, stepOf('compare-config')).toISOString() } },
  };
  await world.at(-DAY + 19);
  expect(world.launch.questions).toEqual([]);
  await world.at(-DAY + 21);
  expect(world.launch.questions.map(({ step }) => step)).toEqual(['compare-config']);
  expect(world.ran).toEqual([]);
});

test.each([
  ['schedule', { command: 'schedule', at: '2020-01-01T00:00:00Z' }, /is over/],
  ['approve', { command: 'approve', reason: REASON }, /nothing waits/],
] as const)('%s is refused where it makes no sense', async (_, wanted, words) => {
  const world = await scheduled();
  await expect(world.give(wanted, KIM)).rejects.toThrow(words);
});

test.each(['cancel', 'hold'] as const)('%s is refused once the window is open', async (name) => {
  const world = await scheduled(HOUR);
  for (const minutes of [-30, 0]) await world.at(minutes);
  await expect(world.give({ command: name, reason: REASON })).rejects.toThrow(/window is open/);
});

describe('rollback', () => {
  test('twice is as once', async () => {
    const world = await scheduled(HOUR);
    for (const minutes of [-30, 0]) await world.at(minutes);
    await world.give({ command: 'rollback', reason: REASON });
    const [once, mails] = [structuredClone(world.launch), world.mails.length];
    await world.give({ command: 'rollback', reason: REASON }, KIM);
    expect(world.launch).toEqual(once);
    expect(world.mails).toHaveLength(mails);
  });

  test('keeps what could not be put back, and tries it again', async () => {
    const world = await scheduled(HOUR);
    world.stored = { ...world.launch, switched: [{ kind: 'sandbox rule', name: 'nightly', before: 'on' }] };
    const first = await world.give({ command: 'rollback', reason: REASON });
    expect(first.stuck).toMatchObject([{ name: 'nightly', problem: 'Error: it is not there' }]);
    world.things.set('sandbox rule nightly', 'off');
    const second = await world.give({ command: 'rollback', reason: REASON });
    expect(second).toMatchObject({ stuck: [], launch: { switched: [] } });
    expect(world.things.get('sandbox rule nightly')).toBe('on');
  });
});

/** What people and time do, in any order. */
const happening = fc.oneof(
  fc.record({ wait: fc.integer({ min: 1, max: 20 * HOUR }) }),
  fc.record({ wait: fc.constant(5) }),
  fc.record({ schedule: fc.integer({ min: 1, max: 3 * DAY }) }),
  fc.record({ give: fc.constantFrom('approve', 'hold', 'abort', 'cancel', 'rollback'), by: fc.constantFrom(JO, KIM) }),
  fc.record({ fails: fc.constantFrom(...STEPS.map(({ id }) => id)), how: fc.boolean() }),
);

test('whatever happens: no step runs twice, before its time, or after the end; time alone ends every launch', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
      const world = new WorldInMemory();
      for (const one of happenings) {
        const [before, active] = [world.ran.length, world.stored && /scheduled|on hold/.test(world.stored.phase)];
        try {
          if ('wait' in one) world.time += one.wait * MINUTE;
          else if ('schedule' in one) await world.schedule(one.schedule);
          else if ('give' in one) await world.give({ command: one.give, reason: REASON }, one.by);
          else world.results[one.fails] = one.how ? FAILS : undefined;
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
        await world.run();
        if (world.ran.length > before) expect(active || 'schedule' in one).toBeTruthy();
        for (const { step, launch, at } of world.ran.slice(before)) {
          expect(launch).toBe(world.launch.number);
          expect(at).toBeGreaterThanOrEqual(dueAt(world.launch, stepOf(step)).getTime());
        }
      }
      const runs = world.ran.map(({ step, launch }) => `${launch} ${step}`);
      expect(new Set(runs).size).toBe(runs.length);
      if (!world.stored) return;
      for (let day = 0; day < 40; day += 1) {
        world.time += DAY * MINUTE;
        await world.run();
      }
      expect(world.launch.phase).not.toMatch(/scheduled|on hold/);
      expect(world.scheduled).toBe(false);
    }),
    { numRuns: 300 },
  );
});
