import type { Duration } from 'aws-cdk-lib';
import { Archive, EventBus, Match } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { EVENT_SOURCE, ONE_TIME_CODE_DETAIL_TYPE } from '../../lambda/payca/events';

export interface PaycaEventBusProps {
  /** A bus cannot go without a name; CDK's own, from the construct path, is the same for two programmes. */
  readonly name: string;
  /** How long events can be replayed from the bus's own archive. */
  readonly replay: Duration;
}

/** The bus that consumers attach their rules to, with an archive for replays that leaves one-time codes out. */
export class PaycaEventBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, props: PaycaEventBusProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: props.name,
      description: 'PayCA webhooks, verified and stored once',
    });
    new Archive(this, 'ReplayArchive', {
      sourceEventBus: this.bus,
      description: 'Replays of PayCA events; one-time codes are left out',
      retention: props.replay,
      eventPattern: { source: [EVENT_SOURCE], detailType: Match.anythingBut(ONE_TIME_CODE_DETAIL_TYPE) },
    });
  }
}
