/** How urgent an alarm is: `page` wakes somebody up, `ticket` is for the working day, `low` is for the record. */
export const SEVERITIES = ['page', 'ticket', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an alarm's name says. */
export interface AlarmName {
  readonly programme: string;
  readonly stage: string;
  /** Row of the alarm table. */
  readonly row: string;
  readonly severity: Severity;
}

/** Begins the names of all alarms of a stage. */
export function alarmPrefix(programme: string, stage: string): string {
  return `${programme}-${stage}-`;
}

/** `<programme>-<stage>-<row>-<severity>`: stable, and read by people and by the escalation's rules. */
export function alarmName({ programme, stage, row, severity }: AlarmName): string {
  return `${alarmPrefix(programme, stage)}${row}-${severity}`;
}

/** The row and severity in a name that begins with `prefix`; `undefined` for a name of somebody else. */
export function readAlarmName(name: string, prefix: string): Pick<AlarmName, 'row' | 'severity'> | undefined {
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  const [, row, severity] = /^(.+)-(page|ticket|low)$/.exec(rest) ?? [];
  return row && severity ? { row, severity: severity as Severity } : undefined;
}
