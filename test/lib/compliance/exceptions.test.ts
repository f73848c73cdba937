import { CfnResource } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { acknowledgedIds } from '../../../lib/compliance/acknowledge';
import { EXCEPTIONS } from '../../../lib/compliance/exceptions';
import { goLiveApp } from '../synth';

type Change = NonNullable<Parameters<typeof goLiveApp>[0]>;

const dns = { zoneId: 'Z0123456789ABC', zoneName: 'example.com', roleArn: 'arn:aws:iam::999988887777:role/dns' };

const withShipping: Change = (input) => ({
  ...input,
  thirdPartySecrets: [...(input.thirdPartySecrets ?? []), 'log-platform'],
  shipping: { destination: { kind: 'datadog', site: 'datadoghq.eu' }, secret: 'log-platform' },
});

/** DNS of another account, in one stage: it brings a function of CDK's own. And a log platform. */
const withParts: Change = (input) =>
  input.stage === 'sandbox' ? withShipping({ ...input, webhook: { ...input.webhook, dns } }) : input;

/** Everything that an organization can ask for. */
const withEveryOption: Change = (input) => ({
  ...withShipping(input),
  organization: {
    ...input.organization,
    objectLockMode: 'COMPLIANCE',
    permissionsBoundary: `arn:aws:iam::${input.account}:policy/boundary`,
    rolePath: '/payca/',
    vpc: {
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0'],
      availabilityZones: ['eu-central-1a'],
      securityGroupIds: ['sg-0123456789abcdef0'],
    },
  },
  webhook: { ...input.webhook, dns, waf: { enabled: true, rateLimitPer5Minutes: 150_000 } },
});

/** What the packs find when nothing is acknowledged, and what the register acknowledges, as `Pack::Rule path`. */
function judged(change: Change): { findings: Set<string>; acknowledged: string[][] } {
  const app = goLiveApp(change);
  app.synth();
  const resources = app.node.findAll().filter(CfnResource.isCfnResource);
  const packs = [new AwsSolutionsChecks(), new NIST80053R5Checks(), new PCIDSS321Checks(), new ServerlessChecks()];
  const findings = packs.flatMap((pack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${pack.name}::${ruleName} ${constructPath}`),
      ),
  );
  const acknowledged = EXCEPTIONS.map((exception) =>
    resources.flatMap((resource) => acknowledgedIds(exception, resource).map((id) => `${id} ${resource.node.path}`)),
  );
  return { findings: new Set(findings), acknowledged };
}

const { findings, acknowledged } = judged(withParts);

test('the packs find something at all', () => {
  expect(findings.size).toBeGreaterThan(50);
});

test.each([
  ['the stages as they are', { findings, acknowledged }],
  ['stages that use every option', judged(withEveryOption)],
])('every finding in %s is acknowledged by the register', (_, judgement) => {
  const all = new Set(judgement.acknowledged.flat());
  expect([...judgement.findings].filter((finding) => !all.has(finding))).toEqual([]);
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
