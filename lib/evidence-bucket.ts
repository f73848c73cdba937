import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { NEWEST_MANIFEST } from '../lambda/payca/evidence';
import type { PaycaFunction } from './payca-function';
import { RecordBucket, type RecordBucketProps } from './record-bucket';

/** Records of what was found about lines of the runbook, one for each line and run, in a chain of manifests. */
export class EvidenceBucket extends RecordBucket {
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: RecordBucketProps) {
    super(scope, id, props);
    this.key = props.key;
  }

  /** Lets a function record here: `EVIDENCE_BUCKET` is set, and an object that is not there is told as missing. */
  allowRecordingBy(recorder: PaycaFunction): void {
    recorder.function.addEnvironment('EVIDENCE_BUCKET', this.bucketName);
    const objects = [this.arnForObjects('runs/*'), this.arnForObjects(NEWEST_MANIFEST)];
    const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
    recorder.allow(['s3:GetObject', 's3:PutObject'], objects, { key: this.key, actions, service: 's3' });
    recorder.allow(['s3:ListBucket'], [this.bucketArn]);
  }
}
