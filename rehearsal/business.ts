import type { Card } from './payca-tenant';
import type { World } from './world';

/** Somebody else's calls of PayCA's API. */
const ORIGIN = { requestId: 'rehearsed-business' };

/** A wallet that is funded, and a card that spends from the tenant's own account: events of every feed come of it. */
export class Business {
  private readonly card: Card;
  private readonly wallet: string;

  constructor(private readonly world: World) {
    const { tenant } = world.payca;
    this.wallet = tenant.addUser({ ownId: 'business', meta: {}, bins: [], status: 'active' }).accountId;
    this.card = tenant.issue({ accountId: 'tenant-eur', bin: '411111', balance: '100.00' }, ORIGIN);
  }

  /** A transfer, an authorization with its settlement, and a refund of it. */
  trade(): void {
    const { tenant, spending } = this.world.payca;
    const transfer = { fromAccountId: 'tenant-eur', toAccountId: this.wallet, amount: '1.00', currency: 'EUR' };
    tenant.transfer(transfer, ORIGIN);
    const step = { amount: '1.00', currency: 'EUR' };
    const { id: linkedId } = spending.take(this.card, { ...step, type: 'authorization' }, ORIGIN);
    spending.take(this.card, { ...step, type: 'settle', linkedId }, ORIGIN);
    spending.take(this.card, { ...step, type: 'refund', linkedId }, ORIGIN);
  }

  get cardId(): string {
    return this.card.id;
  }
}
