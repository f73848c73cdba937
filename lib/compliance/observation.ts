import type { CfnResource } from 'aws-cdk-lib';
import { type IApplyRule, NagMessageLevel, type NagPack, NagRuleCompliance, type NagRuleResult } from 'cdk-nag';

/** What one rule said of one resource, before anything is acknowledged. */
export interface Observation {
  /** The rule as exceptions name it: `Pack-Rule`. */
  readonly rule: string;
  readonly pack: string;
  readonly severity: 'error' | 'warning';
  /** What is wrong when the rule fails. */
  readonly summary: string;
  /** Why the rule exists. */
  readonly explanation: string;
  readonly resource: CfnResource;
  readonly outcome: 'compliant' | 'non-compliant' | 'not applicable' | 'error';
  /** What exactly was found, for a rule with several findings on one resource; the message of a rule that threw. */
  readonly finding?: string;
}

/**
 * Has `pack` tell `record` what each rule said of each resource; cdk-nag itself keeps violations only. Every pack hands
 * its rules to `applyRule`, which is made for subclasses: here it is the one method wrapped, on this instance.
 */
export function recordResults<T extends NagPack>(pack: T, record: (observation: Observation) => void): T {
  const open = pack as unknown as { applyRule(params: IApplyRule): void };
  const applyRule = open.applyRule.bind(pack);
  open.applyRule = (params) => {
    const name = params.ruleSuffixOverride ?? params.rule.name;
    const common = {
      rule: `${pack.readPackName}-${name}`,
      pack: pack.readPackName,
      severity: params.level === NagMessageLevel.ERROR ? ('error' as const) : ('warning' as const),
      summary: params.info,
      explanation: params.explanation,
      resource: params.node,
    };
    applyRule({
      ...params,
      ruleSuffixOverride: name,
      rule: (node) => {
        try {
          const result = params.rule(node);
          for (const outcome of outcomes(result)) record({ ...common, ...outcome });
          return result;
        } catch (error) {
          record({ ...common, outcome: 'error', finding: error instanceof Error ? error.message : String(error) });
          throw error;
        }
      },
    });
  };
  return pack;
}

function outcomes(result: NagRuleResult): Pick<Observation, 'outcome' | 'finding'>[] {
  if (Array.isArray(result) && result.length > 0) {
    return result.map((finding) => ({ outcome: 'non-compliant', finding }));
  }
  if (result === NagRuleCompliance.NON_COMPLIANT) return [{ outcome: 'non-compliant' }];
  return [{ outcome: result === NagRuleCompliance.NOT_APPLICABLE ? 'not applicable' : 'compliant' }];
}
