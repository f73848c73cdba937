import * as z from 'zod';
import { fields } from '../payca/json';
import { readId } from '../payca/reading';
import type { Desk } from './desk';

const id = z.string().regex(/^[\w.:-]{1,128}$/);

/** Ids that another system holds as PayCA's: what is held against PayCA, and nothing else of the file. */
export const matchSchema = z.strictObject({
  do: z.literal('match'),
  users: z.array(z.strictObject({ line: z.int(), ownId: id, paycaId: id, paycaAccount: id.optional() })),
  cards: z.array(z.strictObject({ line: z.int(), paycaId: id, account: id.optional(), bin: z.string().max(8) })),
});

export type Match = z.infer<typeof matchSchema>;
type KnownUser = Omit<Match['users'][number], 'line'>;
type KnownCard = Omit<Match['cards'][number], 'line'>;

/** What PayCA has under an id, or why it does not match; `silence` when PayCA could not be asked. */
export type Matched =
  | { readonly kind: 'matches'; readonly account?: string }
  | { readonly kind: 'differs'; readonly column: string; readonly text: string }
  | { readonly kind: 'silence' };

const differs = (column: string, text: string): Matched => ({ kind: 'differs', column, text });

/** PayCA's user under PayCA's id must be the user of our id, with that wallet. */
export async function matchUser(desk: Desk, { ownId, paycaId, paycaAccount }: KnownUser): Promise<Matched> {
  const reply = await desk.send({ method: 'GET', path: `/v1/users/${encodeURIComponent(paycaId)}` });
  if (reply.kind === 'silence') return reply;
  if (reply.kind === 'refusal') return differs('payca_user_id', `is no user at PayCA (${reply.reason})`);
  const { id: found, account } = desk.userIds(reply.body);
  if (found !== paycaId) return differs('payca_user_id', 'is answered by PayCA with another user');
  if (desk.showsAnother(reply.body, ownId)) return differs('user_id', 'is not the id that PayCA has for this user');
  if (paycaAccount !== undefined && account !== paycaAccount)
    return differs('payca_user_account_id', 'is not the account that PayCA shows for this user');
  return { kind: 'matches', account: account ?? paycaAccount };
}

/** PayCA's card under PayCA's id must be one of that account and BIN, where PayCA shows them. */
export async function matchCard(desk: Desk, { paycaId, account, bin }: KnownCard): Promise<Matched> {
  const reply = await desk.send({ method: 'GET', path: `/v1/cards/${encodeURIComponent(paycaId)}` });
  if (reply.kind === 'silence') return reply;
  if (reply.kind === 'refusal') return differs('payca_card_id', `is no card at PayCA (${reply.reason})`);
  if (readId('card', reply.body) !== paycaId) return differs('payca_card_id', 'is answered by PayCA with another card');
  const { linkedAccountId, bin: shown } = fields(reply.body);
  if (account !== undefined && typeof linkedAccountId === 'string' && linkedAccountId !== account)
    return differs('payca_card_id', 'is a card of another account at PayCA');
  if (typeof shown === 'string' && shown !== bin) return differs('payca_card_id', 'has another BIN at PayCA');
  return { kind: 'matches' };
}

/** What was compared, in the order of the request, and what of it does not match. */
export interface MatchAnswer {
  readonly result: 'compared' | 'silence' | 'no-credentials';
  readonly compared: number;
  readonly problems: readonly { readonly line: number; readonly column: string; readonly text: string }[];
}

/** Compares for as long as there is time; whoever asks goes on from there. */
export async function match({ users, cards }: Match, desk: Desk, hasTime: () => boolean): Promise<MatchAnswer> {
  const problems: MatchAnswer['problems'][number][] = [];
  let compared = 0;
  const questions = [
    ...users.map((user) => ({ line: user.line, ask: () => matchUser(desk, user) })),
    ...cards.map((card) => ({ line: card.line, ask: () => matchCard(desk, card) })),
  ];
  for (const { line, ask } of questions) {
    if (!hasTime()) break;
    const matched = await ask();
    if (matched.kind === 'silence') return { result: 'silence', compared, problems };
    if (matched.kind === 'differs') problems.push({ line, column: matched.column, text: matched.text });
    compared += 1;
  }
  return { result: 'compared', compared, problems };
}
