import { type Fields, fields } from '../payca/json';

/** Names under which answers carry an id (payca-contract.md, 15.2 and 15.3); the first that is there is taken. */
const ID_NAMES = {
  user: ['userId', 'id'],
  card: ['cardId', 'id'],
  transaction: ['transactionId', 'txId', 'id'],
  wallet: ['userAccountId'],
} as const;

/** The id of what an answer is about, at its top or in one object of it; `undefined` when it names none. */
export function readId(kind: keyof typeof ID_NAMES, body: unknown): string | undefined {
  const top = fields(body);
  const inner = [kind, 'data', 'result'].map((name) => fields(top[name]));
  for (const level of [top, ...inner]) {
    const found = ID_NAMES[kind].map((name) => opaque(level[name])).find((id) => id !== undefined);
    if (found) return found;
  }
  return kind === 'wallet' ? opaque(fields(top.account).id) : undefined;
}

/** The word for the state of a user or card, in lower case; `undefined` where the answer shows none. */
export function readStatus(body: unknown): string | undefined {
  const { status } = fields(body);
  return typeof status === 'string' ? status.toLowerCase() : undefined;
}

/** The items of a list, whatever it is called, and the cursor of the next page. */
export function readPage(body: unknown): { items: Fields[]; cursor?: string } {
  const top = fields(body);
  const list = [body, top.transactions, top.items, top.data, top.entries, top.cards].find(Array.isArray);
  const cursor = [top.nextCursor, top.next, top.cursor].find((one) => typeof one === 'string' && one !== '');
  return { items: (list ?? []).map(fields), cursor: cursor as string | undefined };
}

/** Ids are opaque; what could not stand in a path or a log is none. */
function opaque(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[\w.:-]{1,128}$/.test(text) ? text : undefined;
}
