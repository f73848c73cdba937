import { Match } from 'aws-cdk-lib/assertions';
import { IMPORTS } from '../../../lambda/payca/imports';
import type { StageInput } from '../../../lib/config/schema';
import { templates } from '../synth';

const withBalances = (balances: 'users-stats' | 'accounts') =>
  templates((input: StageInput) => ({ ...input, payca: { ...input.payca, balances } }))('Production/Service');
const plain = withBalances('users-stats');
const asking = withBalances('accounts');

function statements(template: typeof plain) {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => /^BinImport/.test(id));
  return policies.flatMap(
    ([, { Properties }]) =>
      Properties.PolicyDocument.Statement as { readonly Action: string | string[]; readonly Resource: unknown }[],
  );
}

const actionsOf = (template: typeof plain) => [
  ...new Set(
    statements(template)
      .flatMap(({ Action }) => Action)
      .filter((action) => !/^(kms|xray|logs):/.test(action)),
  ),
];

test('it is called for what is put below bins/uploads/, and for nothing that it writes itself', () => {
  plain.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { object: { key: [{ prefix: IMPORTS.binUploads }] } },
    },
    Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^BinImport'), 'Arn'] } }],
  });
  for (const written of [IMPORTS.binVersions, IMPORTS.binTrials])
    expect(written.startsWith(IMPORTS.binUploads)).toBe(false);
});

test('it may read and write what it needs, and delete nothing', () => {
  expect(actionsOf(plain).sort()).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
  ]);
  const writes = statements(plain).filter(({ Action }) => Action === 's3:PutObject');
  const places = JSON.stringify(writes);
  expect(places).toContain(`/${IMPORTS.binVersions}*`);
  expect(places).not.toContain(`/${IMPORTS.binUploads}`);
  expect(places).not.toContain(`/${IMPORTS.usersCards}`);
});

test('only where the profile shows BINs it knows PayCA and reads the secret', () => {
  const secret = actionsOf(asking).filter((action) => action.startsWith('secretsmanager:'));
  expect(secret.sort()).toEqual(['secretsmanager:GetSecretValue', 'secretsmanager:ListSecretVersionIds']);
  const variables = (template: typeof plain) =>
    Object.values(template.findResources('AWS::Lambda::Function'))
      .map(({ Properties }) => Properties.Environment?.Variables ?? {})
      .find(({ POWERTOOLS_SERVICE_NAME }) => POWERTOOLS_SERVICE_NAME === 'import-bins');
  expect(variables(asking)).toMatchObject({ PAYCA_BALANCES: 'accounts', CREDENTIALS_SECRET: expect.anything() });
  expect(Object.keys(variables(plain)).filter((name) => /^PAYCA_|SECRET/.test(name))).toEqual([]);
});

test('a refused file, a crash and a time-out raise the same ticket', () => {
  plain.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'payca-production-bin-import-failed-ticket',
    Metrics: Match.arrayWith([
      Match.objectLike({
        MetricStat: Match.objectLike({
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^BinImport') } }],
          },
        }),
      }),
    ]),
  });
});
