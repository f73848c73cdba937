import type { PaycaApi, RequestIds } from '../payca/api';
import { fields } from '../payca/json';

/** How many failed deliveries PayCA says it sends again (payca-contract.md, 8.9). */
export interface Counters {
  readonly total: number;
  /** By type, as far as PayCA tells them. */
  readonly byType: Readonly<Record<string, number>>;
}

export interface Resent {
  /** When PayCA was asked, ISO 8601 in UTC by the function's clock. */
  readonly at: string;
  /** Absent when the answer holds no counters that add up. */
  readonly counters?: Counters;
  readonly requestId: RequestIds;
}

/** Asks PayCA to send again what failed since `from`. Under the same key it is asked once, however often it is repeated. */
export async function resend(
  api: Pick<PaycaApi, 'call'>,
  { from, key, now }: { readonly from: Date; readonly key: string; readonly now: Date },
): Promise<Resent> {
  // Second precision, as in all samples.
  const fromDate = `${from.toISOString().slice(0, 19)}Z`;
  const call = { method: 'POST', path: '/v1/webhooks/resend', query: { fromDate }, idempotencyKey: key } as const;
  const { body, requestId } = await api.call(call);
  return { at: now.toISOString(), counters: readCounters(body), requestId };
}

/** Parts that are more than the whole, or no whole, are no counters. */
export function readCounters(body: unknown): Counters | undefined {
  const { total, ...parts } = fields(body);
  const byType = Object.fromEntries(
    Object.entries(parts).filter((entry): entry is [string, number] => isCount(entry[1])),
  );
  const sum = Object.values(byType).reduce((all, one) => all + one, 0);
  return isCount(total) && sum <= total ? { total, byType } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
