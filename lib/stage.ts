import { DefaultStackSynthesizer, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { stackName } from './config/names';
import type { StageConfig } from './config/schema';
import { applyOrganization } from './organization';
import { ServiceStack } from './stacks/service-stack';
import { StateStack } from './stacks/state-stack';

/** One stage of PayCA's go-live: what must be kept, and what runs on it. */
export class GoLiveStage extends Stage {
  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id, { env: { account: config.account, region: config.region } });
    const named = (part: 'state' | 'service') => ({
      config,
      stackName: stackName(config, part),
      synthesizer: new DefaultStackSynthesizer({ qualifier: config.organization.bootstrapQualifier }),
    });
    const state = new StateStack(this, 'State', {
      ...named('state'),
      description: `PayCA ${config.stage}: keys, credentials, inbox, bus and records`,
    });
    new ServiceStack(this, 'Service', {
      ...named('service'),
      description: `PayCA ${config.stage}: webhook endpoint and functions`,
      state,
    });
    applyOrganization(this, config);
  }
}
