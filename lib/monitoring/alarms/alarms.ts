import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  AnomalyDetectionAlarm,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmPrefix, type Severity } from '../../../lambda/payca/alarm-names';
import { ConfigError } from '../../config/problems';
import type { StageConfig } from '../../config/schema';
import { type AlarmRow, alarmNameOf, dashboardName, type MetricRef, type Places, signalNameOf } from './alarm-row';
import { alarmTable } from './alarm-table';

const COMPARISONS: Readonly<Record<AlarmRow['comparison'], ComparisonOperator>> = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  'at least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
};
const MISSING: Readonly<Record<AlarmRow['missing'], TreatMissingData>> = {
  'not-breaching': TreatMissingData.NOT_BREACHING,
  breaching: TreatMissingData.BREACHING,
  ignore: TreatMissingData.IGNORE,
};

export interface AlarmsProps {
  readonly config: StageConfig;
  readonly places: Places;
}

/** A deploy is undone by alarms on metrics of this stage: a name that none of them has would watch nothing, and say so to nobody. */
function refuseUnknownTriggers(config: StageConfig, rows: readonly AlarmRow[]): void {
  const { programme, stage, rollback } = config;
  const prefix = alarmPrefix(programme, stage);
  const known = rows
    .filter(({ quietDuring }) => quietDuring === undefined)
    .map((row) => alarmNameOf(config, row).slice(prefix.length));
  const problems = rollback.alarms.flatMap((found, index) =>
    known.includes(found)
      ? []
      : [{ stage, path: `rollback.alarms[${index}]`, must: `must be one of ${known.join(', ')}`, found }],
  );
  if (problems.length > 0) throw new ConfigError(problems);
}

/** A row with its alarms. */
export interface TableAlarm {
  readonly row: AlarmRow;
  /** Judges the metrics. */
  readonly onMetrics: Alarm;
  /** Whose changes people are told about. */
  readonly told: Alarm | CompositeAlarm;
}

/**
 * The alarms of the table. People are told by a rule on their state changes, not by the alarms themselves; only topics
 * that the organization has already are actions, in production.
 */
export class Alarms extends Construct {
  readonly all: readonly TableAlarm[];

  constructor(scope: Construct, id: string, { config, places }: AlarmsProps) {
    super(scope, id);
    const rows = alarmTable(config, places);
    refuseUnknownTriggers(config, rows);
    const loud = rows.filter(({ quietDuring }) => quietDuring === undefined).map((row) => this.alarm(row, config));
    const quiet = rows.filter(({ quietDuring }) => quietDuring !== undefined);
    this.all = [...loud, ...quiet.map((row) => this.quietAlarm(row, loud, config))];
    this.tellTopics(config);
  }

  /** The alarm of a row; throws when the table has none. */
  find(id: string, severity: Severity): TableAlarm {
    const found = this.all.find(({ row }) => row.id === id && row.severity === severity);
    if (!found) throw new Error(`the alarm table has no row ${id} of severity ${severity}`);
    return found;
  }

  private alarm(row: AlarmRow, config: StageConfig): TableAlarm {
    const alarm = this.onMetrics(idOf(row), row, config, alarmNameOf(config, row), describeAlarm(row, config));
    return { row, onMetrics: alarm, told: alarm };
  }

  /**
   * Raised while its signal is and the alarm that explains it is not. It is in the rule and not an action suppressor,
   * because an EventBridge rule sees states, not actions.
   */
  private quietAlarm(row: AlarmRow, loud: readonly TableAlarm[], config: StageConfig): TableAlarm {
    const explaining = loud.filter(({ row: { id } }) => id === row.quietDuring).map(({ told }) => told);
    if (explaining.length === 0) throw new Error(`${row.id} is quiet during ${row.quietDuring}, which no row is`);
    const compositeAlarmName = alarmNameOf(config, row);
    const description = `Part of ${compositeAlarmName}: nobody is told of this one alone.`;
    const onMetrics = this.onMetrics(`${row.id}-signal`, row, config, signalNameOf(config, row), description);
    const told = new CompositeAlarm(this, idOf(row), {
      compositeAlarmName,
      alarmDescription: describeAlarm(row, config),
      actionsEnabled: config.stage === 'production',
      alarmRule: AlarmRule.allOf(
        AlarmRule.fromAlarm(onMetrics, AlarmState.ALARM),
        ...explaining.map((alarm) => AlarmRule.not(AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
      ),
    });
    return { row, onMetrics, told };
  }

  private onMetrics(
    id: string,
    row: AlarmRow,
    { stage }: StageConfig,
    alarmName: string,
    alarmDescription: string,
  ): Alarm {
    const { breaching, of } = row.datapoints ?? { breaching: 1, of: 1 };
    const shared = {
      alarmName,
      alarmDescription,
      actionsEnabled: stage === 'production',
      metric: alarmMetric(row),
      evaluationPeriods: of,
      datapointsToAlarm: breaching,
      treatMissingData: MISSING[row.missing],
    };
    if (row.band === undefined) {
      return new Alarm(this, id, {
        ...shared,
        threshold: row.threshold,
        comparisonOperator: COMPARISONS[row.comparison],
      });
    }
    return new AnomalyDetectionAlarm(this, id, {
      ...shared,
      stdDevs: row.band,
      comparisonOperator: ComparisonOperator.GREATER_THAN_UPPER_THRESHOLD,
    });
  }

  /** A topic has to let CloudWatch publish, and its key, if it has one, to let CloudWatch use it: both are not ours. */
  private tellTopics({ stage, organization: { alarmTopics } }: StageConfig): void {
    if (stage !== 'production') return;
    for (const severity of ['page', 'ticket'] as const) {
      const arn = alarmTopics[severity];
      if (!arn) continue;
      const action = new SnsAction(Topic.fromTopicArn(this, `Topic-${severity}`, arn));
      for (const { told } of this.all.filter(({ row }) => row.severity === severity)) {
        told.addAlarmAction(action);
        told.addOkAction(action);
      }
    }
  }
}

function idOf({ id, severity }: AlarmRow): string {
  return `${id}-${severity}`;
}

/** What an alarm judges: a metric, or metric math over several. */
export function alarmMetric({ id, metrics, expression, periodMinutes }: AlarmRow): IMetric {
  const period = Duration.minutes(periodMinutes);
  const usingMetrics = Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [name, metricOf(metric, periodMinutes)]),
  );
  return usingMetrics[expression] ?? new MathExpression({ expression, usingMetrics, period, label: id });
}

/** A metric for an alarm or a graph. */
export function metricOf({ name, dimensions, ...metric }: MetricRef, periodMinutes: number, label?: string): Metric {
  return new Metric({
    ...metric,
    metricName: name,
    dimensionsMap: { ...dimensions },
    period: Duration.minutes(periodMinutes),
    label,
  });
}

/** CloudWatch takes 1,024 characters. The first line is the command: a phone shows little more. */
function describeAlarm(row: AlarmRow, config: StageConfig): string {
  const { region, monitoring } = config;
  const { runbooksUrl, contacts } = monitoring;
  return [
    row.command,
    `Impact: ${row.impact}`,
    `Why: ${row.when}`,
    `Runbook: ${runbooksUrl}/${row.page}`,
    `Dashboard: https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName(config, 'operations')}`,
    `Next: ${contacts.next.name}, ${contacts.next.reach}`,
    `PayCA: ${contacts.payca.hotline}, ${contacts.payca.email}`,
  ].join('\n');
}
