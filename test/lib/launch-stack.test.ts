import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { changed, goLiveApp, stacks, templates } from './synth';

const template = templates()('Production/Launch');

test('there is no Launch without launch.enabled', () => {
  const app = goLiveApp(changed('production', { launch: { enabled: false } }));
  expect(stacks(app).map(({ stackName }) => stackName)).not.toContain('payca-production-launch');
});

test('each address is subscribed once and hears of its own roles', () => {
  const subscriptions = Object.values(template.findResources('AWS::SNS::Subscription')).map(
    ({ Properties }) => Properties,
  );
  const addresses = subscriptions.map(({ Endpoint }) => Endpoint);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(subscriptions.find(({ Endpoint }) => Endpoint === 'engineering@example.com')?.FilterPolicy).toEqual({
    owner: ['Engineering', 'DevOps'],
  });
});

test('what is published is encrypted with the key of the launch', () => {
  template.hasResourceProperties('AWS::SNS::Topic', {
    KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
  });
});

test('the timeline does not run until a launch is scheduled', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(5 minutes)',
    State: 'DISABLED',
    Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RunTimeline'), 'Arn'] } }],
  });
});

test('the hour that is over is counted every hour, against what config expects', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'cron(5 * * * ? *)',
    Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReportFigures'), 'Arn'] } }],
  });
  const [figures] = Object.values(template.findResources('AWS::Lambda::Function')).filter(
    ({ Properties }) => Properties.Environment.Variables.FIGURES_EXPECTED,
  );
  expect(JSON.parse(figures?.Properties.Environment.Variables.FIGURES_EXPECTED)).toMatchObject({
    perHour: { authorizations: { atLeast: 1, atMost: 100_000 } },
    balances: { EUR: '25000.00' },
  });
});

test('the figures are read from indexes only, and recorded where nothing can be deleted', () => {
  const [policy] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
    /^ReportFigures/.test(id),
  );
  const statements: { Action: string | string[] }[] = policy?.[1].Properties.PolicyDocument.Statement;
  const actions = statements.flatMap(({ Action }) => Action);
  expect(actions).toEqual(expect.arrayContaining(['dynamodb:Query', 's3:PutObject', 's3:GetObject', 'sns:Publish']));
  expect(actions.filter((action) => /Delete|Scan|Secret|\*/.test(action))).toEqual([]);
});

describe('the role in the sandbox', () => {
  const both = (...options: Parameters<typeof goLiveApp>) =>
    Template.fromStack(
      stacks(goLiveApp(...options)).find(({ stackName }) => stackName === 'payca-sandbox-launch') as Stack,
    );
  const sandbox = both();
  const [role] = Object.values(
    sandbox.findResources('AWS::IAM::Role', { Properties: { RoleName: 'payca-sandbox-launch' } }),
  );
  const policies = Object.values(sandbox.findResources('AWS::IAM::Policy'));
  const statements = policies
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('ForProduction'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

  test("is taken by production's timeline and nobody else", () => {
    expect(role?.Properties.AssumeRolePolicyDocument.Statement).toMatchObject([
      {
        Action: 'sts:AssumeRole',
        Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/payca-production/launch/*' } },
      },
    ]);
    template.hasResourceProperties('AWS::IAM::Role', { Path: '/payca-production/launch/' });
  });

  test('reads the exported config and switches what launch.automation names', () => {
    expect(statements.map(({ Action, Resource }) => [Action, JSON.stringify(Resource)])).toEqual([
      ['ssm:GetParametersByPath', expect.stringContaining('parameter/payca/sandbox/config')],
      [
        ['events:DescribeRule', 'events:DisableRule', 'events:EnableRule'],
        expect.stringMatching(/rule\/sandbox-card-traffic"?$/),
      ],
      [
        ['scheduler:GetSchedule', 'scheduler:UpdateSchedule'],
        expect.stringContaining('schedule/default/nightly-top-up'),
      ],
      ['iam:PassRole', '"arn:aws:iam::444455556666:role/sandbox-schedules"'],
    ]);
  });

  test('is not there without a production that has a Launch', () => {
    const alone = both(changed('production', { launch: { enabled: false } }));
    expect(
      Object.keys(alone.findResources('AWS::IAM::Role', { Properties: { RoleName: 'payca-sandbox-launch' } })),
    ).toEqual([]);
  });
});

test('what a stage exports fits in the Parameter Store and names places, and no secret', () => {
  const values = Object.values(template.findResources('AWS::SSM::Parameter')).map(({ Properties }) =>
    String(Properties.Value),
  );
  for (const value of values) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(4096);
  const leaves = values.flatMap((value) => JSON.parse(value) as [string, unknown][]);
  expect(leaves).toContainEqual(['payca.profile', 'tenant-balance']);
  expect(leaves.map(([place]) => place)).toEqual(expect.arrayContaining(['code.receive-webhook', 'code.run-timeline']));
});

test('while the window is open, channels of the war room hear the severities that are not theirs', () => {
  const rules = Object.values(templates()('Production/Service').findResources('AWS::Events::Rule')).filter(
    ({ Properties }) => Properties.State === 'DISABLED',
  );
  expect(rules.map(({ Properties }) => Properties.EventPattern.detail.alarmName)).toEqual([
    [{ wildcard: 'payca-production-*-ticket' }, { wildcard: 'payca-production-*-low' }],
    [{ wildcard: 'payca-production-*-low' }],
  ]);
});
