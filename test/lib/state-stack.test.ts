import { Match } from 'aws-cdk-lib/assertions';
import { changed, templates } from './synth';

const RETAINED = ['AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::DynamoDB::Table', 'AWS::S3::Bucket'];

interface KeyStatement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Principal: object;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

describe.each(['Production/State', 'Sandbox/State'] as const)('%s', (name) => {
  const template = templates()(name);

  test.each(RETAINED)('keeps every %s when the stack goes or replaces it', (type) => {
    for (const resource of Object.values(template.findResources(type))) {
      expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    }
  });

  test('gives no physical names, so that a replacement is possible', () => {
    for (const type of RETAINED) {
      for (const { Properties } of Object.values(template.findResources(type))) {
        expect(Object.keys(Properties)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^(Name|TableName|BucketName)$/)]),
        );
      }
    }
  });

  test('gives birth to credentials that are not a key', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      SecretString: '{"supplied":false}',
      KmsKeyId: Match.anyValue(),
    });
  });

  test('the secret is read and changed by the readers of the stage, operators and the root only', () => {
    const stage = name === 'Production/State' ? 'production' : 'sandbox';
    const secrets = Object.keys(template.findResources('AWS::SecretsManager::Secret'));
    const policies = Object.values(template.findResources('AWS::SecretsManager::ResourcePolicy'));
    expect(policies.map(({ Properties }) => Properties.SecretId.Ref).sort()).toEqual(secrets.sort());
    const [{ Properties } = { Properties: undefined }, ...others] = policies;
    for (const other of others) expect(other.Properties.ResourcePolicy).toEqual(Properties.ResourcePolicy);
    const [statement] = Properties.ResourcePolicy.Statement;
    expect(statement).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: [
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
    });
    // Whoever administers the account can still mend this policy.
    expect(Properties.ResourcePolicy.Statement).toHaveLength(1);
    const patterns = statement.Condition.ArnNotLike['aws:PrincipalArn'];
    expect(patterns.map((arn: string) => arn.replace(/^arn:aws:iam::\d{12}:/, ''))).toEqual([
      'root',
      `role/payca-${stage}/secret-readers/*`,
      'role/aws-reserved/sso.amazonaws.com/*',
    ]);
  });

  test('the key of the secret is used by the same, and by the role that deploys it, through Secrets Manager only', () => {
    const [key] = Object.values(template.findResources('AWS::KMS::Key')).filter(({ Properties }) =>
      JSON.stringify(Properties.KeyPolicy).includes('UsedByReadersAndOperators'),
    );
    const statements: KeyStatement[] = key?.Properties.KeyPolicy.Statement;
    const users = statements.filter(
      ({ Effect, Action }) =>
        Effect === 'Allow' && [Action].flat().some((action) => /^kms:(\*|Decrypt|CreateGrant)/.test(action)),
    );
    expect(users).toHaveLength(2);
    expect(users[0]?.Condition).toEqual({
      StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' },
      ArnLike: {
        'aws:PrincipalArn': [
          expect.stringMatching(/:root$/),
          expect.stringMatching(/secret-readers\/\*$/),
          expect.stringMatching(/sso\.amazonaws\.com\/\*$/),
          expect.stringMatching(/role\/cdk-hnb659fds-cfn-exec-role-\d{12}-eu-central-1$/),
        ],
      },
    });
    expect(users[1]?.Principal).toEqual({ Service: 'logs.eu-central-1.amazonaws.com' });
    const administered = statements.flatMap(({ Action }) => Action);
    expect(administered).toEqual(expect.arrayContaining(['kms:Put*', 'kms:ScheduleKeyDeletion', 'kms:Describe*']));
  });

  test('no key lets anybody but AWS services make a grant', () => {
    const keys = Object.values(template.findResources('AWS::KMS::Key'));
    expect(keys.length).toBeGreaterThan(5);
    for (const { Properties } of keys)
      expect(Properties.KeyPolicy.Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'kms:CreateGrant',
          Condition: {
            BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' },
          },
        }),
      );
  });

  test('promote-credentials reads and moves stages of exactly that secret, and watches it hourly', () => {
    const [policy] = Object.entries(template.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith('PromoteCredentials'))
      .map(([, { Properties }]) => Properties.PolicyDocument.Statement);
    const [statement] = policy.filter(({ Action }: { Action: string | string[] }) =>
      JSON.stringify(Action).includes('secretsmanager:'),
    );
    expect(statement).toEqual({
      Effect: 'Allow',
      Action: [
        'secretsmanager:GetSecretValue',
        'secretsmanager:ListSecretVersionIds',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      Resource: { Ref: 'CredentialsSecret40F8BB41' },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          POWERTOOLS_SERVICE_NAME: 'promote-credentials',
          PAYCA_BALANCES: 'users-stats',
          OVERLAP_HOURS: '48',
        }),
      },
      Timeout: 50,
    });
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' });
  });

  test('the inbox is encrypted with its own key, recoverable, protected, expiring and streamed', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: {
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^InboxKey'), 'Arn'] },
      },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [
        Match.objectLike({ IndexName: 'undispatched', Projection: { ProjectionType: 'KEYS_ONLY' } }),
        Match.objectLike({ IndexName: 'hour', Projection: Match.objectLike({ ProjectionType: 'INCLUDE' }) }),
      ],
    });
  });

  test('the archive is written once: Object Lock, versions, customer key, TLS only, nothing public', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: Match.anyValue(), Days: Match.anyValue() } } },
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: Match.anyValue() },
          },
        ],
      },
    });
  });

  test('every bucket refuses what does not come over TLS 1.2 or later', () => {
    const denied = Object.values(template.findResources('AWS::S3::BucketPolicy')).map(({ Properties }) =>
      Properties.PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Deny').map(
        ({ Condition }: { Condition: object }) => Condition,
      ),
    );
    expect(denied).toHaveLength(Object.keys(template.findResources('AWS::S3::Bucket')).length);
    for (const conditions of denied) {
      expect(conditions).toEqual([
        { Bool: { 'aws:SecureTransport': 'false' } },
        { NumericLessThan: { 's3:TlsVersion': 1.2 } },
      ]);
    }
  });

  test('replays leave one-time codes out', () => {
    template.hasResourceProperties('AWS::Events::Archive', {
      EventPattern: { source: ['payca'], 'detail-type': [{ 'anything-but': ['card_tokenization.tokenization_code'] }] },
    });
  });
});

