import * as z from 'zod';
import { drillOf } from './drill';

/** A change of an alarm's state that somebody has to be told about. */
export interface AlarmChange {
  readonly alarm: string;
  readonly state: 'ALARM' | 'OK';
  /** When CloudWatch changed the state, ISO 8601 in UTC with milliseconds: order and identity of a change. */
  readonly at: string;
  readonly reason: string;
  readonly description: string;
  readonly account: string;
  readonly region: string;
  /** A composite alarm that CloudWatch keeps quiet, because its suppressor explains it. */
  readonly suppressed: boolean;
  /** Id of the drill that made the change, or whose end it is. */
  readonly drill?: string;
}

const state = z.object({
  value: z.string(),
  reason: z.string().default(''),
  timestamp: z.string().transform((text, context) => {
    // CloudWatch writes the offset as +0000.
    const time = new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
    if (!Number.isNaN(time.getTime())) return time.toISOString();
    context.addIssue({ code: 'custom', message: 'must be a time' });
    return z.NEVER;
  }),
  actionsSuppressedBy: z.string().optional(),
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
const event = z.object({
  account: z.string(),
  region: z.string(),
  detail: z.object({
    alarmName: z.string().min(1),
    configuration: z.object({ description: z.string().default('') }).prefault({}),
    state: state.extend({ value: z.enum(['ALARM', 'OK']) }),
    previousState: z.object({ reason: z.string().default('') }).optional(),
  }),
});

/** Reads an event `CloudWatch Alarm State Change`; `undefined` for a text that is none, or of a state nobody is told about. */
export function readAlarmChange(text: string): AlarmChange | undefined {
  const parsed = event.safeParse(json(text));
  if (!parsed.success) return undefined;
  const { account, region, detail } = parsed.data;
  const { value, reason, timestamp, actionsSuppressedBy } = detail.state;
  return {
    alarm: detail.alarmName,
    state: value,
    at: timestamp,
    reason,
    description: detail.configuration.description,
    account,
    region,
    suppressed: actionsSuppressedBy !== undefined,
    // CloudWatch often ends a drill itself, with a reason of its own: what it ends is still the drill's.
    drill: drillOf(reason) ?? (value === 'OK' ? drillOf(detail.previousState?.reason ?? '') : undefined),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
