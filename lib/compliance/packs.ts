import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';

interface ValidationReport {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly conclusion: 'success' | 'failure';
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** Registers the rule packs that every synth must pass. */
export function addRulePacks(app: App): void {
  const settings = { verbose: true };
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app, settings),
    new NIST80053R5Checks(app, settings),
    new PCIDSS321Checks(app, settings),
    new ServerlessChecks(app, settings),
  );
}

/**
 * Synthesises `app` and throws when a pack found what is not acknowledged. The CLI itself reports only the stacks that
 * were asked for: a plain `cdk synth` would pass with findings in a stage.
 */
export function synthesise(app: App): void {
  const { directory } = app.synth();
  const report: ValidationReport = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
  const findings = report.pluginReports
    .filter(({ conclusion }) => conclusion === 'failure')
    .flatMap(({ violations }) => violations)
    .flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );
  if (findings.length > 0) {
    throw new Error(
      `Rule packs found ${findings.length} problem(s) that lib/compliance/exceptions.ts does not acknowledge:\n${findings.join('\n')}`,
    );
  }
}
