import type { InboxEntry } from '../payca/inbox-reader';
import { decimalsOf, minorUnits } from '../payca/money';

/** What a webhook says about fees. Amounts are in minor units; times in milliseconds since 1970. */
export type OurEntry =
  | {
      readonly record: 'fee';
      /** Key of the event in the inbox. */
      readonly place: string;
      readonly reference: string;
      readonly word: string;
      readonly currency: string;
      readonly amount: bigint;
      readonly at: number;
    }
  | {
      readonly record: 'step';
      readonly reference: string;
      readonly type: string;
      readonly currency?: string;
      readonly amount?: bigint;
      readonly at: number;
    }
  /** A fee whose amount or currency cannot be used. */
  | { readonly record: 'unreadable'; readonly problem: string };

/** Steps that a fee hangs on; the others only fill memory. */
const STEPS = ['authorization', 'settle', 'decline'];

/** What the inbox knows of a webhook, as far as fees are concerned. */
export function ourEntry(entry: InboxEntry, decimals: Readonly<Record<string, number>>): OurEntry | undefined {
  const { event, type = '', referenceId: reference = '', currency, amount: text } = entry;
  const at = Date.parse(entry.receivedAt ?? '');
  const amount =
    currency === undefined || text === undefined ? undefined : minorUnits(text, decimalsOf(currency, decimals));
  if (event === 'card_transaction' && reference !== '' && STEPS.includes(type))
    return { record: 'step', reference, type, currency, amount, at };
  if (event !== 'account_transaction' || type !== 'fee') return undefined;
  if (currency === undefined || amount === undefined) {
    const rule = currency === undefined ? '' : `, which has ${decimalsOf(currency, decimals)} decimals`;
    return { record: 'unreadable', problem: `amount ${text ?? 'missing'}, currency ${currency ?? 'missing'}${rule}` };
  }
  return { record: 'fee', place: entry.pk ?? '', reference, word: entry.subtype ?? '', currency, amount, at };
}
