import { alarmPrefix } from '../../../lambda/payca/alarm-names';
import type { StageConfig } from '../../config/schema';
import { type AlarmRow, type MetricRef, type Places, queueMetric } from './alarm-row';

/** A receiver that refuses for a moment is no news; one that has not taken anything for so long is. */
const CHANNEL_MINUTES = 15;
const SHIPPING_MINUTES = 15;

/** Rows about what carries alarms and logs to people; none where nothing carries them. */
export function deliveryRows(config: StageConfig, { channels, shippingStreams }: Places): AlarmRow[] {
  return [
    ...channels.map((channel) => channelRow(config, channel)),
    ...(shippingStreams.length > 0 ? [shippingRow(config, shippingStreams)] : []),
  ];
}

function channelRow(
  { programme, stage, region }: StageConfig,
  { name, queue, deadLetters }: Places['channels'][number],
): AlarmRow {
  const prefix = alarmPrefix(programme, stage);
  return {
    id: `alarm-delivery-failing-${name}`,
    severity: 'page',
    line: '5.6',
    when: `Alarms have waited for the channel ${name} for ${CHANNEL_MINUTES} minutes.`,
    impact: 'Who reads this channel does not know what is in alarm. Nothing is lost for 14 days.',
    command: `aws cloudwatch describe-alarms --alarm-types MetricAlarm CompositeAlarm --alarm-name-prefix ${prefix} --state-value ALARM --region ${region} --query '[MetricAlarms,CompositeAlarms][][].AlarmName'`,
    page: 'alarm-delivery-failing.md#first-five-minutes',
    // Not the age of the oldest message: SQS leaves out of it what was received three times.
    metrics: {
      visible: queueMetric(queue, 'ApproximateNumberOfMessagesVisible'),
      hidden: queueMetric(queue, 'ApproximateNumberOfMessagesNotVisible'),
      dead: queueMetric(deadLetters, 'ApproximateNumberOfMessagesVisible'),
    },
    // A queue that nobody uses, such as an empty one of dead letters, has no metrics after six hours.
    expression: 'FILL(visible, 0) + FILL(hidden, 0) + FILL(dead, 0)',
    comparison: 'above',
    threshold: 0,
    periodMinutes: 1,
    datapoints: { breaching: CHANNEL_MINUTES, of: CHANNEL_MINUTES },
    missing: 'not-breaching',
  };
}

function shippingRow({ region, shipping }: StageConfig, streams: readonly string[]): AlarmRow {
  // Firehose measures its destinations under names of their own.
  const destination = shipping?.destination.kind === 'splunk' ? 'Splunk' : 'HttpEndpoint';
  const metrics = Object.fromEntries(
    streams.map((stream, index) => [`stream${index + 1}`, freshness(stream, destination)]),
  );
  return {
    id: 'shipping-delivery-failing',
    severity: 'ticket',
    line: '2.4',
    when: `Logs or metrics have waited for over ${SHIPPING_MINUTES} minutes on their way to the log platform.`,
    impact:
      'What people see on the platform is old. Nothing is lost: it waits in Firehose, or is in its backup bucket.',
    command: `aws firehose describe-delivery-stream --delivery-stream-name ${streams[0]} --region ${region}`,
    page: 'shipping-delivery-failing.md#first-five-minutes',
    metrics,
    expression: `MAX([${Object.keys(metrics).join(', ')}])`,
    comparison: 'above',
    threshold: SHIPPING_MINUTES * 60,
    periodMinutes: 5,
    missing: 'not-breaching',
  };
}

/** Age of the oldest record that has not reached the platform, in seconds. */
function freshness(stream: string, destination: 'HttpEndpoint' | 'Splunk'): MetricRef {
  return {
    namespace: 'AWS/Firehose',
    name: `DeliveryTo${destination}.DataFreshness`,
    dimensions: { DeliveryStreamName: stream },
    statistic: 'Maximum',
  };
}
