import { readAlarmName, type Severity } from '../payca/alarm-names';
import type { AlarmChange } from './alarm-change';
import { oneLine } from './text';

/** What a channel is to tell people; each channel cuts it to what its receiver takes. */
export interface Message {
  readonly action: 'trigger' | 'resolve';
  /** The alarm's name, which joins everything that is said about it. */
  readonly alarm: string;
  /** Row of the alarm table. */
  readonly row: string;
  readonly severity: Severity;
  readonly stage: string;
  readonly drill: boolean;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** One line. */
  readonly title: string;
  /** All there is to say, in lines; begins as the title does. */
  readonly text: string;
  /** The alarm in CloudWatch's console. */
  readonly link: string;
}

/** The message about a change: `DRILL` first if it is one, then the command with which the alarm's description begins. */
export function messageOf(change: AlarmChange, stage: string, prefix: string): Message {
  const { alarm, state, at, reason, region, account } = change;
  const { row, severity } = readAlarmName(alarm, prefix) ?? { row: alarm, severity: 'page' as const };
  const mark = change.drill ? 'DRILL ' : '';
  const link = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(alarm.toWellFormed())}`;
  const place = `Alarm ${alarm} in account ${account}, ${region}`;
  const common = { alarm, row, severity, stage, drill: change.drill !== undefined, at, link };
  if (state === 'OK') {
    const title = `${mark}Recovered: ${row} (${stage}, ${severity})`;
    return { ...common, action: 'resolve', title, text: [title, `OK since ${at}: ${reason}`, place, link].join('\n') };
  }
  const description = change.description.trim() || `Look at the alarm: ${link}`;
  const [command = ''] = description.split(/\r?\n/);
  return {
    ...common,
    action: 'trigger',
    title: `${mark}${oneLine(command)} | ${row} (${stage}, ${severity})`,
    text: [`${mark}${description}`, `In alarm since ${at}: ${reason}`, place, link].join('\n'),
  };
}
