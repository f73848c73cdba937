import { CfnResource } from 'aws-cdk-lib';
import { acknowledgedIds } from '../../../lib/compliance/acknowledge';
import { EXCEPTIONS } from '../../../lib/compliance/exceptions';
import { RULE_PACKS } from '../../../lib/compliance/packs';
import { segmented } from '../../segment';
import { goLiveApp } from '../synth';

/** Second opinions are judged by `npm run compliance` only: their programs are slow or not everybody's. */
const SECOND_OPINION = /^(ControlTower|CfnLint)(-|::)/;

type Change = NonNullable<Parameters<typeof goLiveApp>[0]>;

const dns = { zoneId: 'Z0123456789ABC', zoneName: 'example.com', roleArn: 'arn:aws:iam::999988887777:role/dns' };

const withShipping: Change = (input) => ({
  ...input,
  thirdPartySecrets: [...(input.thirdPartySecrets ?? []), 'log-platform'],
  shipping: { destination: { kind: 'datadog', site: 'datadoghq.eu' }, secret: 'log-platform' },
});

const allowList = { any: true, reason: 'ranges not known yet', owner: 'DevOps', expires: '2027-01-31' } as const;

/** In one stage: DNS of another account, which brings a function of CDK's own, a log platform, and any address. */
const withParts: Change = (input) =>
  input.stage === 'sandbox' ? withShipping({ ...input, webhook: { ...input.webhook, dns, allowList } }) : input;

/** Everything that an organization can ask for. */
const withEveryOption: Change = (input) => ({
  ...withShipping(input),
  organization: {
    ...input.organization,
    objectLockMode: input.stage === 'production' ? 'COMPLIANCE' : 'GOVERNANCE',
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
  const findings = RULE_PACKS.map((Pack) => new Pack()).flatMap((pack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${pack.name}::${ruleName} ${constructPath}`),
      ),
  );
  const acknowledged = EXCEPTIONS.map((exception) =>
    resources.flatMap((resource) =>
      acknowledgedIds(exception, resource)
        .filter((id) => !SECOND_OPINION.test(id))
        .map((id) => `${id} ${resource.node.path}`),
    ),
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
  ['stages with a segment', judged(segmented)],
])('every finding in %s is acknowledged by the register', (_, judgement) => {
  const all = new Set(judgement.acknowledged.flat());
  expect([...judgement.findings].filter((finding) => !all.has(finding))).toEqual([]);
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
