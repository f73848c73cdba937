import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type GraphWidgetProps, type IWidget, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { own } from '../alarms/alarm-row';
import { metricOf } from '../alarms/alarms';
import type { DashboardsProps } from './dashboards';
import { about, alarmStates, judged, PERIOD_MINUTES, reachability, search, THIRD } from './graphs';

/** What operations look at ever after. */
export function operationsWidgets(props: DashboardsProps): IWidget[][] {
  const { alarms } = props;
  return [
    [about(props.config), alarmStates(alarms)],
    latencies(props).map(widget),
    backlog(props).map(widget),
    keys(props).map(widget),
    costDrivers(props).map(widget),
  ];
}

const widget = (props: GraphWidgetProps) => new GraphWidget(props);

function latencies({ config, alarms, api, functions }: DashboardsProps): GraphWidgetProps[] {
  const period = Duration.minutes(PERIOD_MINUTES);
  const percentiles = [50, 99].map((percentile) => ({ statistic: Stats.percentile(percentile), period }));
  return [
    {
      ...THIRD,
      title: 'Answer to PayCA, ms',
      left: percentiles.flatMap((options) => [
        api.metricLatency({ ...options, label: `endpoint ${options.statistic}` }),
        api.metricIntegrationLatency({ ...options, label: `receiver ${options.statistic}` }),
      ]),
    },
    {
      ...THIRD,
      title: 'Functions, p99 ms',
      left: Object.entries(functions).map(([label, target]) =>
        target.metricDuration({ statistic: Stats.percentile(99), period, label }),
      ),
    },
    { ...reachability(config, alarms), ...THIRD },
  ];
}

function backlog({ alarms, archiveQueue }: DashboardsProps): GraphWidgetProps[] {
  const undispatched = alarms.find('undispatched-events', 'page');
  const setAside = alarms.find('set-aside-events', 'page');
  const archive = alarms.find('archive-failing', 'ticket');
  return [
    {
      ...THIRD,
      title: 'Oldest event that the bus does not have, s',
      left: Object.values(undispatched.row.metrics).map((metric) => metricOf(metric, PERIOD_MINUTES, 'age')),
      leftAnnotations: [undispatched.onMetrics.toAnnotation()],
    },
    {
      ...THIRD,
      title: 'Events set aside',
      left: [judged(setAside, 'set aside')],
      leftAnnotations: [setAside.onMetrics.toAnnotation()],
    },
    {
      ...THIRD,
      title: 'On the way to the archive',
      left: [archiveQueue.metricApproximateNumberOfMessagesVisible({ label: 'waiting' }), judged(archive, 'given up')],
      leftAnnotations: [archive.onMetrics.toAnnotation()],
    },
  ];
}

function keys({ config, alarms }: DashboardsProps): GraphWidgetProps[] {
  const old = alarms.find('credentials-old', 'ticket');
  const expiries = alarms.all.filter(({ row: { id } }) => id === 'certificate-expiry' || id === 'truststore-expiry');
  return [
    { ...THIRD, title: 'Deliveries by the key that signed them', left: [search(config, 'KeyMatched', {}, 'Key')] },
    {
      ...THIRD,
      title: 'Age of the credentials, days',
      left: [judged(old, 'age')],
      leftAnnotations: [old.onMetrics.toAnnotation()],
    },
    {
      ...THIRD,
      title: 'Certificates, days left',
      left: expiries.filter(({ row: { severity } }) => severity === 'page').map((alarm) => judged(alarm, alarm.row.id)),
      leftAnnotations: expiries.map(({ onMetrics }) => onMetrics.toAnnotation()),
    },
  ];
}

/** What the bill grows with. */
function costDrivers({ config, api, inbox, functions }: DashboardsProps): GraphWidgetProps[] {
  const period = Duration.hours(1);
  const perFunction = Object.entries(functions);
  return [
    {
      ...THIRD,
      title: 'Requests and invocations an hour',
      left: [
        api.metricCount({ period, label: 'endpoint' }),
        ...perFunction.map(([label, target]) => target.metricInvocations({ period, label })),
      ],
    },
    {
      ...THIRD,
      title: 'Seconds of functions an hour',
      left: perFunction.map(
        ([label, target], index) =>
          new MathExpression({
            expression: `ms${index}/1000`,
            usingMetrics: { [`ms${index}`]: target.metricDuration({ statistic: Stats.SUM, period }) },
            period,
            label,
          }),
      ),
    },
    {
      ...THIRD,
      title: 'Inbox: units an hour, and events dispatched',
      left: [
        inbox.metricConsumedWriteCapacityUnits({ period, statistic: Stats.SUM, label: 'written' }),
        inbox.metricConsumedReadCapacityUnits({ period, statistic: Stats.SUM, label: 'read' }),
      ],
      right: [metricOf(own(config, 'EventsDispatched', 'Sum'), 60, 'dispatched')],
    },
  ];
}
