import { Stack } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { exportedConfigPath, partition } from '../config/names';
import type { StageConfig } from '../config/schema';

export interface SandboxRoleProps {
  /** The sandbox. */
  readonly config: StageConfig;
  /** The stage whose timeline takes the role. */
  readonly production: StageConfig;
}

/**
 * What production's timeline may do here: read the exported config, and switch what `launch.automation` names. It has a name
 * because it is taken from another account, which cannot know a generated one.
 */
export class SandboxRole extends Role {
  constructor(scope: Construct, id: string, { config, production }: SandboxRoleProps) {
    const { account, region, organization } = production;
    const inAccount = `arn:${partition(region)}:iam::${account}:role${organization.rolePath}`;
    super(scope, id, {
      roleName: roleNameOf(config),
      description: `Read and switched by the launch of ${production.programme}-${production.stage}`,
      assumedBy: new AccountPrincipal(account).withConditions({
        ArnLike: { 'aws:PrincipalArn': `${inAccount}${timelineRolePath(production).slice(1)}*` },
      }),
    });
    const { partition: here, region: there, account: own } = Stack.of(this);
    const arn = (service: string, rest: string) => `arn:${here}:${service}:${there}:${own}:${rest}`;
    this.allow(['ssm:GetParametersByPath'], [arn('ssm', `parameter${exportedConfigPath(config)}`)]);
    const { rules, schedules } = config.launch.automation;
    if (rules.length > 0) {
      const arns = rules.map((rule) => arn('events', `rule/${rule.replace(/^default\//, '')}`));
      this.allow(['events:DescribeRule', 'events:DisableRule', 'events:EnableRule'], arns);
    }
    if (schedules.length > 0) {
      const arns = schedules.map(({ group, name }) => arn('scheduler', `schedule/${group}/${name}`));
      this.allow(['scheduler:GetSchedule', 'scheduler:UpdateSchedule'], arns);
      // An update names the role of the schedule's target again.
      const roles = [...new Set(schedules.map(({ roleArn }) => roleArn))];
      this.allow(['iam:PassRole'], roles, { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } });
    }
  }

  private allow(actions: string[], resources: string[], conditions?: Record<string, unknown>): void {
    this.addToPolicy(new PolicyStatement({ actions, resources, conditions }));
  }
}

function roleNameOf({ programme, stage }: StageConfig): string {
  return `${programme}-${stage}-launch`;
}

export function sandboxRoleArn(config: StageConfig): string {
  const { account, region, organization } = config;
  return `arn:${partition(region)}:iam::${account}:role${organization.rolePath}${roleNameOf(config)}`;
}

/** IAM path, below the organization's own, by which the sandbox knows the role of the timeline. */
export function timelineRolePath({ programme, stage }: StageConfig): string {
  return `/${programme}-${stage}/launch/`;
}
