import { type Fields, fields } from './json';

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
  const cursor = [top.nextCursor, top.next, top.cursor].find((one) => typeof one === 'string' && one !== '');
  return { items: (listIn(body) ?? []).map(fields), cursor: cursor as string | undefined };
}

/**
 * The same of an answer by which a list must be complete; `undefined` when it holds no list, or may go on in a way that we
 * do not know: no name of a cursor is documented (payca-contract.md, 6). `limit` is how many were asked for.
 */
export function readWholePage(body: unknown, limit: number): ReturnType<typeof readPage> | undefined {
  const page = readPage(body);
  if (!listIn(body)) return undefined;
  return page.cursor === undefined && (page.items.length >= limit || hintsAtMore(body)) ? undefined : page;
}

function listIn(body: unknown): unknown[] | undefined {
  const top = fields(body);
  return [body, top.transactions, top.items, top.data, top.entries, top.cards].find(Array.isArray);
}

/** At its top or in one object of it, such as `pagination`. */
function hintsAtMore(body: unknown): boolean {
  const top = Array.isArray(body) ? {} : fields(body);
  const levels = [top, ...Object.values(top).map((value) => (Array.isArray(value) ? {} : fields(value)))];
  return levels.some((level) =>
    Object.entries(level).some(([name, value]) => /cursor|next|more/i.test(name) && !!value),
  );
}

/** Ids are opaque; what could not stand in a path or a log is none. */
function opaque(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[\w.:-]{1,128}$/.test(text) ? text : undefined;
}
