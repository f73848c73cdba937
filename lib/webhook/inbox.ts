import { AttributeType, ProjectionType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { HOUR_INDEX, HOUR_INDEX_ATTRIBUTES, UNDISPATCHED_INDEX } from '../../lambda/payca/inbox';
import { KeptTable } from '../kept-table';
import { ServiceKey } from '../service-key';

/**
 * The queue of record: nothing is acknowledged that is not in it. Both indexes exist from the first deploy, because a
 * table takes only one new index per update.
 */
export class Inbox extends Construct {
  readonly key: ServiceKey;
  /** Encrypts one-time codes inside items, so that reading the table does not reveal them. */
  readonly oneTimeCodeKey: ServiceKey;
  readonly table: KeptTable;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.key = new ServiceKey(this, 'Key', { description: 'Inbox of PayCA webhooks' });
    this.oneTimeCodeKey = new ServiceKey(this, 'OneTimeCodeKey', { description: 'One-time codes in PayCA webhooks' });
    this.table = new KeptTable(this, 'Table', { key: this.key, stream: StreamViewType.NEW_IMAGE });
    this.table.addGlobalSecondaryIndex({
      indexName: UNDISPATCHED_INDEX,
      partitionKey: { name: 'undispatched', type: AttributeType.STRING },
      sortKey: { name: 'receivedAt', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: HOUR_INDEX,
      partitionKey: { name: 'hour', type: AttributeType.STRING },
      sortKey: { name: 'receivedAt', type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...HOUR_INDEX_ATTRIBUTES],
    });
  }
}
