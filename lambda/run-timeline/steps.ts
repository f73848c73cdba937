/** A role of the runbook that does something on the day. */
export const OWNERS = ['Engineering', 'DevOps', 'Ops', 'Treasury', 'CX', 'Programme lead'] as const;
export type Owner = (typeof OWNERS)[number];

/** One step of the timeline. */
export interface Step {
  readonly id: string;
  /** Line of the runbook that it shows. */
  readonly line: string;
  readonly owner: Owner;
  /** When it is due, in minutes from T. */
  readonly offset: number;
  /** Until when a late run still makes sense, in minutes from T; always when absent. */
  readonly until?: number;
  /** What is done, as its owner is told. */
  readonly text: string;
}

const HOUR = 60;
const DAY = 24 * HOUR;
/** The retrospective is held within it, and nothing is asked after it. */
export const WEEK = 7 * DAY;
/** A launch whose window was not opened so long after T has lapsed: the debrief would be due. */
export const LAPSES_AFTER = 2 * HOUR;
/** The war room ends by itself: 48 hours, as the runbook watches the figures. */
export const WAR_ROOM = 48 * HOUR;

/**
 * The timeline of the runbook (sections 8 and 9), in the order of time. What is before `debrief` leads up to the window: each
 * waits for the one before it to pass, or for a person who approves.
 */
export const STEPS = [
  {
    id: 'compare-config',
    line: '8.1',
    owner: 'Ops',
    offset: -DAY,
    until: LAPSES_AFTER,
    text: 'the configurations of sandbox and production are compared',
  },
  {
    id: 'funding',
    line: '8.2',
    owner: 'Treasury',
    offset: -12 * HOUR,
    until: LAPSES_AFTER,
    text: 'the funding of the tenant is checked',
  },
  {
    id: 'sandbox-automation',
    line: '8.3',
    owner: 'Engineering',
    offset: -2 * HOUR,
    until: LAPSES_AFTER,
    text: 'the automation of the sandbox is switched off',
  },
  {
    id: 'webhook-smoke',
    line: '8.4',
    owner: 'Engineering',
    offset: -HOUR,
    until: LAPSES_AFTER,
    text: 'the webhooks are tested for the last time',
  },
  {
    id: 'go',
    line: '8.5',
    owner: 'Programme lead',
    offset: 0,
    until: LAPSES_AFTER,
    text: 'go or no-go, by the readiness that was recorded last',
  },
  {
    id: 'open-window',
    line: '8.5',
    owner: 'Programme lead',
    offset: 0,
    until: LAPSES_AFTER,
    text: 'the change window and the war room open',
  },
  {
    id: 'debrief',
    line: '8.6',
    owner: 'Programme lead',
    offset: 2 * HOUR,
    until: DAY,
    text: 'debrief: what happened, forward or back',
  },
  {
    id: 'feedback',
    line: '9.3',
    owner: 'CX',
    offset: DAY,
    until: 2 * DAY,
    text: 'feedback and tickets of customers are counted',
  },
  {
    id: 'close-war-room',
    line: '8.5',
    owner: 'Ops',
    offset: WAR_ROOM,
    text: 'the war room ends',
  },
  {
    id: 'retrospective',
    line: '9.4',
    owner: 'Programme lead',
    offset: WAR_ROOM,
    until: WEEK,
    text: 'the retrospective is set, within the week',
  },
] as const satisfies readonly Step[];

export type StepId = (typeof STEPS)[number]['id'];

export type TimelineStep = Step & { readonly id: StepId };

export function stepOf(id: StepId): TimelineStep {
  return STEPS.find((step) => step.id === id) as TimelineStep;
}

/** Whether it leads up to the window, which opens only after it has passed or was approved. */
export function isBeforeWindow(id: StepId): boolean {
  return STEPS.findIndex((step) => step.id === id) <= STEPS.findIndex((step) => step.id === 'open-window');
}
