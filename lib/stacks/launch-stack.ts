import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { refuseExampleValues } from '../example-rule';
import { Owners } from '../launch/owners';
import { Timeline } from '../launch/timeline';
import { ServiceKey } from '../service-key';
import type { StateStack } from './state-stack';

export interface LaunchStackProps extends StackProps {
  readonly config: StageConfig;
  readonly state: StateStack;
}

/** What is needed while a launch is prepared, run and looked back at, and is taken away after it. */
export class LaunchStack extends Stack {
  constructor(scope: Construct, id: string, { config, state, ...props }: LaunchStackProps) {
    super(scope, id, props);
    const key = new ServiceKey(this, 'Key', { description: 'Logs and topics of the launch', services: ['logs'] });
    const owners = new Owners(this, 'Owners', { config, key });
    const timeline = new Timeline(this, 'RunTimeline', { config, progress: state.progress, owners, key });
    new CfnOutput(this, 'TimelineFunction', {
      value: timeline.function.functionName,
      description: 'Schedules and leads the launch: golive launch',
    });
    refuseExampleValues(this, [config]);
  }
}
