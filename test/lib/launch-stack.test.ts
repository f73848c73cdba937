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
