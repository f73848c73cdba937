import {
  type CloudWatchClient,
  type CompositeAlarm,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { alarmPrefix, readAlarmName } from '../lambda/payca/alarm-names';
import type { StageConfig } from '../lib/config/schema';
import { OperatorError } from './stage';

/** An alarm of the stage, as CloudWatch has it. */
export interface FoundAlarm {
  readonly name: string;
  readonly state: string;
  /** When it came into this state, ISO 8601 in UTC; an alarm that was never judged has none. */
  readonly since?: string;
}

/** Every alarm of the stage. */
export async function deployedAlarms(client: CloudWatchClient, config: StageConfig): Promise<FoundAlarm[]> {
  const alarms = await describeAlarms(client, config);
  return alarms.map(({ AlarmName: name = '', StateValue: state = '', StateUpdatedTimestamp }) => ({
    name,
    state,
    since: StateUpdatedTimestamp?.toISOString(),
  }));
}

/** The command with which each alarm's text begins, by the alarm's name. */
export async function firstCommands(client: CloudWatchClient, config: StageConfig): Promise<Map<string, string>> {
  const alarms = await describeAlarms(client, config);
  return new Map(
    alarms.map(({ AlarmName = '', AlarmDescription = '' }) => [AlarmName, AlarmDescription.split('\n')[0] ?? '']),
  );
}

async function describeAlarms(
  client: CloudWatchClient,
  { programme, stage }: StageConfig,
): Promise<(MetricAlarm | CompositeAlarm)[]> {
  const alarms: (MetricAlarm | CompositeAlarm)[] = [];
  const pages = paginateDescribeAlarms(
    { client },
    { AlarmNamePrefix: alarmPrefix(programme, stage), AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
  );
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages)
    alarms.push(...MetricAlarms, ...CompositeAlarms);
  return alarms;
}

/** The alarm that was meant: a whole name, or the row of the alarm table with or without its severity. */
export function chooseAlarm(given: string, prefix: string, alarms: readonly FoundAlarm[]): FoundAlarm {
  const exact = alarms.filter(({ name }) => name === given || name === `${prefix}${given}`);
  const ofRow = alarms.filter(({ name }) => readAlarmName(name, prefix)?.row === given);
  const [found, ...more] = exact.length > 0 ? exact : ofRow;
  if (found && more.length === 0) return found;
  const names = (found ? [found, ...more] : alarms).map(({ name }) => `  ${name}`);
  throw new OperatorError(`${found ? 'more than one' : 'no'} alarm is ${given}; there are:\n${names.join('\n')}`);
}
