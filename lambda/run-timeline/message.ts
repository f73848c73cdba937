import type { Owner, Step } from './steps';

/** Attribute of a message by which each address hears of its own roles. */
export const OWNER_ATTRIBUTE = 'owner';

/** What a role is told. */
export interface Message {
  readonly owner: Owner;
  /** Of at most 100 ASCII characters, as SNS wants it. */
  readonly subject: string;
  readonly text: string;
}

/** Tells the owner of a step ahead when it is due. */
export function notice(stage: string, step: Step, due: Date, zone: string): Message {
  return {
    owner: step.owner,
    subject: `PayCA ${stage}: ${step.id} at ${due.toISOString().slice(0, 16)}Z`,
    text: [`${timeInBoth(due, zone)}: ${step.text}.`, `Runbook ${step.line}, owner: ${step.owner}.`].join('\n'),
  };
}

/** UTC and, beside it, the time of the owners' zone: `2026-12-01 09:00 UTC (10:00 Europe/Berlin)`. */
export function timeInBoth(time: Date, zone: string): string {
  const utc = time.toISOString().slice(0, 16).replace('T', ' ');
  if (zone === 'UTC') return `${utc} UTC`;
  // Swedish writes times as ISO 8601 does.
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(
    time,
  );
  const sameDay = local.slice(0, 10) === utc.slice(0, 10);
  return `${utc} UTC (${sameDay ? local.slice(11) : local} ${zone})`;
}
