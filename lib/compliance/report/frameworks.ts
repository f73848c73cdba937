/** What each pack stands for, as a reviewer calls it. */
export const FRAMEWORKS: Readonly<Record<string, string>> = {
  AwsSolutions: 'AWS Solutions (cdk-nag)',
  'NIST.800.53.R5': 'NIST SP 800-53 rev. 5 (cdk-nag)',
  'PCI.DSS.321': 'PCI DSS 3.2.1, retired in March 2024 (cdk-nag)',
  'PCI.DSS.401': 'PCI DSS v4.0.1, infrastructure evidence (our own)',
  Serverless: 'AWS Serverless (cdk-nag)',
  ControlTower: 'AWS Control Tower proactive controls (cfn-guard)',
  CfnLint: 'CloudFormation Linter',
};

/** cdk-nag's packs end a summary with the ids of the controls: `... - (Control IDs: AU-2b, AU-3a).` */
export function controlIds(summary: string): { text: string; controls: string[] } {
  const [end, ids] = /[\s-]*\(Control IDs?: (.*)\)\.?$/.exec(summary) ?? [];
  if (end === undefined || ids === undefined) return { text: summary, controls: [] };
  return { text: `${summary.slice(0, -end.length)}.`, controls: [...new Set(ids.split(/,\s*/))] };
}
