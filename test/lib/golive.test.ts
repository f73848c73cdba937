import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { PIPELINE_VARIABLES } from '../../lib/config/names';
import { minimal, minimalSandbox } from '../config/stage';
import { changed, goLiveApp, stacks } from './synth';

function synthesised(...options: Parameters<typeof goLiveApp>) {
  const app = goLiveApp(...options);
  app.synth();
  return stacks(app).map((stack) => ({ stack, template: Template.fromStack(stack) }));
}
const unchanged = synthesised();

const TAGGED = [
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::RestApi',
  'AWS::DynamoDB::Table',
  'AWS::Events::EventBus',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
  'AWS::WAFv2::WebACL',
];

test('stack names carry programme and stage', () => {
  expect(unchanged.map(({ stack }) => stack.stackName).sort()).toEqual([
    'payca-account',
    'payca-account',
    'payca-production-launch',
    'payca-production-service',
    'payca-production-state',
    'payca-sandbox-launch',
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
  const protectedStacks = unchanged
    .map(({ stack }) => stack)
    .filter(({ terminationProtection }) => terminationProtection);
  expect(protectedStacks.map(({ stackName }) => stackName).sort()).toEqual([
    'payca-production-state',
    'payca-sandbox-state',
  ]);
});

test('permissions boundary and role path are on every role, also on those that CDK makes for its own helpers', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary';
  const app = goLiveApp(
    changed('production', { organization: { permissionsBoundary: boundary, rolePath: '/payca/' } }),
  );
  const own = stacks(app).filter(
    ({ stackName, account }) => /production/.test(stackName) || account === '111122223333',
  );
  const [service] = own.filter(({ stackName }) => stackName === 'payca-production-service');
  new AwsCustomResource(service as Stack, 'Helper', {
    onCreate: { service: 'STS', action: 'getCallerIdentity', physicalResourceId: PhysicalResourceId.of('helper') },
    policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
  });
  const roles = own.flatMap((stack) => Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Role')));
  const ids = roles.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
  expect(ids).toEqual(
    expect.arrayContaining(['ApiGatewayLogs', 'ReceiveWebhookRole', expect.stringMatching(/^AWS679/)]),
  );
  for (const [, { Properties }] of roles) {
    // A path of its own, for who may read a secret, goes below the organization's.
    expect(Properties).toMatchObject({ PermissionsBoundary: boundary, Path: expect.stringMatching(/^\/payca\//) });
  }
});

test('what can have tags has those of the config', () => {
  for (const { template } of unchanged) {
    const tagged = TAGGED.flatMap((type) => Object.values(template.findResources(type)));
    expect(tagged.length).toBeGreaterThan(0);
    for (const { Properties } of tagged) {
      const keys = Properties.Tags.map(({ Key }: { Key: string }) => Key);
      expect(keys).toEqual(expect.arrayContaining(['owner', 'costCenter']));
    }
  }
});

test('the account gets the role by which API Gateway writes logs', () => {
  const [account] = unchanged.filter(({ stack }) => stack.stackName === 'payca-account');
  expect(account).toBeDefined();
  account?.template.hasResourceProperties('AWS::ApiGateway::Account', {
    CloudWatchRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ApiGatewayLogs'), 'Arn'] },
  });
});

test('a template with example values is refused by a rule that says what to edit', () => {
  for (const template of unchanged.map((one) => one.template.toJSON())) {
    expect(template.Parameters.ExampleValues).toMatchObject({ Default: 'present', AllowedValues: ['present'] });
    const [assertion] = template.Rules.NoExampleValues.Assertions;
    expect(assertion.Assert).toEqual({ 'Fn::Equals': [{ Ref: 'ExampleValues' }, 'replaced'] });
    expect(assertion.AssertDescription).toMatch(/config\/(production|sandbox)\.ts.*webhook\.domainName/);
  }
});

test('a template without example values has no such rule', () => {
  for (const { template } of synthesised(undefined, [minimal, minimalSandbox])) {
    expect(template.toJSON()).not.toHaveProperty('Rules.NoExampleValues');
    expect(template.toJSON()).not.toHaveProperty('Parameters.ExampleValues');
  }
});

test('no secret, and no dynamic reference to one, is in a template', () => {
  for (const { template } of unchanged) expect(JSON.stringify(template.toJSON())).not.toContain('{{resolve:');
});

test('what pipelines read stands under programme and stage: every variable once, none of them a secret', () => {
  const parameters = synthesised(changed('sandbox', { programme: 'gifts' })).flatMap(({ template }) =>
    Object.values<{ Type: string; Properties: Record<string, unknown> }>(template.toJSON().Resources)
      .filter(({ Type }) => Type === 'AWS::SSM::Parameter')
      .map(({ Properties }) => Properties)
      .filter(({ Name }) => !/\/config\/\d+$/.test(String(Name))),
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
  const all = (made: typeof unchanged) => JSON.stringify(made.map(({ template }) => template.toJSON()));
  expect(all(synthesised())).toBe(all(unchanged));
});

test('the bootstrap qualifier reaches the stacks', () => {
  const app = goLiveApp(changed('production', { organization: { bootstrapQualifier: 'team42' } }));
  const [stack] = stacks(app).filter(({ stackName }) => stackName === 'payca-production-state');
  expect(stack?.synthesizer.bootstrapQualifier).toBe('team42');
});
