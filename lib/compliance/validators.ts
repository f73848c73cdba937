import { execFileSync } from 'node:child_process';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import type { App, CfnResource, IPolicyValidationPlugin } from 'aws-cdk-lib';
import { resourcesOf, stacksOf, templatePath } from './assembly';
import type { Observation } from './observation';

/** A second opinion that nobody here wrote; it tells only what it found. */
export interface SecondOpinion {
  readonly pack: string;
  readonly version: string;
  readonly rules?: number;
  readonly observations: readonly Observation[];
}

/** AWS Control Tower's proactive controls, run by cfn-guard, whose program the CDK validator plug-in brings along. */
export function controlTower(app: App): SecondOpinion {
  const pack = 'ControlTower';
  const validator: IPolicyValidationPlugin = new CfnGuardValidator();
  const find = finder(app);
  const { violations } = validator.validate({
    templatePaths: templatePaths(app),
    stackTemplates: [],
    appConstruct: app,
  });
  const observations = violations.flatMap(({ ruleName, description = '', fix = '', violatingResources }) => {
    // `[CT.KMS.PR.3]: Require ...` has the control that people know; the plug-in's own name is that of a function.
    const [, control = ruleName, summary = description] = /^\[([\w.]+)\]: (.*)$/s.exec(description) ?? [];
    // An entry without a resource repeats what a rule's inner check saw; the resource has an entry of its own.
    const named = violatingResources.filter(({ resourceLogicalId }) => resourceLogicalId !== undefined);
    if (named.length === 0) throw new Error(`cfn-guard names no resource for ${control}: ${description}`);
    return named.map(
      ({ resourceLogicalId, templatePath: path }): Observation => ({
        rule: `${pack}-${control}`,
        pack,
        severity: 'error',
        summary: summary.trim(),
        explanation: fix.trim(),
        resource: find(String(path), resourceLogicalId),
        outcome: 'non-compliant',
      }),
    );
  });
  return { pack, version: validator.version ?? '', rules: validator.ruleIds?.length, observations };
}

interface LintFinding {
  readonly Filename: string;
  readonly Level: 'Error' | 'Warning' | 'Informational';
  readonly Location: { readonly Path?: readonly (string | number)[] };
  readonly Message: string;
  readonly Rule: { readonly Id: string; readonly ShortDescription: string; readonly Description: string };
}

/** cfn-lint, where it is installed; it is a Python program, so nobody must have it. */
export function cfnLint(app: App): SecondOpinion | undefined {
  const pack = 'CfnLint';
  const version = installed('cfn-lint');
  if (version === undefined) return undefined;
  const find = finder(app);
  const observations = lint(templatePaths(app)).map(({ Filename, Level, Location, Message, Rule }): Observation => {
    const [part, logicalId] = Location.Path ?? [];
    if (part !== 'Resources')
      throw new Error(`cfn-lint found ${Rule.Id} outside the resources of ${Filename}: ${Message}`);
    return {
      rule: `${pack}-${Rule.Id}`,
      pack,
      severity: Level === 'Error' ? 'error' : 'warning',
      summary: `${Rule.ShortDescription}.`,
      explanation: `${Rule.Description} ${Message}`,
      resource: find(Filename, String(logicalId)),
      outcome: 'non-compliant',
    };
  });
  return { pack, version, observations };
}

function installed(program: string): string | undefined {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).replace(
      /^\D*|\s+$/g,
      '',
    );
  } catch {
    return undefined;
  }
}

function lint(paths: readonly string[]): LintFinding[] {
  try {
    return JSON.parse(
      execFileSync('cfn-lint', ['--format', 'json', ...paths], { encoding: 'utf8', maxBuffer: 2 ** 26 }),
    );
  } catch (error) {
    // It ends with a bit mask of the levels found, so findings come as an error.
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout?.startsWith('[')) return JSON.parse(stdout);
    throw new Error(`cfn-lint failed: ${stderr || error}`);
  }
}

function templatePaths(app: App): string[] {
  return stacksOf(app).map(templatePath).sort();
}

/** Finds the construct of a logical id in a template. */
function finder(app: App): (path: string, logicalId: string | undefined) => CfnResource {
  const key = (path: string, logicalId: unknown) => `${path} ${logicalId}`;
  const resources = new Map(
    resourcesOf(app).map((resource) => [
      key(templatePath(resource.stack), resource.stack.resolve(resource.logicalId)),
      resource,
    ]),
  );
  return (path, logicalId) => {
    const resource = resources.get(key(path, logicalId));
    if (!resource) throw new Error(`${path} has no resource ${logicalId}`);
    return resource;
  };
}