test('Object Lock mode and retentions come from the config', () => {
  const template = templates(
    changed('production', {
      organization: { objectLockMode: 'COMPLIANCE' },
      retentionDays: { ledgerExports: 3653, evidence: 1000, auditLogs: 731, webhooks: 20 },
    }),
  )('Production/State');
  const buckets = Object.entries(template.findResources('AWS::S3::Bucket')).map(([id, { Properties }]) => [
    id.replace(/[0-9A-F]{8}$/, ''),
    Properties.ObjectLockConfiguration?.Rule.DefaultRetention,
    Properties.LifecycleConfiguration.Rules.find((rule: object) => 'ExpirationInDays' in rule).ExpirationInDays,
  ]);
  expect(buckets).toEqual([
    ['AccessLogs', undefined, 731],
    ['Archive', { Mode: 'COMPLIANCE', Days: 3653 }, 3653],
    ['Evidence', { Mode: 'COMPLIANCE', Days: 1000 }, 1000],
    ['Imports', undefined, 90],
  ]);
  // Replays never reach further back than the inbox itself.
  template.hasResourceProperties('AWS::Events::Archive', { RetentionDays: 20 });
});

test('third-party keys are secrets of their own under the same key and policy', () => {
  const template = templates(
    changed('production', {
      thirdPartySecrets: ['pagerduty', 'slack-webhook'],
      escalation: { channels: [] },
      launch: { warRoom: [] },
      organization: { operatorRoles: ['arn:aws:iam::111122223333:role/operators/*'] },
    }),
  )('Production/State');
  template.resourceCountIs('AWS::SecretsManager::Secret', 3);
  template.allResourcesProperties('AWS::SecretsManager::Secret', {
    SecretString: '{"supplied":false}',
    KmsKeyId: { 'Fn::GetAtt': ['CredentialsKey849F44B7', 'Arn'] },
  });
  const policies = Object.values(template.findResources('AWS::SecretsManager::ResourcePolicy'));
  expect(policies).toHaveLength(3);
  for (const { Properties } of policies)
    expect(Properties.ResourcePolicy.Statement[0].Condition.ArnNotLike['aws:PrincipalArn']).toContain(
      'arn:aws:iam::111122223333:role/operators/*',
    );
  template.hasOutput('ThirdPartySecrets', {});
});

test('the logical ids of what holds data are pinned: a changed id is a new, empty resource', () => {
  const template = templates()('Production/State');
  const ids = [...RETAINED, 'AWS::Events::EventBus'].flatMap((type) => Object.keys(template.findResources(type)));
  expect(ids.sort()).toMatchInlineSnapshot(`
[
  "AccessLogs8B620ECA",
  "ArchiveDA4CB258",
  "ArchiveKeyDC5BCBC1",
  "CredentialsKey849F44B7",
  "CredentialsSecret40F8BB41",
  "CredentialsThirdPartyjira6F1546C0",
  "CredentialsThirdPartypagerduty1B1E4245",
  "CredentialsThirdPartyslackC2E4AEC5",
  "EventsBus45DE4339",
  "Evidence4CC26D68",
  "EvidenceKey167D8F4D",
  "ImportsC5EA4F6F",
  "ImportsKeyDB3E524F",
  "InboxKey054D9573",
  "InboxOneTimeCodeKey067BAF74",
  "InboxTableD4FB9610",
  "Progress46A8DAB4",
  "ProgressKey1D486559",
]
`);
});
