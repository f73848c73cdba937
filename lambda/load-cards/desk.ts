import { randomUUID } from 'node:crypto';
import { type PaycaApi, type PaycaCall, PaycaError } from '../payca/api';
import { fields } from '../payca/json';
import { readId, readPage } from '../smoke-test/reading';
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
  | { readonly kind: 'silence' };

const PAGE = 100;
/** 100,000 cards; a list without an end is none. */
const MAX_PAGES = 1000;

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

  /** The ids in the answer about a user. */
  userIds(body: unknown): { id?: string; account?: string } {
    const { [this.settings.fieldNames.userId]: named } = fields(body);
    const id = typeof named === 'string' ? readId('user', { id: named }) : readId('user', body);
    return { id, account: readId('wallet', body) };
  }

  /** By PayCA's id, or by ours. */
  async findUser(id: string): Promise<Found> {
    const reply = await this.send({ method: 'GET', path: `/v1/users/${encodeURIComponent(id)}` });
    if (reply.kind === 'silence') return { kind: 'silence' };
    if (reply.kind === 'refusal')
      return reply.status === 404
        ? { kind: 'not-made' }
        : { kind: 'unclear', reason: `PayCA was asked for it: ${reply.reason}` };
    const { id: found, account } = this.userIds(reply.body);
    return found ? { kind: 'made', id: found, account } : { kind: 'unclear', reason: "PayCA's answer names no user" };
  }

  /**
   * By our id. PayCA does not say whether it finds a user by it (payca-contract.md, 7.4), so `not-made` is believed only
   * when it finds `known`, a user who is there.
   */
  async findUserByOwnId(ownId: string, known: () => Promise<string | undefined>): Promise<Found> {
    const found = await this.findUser(ownId);
    if (found.kind !== 'not-made') return found;
    const witness = await known();
    const seen = witness === undefined ? undefined : await this.findUser(witness);
    if (seen?.kind === 'made' || seen?.kind === 'silence') return seen.kind === 'made' ? found : seen;
    return { kind: 'unclear', reason: 'PayCA does not find users by our ids: look for it there' };
  }

  /**
   * Among the cards of an account and BIN those that are not `known`, which is asked last. None is certain; one is ours where the account
   * is a wallet that only we issue for.
   */
  async findCard(
    { account, bin, isWallet }: { readonly account: string; readonly bin: string; readonly isWallet: boolean },
    known: () => Promise<ReadonlySet<string>>,
  ): Promise<Found> {
    const ids: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const query = { limit: String(PAGE), ...(cursor && { cursor }) };
      const reply = await this.send({ method: 'GET', path: '/v1/cards', query });
      if (reply.kind === 'silence') return { kind: 'silence' };
      if (reply.kind === 'refusal') return { kind: 'unclear', reason: 'PayCA lists no cards: look for it there' };
      const page = readPage(reply.body);
      for (const item of page.items) {
        const id = readId('card', item);
        if (item.linkedAccountId !== account || (item.bin !== undefined && item.bin !== bin)) continue;
        if (id !== undefined) ids.push(id);
      }
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    if (cursor !== undefined) return { kind: 'unclear', reason: "PayCA's list of cards has no end" };
    const ours = await known();
    const [only, ...others] = ids.filter((id) => !ours.has(id));
    if (only === undefined) return { kind: 'not-made' };
    if (isWallet && others.length === 0) return { kind: 'made', id: only };
    return {
      kind: 'unclear',
      reason: `${others.length + 1} cards of this account and BIN may be it: look for it at PayCA`,
    };
  }
}

function mayHaveWorked({ status }: PaycaError): boolean {
  return status === undefined || status < 400 || status >= 500;
}
