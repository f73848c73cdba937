import { randomUUID } from 'node:crypto';
import { type PaycaApi, type PaycaCall, PaycaError } from '../payca/api';
import { type Fields, fields } from '../payca/json';
import { readId, readWholePage } from '../payca/reading';
import { findInList, type KnownCards, type SoughtCard, unclear } from './card-list';
import type { LoadSettings } from './settings';

/** Makes a client of PayCA that tells of every try that fails. */
export type Connect = (onFailure: (error: PaycaError) => void) => Pick<PaycaApi, 'call'>;

/** What came of a call. */
export type Reply =
  | { readonly kind: 'answer'; readonly body: unknown; readonly requestId: string }
  /** Nothing was done by it. */
  | { readonly kind: 'refusal'; readonly status: number; readonly reason: string; readonly requestId: string }
  /** PayCA could not be asked, or nobody knows what it did; `reached` when it may have done something. */
  | { readonly kind: 'silence'; readonly reached: boolean; readonly reason: string; readonly requestId: string };

/** What PayCA has of a thing that was asked for long ago. */
export type Found =
  | { readonly kind: 'made'; readonly id: string; readonly account?: string }
  | { readonly kind: 'not-made' }
  | { readonly kind: 'unclear'; readonly reason: string }
  | { readonly kind: 'silence' }
  | { readonly kind: 'no-time' };

/** payca-contract.md, 6. */
const PAGE = 100;
/** Who has read so long and is not at the end never will be: a function's whole time is three minutes. */
const LONG_READING_MS = 90_000;

interface Time {
  readonly now: () => Date;
  /** Whether there is time for one more call with all its tries. */
  readonly hasTime: () => boolean;
}

/** The counter at PayCA: calls, and questions about what became of earlier ones. */
export class Desk {
  private readonly api: Pick<PaycaApi, 'call'>;
  private failed: PaycaError[] = [];

  constructor(
    connect: Connect,
    readonly settings: LoadSettings,
  ) {
    this.api = connect((error) => this.failed.push(error));
  }

  async send(call: PaycaCall): Promise<Reply> {
    this.failed = [];
    const requestId = randomUUID();
    try {
      const { body } = await this.api.call({ ...call, requestId });
      return { kind: 'answer', body, requestId };
    } catch (error) {
      if (!(error instanceof PaycaError)) throw error;
      return this.reply(error, requestId);
    }
  }

  private reply({ status = 0, code }: PaycaError, requestId: string): Reply {
    const reason = status ? `${code} ${status}` : code;
    // Credentials and rights are everybody's trouble, not this row's.
    const isRefusal = status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
    if (!isRefusal) return { kind: 'silence', reached: this.failed.some(mayHaveWorked), reason, requestId };
    // A refusal after a try without an answer: under one key the first answer would have come again.
    const conflict = status === 409 && this.failed.slice(0, -1).some(mayHaveWorked);
    return conflict
      ? { kind: 'silence', reached: true, reason, requestId }
      : { kind: 'refusal', status, reason, requestId };
  }

  /** The ids in the answer about a user: under the tenant's name for it, which beside another one tells PayCA's id from ours. */
  userIds(body: unknown): { id?: string; account?: string } {
    const { userId: name } = this.settings.fieldNames;
    const top = fields(body);
    const about = [top, top.user, top.data, top.result].map(fields).find((level) => level[name] !== undefined);
    const id = about ? readId('user', { id: about[name] }) : readId('user', body);
    return { id, account: readId('wallet', about ?? body) };
  }

  /**
   * Whether the answer about a user shows another id of ours than `ownId`. The name under which it shows ours is not
   * documented (payca-contract.md, 7.4).
   */
  showsAnother(body: unknown, ownId: string): boolean {
    const { externalId, userId } = fields(body);
    const shown = [externalId, this.settings.fieldNames.userId === 'userId' ? undefined : userId];
    return shown.some((one) => typeof one === 'string' && one !== ownId && one !== this.userIds(body).id);
  }

  /** By PayCA's id, or by ours. */
  async findUser(id: string, ownId?: string): Promise<Found> {
    const reply = await this.send({ method: 'GET', path: `/v1/users/${encodeURIComponent(id)}` });
    if (reply.kind === 'silence') return { kind: 'silence' };
    if (reply.kind === 'refusal')
      return reply.status === 404
        ? { kind: 'not-made' }
        : { kind: 'unclear', reason: `PayCA was asked for it: ${reply.reason}` };
    const { id: found, account } = this.userIds(reply.body);
    if (ownId !== undefined && this.showsAnother(reply.body, ownId)) return unclear('it answers with another user');
    return found ? { kind: 'made', id: found, account } : { kind: 'unclear', reason: "PayCA's answer names no user" };
  }

  /**
   * By our id. PayCA does not say whether it finds a user by it (payca-contract.md, 7.4), so `not-made` is believed only
   * when it finds `known`, a user who is there.
   */
  async findUserByOwnId(ownId: string, known: () => Promise<string | undefined>): Promise<Found> {
    const found = await this.findUser(ownId, ownId);
    if (found.kind !== 'not-made') return found;
    const witness = await known();
    const seen = witness === undefined ? undefined : await this.findUser(witness);
    if (seen?.kind === 'made' || seen?.kind === 'silence') return seen.kind === 'made' ? found : seen;
    return { kind: 'unclear', reason: 'PayCA does not find users by our ids: look for it there' };
  }

  /** In PayCA's list of cards. What is `known` is asked last, so that no card is a stranger which was made meanwhile. */
  async findCard(card: SoughtCard, known: () => Promise<KnownCards>, { now, hasTime }: Time): Promise<Found> {
    const items: Fields[] = [];
    const began = now().getTime();
    let cursor: string | undefined;
    do {
      if (!hasTime())
        return now().getTime() - began < LONG_READING_MS
          ? { kind: 'no-time' }
          : unclear('its list of cards is too long to be read');
      const query = { limit: String(PAGE), ...(cursor && { cursor }) };
      const reply = await this.send({ method: 'GET', path: '/v1/cards', query });
      if (reply.kind === 'silence') return { kind: 'silence' };
      if (reply.kind === 'refusal') return unclear('it lists no cards');
      // Who has named a cursor once names it on every page but the last.
      const page = readWholePage(reply.body, cursor === undefined ? PAGE : Number.POSITIVE_INFINITY);
      if (!page || (cursor !== undefined && page.cursor === cursor)) return unclear('its list of cards cannot be read');
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return findInList(items, card, await known());
  }
}

function mayHaveWorked({ status }: PaycaError): boolean {
  return status === undefined || status < 400 || status === 408 || status >= 500;
}
