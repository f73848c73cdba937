import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { IMPORTS } from '../lambda/payca/imports';
import type { StageConfig } from './config/schema';
import type { PaycaFunction } from './payca-function';
import { ending, GUARDED, underKey, watched } from './record-bucket';

export interface ImportsBucketProps {
  readonly config: StageConfig;
  readonly key: IKey;
  /** Receives the server access logs. */
  readonly accessLogs: IBucket;
}

/** Files for imports and reconciliations: no records, and some hold personal data. They end by themselves. */
export class ImportsBucket extends Bucket {
  readonly key: IKey;

  constructor(scope: Construct, id: string, { config, key, accessLogs }: ImportsBucketProps) {
    const { personalData, evidence } = config.retentionDays;
    const { binVersions, ...uploads } = IMPORTS;
    super(scope, id, {
      ...GUARDED,
      ...underKey(key),
      ...watched(id, accessLogs),
      lifecycleRules: [
        ...Object.values(uploads).map((prefix) => ({ prefix, ...ending(Duration.days(personalData)) })),
        { prefix: binVersions, ...ending(Duration.days(evidence)) },
      ],
    });
    this.key = key;
    // The property of the L2 would add a function that sets this after the deploy.
    (this.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }

  /** Lets a function read below `prefixes`: `IMPORTS_BUCKET` is set, and a file that is not there is told as missing. */
  allowReadingBy(reader: PaycaFunction, ...prefixes: readonly string[]): void {
    reader.function.addEnvironment('IMPORTS_BUCKET', this.bucketName);
    const objects = prefixes.map((prefix) => this.arnForObjects(`${prefix}*`));
    reader.allow(['s3:GetObject'], objects, { key: this.key, actions: ['kms:Decrypt'], service: 's3' });
    reader.allow(['s3:ListBucket'], [this.bucketArn]);
  }

  /** Lets a function end objects below `prefix`; as versions they are gone within two days, since S3 counts from the next midnight. */
  allowDeletingBy(remover: PaycaFunction, prefix: string): void {
    remover.allow(['s3:DeleteObject'], [this.arnForObjects(`${prefix}*`)]);
  }

  /** Lets a function write below `prefixes`. */
  allowWritingBy(writer: PaycaFunction, ...prefixes: readonly string[]): void {
    const objects = prefixes.map((prefix) => this.arnForObjects(`${prefix}*`));
    const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
    writer.allow(['s3:PutObject'], objects, { key: this.key, actions, service: 's3' });
  }
}
