import { Template } from 'aws-cdk-lib/assertions';
import { changed, goLiveApp, stacks, templates } from './synth';

const json = (change?: Parameters<typeof goLiveApp>[0]) =>
  stacks(goLiveApp(change)).map((stack) => ({ stack, template: Template.fromStack(stack).toJSON() }));

test('stack names carry programme and stage', () => {
  expect(
    stacks(goLiveApp())
      .map(({ stackName }) => stackName)
      .sort(),
  ).toEqual([
    'payca-account',
    'payca-account',
    'payca-production-service',
    'payca-production-state',
    'payca-sandbox-service',
    'payca-sandbox-state',
  ]);
});

test('one account for both stages gets one Account stack, and none where the role exists', () => {
  const oneAccount = goLiveApp((input) => ({
    ...input,
    account: '210987654321',
    webhook: { ...input.webhook, certificateArn: input.webhook.certificateArn.replace(/:\d{12}:/, ':210987654321:') },
  }));
  expect(stacks(oneAccount).filter(({ stackName }) => stackName === 'payca-account')).toHaveLength(1);
  const existing = goLiveApp((input) => ({
    ...input,
    organization: { ...input.organization, apiGatewayAccountRole: 'existing' },
  }));
  expect(stacks(existing).filter(({ stackName }) => stackName === 'payca-account')).toHaveLength(0);
});

test('state is protected from deletion', () => {
  const protectedStacks = stacks(goLiveApp()).filter(({ terminationProtection }) => terminationProtection);
  expect(protectedStacks.map(({ stackName }) => stackName).sort()).toEqual([
    'payca-production-state',
    'payca-sandbox-state',
  ]);
});

test('permissions boundary, role path and tags are on every role of the stage', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary';
  const roleArn = 'arn:aws:iam::999988887777:role/dns';
  const dns = { zoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'payca.example.com', roleArn };
  const template = templates((input) => {
    if (input.stage !== 'production') return input;
    const organization = { ...input.organization, permissionsBoundary: boundary, rolePath: '/payca/' };
    return { ...input, organization, webhook: { ...input.webhook, dns } };
  })('Production/Service');
  const roles = Object.values(template.findResources('AWS::IAM::Role'));
  expect(roles.length).toBeGreaterThanOrEqual(4);
  // A path of its own, for who may read a secret, goes below the organization's.
  expect(new Set(roles.map(({ Properties }) => Properties.Path))).toEqual(
    new Set(['/payca/', '/payca/payca-production/secret-readers/']),
  );
  for (const { Properties } of roles) {
    expect(Properties).toMatchObject({ PermissionsBoundary: boundary, Path: expect.stringMatching(/^\/payca\//) });
    expect(Properties.Tags.map(({ Key }: { Key: string }) => Key)).toEqual(
      expect.arrayContaining(['owner', 'costCenter']),
    );
  }
});

test('a template with example values is refused by a rule that says what to edit', () => {
  for (const { template } of json()) {
    expect(template.Parameters.ExampleValues).toMatchObject({ Default: 'present', AllowedValues: ['present'] });
    const [assertion] = template.Rules.NoExampleValues.Assertions;
    expect(assertion.Assert).toEqual({ 'Fn::Equals': [{ Ref: 'ExampleValues' }, 'replaced'] });
    expect(assertion.AssertDescription).toMatch(/config\/(production|sandbox)\.ts.*webhook\.domainName/);
  }
});

test('no secret, and no dynamic reference to one, is in a template', () => {
  for (const { template } of json()) expect(JSON.stringify(template)).not.toContain('{{resolve:');
});

test('two synths of the same config are the same, byte for byte', () => {
  const all = () => JSON.stringify(json().map(({ template }) => template));
  expect(all()).toBe(all());
});

test('the bootstrap qualifier reaches the stacks', () => {
  const app = goLiveApp(changed('production', { organization: { bootstrapQualifier: 'team42' } }));
  const [stack] = stacks(app).filter(({ stackName }) => stackName === 'payca-production-state');
  expect(stack?.synthesizer.bootstrapQualifier).toBe('team42');
});
