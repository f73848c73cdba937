import type { AlarmChange } from '../../../lambda/notify-incident/alarm-change';

export const PREFIX = 'payca-production-';
export const ALARM = `${PREFIX}webhook-failures-page`;
export const DESCRIPTION = [
  'aws logs tail access-log --since 10m --region eu-central-1',
  'Impact: card states reach customers late.',
  'Runbook: https://git.acme-pay.eu/docs/runbooks/webhook-failures.md#first-five-minutes',
].join('\n');

export const change = (more: Partial<AlarmChange> = {}): AlarmChange => ({
  alarm: ALARM,
  state: 'ALARM',
  at: '2026-12-01T08:00:00.000Z',
  reason: 'Threshold Crossed: 1 datapoint was over 0',
  description: DESCRIPTION,
  account: '210987654321',
  region: 'eu-central-1',
  suppressed: false,
  ...more,
});

/** An event as EventBridge hands it on. */
export const event = (detail: object = {}, state: object = {}) => ({
  version: '0',
  id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: '210987654321',
  time: '2026-12-01T08:00:01Z',
  region: 'eu-central-1',
  resources: [`arn:aws:cloudwatch:eu-central-1:210987654321:alarm:${ALARM}`],
  detail: {
    alarmName: ALARM,
    configuration: { description: DESCRIPTION, metrics: [] },
    previousState: { reason: 'fine', timestamp: '2026-12-01T07:00:00.000+0000', value: 'OK' },
    state: {
      reason: 'Threshold Crossed: 1 datapoint was over 0',
      timestamp: '2026-12-01T08:00:00.000+0000',
      value: 'ALARM',
      ...state,
    },
    ...detail,
  },
});
