import { Match } from 'aws-cdk-lib/assertions';
import { templates } from '../synth';

const synthesised = templates((input) => ({
  ...input,
  payca: { ...input.payca, webhookRegistration: 'events', webhookTypes: ['card', 'account'] },
}));
const template = synthesised('Production/Service');

test('the function knows what the config wants', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        POWERTOOLS_SERVICE_NAME: 'check-subscriptions',
        WEBHOOK_URL: Match.stringLikeRegexp('^https://.+/.+'),
        WEBHOOK_REGISTRATION: 'events',
        WEBHOOK_TYPES: 'card,account',
      }),
    },
  });
});

test('it looks every day', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 day)',
    Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Subscriptions'), 'Arn'] } }],
  });
});

test('it may read the secret, the index of the inbox and its own progress, and no body of a webhook', () => {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
    /^Subscriptions/.test(id),
  );
  const actions = policies.flatMap(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  expect(actions.filter((action) => !/^(kms|xray|logs):/.test(action)).sort()).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'secretsmanager:GetSecretValue',
    'secretsmanager:ListSecretVersionIds',
  ]);
});

test('no deploy, rollback or destroy registers or removes anything: only a schedule and operators call it', () => {
  const callers = template.findResources('AWS::Lambda::Permission', {
    Properties: { FunctionName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Subscriptions'), 'Arn'] } },
  });
  const principals = Object.values(callers).map(({ Properties }) => Properties.Principal);
  expect(principals).toEqual(['events.amazonaws.com']);
});
