import { FilterPattern, type ILogGroup, LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CONTRACT_CODES } from '../../lambda/payca/api';
import { type StageConfig, WEBHOOK_PATH } from '../config/schema';
import { type LogMetric, logMetricsNamespace, teamErrors } from './alarms/alarm-row';

/** Who the allow-list refuses is no sender of ours, nor is who tries the disabled default endpoint. */
const REFUSED = '(($.responseType = "ACCESS_DENIED") || ($.responseType = "WAF_FILTERED"))';
const TAKEN =
  '($.responseType != "ACCESS_DENIED") && ($.responseType != "WAF_FILTERED") && ($.domain != "*.execute-api.*")';

/**
 * What is counted in the access log; the fields are those of its format in `lib/webhook/edge.ts`. A crash, a time-out, a
 * throttled or a malformed delivery is in it like any other, whether or not the receiver lived to count it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const ACCESS_LOG_PATTERNS: Readonly<Record<LogMetric, string>> = {
  Deliveries: `{ ${TAKEN} }`,
  DeliveriesFailed: `{ ${TAKEN} && ($.status != "2*") }`,
  DeliveriesRefused: `{ ${REFUSED} && ($.method = "POST") && ($.path = "*/${WEBHOOK_PATH}") }`,
};

export interface LogMetricsProps {
  readonly config: StageConfig;
  readonly accessLog: ILogGroup;
}

/**
 * Metrics that CloudWatch makes of log lines. A filter has either dimensions or a default value; the zeros of quiet
 * minutes matter more here, so the stage is in the namespace.
 */
export class LogMetrics extends Construct {
  constructor(scope: Construct, id: string, { config, accessLog }: LogMetricsProps) {
    super(scope, id);
    const metricNamespace = logMetricsNamespace(config);
    for (const [metricName, pattern] of Object.entries(ACCESS_LOG_PATTERNS)) {
      new MetricFilter(this, metricName, {
        logGroup: accessLog,
        filterPattern: FilterPattern.literal(pattern),
        metricNamespace,
        metricName,
        metricValue: '1',
        defaultValue: 0,
      });
    }
    for (const name of config.monitoring.teamLogGroups) this.countErrors(name, metricNamespace);
  }

  /** The code as a word anywhere in a line: how the team's services write their logs is theirs. */
  private countErrors(name: string, metricNamespace: string): void {
    const logGroup = LogGroup.fromLogGroupName(this, name, name);
    for (const code of CONTRACT_CODES) {
      new MetricFilter(this, `${code} ${name}`, {
        logGroup,
        filterPattern: FilterPattern.allTerms(code),
        metricNamespace,
        metricName: teamErrors(code),
        metricValue: '1',
      });
    }
  }
}
