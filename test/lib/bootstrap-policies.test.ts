import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import type { StageInput } from '../../lib/config/schema';
import { segmented } from '../segment';
import { goLiveApp, stacks } from './synth';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string;
  readonly Condition?: Record<string, Record<string, string>>;
}

const policy = (name: string): Statement[] =>
  JSON.parse(readFileSync(join(__dirname, '..', '..', 'docs', 'bootstrap', `${name}.json`), 'utf8')).Statement;
const execution = policy('execution-policy');
const boundary = policy('boundary-policy');

const app = goLiveApp((input) =>
  segmented({
    ...input,
    pipelines: {
      github: { repository: 'acme/payca', environment: input.stage, provider: 'create' },
      gitlab: { project: 'acme/payca', branch: 'main', provider: 'create' },
    },
    organization: {
      ...input.organization,
      permissionsBoundary: `arn:aws:iam::${input.account}:policy/payca-boundary`,
    },
  } as StageInput),
);
app.synth();
const templates = stacks(app).map((stack) => Template.fromStack(stack).toJSON());
const resources = templates.flatMap(({ Resources }) =>
  Object.values(Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>),
);

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

function allows(statements: readonly Statement[], action: string): boolean {
  const matching = statements.filter(({ Action }) =>
    list(Action).some(
      (pattern) => pattern === action || (pattern.endsWith('*') && action.startsWith(pattern.slice(0, -1))),
    ),
  );
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

/** IAM's name of the service whose resources a type is. */
const service = (type: string) => (type.split('::')[1] ?? '').toLowerCase().replace('kinesisfirehose', 'firehose');

test('CloudFormation may use every service of the stacks', () => {
  const services = [...new Set(resources.map(({ Type }) => Type))]
    .filter((type) => type.startsWith('AWS::') && !/^AWS::(IAM|CDK|CloudFormation|EC2)::/.test(type))
    .map(service);
  expect(services.length).toBeGreaterThan(10);
  expect([...new Set(services)].filter((name) => !allows(execution, `${name}:Anything`))).toEqual([]);
});

/**
 * What CloudFormation does for each type, create to delete. EC2 is more than this app needs, so not all of it.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
const EC2_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'AWS::EC2::SecurityGroup': [
    'AuthorizeSecurityGroupEgress',
    'CreateSecurityGroup',
    'DeleteSecurityGroup',
    'DescribeSecurityGroups',
    'RevokeSecurityGroupEgress',
  ],
  'AWS::EC2::SecurityGroupIngress': [
    'AuthorizeSecurityGroupIngress',
    'DescribeSecurityGroupRules',
    'RevokeSecurityGroupIngress',
  ],
  'AWS::EC2::VPCEndpoint': ['CreateVpcEndpoint', 'DeleteVpcEndpoints', 'DescribeVpcEndpoints', 'ModifyVpcEndpoint'],
};

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
test.each(['DescribeSecurityGroups', 'DescribeSubnets', 'DescribeVpcs', 'GetSecurityGroupsForVpc'])(
  'Lambda may look at the VPC for whoever puts a function into it: %s',
  (action) => expect(allows(execution, `ec2:${action}`)).toBe(true),
);

test('CloudFormation may make the segment of a VPC, and nothing else of EC2', () => {
  const types = [...new Set(resources.map(({ Type }) => Type))].filter((type) => type.startsWith('AWS::EC2::'));
  expect(types.sort()).toEqual(Object.keys(EC2_ACTIONS));
  const needed = [...Object.values(EC2_ACTIONS).flat(), 'CreateTags', 'DeleteTags'].map((action) => `ec2:${action}`);
  expect(needed.filter((action) => !allows(execution, action))).toEqual([]);
  expect(allows(execution, 'ec2:RunInstances')).toBe(false);
  expect(allows(execution, 'ec2:CreateRoute')).toBe(false);
});

test('the boundary lets every role do what its policies allow', () => {
  const granted = resources
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
    .flatMap(({ Action }) => list(Action));
  expect(granted.length).toBeGreaterThan(30);
  expect([...new Set(granted)].filter((action) => !allows(boundary, action))).toEqual([]);
});

test('roles are made within the boundary only, and no secret is read', () => {
  for (const action of [
    'iam:CreateRole',
    'iam:PutRolePolicy',
    'iam:AttachRolePolicy',
    'iam:PutRolePermissionsBoundary',
  ]) {
    for (const statement of execution.filter(({ Action }) => list(Action).includes(action))) {
      expect(statement.Condition?.StringEquals?.['iam:PermissionsBoundary']).toMatch(/:policy\/payca-boundary$/);
    }
    expect(allows(execution, action)).toBe(true);
  }
  expect(allows(execution, 'iam:CreatePolicyVersion')).toBe(false);
  expect(allows(execution, 'iam:DeleteRolePermissionsBoundary')).toBe(false);
  expect(allows(execution, 'secretsmanager:GetSecretValue')).toBe(false);
  for (const { Properties } of resources.filter(({ Type }) => Type === 'AWS::IAM::Role')) {
    expect(Properties.PermissionsBoundary).toMatch(/^arn:aws:iam::\d{12}:policy\/payca-boundary$/);
  }
});

test('both fit into a managed policy of 6,144 characters', () => {
  for (const statements of [execution, boundary]) expect(JSON.stringify(statements).length).toBeLessThan(6000);
});
