import type { Finding } from '../../../lambda/payca/evidence';
import { countHour } from '../../../lambda/report-figures/figures';
import { lastHours, openedAt, type Reported, type Reporter, report } from '../../../lambda/report-figures/report';

const OPENED = '2026-12-01T09:12:00.000Z';
const NOW = new Date('2026-12-01T11:05:00.000Z');

let recorded: Finding[];
let told: string[];
let remembered: Reported[];
let reporter: Reporter;

beforeEach(() => {
  [recorded, told, remembered] = [[], [], []];
  reporter = {
    stage: 'production',
    expectation: { perHour: {}, balances: {} },
    count: (from) => countHour(from, (async function* () {})(), () => false),
    surroundings: async () => ({ balances: [], setAside: 0, late: 0 }),
    record: async (finding) => void recorded.push(finding),
    tell: async ({ subject }) => void told.push(subject),
  };
});

const run = (former: Reported = { opened: OPENED }, now = NOW) =>
  report(reporter, { former, remember: async (reported) => void remembered.push(reported) }, now);

test('every hour that is over is recorded, told and remembered, in order', async () => {
  await run();
  expect(recorded.map(({ line, verdict, details }) => [line, verdict, details.hour, details.from])).toEqual([
    ['9.1', 'pass', 1, '2026-12-01T09:00:00.000Z'],
    ['9.1', 'pass', 2, '2026-12-01T10:00:00.000Z'],
  ]);
  expect(told).toEqual(['PayCA production: hour 1 of 48, as expected', 'PayCA production: hour 2 of 48, as expected']);
  expect(remembered.at(-1)?.told).toBe('2026-12-01T10:00:00.000Z');
});

test('a message that could not be sent is sent by the next run, and the hour is not recorded twice', async () => {
  const { tell } = reporter;
  reporter = { ...reporter, tell: () => Promise.reject(new Error('refused')) };
  await expect(run()).rejects.toThrow('refused');
  reporter = { ...reporter, tell };
  await run(remembered.at(-1));
  expect(recorded).toHaveLength(2);
  expect(told).toHaveLength(2);
});

test('an inbox that cannot be read is no data, and the hour stays due', async () => {
  const failing = { ...reporter, count: () => Promise.reject(new TypeError('a body that must not be told')) };
  const { count } = reporter;
  reporter = failing;
  await run();
  expect(recorded).toEqual([
    { line: '9.1', verdict: 'no-data', details: { from: '2026-12-01T09:00:00.000Z', problem: 'TypeError' } },
  ]);
  expect(told).toEqual(['PayCA production: hour 1 of 48, no data']);
  expect(remembered).toEqual([]);
  reporter = { ...reporter, count };
  await run();
  expect(told).toHaveLength(3);
});

test('the last hours are answered without a record', async () => {
  const found = await lastHours(reporter, 3, NOW);
  expect(found.map(({ from }) => from.slice(11, 16))).toEqual(['08:00', '09:00', '10:00']);
  expect([recorded, told]).toEqual([[], []]);
});

test.each([
  ['none', undefined, undefined],
  ['one that is scheduled', { phase: 'scheduled', steps: {} }, undefined],
  [
    'one whose window is opening',
    { phase: 'scheduled', steps: { 'open-window': { state: 'running', at: OPENED } } },
    undefined,
  ],
  [
    'one whose window was missed',
    { phase: 'scheduled', steps: { 'open-window': { state: 'missed', at: OPENED } } },
    undefined,
  ],
  ['one that is open', { phase: 'scheduled', steps: { 'open-window': { state: 'done', at: OPENED } } }, OPENED],
  ['one that is over', { phase: 'over', steps: { 'open-window': { state: 'done', at: OPENED } } }, OPENED],
  [
    'one that was rolled back',
    { phase: 'rolled back', steps: { 'open-window': { state: 'done', at: OPENED } } },
    undefined,
  ],
])('of a launch, %s: opened %s', (_, launch, opened) => {
  expect(openedAt(launch)).toBe(opened);
});
