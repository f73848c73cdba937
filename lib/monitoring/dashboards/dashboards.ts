import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/schema';
import { dashboardName } from '../alarms/alarm-row';
import type { Alarms } from '../alarms/alarms';
import { launchWidgets } from './launch-dashboard';
import { operationsWidgets } from './operations-dashboard';

export interface DashboardsProps {
  readonly config: StageConfig;
  readonly alarms: Alarms;
  readonly api: RestApi;
  readonly inbox: ITable;
  /** The queue in front of the archive. */
  readonly archiveQueue: IQueue;
  /** By the names under which they are shown. */
  readonly functions: Readonly<Record<string, IFunction>>;
}

/** Two dashboards: what a war room looks at during the launch, and what operations look at ever after. */
export class Dashboards extends Construct {
  constructor(scope: Construct, id: string, props: DashboardsProps) {
    super(scope, id);
    new Dashboard(this, 'Launch', {
      dashboardName: dashboardName(props.config, 'launch'),
      defaultInterval: Duration.hours(3),
      widgets: launchWidgets(props),
    });
    new Dashboard(this, 'Operations', {
      dashboardName: dashboardName(props.config, 'operations'),
      defaultInterval: Duration.hours(12),
      widgets: operationsWidgets(props),
    });
  }
}
