import { Match } from 'aws-cdk-lib/assertions';
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
