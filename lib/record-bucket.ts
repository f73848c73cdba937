import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface RecordBucketProps {
  readonly key: IKey;
  readonly retention: Duration;
  readonly objectLockMode: 'GOVERNANCE' | 'COMPLIANCE';
  /** Receives the server access logs. */
  readonly accessLogs: IBucket;
}

/** What every bucket of this app has. */
export const GUARDED = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  versioned: true,
} as const;

export const underKey = (encryptionKey: IKey) => ({
  encryption: BucketEncryption.KMS,
  encryptionKey,
  bucketKeyEnabled: true,
});

/** A lifecycle by which objects are gone for good soon after `expiration`. */
export const ending = (expiration: Duration) => ({
  expiration,
  noncurrentVersionExpiration: Duration.days(1),
  abortIncompleteMultipartUploadAfter: Duration.days(7),
});

export const watched = (id: string, serverAccessLogsBucket: IBucket) => ({
  serverAccessLogsBucket,
  serverAccessLogsPrefix: `${id.toLowerCase()}/`,
});

/** A bucket for records: write once under Object Lock for the retention, gone soon after it. */
export class RecordBucket extends Bucket {
  constructor(scope: Construct, id: string, props: RecordBucketProps) {
    super(scope, id, {
      ...GUARDED,
      ...underKey(props.key),
      objectLockDefaultRetention:
        props.objectLockMode === 'COMPLIANCE'
          ? ObjectLockRetention.compliance(props.retention)
          : ObjectLockRetention.governance(props.retention),
      lifecycleRules: [ending(props.retention)],
      ...watched(id, props.accessLogs),
    });
  }
}

export interface BackupBucketProps extends Pick<RecordBucketProps, 'key' | 'retention' | 'accessLogs'> {}

/** A bucket for what could not be delivered elsewhere: no record, so it may be deleted once it was sent again. */
export class BackupBucket extends Bucket {
  constructor(scope: Construct, id: string, { key, retention, accessLogs }: BackupBucketProps) {
    super(scope, id, { ...GUARDED, ...underKey(key), lifecycleRules: [ending(retention)], ...watched(id, accessLogs) });
  }
}

/** Where S3 writes server access logs; log delivery cannot use a customer key, so S3's own encrypts it. */
export class AccessLogsBucket extends Bucket {
  constructor(scope: Construct, id: string, retention: Duration) {
    super(scope, id, {
      ...GUARDED,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: retention, noncurrentVersionExpiration: Duration.days(1) }],
    });
  }
}
