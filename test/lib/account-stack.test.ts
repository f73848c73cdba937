import { App, type CfnResource } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { acknowledgeExceptions } from '../../lib/compliance/acknowledge';
import { addRulePacks, synthesise } from '../../lib/compliance/packs';
import { parseStages, type StageConfig, type StageInput } from '../../lib/config/schema';
import { AccountStack } from '../../lib/stacks/account-stack';
import { change, minimal, minimalSandbox } from '../config/stage';
import { goLiveApp, stacks } from './synth';

const ACCOUNT = '210987654321';
const HOST = 'token.actions.githubusercontent.com';
const github = (environment: string, provider = 'create') => ({
  repository: 'acme@123456/payca-golive@456789',
  environment,
  provider,
});
const gitlab = { project: 'acme/payca-golive', branch: 'main', provider: 'create' };

/** The stack of production, or of both stages in one account. */
function account(...inputs: StageInput[]): { stack: AccountStack; template: Template } {
  const stages = parseStages(inputs) as [StageConfig, ...StageConfig[]];
  const stack = new AccountStack(new App(), 'Account', {
    stages,
    providersFor: stages,
    env: { account: ACCOUNT, region: 'eu-central-1' },
  });
  return { stack, template: Template.fromStack(stack) };
}

const production = (pipelines: unknown, more: Record<string, unknown> = {}) => change({ pipelines, ...more });
const sandbox = (pipelines: unknown) => ({ ...minimalSandbox, pipelines }) as StageInput;

/** Trust and rights of a role by the beginning of its logical id. */
function role(template: Template, id: string) {
  const [[logicalId, { Properties }] = ['', { Properties: {} }]] = Object.entries(
    template.findResources('AWS::IAM::Role'),
  ).filter(([name]) => name.startsWith(id));
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(
    (policy) => policy.Properties.Roles[0].Ref === logicalId,
  );
  return {
    trust: Properties.AssumeRolePolicyDocument.Statement,
    rights: policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement),
  };
}

const bootstrap = (name: string, qualifier = 'hnb659fds') =>
  `arn:aws:iam::${ACCOUNT}:role/cdk-${qualifier}-${name}-role-${ACCOUNT}-eu-central-1`;

describe('GitHub', () => {
  const { template } = account(production({ github: github('production') }));
  const trust = (subject: string) => [
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${HOST}` },
      Condition: { StringEquals: { [`${HOST}:aud`]: 'sts.amazonaws.com', [`${HOST}:sub`]: subject } },
    },
  ];

  test('the role that deploys is for one environment of one repository', () => {
    expect(role(template, 'ProductionGitHubDeploy').trust).toEqual(
      trust('repo:acme@123456/payca-golive@456789:environment:production'),
    );
  });

  test('the role that compares is for pull requests of that repository', () => {
    expect(role(template, 'ProductionGitHubDiff').trust).toEqual(
      trust('repo:acme@123456/payca-golive@456789:pull_request'),
    );
  });

  test('they may become roles of the bootstrap and nothing else', () => {
    expect(role(template, 'ProductionGitHubDeploy').rights).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: ['deploy', 'file-publishing', 'lookup'].map((name) => bootstrap(name)),
      },
    ]);
    expect(role(template, 'ProductionGitHubDiff').rights).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: bootstrap('lookup') },
    ]);
    template.allResourcesProperties('AWS::IAM::Role', Match.not(Match.objectLike({ Policies: Match.anyValue() })));
  });

  test('the qualifier of the bootstrap is the one of the config', () => {
    const other = account(
      production({ github: github('production') }, { 'organization.bootstrapQualifier': 'team42' }),
    ).template;
    expect(role(other, 'ProductionGitHubDiff').rights[0].Resource).toBe(bootstrap('lookup', 'team42'));
  });

  test('the outputs name the roles', () => {
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
      'ProductionGitHubDeployRole',
      'ProductionGitHubDiffRole',
    ]);
  });

  test('a provider that exists is used and not made', () => {
    const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.acme.ghe.com`;
    const imported = account(production({ github: github('production', provider) })).template;
    imported.resourceCountIs('AWS::IAM::OIDCProvider', 0);
    const [statement] = role(imported, 'ProductionGitHubDeploy').trust;
    expect(statement.Principal).toEqual({ Federated: provider });
    expect(Object.keys(statement.Condition.StringEquals)).toEqual([
      'token.actions.acme.ghe.com:aud',
      'token.actions.acme.ghe.com:sub',
    ]);
  });

  test('boundary and path of the organization are on the roles', () => {
    const permissionsBoundary = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
    const bounded = account(
      production(
        { github: github('production') },
        { 'organization.permissionsBoundary': permissionsBoundary, 'organization.rolePath': '/payca/' },
      ),
    ).template;
    bounded.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: permissionsBoundary, Path: '/payca/' });
  });
});

