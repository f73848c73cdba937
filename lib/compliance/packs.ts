import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { PciDss401Checks } from './pci-dss-4/pack';

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

/** The packs that every synth must pass. */
export const RULE_PACKS = [
  AwsSolutionsChecks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  PciDss401Checks,
  ServerlessChecks,
] as const;

/** Registers the rule packs. */
export function addRulePacks(app: App): void {
  Validations.of(app).addPlugins(...RULE_PACKS.map((Pack) => new Pack(app, { verbose: true })));
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
