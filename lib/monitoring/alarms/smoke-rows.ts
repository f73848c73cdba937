import type { StageConfig } from '../../config/schema';
import { type AlarmRow, own, type Places, tail } from './alarm-row';

/** The function tells each run and hourly: what it told last holds until it is told otherwise. */
const TOLD = { periodMinutes: 5, missing: 'ignore', comparison: 'above', threshold: 0 } as const;

/** Rows about the smoke tests. */
export function smokeRows(config: StageConfig, { smokeLog }: Places): AlarmRow[] {
  return [
    {
      ...TOLD,
      id: 'smoke-not-undone',
      severity: 'page',
      line: '4.6',
      when: 'A smoke test made a user or card, or moved money, and could not undo it; each hour it tries again.',
      impact: 'A test card is open, a test user is active, or a test amount is away: costs, and a hole for misuse.',
      command: tail(config, smokeLog, '3h', '"not undone"'),
      page: 'smoke-not-undone.md#first-five-minutes',
      metrics: { leftovers: own(config, 'SmokeLeftovers', 'Maximum') },
      expression: 'leftovers',
      quietDuring: 'payca-unreachable',
    },
    {
      ...TOLD,
      id: 'smoke-failed',
      // Not a page: whoever deployed or asked is told at once, and what customers feel has alarms of its own.
      severity: 'ticket',
      line: '4.6',
      when: 'The newest run of the smoke tests found a fault.',
      impact: 'Something on the way to PayCA or back does not work as the runbook asks; customers may feel it already.',
      command: tail(config, smokeLog, '1d', '"smoke fail"'),
      page: 'smoke-failed.md#first-five-minutes',
      metrics: { failed: own(config, 'SmokeFailed', 'Maximum') },
      expression: 'failed',
    },
    {
      ...TOLD,
      id: 'smoke-not-run',
      severity: 'ticket',
      line: '4.6',
      when: 'An hour after a deploy no smoke test has judged what is deployed.',
      impact: 'Whether the deploy broke the way to PayCA is not known; nothing fails because of that.',
      command: tail(config, smokeLog, '1d', 'smoke'),
      page: 'smoke-failed.md#not-run-since-the-deploy',
      metrics: { untested: own(config, 'SmokeNotRun', 'Maximum') },
      expression: 'untested',
      quietDuring: 'payca-unreachable',
    },
  ];
}
