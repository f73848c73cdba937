/** A role of the runbook that does something on the day. */
export type Owner = 'Engineering' | 'DevOps' | 'Ops' | 'Treasury' | 'CX' | 'Programme lead';

/** One step of the timeline. */
export interface Step {
  readonly id: string;
  /** Line of the runbook that it shows. */
  readonly line: string;
  readonly owner: Owner;
  /** When it is due, in minutes from T. */
  readonly offset: number;
  /** What is done, as its owner is told. */
  readonly text: string;
}

const HOUR = 60;

/** The timeline of the runbook (section 8), in the order of time. */
export const STEPS = [
  {
    id: 'compare-config',
    line: '8.1',
    owner: 'Ops',
    offset: -24 * HOUR,
    text: 'the configurations of sandbox and production are compared',
  },
  {
    id: 'funding',
    line: '8.2',
    owner: 'Treasury',
    offset: -12 * HOUR,
    text: 'the funding of the tenant is checked',
  },
  {
    id: 'sandbox-automation',
    line: '8.3',
    owner: 'Engineering',
    offset: -2 * HOUR,
    text: 'the automation of the sandbox is switched off',
  },
  {
    id: 'webhook-smoke',
    line: '8.4',
    owner: 'Engineering',
    offset: -HOUR,
    text: 'the webhooks are tested for the last time',
  },
  {
    id: 'open-window',
    line: '8.5',
    owner: 'Programme lead',
    offset: 0,
    text: 'the change window and the war room open',
  },
  {
    id: 'debrief',
    line: '8.6',
    owner: 'Programme lead',
    offset: 2 * HOUR,
    text: 'debrief: what happened, forward or back',
  },
] as const satisfies readonly Step[];
