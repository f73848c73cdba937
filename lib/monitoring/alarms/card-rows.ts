import type { StageConfig } from '../../config/schema';
import { type AlarmRow, orZero, own, type Places, queueMetric, tail } from './alarm-row';

/** The row about the load of users and cards. */
export function cardRows(config: StageConfig, { cardLoadLog, cardDeadLetters }: Places): AlarmRow[] {
  return [
    {
      id: 'card-load-stuck',
      severity: 'ticket',
      line: '3.3',
      when: 'Rows of a load of users and cards are open and none has moved for half an hour, or were given up by the queue.',
      impact: 'The users and cards of these rows are not at PayCA yet. Nothing is lost: the load goes on from there.',
      command: tail(config, cardLoadLog, '1h'),
      page: 'card-load-stuck.md#first-five-minutes',
      metrics: {
        stuck: own(config, 'CardLoadStuck', 'Maximum'),
        dead: queueMetric(cardDeadLetters, 'ApproximateNumberOfMessagesVisible'),
      },
      // An empty queue that nobody uses has no metrics after six hours.
      expression: `${orZero('stuck')} + ${orZero('dead')}`,
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      missing: 'not-breaching',
      quietDuring: 'payca-unreachable',
    },
  ];
}
