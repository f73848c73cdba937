import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { STAGE_IDS } from '../config/names';
import type { StageConfig } from '../config/schema';
import { PipelineProviders, PipelineRoles } from '../credentials/pipeline-roles';
import { refuseExampleValues } from '../example-rule';
import { applyOrganization } from '../organization';

export interface AccountStackProps extends StackProps {
  /** Those of this account and region; tags and the rules for roles are the first one's. */
  readonly stages: readonly [StageConfig, ...StageConfig[]];
  /**
   * Those for which this stack makes the account's identity providers.
   *
   * @default - none; the stack of another region makes them
   */
  readonly providersFor?: readonly StageConfig[];
}

/**
 * What an account and region need once: API Gateway's role for writing logs, without which no API can log, and the roles
 * of the pipelines that deploy to it.
 */
export class AccountStack extends Stack {
  constructor(scope: Construct, id: string, { stages, providersFor = [], ...props }: AccountStackProps) {
    super(scope, id, props);
    if (stages.some(({ organization }) => organization.apiGatewayAccountRole === 'create')) this.letApiGatewayLog();
    const providers = new PipelineProviders(this, 'Providers', { stages: providersFor });
    for (const config of stages) new PipelineRoles(this, STAGE_IDS[config.stage], config).node.addDependency(providers);
    applyOrganization(this, stages[0]);
    refuseExampleValues(this, stages);
  }

  private letApiGatewayLog(): void {
    const role = new Role(this, 'ApiGatewayLogs', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    new CfnAccount(this, 'ApiGatewayAccount', { cloudWatchRoleArn: role.roleArn });
  }
}
