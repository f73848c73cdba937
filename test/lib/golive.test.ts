import { Template } from 'aws-cdk-lib/assertions';
import { PIPELINE_VARIABLES } from '../../lib/config/names';
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
  for (const { Properties } of roles) {
    expect(Properties).toMatchObject({ PermissionsBoundary: boundary, Path: '/payca/' });
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

test('what pipelines read stands under programme and stage: every variable once, none of them a secret', () => {
  const parameters = json(changed('sandbox', { programme: 'gifts' })).flatMap(({ template }) =>
    Object.values<{ Type: string; Properties: Record<string, unknown> }>(template.Resources)
      .filter(({ Type }) => Type === 'AWS::SSM::Parameter')
      .map(({ Properties }) => Properties),
  );
  const paths = ['/payca/production', '/gifts/sandbox'].flatMap((path) =>
    PIPELINE_VARIABLES.map((name) => `${path}/${name}`),
  );
  expect(parameters.map(({ Name }) => Name).sort()).toEqual(paths.sort());
  const value = (name: string) => parameters.find(({ Name }) => Name === name)?.Value;
  expect(value('/payca/production/PAYCA_BASE_URL')).toBe('https://api.payca.example');
  expect(value('/payca/production/PAYCA_AWS_REGION')).toBe('eu-central-1');
  expect(value('/payca/production/PAYCA_WEBHOOK_URL')).toBe('https://webhooks.payca.example.com/webhooks');
  expect(value('/payca/production/PAYCA_CREDENTIALS_SECRET_ARN')).toEqual({ Ref: 'CredentialsSecret40F8BB41' });
  for (const { Type } of parameters) expect(Type).toBe('String');
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
