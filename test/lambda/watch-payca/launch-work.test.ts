import type { Launch } from '../../../lambda/run-timeline/launch';
import { STEPS } from '../../../lambda/run-timeline/steps';
import { overdueWork } from '../../../lambda/watch-payca/launch-work';

const T = '2026-12-01T09:00:00.000Z';
const at = (hours: number) => new Date(Date.parse(T) + hours * 3_600_000);
const done = { state: 'done', verdict: 'pass', says: '', at: T, lateMinutes: 0 } as const;
const launch = (more: Partial<Launch> = {}): Launch => ({
  number: 1,
  at: T,
  scheduledBy: 'jo',
  phase: 'scheduled',
  told: STEPS.map(({ id }) => id),
  steps: Object.fromEntries(STEPS.slice(0, 6).map(({ id }) => [id, done])),
  questions: [],
  switched: [],
  history: [],
  ...more,
});
const told = (hour: number) => ({ opened: T, told: at(hour).toISOString() });
const none = new Map();

test('without a launch nothing is due, and nothing before its first step', () => {
  expect(overdueWork({ reconciling: none }, at(0))).toEqual({ launch: [], statements: [] });
  expect(overdueWork({ launch: launch({ steps: {} }), reconciling: none }, at(-25)).launch).toEqual([]);
});

test.each([
  ['a step that is due', launch({ steps: {} }), undefined, -24, ['timeline: run compare-config']],
  [
    'an hour that was not told',
    launch(),
    told(0),
    2.5,
    ['timeline: run debrief', 'figures of 2026-12-01T10:00:00.000Z'],
  ],
  ['the first hour', launch(), undefined, 1.1, ['figures of 2026-12-01T09:00:00.000Z']],
  ['nothing when all was told', launch(), told(0), 1.5, []],
  [
    'all hours when what was told is of another launch',
    launch(),
    { ...told(0), opened: at(-99).toISOString() },
    1.5,
    ['figures of 2026-12-01T09:00:00.000Z'],
  ],
  ['no step that waits for a person', launch({ steps: {}, phase: 'on hold' }), undefined, -3, []],
  ['nothing of a launch that was rolled back', launch({ phase: 'rolled back' }), undefined, 5, []],
  ['nothing when the launch is history', launch({ phase: 'over' }), undefined, 73, []],
])('%s', (_, stored, reported, hours, expected) => {
  expect(overdueWork({ launch: stored, reported, reconciling: none }, at(hours)).launch).toEqual(expected);
});

test('a statement is overdue when it began more than 20 minutes and less than a day ago and did not end', () => {
  const reconciling = new Map([
    ['ended', { begun: T, ended: T }],
    ['cut off', { begun: T }],
  ]);
  const seen = (hours: number) => overdueWork({ reconciling }, at(hours)).statements;
  expect([seen(0.3), seen(0.4), seen(23), seen(25)]).toEqual([[], ['cut off'], ['cut off'], []]);
});
