import type { Deployment } from '../deployment';
import type { Resource } from '../template';
import { AwsFault, type Backend, type Call, ok } from './gate';

/** The template's delivery streams: what is put on them stays there. Firehose's deliveries are not rehearsed. */
export class Firehose implements Backend {
  readonly service = 'firehose';
  private readonly records = new Map<string, Buffer[]>();

  constructor(private readonly deployment: Deployment) {}

  targets({ operation, input }: Call) {
    if (operation !== 'DescribeDeliveryStream') throw new Error(`the rehearsal does not know firehose:${operation}`);
    return [{ action: `firehose:${operation}`, resource: this.stream(String(input.DeliveryStreamName)).arn }];
  }

  async handle({ input }: Call) {
    const { name, arn, properties } = this.stream(String(input.DeliveryStreamName));
    const splunk = properties.SplunkDestinationConfiguration ? { SplunkDestinationDescription: {} } : {};
    return ok({
      DeliveryStreamDescription: {
        DeliveryStreamName: name,
        DeliveryStreamARN: arn,
        DeliveryStreamStatus: 'ACTIVE',
        DeliveryStreamType: properties.DeliveryStreamType,
        Destinations: [{ DestinationId: 'destinationId-000000000001', ...splunk }],
        HasMoreDestinations: false,
        VersionId: '1',
      },
    });
  }

  put(arn: string, record: Buffer): void {
    this.records.set(arn, [...this.on(arn), record]);
  }

  /** What was put on a stream. */
  on(arn: string): readonly Buffer[] {
    return this.records.get(arn) ?? [];
  }

  private stream(name: string): Resource {
    const found = this.deployment.byPhysicalId('AWS::KinesisFirehose::DeliveryStream', name);
    if (!found) throw new AwsFault('ResourceNotFoundException', `no template has a delivery stream ${name}`);
    return found;
  }
}
