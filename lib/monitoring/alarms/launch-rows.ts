import type { StageConfig } from '../../config/schema';
import { type AlarmRow, isTrue, orZero, own, type Places, tail } from './alarm-row';

/** Rows about the timeline of a launch; none where there is none. Between launches nothing is counted. */
export function launchRows(config: StageConfig, { watcherLog }: Places): AlarmRow[] {
  if (!config.launch.enabled) return [];
  const { programme, stage, region, launch } = config;
  // The name that the next command of the page needs; the whole of it would not fit in the alarm's text.
  const command = `aws lambda list-functions --region ${region} --output text --query "Functions[?starts_with(FunctionName,'${programme}-${stage}-launch-RunTimeline')].FunctionName"`;
  return [
    {
      id: 'launch-step-failed',
      severity: 'page',
      line: '8.6',
      when: 'A step of the launch did not pass, or the timeline could not do its work.',
      impact: 'Before the window nothing goes on until somebody approves, holds or aborts.',
      command,
      page: 'launch-step-failed.md#first-five-minutes',
      metrics: { failed: own(config, 'LaunchStepsFailed', 'Sum') },
      ...isTrue(orZero('failed')),
      periodMinutes: 5,
      missing: 'not-breaching',
    },
    {
      id: 'launch-unanswered',
      severity: 'page',
      line: '8.5',
      when: `A step of the launch has waited for an answer for more than ${launch.answerMinutes} minutes.`,
      impact: 'Before the window the launch stands still; two hours after T it lapses.',
      command,
      page: 'launch-unanswered.md#first-five-minutes',
      metrics: { waits: own(config, 'LaunchUnanswered', 'Maximum') },
      ...isTrue(orZero('waits')),
      periodMinutes: 5,
      missing: 'not-breaching',
    },
    {
      id: 'launch-work-overdue',
      severity: 'page',
      line: '9.1',
      when: 'For 15 minutes the timeline or the hourly figures of a launch have not done what is due.',
      impact: 'Steps of the launch do not begin, or hours go by uncounted, and nobody is told of either.',
      command: tail(config, watcherLog, '30m', '"not done in time"'),
      page: 'launch-work-overdue.md#first-five-minutes',
      metrics: { overdue: own(config, 'LaunchWorkOverdue', 'Maximum') },
      expression: 'overdue',
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      // A run of theirs does all that is due, at the latest five minutes after it fell due.
      datapoints: { breaching: 3, of: 3 },
      missing: 'not-breaching',
    },
  ];
}
