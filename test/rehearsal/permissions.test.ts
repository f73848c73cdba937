import { inCidr, Judge, matches, type Statement } from '../../rehearsal/permissions';
import type { Template } from '../../rehearsal/template';
import { deployed, document, getAtt, the } from './deployment';

const allow = (Action: string | string[], Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (Action: string, Resource: unknown, more: object = {}) => ({ Effect: 'Deny', Action, Resource, ...more });
const via = (service: string) => ({
  Condition: { StringEquals: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` } },
});
const ROOT = { Principal: { AWS: 'arn:aws:iam::210987654321:root' } };

type Resources = NonNullable<Template['Resources']>;

/** A role with these statements, beside a table, a queue, a secret and a bucket under one customer key. */
function judged(statements: object[], more: Resources = {}, keyPolicy: object[] = [allow('kms:*', '*', ROOT)]) {
  const deployment = deployed({
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: document(...keyPolicy) } },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { TableName: 'inbox', SSESpecification: { KMSMasterKeyId: getAtt('Key') } },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: getAtt('Key') } },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { KmsKeyId: { Ref: 'Key' } } },
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: 'records',
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: getAtt('Key') } },
          ],
        },
      },
    },
    Plain: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'plain' } },
    Role: { Type: 'AWS::IAM::Role' },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: document(...statements) },
    },
    ...more,
  });
  const judge = new Judge(deployment);
  const role = the(deployment, 'Role');
  return {
    judge,
    role,
    arn: (id: string) => the(deployment, id).arn,
    refusal: (action: string, resource: string) => judge.refusal(role, action, resource),
  };
}

const PLAIN = 'arn:aws:dynamodb:eu-central-1:210987654321:table/plain';

describe('a role', () => {
  test('may do what its policies allow on that resource, and nothing else', () => {
    const { refusal } = judged([allow('dynamodb:Put*', getAtt('Plain'))]);
    expect(refusal('dynamodb:PutItem', PLAIN)).toBeUndefined();
    expect(refusal('dynamodb:GetItem', PLAIN)).toBe(`Role is not allowed dynamodb:GetItem on ${PLAIN}`);
    expect(refusal('dynamodb:PutItem', `${PLAIN}x`)).toBe(`Role is not allowed dynamodb:PutItem on ${PLAIN}x`);
  });

  test('is denied what any of its policies denies', () => {
    const { refusal } = judged([allow('*', '*'), deny('dynamodb:DeleteItem', '*')]);
    expect(refusal('dynamodb:DeleteItem', PLAIN)).toBe(`Role is denied dynamodb:DeleteItem on ${PLAIN}`);
  });

  test('is allowed by a policy inside it and by a managed one of the templates', () => {
    const { refusal } = judged([], {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { Policies: [{ PolicyDocument: document(allow('dynamodb:GetItem', getAtt('Plain'))) }] },
      },
      Managed: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: document(allow('dynamodb:PutItem', getAtt('Plain'))) },
      },
    });
    expect(refusal('dynamodb:GetItem', PLAIN)).toBeUndefined();
    expect(refusal('dynamodb:PutItem', PLAIN)).toBeUndefined();
    expect(refusal('dynamodb:Query', PLAIN)).toContain('is not allowed');
  });

  describe('with a permissions boundary', () => {
    const boundary = (...statements: object[]): Resources => ({
      Limit: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document(...statements) } },
      Role: { Type: 'AWS::IAM::Role', Properties: { PermissionsBoundary: { Ref: 'Limit' } } },
    });

    test('may do only what both allow', () => {
      const { refusal } = judged([allow('dynamodb:*', '*')], boundary(allow('dynamodb:GetItem', '*')));
      expect(refusal('dynamodb:GetItem', PLAIN)).toBeUndefined();
      expect(refusal('dynamodb:PutItem', PLAIN)).toBe(
        `Role is kept from dynamodb:PutItem on ${PLAIN} by its permissions boundary`,
      );
    });

    test('gets nothing from it alone, and is denied what it denies', () => {
      expect(judged([], boundary(allow('*', '*'))).refusal('dynamodb:GetItem', PLAIN)).toContain('is not allowed');
      const { refusal } = judged([allow('*', '*')], boundary(allow('*', '*'), deny('dynamodb:*', '*')));
      expect(refusal('dynamodb:GetItem', PLAIN)).toBe(`Role is denied dynamodb:GetItem on ${PLAIN}`);
    });
  });

  test('is denied what the resource denies to it, not what it denies to others', () => {
    const bucketPolicy = (...statements: object[]): Resources => ({
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: document(...statements) },
      },
    });
    const object = 'arn:aws:s3:::records/a';
    const own = [allow('s3:*', '*'), allow('kms:*', '*')];
    const everybody = deny('s3:*', 'arn:aws:s3:::records/*', { Principal: { AWS: '*' } });
    expect(judged(own, bucketPolicy(everybody)).refusal('s3:GetObject', object)).toBe(
      `Role is denied s3:GetObject on ${object}`,
    );
    const plain = { ...everybody, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    expect(judged(own, bucketPolicy(plain)).refusal('s3:GetObject', object)).toBeUndefined();
    const others = { ...everybody, Principal: { AWS: 'arn:aws:iam::210987654321:role/other' } };
    expect(judged(own, bucketPolicy(others)).refusal('s3:GetObject', object)).toBeUndefined();
  });
});

describe('a customer key', () => {
  // What AWS documents that each service does with a key in the caller's name.
  test.each([
    ['dynamodb:PutItem', 'Table', '', ['kms:Decrypt']],
    ['dynamodb:Query', 'Table', '/index/undispatched', ['kms:Decrypt']],
    ['dynamodb:GetRecords', 'Table', '/stream/2026-01-01T00:00:00.000', ['kms:Decrypt']],
    ['secretsmanager:GetSecretValue', 'Secret', '', ['kms:Decrypt']],
    ['s3:PutObject', 'Bucket', '/events/a', ['kms:GenerateDataKey']],
    ['s3:GetObject', 'Bucket', '/events/a', ['kms:Decrypt']],
    ['sqs:SendMessage', 'Queue', '', ['kms:GenerateDataKey', 'kms:Decrypt']],
    ['sqs:ReceiveMessage', 'Queue', '', ['kms:Decrypt']],
  ])('%s on %s%s needs %j, each of them', (action, id, suffix, needed) => {
    const grant = allow(action, '*');
    for (const missing of needed) {
      const { refusal, arn } = judged([
        grant,
        ...needed.filter((one) => one !== missing).map((one) => allow(one, '*')),
      ]);
      expect(refusal(action, `${arn(id)}${suffix}`)).toBe(`Role is not allowed ${missing} on ${arn('Key')}`);
    }
    const { refusal, arn } = judged([grant, allow(needed, '*')]);
    expect(refusal(action, `${arn(id)}${suffix}`)).toBeUndefined();
  });

  test('is used for deleting a message, and for a table without one, not at all', () => {
    const { refusal, arn } = judged([allow(['sqs:DeleteMessage', 'dynamodb:PutItem'], '*')]);
    expect(refusal('sqs:DeleteMessage', arn('Queue'))).toBeUndefined();
    expect(refusal('dynamodb:PutItem', arn('Plain'))).toBeUndefined();
  });

  test('granted through one service only cannot be used through another or directly', () => {
    const { refusal, arn } = judged([
      allow(['dynamodb:PutItem', 'secretsmanager:GetSecretValue'], '*'),
      allow('kms:Decrypt', getAtt('Key'), via('dynamodb')),
    ]);
    expect(refusal('dynamodb:PutItem', arn('Table'))).toBeUndefined();
    const denied = `Role is not allowed kms:Decrypt on ${arn('Key')}`;
    expect(refusal('secretsmanager:GetSecretValue', arn('Secret'))).toBe(denied);
    expect(refusal('kms:Decrypt', arn('Key'))).toBe(denied);
  });

  test('must let the role in by its own policy: by name, or by its account', () => {
    const own = [allow(['dynamodb:PutItem', 'kms:Decrypt'], '*')];
    const judgement = (...keyPolicy: object[]) => {
      const { refusal, arn } = judged(own, {}, keyPolicy);
      return refusal('dynamodb:PutItem', arn('Table'))?.replace(arn('Key'), 'KEY');
    };
    expect(judgement()).toBe('Role is not let to kms:Decrypt by the policy of key KEY');
    expect(judgement(allow('kms:Encrypt', '*', ROOT))).toContain('is not let to kms:Decrypt');
    expect(judgement(allow('kms:Decrypt', '*', { Principal: { AWS: getAtt('Role') } }))).toBeUndefined();
    expect(judgement(allow('kms:*', '*', ROOT))).toBeUndefined();
    expect(judgement(allow('kms:*', '*', ROOT), deny('kms:Decrypt', '*', { Principal: '*' }))).toContain('is denied');
  });
});

describe('a service', () => {
  const source = { 'aws:SourceAccount': '210987654321' };
  const queuePolicy = (...statements: object[]): Resources => ({
    QueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: document(...statements) },
    },
  });
  const Principal = { Service: 'events.amazonaws.com' };
  const sending = allow('sqs:SendMessage', getAtt('Queue'), { Principal });
  const using = (...actions: string[]) => allow(actions, '*', { Principal });

  const send = (policy: object[], keyPolicy: object[]) => {
    const { judge, arn } = judged([], queuePolicy(...policy), keyPolicy);
    return judge
      .serviceRefusal('events.amazonaws.com', 'sqs:SendMessage', arn('Queue'), source)
      ?.replace(arn('Queue'), 'QUEUE')
      .replace(arn('Key'), 'KEY');
  };

  test('must be let in by the resource and by its key, for all it does with it', () => {
    expect(send([sending], [using('kms:GenerateDataKey*', 'kms:Decrypt')])).toBeUndefined();
    expect(send([], [using('kms:*')])).toBe(
      'events.amazonaws.com is not allowed sqs:SendMessage on QUEUE by its policy',
    );
    expect(send([sending], [allow('kms:*', '*', ROOT)])).toBe(
      'events.amazonaws.com is not allowed kms:GenerateDataKey on KEY by its policy',
    );
    expect(send([sending], [using('kms:GenerateDataKey')])).toBe(
      'events.amazonaws.com is not allowed kms:Decrypt on KEY by its policy',
    );
  });

  test('is held to the conditions, and to what is denied', () => {
    const only = (account: string) => ({ ...sending, Condition: { StringEquals: { 'aws:SourceAccount': account } } });
    expect(send([only('210987654321')], [using('kms:*')])).toBeUndefined();
    expect(send([only('109876543210')], [using('kms:*')])).toContain('is not allowed sqs:SendMessage');
    const closed = deny('sqs:*', '*', { Principal: '*' });
    expect(send([sending, closed], [using('kms:*')])).toContain('is not allowed sqs:SendMessage');
  });
});

describe('a condition', () => {
  const about = (Condition: Statement['Condition'], context: Record<string, string> = {}) =>
    matches({ Effect: 'Allow', Action: '*', Condition }, { action: 'a:B', resource: '*', context });

  test.each<[string, string, string, boolean]>([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', 'a', 'A', false],
    ['StringNotEquals', 'a', 'b', true],
    ['StringNotEquals', 'a', 'a', false],
    ['StringLike', 'arn:aws:s3:::*', 'arn:aws:s3:::records', true],
    ['StringNotLike', 'a*', 'abc', false],
    ['ArnLike', 'arn:aws:logs:*:*:log-group:*', 'arn:aws:logs:eu-central-1:1:log-group:x', true],
    ['ArnEquals', 'arn:aws:events:*', 'arn:aws:sqs:x', false],
    ['Bool', 'true', 'true', true],
    ['Bool', 'false', 'true', false],
    ['NumericLessThan', '1.2', '1.1', true],
    ['NumericLessThan', '1.2', '1.3', false],
    ['IpAddress', '192.0.2.0/24', '192.0.2.9', true],
    ['IpAddress', '192.0.2.0/24', '2001:db8::1', false],
  ])('%s %s holds of %s: %s', (operator, expected, found, holds) => {
    expect(about({ [operator]: { key: expected } }, { key: found })).toBe(holds);
  });

  test('about what the request does not say fails, unless it is negative or has IfExists', () => {
    expect(about({ StringEquals: { key: 'a' } })).toBe(false);
    expect(about({ StringNotEquals: { key: 'a' } })).toBe(true);
    expect(about({ StringEqualsIfExists: { key: 'a' } })).toBe(true);
    expect(about({ StringEqualsIfExists: { key: 'a' } }, { key: 'b' })).toBe(false);
  });

  test('lets any of its values and needs all of its keys', () => {
    expect(about({ StringEquals: { key: ['a', 'b'] } }, { key: 'b' })).toBe(true);
    expect(about({ StringEquals: { key: 'a', other: 'b' } }, { key: 'a', other: 'c' })).toBe(false);
  });

  test.each(['StringEqualsIgnoreCase', 'Null', 'ForAnyValue:StringEquals', 'DateLessThan'])(
    '%s is not known and says so',
    (operator) => {
      expect(() => about({ [operator]: { key: 'a' } }, { key: 'a' })).toThrow(
        `condition operator ${operator} is not known to the rehearsal`,
      );
    },
  );
});

test('actions match by wildcards in any case, and NotAction is all others', () => {
  const request = { action: 'dynamodb:PutItem', resource: '*', context: {} };
  const statement = { Effect: 'Allow' } as const;
  expect(matches({ ...statement, Action: 'DynamoDB:put*' }, request)).toBe(true);
  expect(matches({ ...statement, Action: 'dynamodb:PutIte' }, request)).toBe(false);
  expect(matches({ ...statement, Action: 'dynamodb:PutIte?' }, request)).toBe(true);
  expect(matches({ ...statement, NotAction: 'dynamodb:Get*' }, request)).toBe(true);
  expect(matches({ ...statement, NotAction: 'dynamodb:put*' }, request)).toBe(false);
});

test.each(['NotResource', 'NotPrincipal'])('%s is not known and says so', (element) => {
  const statement = { Effect: 'Allow', Action: '*', [element]: '*' } as const;
  expect(() => matches(statement, { action: 'a:B', resource: '*', context: {} })).toThrow(
    `policy element ${element} is not known to the rehearsal`,
  );
});

test('what was granted and never used is told', () => {
  const { judge, role, refusal } = judged([allow(['dynamodb:PutItem', 'dynamodb:Get*', 'dynamodb:Query'], '*')]);
  refusal('dynamodb:PutItem', PLAIN);
  refusal('dynamodb:GetItem', PLAIN);
  refusal('dynamodb:Scan', PLAIN);
  expect([...judge.used]).toEqual(['Role dynamodb:PutItem', 'Role dynamodb:GetItem']);
  expect(judge.unused(role)).toEqual(['dynamodb:Query']);
});

test.each([
  ['192.0.2.255', '192.0.2.0/24', true],
  ['192.0.3.0', '192.0.2.0/24', false],
  ['2001:db8:100::5', '2001:db8:100::/48', true],
  ['2001:db8:101::', '2001:db8:100::/48', false],
  ['192.0.2.1', '192.0.2.1', true],
])('%s in %s: %s', (address, cidr, expected) => {
  expect(inCidr(address, cidr)).toBe(expected);
});
