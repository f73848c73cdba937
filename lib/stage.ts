import { DefaultStackSynthesizer, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type StackPart, stackName } from './config/names';
import type { StageConfig } from './config/schema';
import { applyOrganization } from './organization';
import { PaycaFunction } from './payca-function';
import { Segment } from './segment';
import { LaunchStack } from './stacks/launch-stack';
import { ServiceStack } from './stacks/service-stack';
import { StateStack } from './stacks/state-stack';

/** One stage of PayCA's go-live: what must be kept, what runs on it, and what leads it through its launch. */
export class GoLiveStage extends Stage {
  constructor(scope: Construct, id: string, config: StageConfig, other?: StageConfig) {
    super(scope, id, { env: { account: config.account, region: config.region } });
    const named = (part: StackPart) => ({
      config,
      stackName: stackName(config, part),
      synthesizer: new DefaultStackSynthesizer({ qualifier: config.organization.bootstrapQualifier }),
    });
    const state = new StateStack(this, 'State', {
      ...named('state'),
      description: `PayCA ${config.stage}: keys, credentials, inbox, bus and records`,
    });
    const service = new ServiceStack(this, 'Service', {
      ...named('service'),
      description: `PayCA ${config.stage}: webhook endpoint and functions`,
      state,
    });
    if (config.launch.enabled) {
      new LaunchStack(this, 'Launch', {
        ...named('launch'),
        description: `PayCA ${config.stage}: the launch and the days after it`,
        state,
        service,
        other: other?.launch.enabled ? other : undefined,
      });
    }
    this.segment(state, config);
    applyOrganization(this, config);
  }
  /** In the first of the stacks, so that it is there before the functions and as long as they. */
  private segment(state: StateStack, { organization: { vpc } }: StageConfig): void {
    if (!vpc?.segment) return;
    const functions = this.node.findAll().filter((one) => one instanceof PaycaFunction);
    new Segment(state, 'Segment', { vpc, segment: vpc.segment, functions });
  }
}
