import { agendaOf } from '../../../lambda/run-timeline/debrief';
import type { Launch, StepState } from '../../../lambda/run-timeline/launch';

const T = '2026-12-01T09:00:00.000Z';
const done: StepState = { state: 'done', verdict: 'pass', says: 'fine', at: T, lateMinutes: 0 };
const launch: Launch = {
  number: 1,
  at: T,
  scheduledBy: 'jo',
  phase: 'scheduled',
  told: [],
  steps: {
    'compare-config': done,
    funding: {
      ...done,
      verdict: 'fail',
      says: 'EUR fail',
      approved: { by: 'kim', at: T, reason: 'the wire was seen' },
    },
    'webhook-smoke': { ...done, lateMinutes: 20 },
    retrospective: { ...done, state: 'running', verdict: 'no-data', says: 'is running' },
  },
  questions: [],
  switched: [],
  feedback: { tickets: 3, link: 'https://tickets.example.com/launch', by: 'lee', at: T },
  history: [],
};

test('the agenda has what did not go well or in time, alarms, incidents and tickets; not the step that asks for it', () => {
  const alarms = [
    { name: 'before', rings: false, since: '2026-12-01T08:00:00.000Z' },
    { name: 'since', rings: false, since: '2026-12-01T10:00:00.000Z' },
  ];
  expect(agendaOf(launch, { alarms, incidents: ['INC-1: late refunds'] })).toEqual([
    'funding: fail; EUR fail; approved: the wire was seen',
    'webhook-smoke: pass, 20 min late; fine',
    'alarms since T: since',
    'incident: INC-1: late refunds',
    '3 tickets: https://tickets.example.com/launch',
    'what to keep, what to change, who does it until when',
  ]);
});
