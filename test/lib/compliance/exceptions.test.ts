import { CfnResource } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { acknowledgedIds } from '../../../lib/compliance/acknowledge';
import { EXCEPTIONS } from '../../../lib/compliance/exceptions';
import { goLiveApp } from '../synth';

const app = goLiveApp();
app.synth();
const resources = app.node.findAll().filter(CfnResource.isCfnResource);

/** What the packs find when nothing is acknowledged, as `Pack::Rule path`. */
const findings = new Set(
  [new AwsSolutionsChecks(), new NIST80053R5Checks(), new PCIDSS321Checks(), new ServerlessChecks()].flatMap((pack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${pack.name}::${ruleName} ${constructPath}`),
      ),
  ),
);

const acknowledged = EXCEPTIONS.map((exception) =>
  resources.flatMap((resource) => acknowledgedIds(exception, resource).map((id) => `${id} ${resource.node.path}`)),
);

test('the packs find something at all', () => {
  expect(findings.size).toBeGreaterThan(50);
});

test('every finding is acknowledged by the register', () => {
  const all = new Set(acknowledged.flat());
  expect([...findings].filter((finding) => !all.has(finding))).toEqual([]);
});

test.each(EXCEPTIONS.map((exception, index) => [JSON.stringify(exception.rules) ?? 'computed rules', index] as const))(
  'the exception for %s still matches a finding in all it acknowledges',
  (_, index) => {
    expect(acknowledged[index]).not.toHaveLength(0);
    expect(acknowledged[index]?.filter((id) => !findings.has(id))).toEqual([]);
  },
);

test.each(EXCEPTIONS.map((exception) => [exception.reason, exception] as const))(
  'has an owner and a date: %s',
  (reason, { owner, granted }) => {
    expect(reason.length).toBeGreaterThan(20);
    expect(owner).toBeTruthy();
    expect(granted).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  },
);
