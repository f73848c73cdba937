import type { Launch, StepResult } from './launch';
import { STEPS } from './steps';

/** An alarm of the stage. */
export interface AlarmState {
  readonly name: string;
  readonly rings: boolean;
  /** When it last changed, ISO 8601 in UTC. */
  readonly since?: string;
}

/** What was seen since the window opened. */
export interface Seen {
  readonly alarms: readonly AlarmState[];
  /** Webhooks by their kind. */
  readonly webhooks: Readonly<Record<string, number>>;
  readonly incidents: readonly string[];
}

/** Forward or back: a recommendation with what speaks for it; a person decides. */
export function debriefResult(launch: Launch, { alarms, webhooks, incidents }: Seen): StepResult {
  const changed = alarms.filter(({ rings, since }) => rings || (since !== undefined && since >= launch.at));
  const pages = alarms.filter(({ name, rings }) => rings && name.endsWith('-page')).map(({ name }) => name);
  const count = Object.values(webhooks).reduce((sum, one) => sum + one, 0);
  const recommendation = pages.length > 0 ? 'back' : count === 0 || incidents.length > 0 ? 'undecided' : 'forward';
  const why = [
    `${count} webhooks since T`,
    pages.length > 0 ? `pages ring: ${pages.join(', ')}` : 'no page rings',
    `${incidents.length} ${incidents.length === 1 ? 'incident' : 'incidents'}`,
  ];
  const verdict = { back: 'fail', undecided: 'no-data', forward: 'pass' } as const;
  return {
    verdict: verdict[recommendation],
    says: `recommended: ${recommendation}; ${why.join('; ')}`,
    details: { recommendation, alarms: changed, webhooks, incidents, steps: stepsSoFar(launch) },
  };
}

/** What the retrospective has to talk about, from what was recorded. */
export function agendaOf(launch: Launch, { alarms, incidents }: Pick<Seen, 'alarms' | 'incidents'>): string[] {
  const steps = STEPS.flatMap(({ id }) => {
    const { state, verdict, says, lateMinutes = 0, approved } = launch.steps[id] ?? {};
    // The step that asks is running itself.
    if (state === undefined || state === 'running' || (verdict === 'pass' && lateMinutes < 6)) return [];
    const late = lateMinutes > 5 ? `, ${lateMinutes} min late` : '';
    return [`${id}: ${verdict}${late}; ${says}${approved ? `; approved: ${approved.reason}` : ''}`];
  });
  const changed = alarms.filter(({ since }) => since !== undefined && since >= launch.at);
  const tickets = launch.feedback
    ? `${launch.feedback.tickets} tickets: ${launch.feedback.link}`
    : 'tickets: not counted';
  return [
    ...steps,
    ...(changed.length > 0
      ? [`alarms since T: ${changed.map(({ name }) => name).join(', ')}`]
      : ['alarms since T: none']),
    ...(incidents.length > 0 ? incidents.map((one) => `incident: ${one}`) : ['incidents: none in the log']),
    tickets,
    'what to keep, what to change, who does it until when',
  ];
}

function stepsSoFar({ steps }: Launch): Record<string, string> {
  return Object.fromEntries(Object.entries(steps).map(([id, { verdict, at }]) => [id, `${verdict} at ${at}`]));
}
