import type { StageConfig } from '../../config/schema';
import { type AlarmRow, isExpected, isTrue, own, type Places, tail } from './alarm-row';

/** Rows about what PayCA delivers to us: checked daily, and whenever an operator does. */
export function subscriptionRows(config: StageConfig, { subscriptionsLog }: Places): AlarmRow[] {
  const shared = {
    severity: 'ticket',
    line: '3.4',
    command: tail(config, subscriptionsLog, '25h'),
    periodMinutes: 60,
    // Between two checks the last one holds.
    missing: 'ignore',
  } as const;
  return [
    {
      ...shared,
      id: 'subscriptions-changed',
      when: 'A webhook subscription is missing, foreign, changed, silent or in doubt, or could not be checked.',
      impact: 'Events of its type may not come at all, or come twice; what did not come must be sent again by PayCA.',
      page: 'subscriptions-changed.md#first-five-minutes',
      metrics: { problems: own(config, 'SubscriptionProblems', 'Maximum') },
      expression: 'problems',
      comparison: 'above',
      threshold: 0,
    },
    {
      ...shared,
      id: 'subscriptions-unconfirmed',
      when: 'The launch has begun, and a wanted webhook type is not registered, or has brought no delivery for a day.',
      impact: 'Nobody knows whether PayCA delivers events of this type; figures and consumers may lack them.',
      page: 'subscriptions-unconfirmed.md#first-five-minutes',
      metrics: { unconfirmed: own(config, 'SubscriptionsUnconfirmed', 'Maximum') },
      ...isTrue(`IF(${isExpected(config, 'unconfirmed')} AND unconfirmed > 0, 1, 0)`),
    },
  ];
}
