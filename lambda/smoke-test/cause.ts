import type { InboxEntry } from '../payca/inbox-reader';

/** By which an event in the inbox is known to be of this run. */
export interface Cause {
  /** `X-Request-ID`s of the calls, which PayCA repeats in the webhooks. */
  readonly requestIds: readonly string[];
  /** Ids of the cards and transactions. */
  readonly ids: readonly string[];
}

export function isCausedBy({ requestId = '', cardId = '', pk = '' }: InboxEntry, { requestIds, ids }: Cause): boolean {
  const own = pk.split('#').at(-1);
  return requestIds.includes(requestId) || ids.includes(cardId) || ids.some((id) => encodeURIComponent(id) === own);
}
