import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type GraphWidgetProps, type IWidget, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CONTRACT_CODES } from '../../../lambda/payca/api';
import type { Metric as OwnMetric } from '../../../lambda/payca/metrics';
import type { StageConfig } from '../../config/schema';
import { counted, own, teamErrors } from '../alarms/alarm-row';
import { type Alarms, alarmMetric, metricOf } from '../alarms/alarms';
import type { DashboardsProps } from './dashboards';
import { about, alarmStates, HALF, judged, PERIOD_MINUTES, QUARTER, reachability, search, THIRD } from './graphs';

/** What a war room looks at. */
export function launchWidgets({ config, alarms }: DashboardsProps): IWidget[][] {
  const money = [
    { title: 'Authorizations', event: 'card_transaction', type: 'authorization' },
    { title: 'Settlements', event: 'card_transaction', type: 'settle' },
    { title: 'Refunds', event: 'card_transaction', type: 'refund' },
    { title: 'Fees', event: 'account_transaction', type: 'fee' },
  ];
  const verticalAnnotations = launchWindow(config);
  const graph = (props: GraphWidgetProps) => new GraphWidget({ verticalAnnotations, ...props });
  const byCurrency = (metric: 'Events' | 'EventAmounts', unit: string) =>
    money.map(({ title, event, type }) =>
      graph({ ...QUARTER, title: `${title}, ${unit}`, left: [search(config, metric, { Event: event, Type: type })] }),
    );
  return [
    [about(config), alarmStates(alarms)],
    byCurrency('Events', 'count'),
    byCurrency('EventAmounts', 'amount'),
    [graph(webhookHealth(config, alarms)), graph(failureRate(alarms)), graph(declineRate(alarms))],
    balances(config, alarms).map(graph),
    [graph(errors(config, alarms)), graph(reachability(config, alarms))],
  ];
}

/** The runbook's change window: from T to the debrief at T+2h. */
function launchWindow({ traffic }: StageConfig): GraphWidgetProps['verticalAnnotations'] {
  const opens = Date.parse(traffic.expectedFrom);
  return [
    { date: new Date(opens).toISOString(), label: 'T: launch window opens' },
    { date: new Date(opens + 2 * 60 * 60 * 1000).toISOString(), label: 'T+2h: debrief' },
  ];
}

function webhookHealth(config: StageConfig, alarms: Alarms): GraphWidgetProps {
  return {
    ...THIRD,
    title: 'Webhooks: deliveries, failed, refused by address',
    left: (['Deliveries', 'DeliveriesFailed', 'DeliveriesRefused'] as const).map((name) =>
      metricOf(counted(config, name), PERIOD_MINUTES, name),
    ),
    right: [judged(alarms.find('webhook-failures', 'page'), 'page raised')],
    rightYAxis: { min: 0, max: 1 },
  };
}

function failureRate(alarms: Alarms): GraphWidgetProps {
  const literal = alarms.find('webhook-failures', 'low');
  return {
    ...THIRD,
    title: 'Webhook failure rate, %',
    left: [judged(literal, 'failed, %')],
    leftAnnotations: [literal.onMetrics.toAnnotation()],
  };
}

function declineRate(alarms: Alarms): GraphWidgetProps {
  const { row } = alarms.find('decline-rate', 'low');
  const rate = alarmMetric(row);
  const period = Duration.minutes(row.periodMinutes);
  return {
    ...THIRD,
    title: 'Card decline rate, %',
    left: [rate, Metric.anomalyDetectionFor({ metric: rate, stdDevs: row.band, period, label: 'usual at this hour' })],
    right: [judged(alarms.find('decline-rate', 'ticket'), 'ticket raised')],
    rightYAxis: { min: 0, max: 1 },
  };
}

function balances(config: StageConfig, alarms: Alarms): GraphWidgetProps[] {
  return Object.keys(config.monitoring.balanceThresholds).map((Currency) => {
    const low = alarms.find(`balance-low-${Currency.toLowerCase()}`, 'page');
    const line = (metric: OwnMetric, label: string) =>
      metricOf(own(config, metric, 'Maximum', { Currency }), PERIOD_MINUTES, label);
    return {
      ...THIRD,
      title: `Balance, ${Currency}`,
      left: [judged(low, 'available'), line('BalancePending', 'pending'), line('FeesThisMonth', 'fees of the month')],
      leftAnnotations: [low.onMetrics.toAnnotation()],
      right: [line('BalanceToDailySpend', 'days of spend')],
    };
  });
}

function errors(config: StageConfig, alarms: Alarms): GraphWidgetProps {
  const teams = config.monitoring.teamLogGroups.length > 0 ? CONTRACT_CODES : [];
  return {
    ...HALF,
    title: "PayCA's errors",
    left: [
      search(config, 'PaycaErrors', {}, 'Code'),
      ...teams.map((code) => metricOf(counted(config, teamErrors(code)), PERIOD_MINUTES, `${code}, team`)),
    ],
    leftAnnotations: [alarms.find('rate-limited', 'page').onMetrics.toAnnotation()],
  };
}
