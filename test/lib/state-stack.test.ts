import { Match } from 'aws-cdk-lib/assertions';
import { changed, templates } from './synth';

const RETAINED = ['AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::DynamoDB::Table', 'AWS::S3::Bucket'];

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

  test('replays leave one-time codes out', () => {
    template.hasResourceProperties('AWS::Events::Archive', {
      EventPattern: { source: ['payca'], 'detail-type': [{ 'anything-but': ['card_tokenization.tokenization_code'] }] },
    });
  });
});

test('Object Lock mode and retention come from the config', () => {
  const template = templates(
    changed('production', { organization: { objectLockMode: 'COMPLIANCE' }, retentionDays: { ledgerExports: 3653 } }),
  )('Production/State');
  template.hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3653 } } },
  });
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
  "EventsBus45DE4339",
  "Evidence4CC26D68",
  "EvidenceKey167D8F4D",
  "InboxKey054D9573",
  "InboxOneTimeCodeKey067BAF74",
  "InboxTableD4FB9610",
  "ThirdPartySecretsKeyABEE2AE1",
  "ThirdPartySecretsjiraF549CB33",
  "ThirdPartySecretspagerduty4CF7EE18",
  "ThirdPartySecretsslack7F26E9EF",
]
`);
});
