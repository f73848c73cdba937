import { randomUUID } from 'node:crypto';
import type { PaycaApi } from '../payca/api';
import { fields } from '../payca/json';

/** Where the ids of a new transaction may stand (payca-contract.md, 15.2). */
const ID_FIELDS = ['transactionId', 'id', 'txId'];

/** An authorization, its settlement and its refund on a card of the sandbox (payca-contract.md, 12): webhooks follow. */
export async function provoke(
  api: Pick<PaycaApi, 'call'>,
  { cardId, currency }: { readonly cardId: string; readonly currency: string },
): Promise<void> {
  const step = async (type: string, linkedId?: string) => {
    const body = { cardId, currency, type, amount: '1.00', linkedId };
    const answer = await api.call({
      method: 'POST',
      path: '/sandbox/transactions',
      body,
      idempotencyKey: randomUUID(),
    });
    const given = fields(answer.body);
    return ID_FIELDS.map((name) => given[name]).find((id): id is string => typeof id === 'string');
  };
  const authorization = await step('authorization');
  if (!authorization) throw new Error('PayCA gave the authorization no id: its settlement cannot be asked for');
  await step('settle', authorization);
  await step('refund', authorization);
}
