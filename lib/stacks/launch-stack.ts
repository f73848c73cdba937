import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { refuseExampleValues } from '../example-rule';
import { ExportedConfig } from '../launch/exported-config';
import { FeeReconciliation } from '../launch/fee-reconciliation';
import { HourlyFigures } from '../launch/hourly-figures';
import { Owners } from '../launch/owners';
import { SandboxRole } from '../launch/sandbox-role';
import { Timeline } from '../launch/timeline';
import { functionsIn } from '../payca-function';
import { ServiceKey } from '../service-key';
import type { ServiceStack } from './service-stack';
import type { StateStack } from './state-stack';

export interface LaunchStackProps extends StackProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly service: ServiceStack;
  /** The sandbox beside this production, or the production beside this sandbox; both with a stack `Launch`. */
  readonly other?: StageConfig;
}

/** What is needed while a launch is prepared, run and looked back at, and is taken away after it. */
export class LaunchStack extends Stack {
  constructor(scope: Construct, id: string, { config, state, service, other, ...props }: LaunchStackProps) {
    super(scope, id, props);
    const key = new ServiceKey(this, 'Key', { description: 'Logs and topics of the launch', services: ['logs'] });
    const owners = new Owners(this, 'Owners', { config, key });
    const sandbox = config.stage === 'production' ? other : undefined;
    const timeline = new Timeline(this, 'RunTimeline', {
      ...{ config, sandbox, state, smokeTest: service.smokeTest, owners, key },
    });
    for (const rule of service.warRoomRules) timeline.duringWindow(rule);
    if (other && config.stage === 'sandbox') new SandboxRole(this, 'ForProduction', { config, production: other });
    new ExportedConfig(this, 'ExportedConfig', config);
    const { inbox, progress, evidence } = state;
    const figures = new HourlyFigures(this, 'ReportFigures', { config, inbox, progress, evidence, owners, key });
    new FeeReconciliation(this, 'ReconcileFees', { config, state, key });
    service.shipping?.shipLogs(this, functionsIn(this));
    new CfnOutput(this, 'FiguresFunction', {
      value: figures.function.functionName,
      description: 'Counts the last hours: golive figures',
    });
    new CfnOutput(this, 'TimelineFunction', {
      value: timeline.function.functionName,
      description: 'Schedules and leads the launch: golive launch',
    });
    refuseExampleValues(this, [config]);
  }
}
