import { Aspects, CfnResource, type IAspect, Tags } from 'aws-cdk-lib';
import type { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import type { StageConfig } from './config/schema';

/** Gives every role the organization's path and permissions boundary, also roles that CDK makes for its own helpers. */
class RoleRules implements IAspect {
  constructor(private readonly organization: StageConfig['organization']) {}

  visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::IAM::Role') return;
    const { permissionsBoundary, rolePath } = this.organization;
    if (permissionsBoundary) node.addPropertyOverride('PermissionsBoundary', permissionsBoundary);
    // A role's own path goes below the organization's.
    if (rolePath !== '/') node.addPropertyOverride('Path', `${rolePath}${(node as CfnRole).path?.slice(1) ?? ''}`);
  }
}

/** cfn-lint does not know their tags yet. */
const UNTAGGED = { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] };

/** Applies what an organization asks of everything in `scope`: tags, role path, permissions boundary. */
export function applyOrganization(scope: Construct, config: StageConfig): void {
  Aspects.of(scope).add(new RoleRules(config.organization));
  for (const [key, value] of Object.entries(config.tags)) Tags.of(scope).add(key, value, UNTAGGED);
}