describe('GitLab', () => {
  const { template } = account(production({ gitlab }));

  test('the role that deploys is for one branch of one project', () => {
    expect(role(template, 'ProductionGitLabDeploy').trust[0].Condition).toEqual({
      StringEquals: {
        'gitlab.com:aud': 'https://gitlab.com',
        'gitlab.com:sub': 'project_path:acme/payca-golive:ref_type:branch:ref:main',
      },
    });
  });

  test('the role that compares is for any branch of that project, since a merge request is named by its branch', () => {
    expect(role(template, 'ProductionGitLabDiff').trust[0].Condition).toEqual({
      StringEquals: { 'gitlab.com:aud': 'https://gitlab.com' },
      StringLike: { 'gitlab.com:sub': 'project_path:acme/payca-golive:ref_type:branch:ref:*' },
    });
  });
});

describe('identity providers', () => {
  const both = [
    production({ github: github('production'), gitlab }),
    sandbox({ github: github('sandbox'), gitlab: { ...gitlab, audience: 'payca' } }),
  ];

  test('one for each issuer, for both stages of an account, without thumbprints', () => {
    const { template } = account(...both);
    const providers = Object.values(template.findResources('AWS::IAM::OIDCProvider'));
    expect(providers.map(({ Properties: { Tags: _, ...properties } }) => properties)).toEqual([
      { Url: `https://${HOST}`, ClientIdList: ['sts.amazonaws.com'] },
      { Url: 'https://gitlab.com', ClientIdList: ['https://gitlab.com', 'payca'] },
    ]);
    expect(Object.keys(template.findOutputs('*'))).toHaveLength(8);
  });

  test('they are there before the roles that trust them', () => {
    const { template } = account(...both);
    const providers = Object.keys(template.findResources('AWS::IAM::OIDCProvider')).sort();
    const roles = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => id.includes('Git'));
    expect(roles).toHaveLength(8);
    for (const [, { DependsOn }] of roles) expect(DependsOn).toEqual(providers);
  });

  test('stages in two regions of an account share the one of the first stack, which is deployed first', () => {
    const certificateArn = minimal.webhook.certificateArn.replace('eu-central-1', 'eu-west-1');
    const app = goLiveApp((input) => {
      const own = input.stage === 'production' ? minimal : minimalSandbox;
      const elsewhere = { region: 'eu-west-1', webhook: { ...own.webhook, certificateArn } };
      return {
        ...own,
        ...(input.stage === 'sandbox' ? elsewhere : {}),
        pipelines: { github: github(input.stage) },
      } as StageInput;
    });
    const accounts = stacks(app).filter(({ stackName }) => stackName === 'payca-account');
    const made = accounts.map(({ node }) =>
      node.findAll().filter((construct) => (construct as CfnResource).cfnResourceType === 'AWS::IAM::OIDCProvider'),
    );
    expect(made.map(({ length }) => length)).toEqual([1, 0]);
    expect(accounts[1]?.dependencies).toEqual([accounts[0]]);
  });
});

test('the stack exists for pipelines alone, without the role for logs', () => {
  const existing = account(
    production({ github: github('production') }, { 'organization.apiGatewayAccountRole': 'existing' }),
  ).template;
  existing.resourceCountIs('AWS::ApiGateway::Account', 0);
  existing.resourceCountIs('AWS::IAM::Role', 2);
  const app = goLiveApp((input) => ({
    ...input,
    organization: { ...input.organization, apiGatewayAccountRole: 'existing' },
    ...(input.stage === 'production' ? { pipelines: { github: github('production') } } : {}),
  }));
  const accounts = stacks(app).filter(({ stackName }) => stackName === 'payca-account');
  expect(accounts.map(({ account }) => account)).toEqual(['111122223333']);
});

test('example values of any stage of the account are refused, each with its file', () => {
  const example = { ...github('sandbox'), repository: 'example-org/payca-golive' };
  const { template } = account(production({ github: github('production') }), sandbox({ github: example }));
  expect(template.toJSON().Rules.NoExampleValues.Assertions).toEqual([
    {
      Assert: { 'Fn::Equals': [{ Ref: 'ExampleValues' }, 'replaced'] },
      AssertDescription: 'Edit config/sandbox.ts, it still has example values: pipelines.github.repository',
    },
  ]);
});

test('the rule packs find nothing in the roles that is not acknowledged', () => {
  const checked = (acknowledge: boolean) => () => {
    const app = new App();
    const stages = parseStages([production({ github: github('production'), gitlab })]) as [StageConfig];
    new AccountStack(app, 'Account', { stages, providersFor: stages });
    if (acknowledge) acknowledgeExceptions(app);
    addRulePacks(app);
    synthesise(app);
  };
  expect(checked(false)).toThrow('IAMNoInlinePolicy');
  expect(checked(true)).not.toThrow();
});
