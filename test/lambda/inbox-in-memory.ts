import type { InboxItem } from '../../lambda/payca/inbox';
import type { PutItem } from '../../lambda/receive-webhook/receive';

/** The inbox's conditional write, without DynamoDB. */
export class InboxInMemory {
  readonly items = new Map<string, InboxItem>();

  readonly putItem: PutItem = async (item) => {
    const present = this.items.get(item.pk);
    if (present) return { bodySha256: present.bodySha256, writeId: present.writeId };
    this.items.set(item.pk, item);
    return 'stored';
  };
}
