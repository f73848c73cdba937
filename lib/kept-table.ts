import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface KeptTableProps {
  readonly key: IKey;
  /** @default - `pk` alone is the key */
  readonly sortKey?: string;
  /** @default - no stream */
  readonly stream?: StreamViewType;
}

/** A table that outlives its stack: own key, recoverable to the second, protected from deletion; `expiresAt` ends an item. */
export class KeptTable extends Table {
  readonly key: IKey;

  constructor(scope: Construct, id: string, { key, sortKey, stream }: KeptTableProps) {
    super(scope, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: sortKey ? { name: sortKey, type: AttributeType.STRING } : undefined,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      stream,
      timeToLiveAttribute: 'expiresAt',
    });
    this.key = key;
  }
}

/**
 * DynamoDB decrypts with a table's key in the caller's name. The others are of AWS's list for customer keys: used by the
 * table itself as documented, granted through DynamoDB only, because a refusal here would lose webhooks.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export const TABLE_KEY_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'];
