import {
  AlarmStatusWidget,
  AlarmStatusWidgetSortBy,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  SearchExpression,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS, METRICS_NAMESPACE, type Metric as OwnMetric } from '../../../lambda/payca/metrics';
import type { StageConfig } from '../../config/schema';
import { own } from '../alarms/alarm-row';
import { type Alarms, alarmMetric, metricOf, type TableAlarm } from '../alarms/alarms';

/** Sizes on the dashboards' grid, which is 24 wide. */
export const QUARTER = { width: 6, height: 6 } as const;
export const THIRD = { width: 8, height: 6 } as const;
export const HALF = { width: 12, height: 6 } as const;
export const PERIOD_MINUTES = 5;

/** Who and where, on top of every dashboard. */
export function about({ stage, traffic, monitoring }: StageConfig): IWidget {
  const { contacts, runbooksUrl } = monitoring;
  const lines = [
    `# PayCA, ${stage}`,
    `Launch: ${traffic.expectedFrom}. [Runbooks](${runbooksUrl})`,
    `PayCA: ${contacts.payca.hotline}, ${contacts.payca.email}`,
    `Next: ${contacts.next.name}, ${contacts.next.reach}`,
  ];
  return new TextWidget({ markdown: lines.join('\n\n'), ...QUARTER });
}

/** Every alarm that people are told of. */
export function alarmStates({ all }: Alarms): IWidget {
  const order = ['page', 'ticket', 'low'];
  const alarms = all
    .toSorted((one, other) => order.indexOf(one.row.severity) - order.indexOf(other.row.severity))
    .map(({ told }) => told);
  return new AlarmStatusWidget({
    alarms,
    width: 18,
    height: 6,
    sortBy: AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
  });
}

/** Whether PayCA answers, and how fast. */
export function reachability(config: StageConfig, alarms: Alarms): GraphWidgetProps {
  const reachable = alarms.find('payca-unreachable', 'page');
  return {
    ...HALF,
    title: 'PayCA: answers, latency',
    left: [metricOf(own(config, 'PaycaLatencyMs', 'Maximum'), PERIOD_MINUTES, 'latency, ms')],
    right: [judged(reachable, 'reachable')],
    rightAnnotations: [reachable.onMetrics.toAnnotation()],
    rightYAxis: { min: 0, max: 1 },
  };
}

/** What an alarm judges, as a line. */
export function judged({ row }: TableAlarm, label: string): IMetric {
  const metric = alarmMetric(row);
  return metric instanceof Metric || metric instanceof MathExpression ? metric.with({ label }) : metric;
}

/** A line for each value of a dimension of one of our metrics; a graph may search, an alarm may not. */
export function search(
  { stage }: StageConfig,
  metric: OwnMetric,
  where: Readonly<Record<string, string>>,
  by = 'Currency',
): IMetric {
  const definition: { readonly service: string; readonly by?: readonly string[] } = METRICS[metric];
  const fixed = { MetricName: metric, service: definition.service, Stage: stage, ...where };
  const terms = Object.entries(fixed).map(([name, value]) => `${name}="${value}"`);
  const schema = [METRICS_NAMESPACE, 'service', 'Stage', ...(definition.by ?? [])].join(',');
  return new SearchExpression({
    expression: `SEARCH('{${schema}} ${terms.join(' ')}', 'Sum', ${PERIOD_MINUTES * 60})`,
    label: `\${PROP('Dim.${by}')}`,
  });
}
