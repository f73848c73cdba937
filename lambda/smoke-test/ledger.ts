import Big from 'big.js';
import type { PaycaAnswer, PaycaCall } from '../payca/api';
import type { Fields } from '../payca/json';
import { readPage } from '../payca/reading';
import { decimal } from '../watch-payca/balances';

/** payca-contract.md, 6. */
const PAGE = '100';
/** A movement is among the newest; a ledger that answers oldest first is read to its end, within reason. */
const MAX_PAGES = 50;
/** PayCA's clock and ours may differ, and a call may have been retried for so long. */
const SLACK_MS = 5 * 60 * 1000;

/** A movement of money that is looked for in the ledger of an account. */
export interface Wanted {
  readonly account: string;
  /** Any id by which PayCA may know it: transaction, request, idempotency key. */
  readonly ids: readonly string[];
  /** Known to be another movement. */
  readonly not: readonly (string | undefined)[];
  readonly amount: string;
  readonly direction: 'out' | 'in';
  readonly at: Date;
}

type Send = (call: PaycaCall) => Promise<PaycaAnswer>;

/** Whether the movement stands in the ledger under one of its ids. */
export async function isRecorded(send: Send, path: string, wanted: Pick<Wanted, 'account' | 'ids'>): Promise<boolean> {
  for await (const entry of entries(send, path, wanted.account)) if (names(entry, wanted.ids)) return true;
  return false;
}

/**
 * Whether the movement took place, for one whose answer was lost. PayCA's entries may carry none of our ids: then the one
 * entry of this amount, direction and time is it, and of several none can be told apart.
 */
export async function tookPlace(send: Send, path: string, wanted: Wanted): Promise<'yes' | 'no' | 'unclear'> {
  let alike = 0;
  for await (const entry of entries(send, path, wanted.account)) {
    if (names(entry, wanted.ids)) return 'yes';
    if (!names(entry, wanted.not) && isAlike(entry, wanted)) alike += 1;
  }
  return alike === 0 ? 'no' : alike === 1 ? 'yes' : 'unclear';
}

async function* entries(send: Send, path: string, account: string): AsyncGenerator<Fields> {
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const { body } = await send({ method: 'GET', path: path.replaceAll('{id}', encodeURIComponent(account)), query });
    const { items, cursor: next } = readPage(body);
    yield* items;
    if (next === undefined || next === cursor) return;
    cursor = next;
  }
}

function names(entry: Fields, ids: Wanted['not']): boolean {
  return Object.values(entry).some((value) => typeof value === 'string' && ids.includes(value));
}

function isAlike(entry: Fields, { amount, direction, at }: Wanted): boolean {
  const value = decimal(entry.amount);
  if (value === undefined || !new Big(value).abs().eq(amount)) return false;
  // Not every ledger has signs; one that has them never shows money going out without.
  if (direction === 'in' && new Big(value).lt(0)) return false;
  const time = Date.parse(String(entry.timestamp ?? entry.createdAt));
  return Number.isNaN(time) || Math.abs(time - at.getTime()) <= SLACK_MS;
}
