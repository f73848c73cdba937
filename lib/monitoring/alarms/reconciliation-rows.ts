import type { StageConfig } from '../../config/schema';
import { type AlarmRow, alarmNameOf, orZero, own, stateReason } from './alarm-row';

/** The row about PayCA's statements. */
export function reconciliationRows(config: StageConfig): AlarmRow[] {
  const named = { id: 'reconciliation-failed', severity: 'ticket' } as const;
  return [
    {
      ...named,
      line: '9.2',
      when: "A statement of PayCA's that was put into the imports bucket does not agree with the webhooks, could not be read, or was cut off in the middle.",
      impact: 'PayCA may have charged too much, or we miss webhooks; nothing is declined for it.',
      command: stateReason(config, alarmNameOf(config, named)),
      page: 'reconciliation-failed.md#first-five-minutes',
      metrics: { failures: own(config, 'ReconciliationFailed', 'Sum') },
      expression: orZero('failures'),
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      missing: 'not-breaching',
    },
  ];
}
