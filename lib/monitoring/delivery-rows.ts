import { alarmPrefix } from '../../lambda/payca/alarm-names';
import type { StageConfig } from '../config/schema';
import { type AlarmRow, isTrue, type MetricRef, type Places } from './alarm-row';
import { queueMetric } from './webhook-rows';

/** A receiver that answers again by then has lost nobody any time that counts. */
const CHANNEL_MINUTES = 10;
const SHIPPING_MINUTES = 15;

/** Rows about what carries alarms and logs to people; none where nothing carries them. */
export function deliveryRows(config: StageConfig, { channels, shippingStreams }: Places): AlarmRow[] {
  const prefix = alarmPrefix(config.programme, config.stage);
  const alarms = `aws cloudwatch describe-alarms --alarm-name-prefix ${prefix} --state-value ALARM --region ${config.region}`;
  const waiting = numbered(
    'waiting',
    channels.map(({ queue }) => queueMetric(queue, 'ApproximateAgeOfOldestMessage')),
  );
  const lost = numbered(
    'lost',
    channels.map(({ deadLetters }) => queueMetric(deadLetters, 'ApproximateNumberOfMessagesVisible')),
  );
  const late = numbered('late', shippingStreams.map(freshness));
  const delivery: AlarmRow = {
    id: 'alarm-delivery',
    severity: 'page',
    line: '5.6',
    when: `A message about an alarm waits for over ${CHANNEL_MINUTES} minutes, or was given up.`,
    impact: 'Somebody who should know of an alarm does not. Look for yourself what is in alarm.',
    command: `${alarms} --query '[MetricAlarms,CompositeAlarms][][].AlarmName'`,
    page: 'alarm-delivery.md#first-five-minutes',
    metrics: { ...waiting, ...lost },
    ...isTrue(`IF(${largest(waiting)} > ${CHANNEL_MINUTES * 60} OR ${largest(lost)} > 0, 1, 0)`),
    periodMinutes: 5,
    missing: 'not-breaching',
  };
  const shipping: AlarmRow = {
    id: 'shipping-delivery',
    severity: 'ticket',
    line: '2.4',
    when: `Logs or metrics have waited for over ${SHIPPING_MINUTES} minutes on their way to the log platform.`,
    impact: 'What people see on the platform is old; nothing is lost, it waits in Firehose or in the backup bucket.',
    command: `aws firehose describe-delivery-stream --delivery-stream-name ${shippingStreams[0]} --region ${config.region}`,
    page: 'shipping-delivery.md#first-five-minutes',
    metrics: late,
    expression: largest(late),
    comparison: 'above',
    threshold: SHIPPING_MINUTES * 60,
    periodMinutes: 5,
    missing: 'not-breaching',
  };
  return [...(channels.length > 0 ? [delivery] : []), ...(shippingStreams.length > 0 ? [shipping] : [])];
}

/** Age of the oldest record that has not reached the platform, in seconds. */
function freshness(stream: string): MetricRef {
  return {
    namespace: 'AWS/Firehose',
    name: 'DeliveryToHttpEndpoint.DataFreshness',
    dimensions: { DeliveryStreamName: stream },
    statistic: 'Maximum',
  };
}

function numbered(id: string, metrics: readonly MetricRef[]): Record<string, MetricRef> {
  return Object.fromEntries(metrics.map((metric, index) => [`${id}${index + 1}`, metric]));
}

function largest(metrics: Readonly<Record<string, MetricRef>>): string {
  return `MAX([${Object.keys(metrics).join(', ')}])`;
}
