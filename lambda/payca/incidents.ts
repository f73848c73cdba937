/** Name under which the incident log is remembered. */
export const INCIDENTS = 'incidents';

/** An alarm that belongs to an incident, as it stood when the incident was noted. */
export interface IncidentAlarm {
  readonly name: string;
  readonly state: string;
  readonly since?: string;
}

/** One entry of an incident's log. */
export interface IncidentEntry {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly by: string;
  /** Never a secret or a card number. */
  readonly text: string;
}

export interface Incident {
  /** `INC-7`. */
  readonly id: string;
  /** When it began, ISO 8601 in UTC. */
  readonly at: string;
  /** When it was over. */
  readonly resolved?: string;
  readonly alarms: readonly IncidentAlarm[];
  /** Tickets and the like: https. */
  readonly links: readonly string[];
  /** The first says what happened. */
  readonly entries: readonly [IncidentEntry, ...IncidentEntry[]];
}

/** Id of the next incident; numbers are not given twice. */
export function nextId(ids: Iterable<string>): string {
  const numbers = [...ids].map((id) => Number(/^INC-(\d+)$/.exec(id)?.[1] ?? 0));
  return `INC-${Math.max(0, ...numbers) + 1}`;
}

/** Those that began first come first. */
export function inOrder(incidents: Iterable<unknown>): Incident[] {
  return ([...incidents] as Incident[]).sort((one, other) => one.at.localeCompare(other.at));
}
