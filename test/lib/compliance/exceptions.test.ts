import { CfnResource } from 'aws-cdk-lib';
import { acknowledgedIds } from '../../../lib/compliance/acknowledge';
import { EXCEPTIONS } from '../../../lib/compliance/exceptions';
import { RULE_PACKS } from '../../../lib/compliance/packs';
import { goLiveApp } from '../synth';

const app = goLiveApp();
app.synth();
const resources = app.node.findAll().filter(CfnResource.isCfnResource);

/** What the packs find when nothing is acknowledged, as `Pack::Rule path`. */
const findings = new Set(
  RULE_PACKS.map((Pack) => new Pack()).flatMap((pack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${pack.name}::${ruleName} ${constructPath}`),
      ),
  ),
);

/** Second opinions are judged by `npm run compliance` only: their programs are slow or not everybody's. */
const SECOND_OPINION = /^(ControlTower|CfnLint)(-|::)/;

const acknowledged = EXCEPTIONS.map((exception) =>
  resources.flatMap((resource) =>
    acknowledgedIds(exception, resource)
      .filter((id) => !SECOND_OPINION.test(id))
      .map((id) => `${id} ${resource.node.path}`),
  ),
);

test('the packs find something at all', () => {
  expect(findings.size).toBeGreaterThan(50);
});

test('every finding is acknowledged by the register', () => {
  const all = new Set(acknowledged.flat());
  expect([...findings].filter((finding) => !all.has(finding))).toEqual([]);
});

const judgedHere = EXCEPTIONS.flatMap(({ rules }, index) =>
  typeof rules === 'function' || rules.some((rule) => !SECOND_OPINION.test(rule))
    ? [[JSON.stringify(rules) ?? 'computed rules', index] as const]
    : [],
);

test.each(judgedHere)('the exception for %s still matches a finding in all it acknowledges', (_, index) => {
  expect(acknowledged[index]).not.toHaveLength(0);
  expect(acknowledged[index]?.filter((id) => !findings.has(id))).toEqual([]);
});
