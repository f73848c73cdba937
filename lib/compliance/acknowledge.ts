import { type App, CfnResource, Validations } from 'aws-cdk-lib';
import { EXCEPTIONS, type Exception } from './exceptions';

/** The ids, as CDK keeps them, under which `exception` is acknowledged on `resource`; none where it does not apply. */
export function acknowledgedIds(exception: Exception, resource: CfnResource): string[] {
  if (resource.cfnResourceType !== exception.resourceType || exception.when?.(resource) === false) return [];
  const rules = typeof exception.rules === 'function' ? exception.rules(resource) : exception.rules;
  // A bare id would hide the finding and leave no record; qualified by its pack, the reason stays in the report.
  return rules.map((rule) => `${rule.slice(0, rule.indexOf('-'))}::${rule}`);
}

/**
 * Acknowledges every exception of the register on every resource it is for. It waits for CDK's own validation step,
 * the last before the packs run: only then are references between stacks in the form that a finding names.
 */
export function acknowledgeExceptions(app: App): void {
  app.node.addValidation({
    validate: () => {
      acknowledgeAll(app);
      return [];
    },
  });
}

function acknowledgeAll(app: App): void {
  for (const resource of app.node.findAll().filter(CfnResource.isCfnResource)) {
    for (const exception of EXCEPTIONS) {
      const rules = acknowledgedIds(exception, resource).map((id) => ({ id, reason: exception.reason }));
      if (rules.length > 0) Validations.of(resource).acknowledge(...rules);
    }
  }
}
