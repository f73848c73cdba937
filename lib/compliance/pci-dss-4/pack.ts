import type { CfnResource } from 'aws-cdk-lib';
import { NagMessageLevel, NagPack } from 'cdk-nag';
import { REQUIREMENTS } from './requirements';
import { PCI_RULES } from './rules';

/** What a template can show for PCI DSS v4.0.1. It is evidence for an assessor, not an assessment. */
export class PciDss401Checks extends NagPack {
  readonly name = 'PCI.DSS.401';
  protected override packName = 'PCI.DSS.401';

  protected override checkResource(node: CfnResource): void {
    for (const { name, requirements, summary, rule } of PCI_RULES) {
      this.applyRule({
        node,
        rule,
        ruleSuffixOverride: name,
        info: `${summary.slice(0, -1)} - (Control IDs: ${requirements.join(', ')}).`,
        explanation: REQUIREMENTS.filter(({ id }) => requirements.includes(id))
          .map(({ id, text }) => `${id}: ${text}.`)
          .join(' '),
        level: NagMessageLevel.ERROR,
      });
    }
  }
}
