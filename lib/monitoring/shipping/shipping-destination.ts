import { type CfnDeliveryStream, DatadogEndpoint } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { StageConfig } from '../../config/schema';

/** What is shipped, each by a delivery stream of its own. */
export type Kind = 'logs' | 'metrics';

export type ShippingConfig = NonNullable<StageConfig['shipping']>;
type Destination = ShippingConfig['destination'];
type Site = Extract<Destination, { kind: 'datadog' }>['site'];

/** What all destinations of Firehose have in common. */
interface Delivery
  extends Pick<
    CfnDeliveryStream.HttpEndpointDestinationConfigurationProperty,
    'cloudWatchLoggingOptions' | 's3Configuration' | 'secretsManagerConfiguration'
  > {
  readonly roleArn: string;
}

/** Without metrics where Datadog takes no metric streams; the config refuses them there. */
const DATADOG: Readonly<Record<Site, { readonly logs: DatadogEndpoint; readonly metrics?: DatadogEndpoint }>> = {
  'datadoghq.com': { logs: DatadogEndpoint.LOGS_US1, metrics: DatadogEndpoint.METRICS_US },
  'us3.datadoghq.com': { logs: DatadogEndpoint.LOGS_US3 },
  'us5.datadoghq.com': { logs: DatadogEndpoint.LOGS_US5, metrics: DatadogEndpoint.METRICS_US5 },
  'datadoghq.eu': { logs: DatadogEndpoint.LOGS_EU, metrics: DatadogEndpoint.METRICS_EU },
  'ap1.datadoghq.com': { logs: DatadogEndpoint.LOGS_AP1, metrics: DatadogEndpoint.METRICS_AP1 },
  'ddog-gov.com': { logs: DatadogEndpoint.LOGS_GOV },
};

/** Sent a minute after they came at the latest; the least that Datadog advises and the most that Splunk allows. */
const BUFFER = { intervalInSeconds: 60, sizeInMBs: 4 };
/**
 * The most that Firehose allows. What is given up goes to the backup bucket and is young again for the alarm, which must
 * have seen it wait for 15 minutes before that.
 */
const RETRY = { durationInSeconds: 7200 };

/** How Firehose is to deliver one kind: the properties of its one destination. */
export function destinationOf(
  kind: Kind,
  { stage }: StageConfig,
  destination: Destination,
  delivery: Delivery,
): Partial<CfnDeliveryStream['cfnProperties']> {
  const common = { retryOptions: RETRY, bufferingHints: BUFFER };
  if (destination.kind === 'splunk') {
    const { roleArn: _own, ...rest } = delivery;
    return {
      splunkDestinationConfiguration: {
        ...common,
        ...rest,
        hecEndpoint: destination.hecUrl,
        // Our lines have no envelope of Splunk's, so they are not its events.
        hecEndpointType: 'Raw',
        hecAcknowledgmentTimeoutInSeconds: destination.acknowledgeSeconds,
        s3BackupMode: 'FailedEventsOnly',
        ...(kind === 'logs' && { processingConfiguration: ONE_LINE_AN_EVENT }),
      },
    };
  }
  return {
    httpEndpointDestinationConfiguration: {
      ...common,
      ...delivery,
      endpointConfiguration: { name: destination.kind, url: urlOf(kind, destination) },
      requestConfiguration: {
        contentEncoding: destination.kind === 'datadog' ? 'GZIP' : 'NONE',
        commonAttributes: [{ attributeName: 'env', attributeValue: stage }],
      },
      s3BackupMode: 'FailedDataOnly',
    },
  };
}

/** CloudWatch Logs packs many lines into one compressed record, which Splunk would take for one event. */
const ONE_LINE_AN_EVENT: CfnDeliveryStream.ProcessingConfigurationProperty = {
  enabled: true,
  processors: [
    { type: 'Decompression', parameters: [{ parameterName: 'CompressionFormat', parameterValue: 'GZIP' }] },
    {
      type: 'CloudWatchLogProcessing',
      parameters: [{ parameterName: 'DataMessageExtraction', parameterValue: 'true' }],
    },
  ],
};

function urlOf(kind: Kind, destination: Exclude<Destination, { kind: 'splunk' }>): string {
  if (destination.kind === 'https') return (kind === 'metrics' && destination.metricsUrl) || destination.url;
  const endpoint = DATADOG[destination.site][kind];
  if (!endpoint) throw new Error(`Datadog's site ${destination.site} takes no ${kind}`);
  return endpoint.url;
}

/** The format of a metric stream that the platform reads. */
export function metricsFormat(destination: Destination): string {
  if (destination.kind === 'https') return destination.metricsFormat;
  // The latest that Datadog takes; of 0.7 it says that metrics may be missing:
  // https://docs.datadoghq.com/integrations/guide/aws-cloudwatch-metric-streams-with-kinesis-data-firehose/
  return destination.kind === 'datadog' ? 'opentelemetry1.0' : 'json';
}
