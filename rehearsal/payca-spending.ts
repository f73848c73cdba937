import Big from 'big.js';
import { amountIn, OUTSIDE, pendingOf, tenantAccount } from './payca-books';
import type { Origin } from './payca-outbox';
import type { Flow, FlowRecord } from './payca-record';
import { conflict, invalid } from './payca-refusals';
import type { Card } from './payca-tenant';

/** payca-contract.md, 12. */
export interface Step {
  readonly type: string;
  readonly amount: unknown;
  readonly currency: unknown;
  /** The authorization that a later step belongs to. */
  readonly linkedId?: unknown;
}

export interface Done {
  readonly id: string;
  /** An authorization that was refused is a `decline`. */
  readonly type: string;
}

/** An approved authorization, and what of it is still held or may be refunded. */
interface Authorization {
  readonly id: string;
  readonly card: Card;
  readonly referenceId: string;
  held: Big;
  settled: Big;
  /** A fee that is charged at the settlement (payca-contract.md, 9.3, newer). */
  heldFee: Big;
}

/** What cardholders do with their cards, with the balance effects of payca-contract.md, 9.2. */
export class CardSpending {
  private readonly authorizations = new Map<string, Authorization>();

  constructor(private readonly record: FlowRecord) {}

  holds(card: Card): boolean {
    return [...this.authorizations.values()].some((one) => one.card === card && one.held.gt(0));
  }

  take(card: Card, { type, amount: value, currency, linkedId }: Step, origin: Origin): Done {
    if (currency !== card.currency) throw invalid('currency');
    const amount = amountIn(value, card.currency);
    if (!amount) throw invalid('amount');
    if (type === 'authorization' || type === 'decline') return this.decide(card, amount, type, origin);
    const authorization = this.authorizations.get(String(linkedId));
    if (authorization?.card !== card) throw invalid('linkedId');
    const flow = { ...origin, referenceId: authorization.referenceId };
    if (type === 'settle') return this.settle(authorization, amount, flow);
    if (type === 'cancel') return this.cancel(authorization, amount, flow);
    if (type === 'refund') return this.refund(authorization, amount, flow);
    throw invalid('type');
  }

  private decide(card: Card, amount: Big, asked: 'authorization' | 'decline', origin: Origin): Done {
    const { record } = this;
    const { currency, purse, user } = card;
    const able = card.state === 'active' && (!user || user.status === 'active');
    const type = able && record.books.balance(purse, currency).gte(amount) ? asked : 'decline';
    const flow = record.flow(origin);
    const id = record.cardEvent(type, card, amount, flow);
    if (type === 'decline') {
      record.fee('decline', card, flow);
      return { id, type };
    }
    record.move(id, type, [purse, pendingOf(purse)], { amount, currency }, flow);
    const heldFee = Big(record.settings.words === 'newer' ? record.fees.settlement : 0);
    const { referenceId } = flow;
    this.authorizations.set(id, { id, card, referenceId, held: amount, settled: Big(0), heldFee });
    const account = tenantAccount(currency);
    record.move(id, 'fee hold', [account, pendingOf(account)], { amount: heldFee, currency }, flow);
    record.fee('authorization', card, flow);
    return { id, type };
  }

  private settle(authorization: Authorization, amount: Big, flow: Flow): Done {
    const { record } = this;
    const { card, held, heldFee } = authorization;
    const { currency, purse } = card;
    if (amount.gt(held)) throw conflict('more than what is held');
    const id = record.cardEvent('settle', card, amount, flow, authorization.id);
    record.move(id, 'settle', [pendingOf(purse), OUTSIDE], { amount, currency }, flow);
    if (card.user) record.userEvent('spend', card.user, { amount, currency }, flow);
    if (record.settings.words === 'older') record.fee('settlement', card, flow);
    else record.charge('settle_fee', pendingOf(tenantAccount(currency)), { amount: heldFee, currency }, flow);
    Object.assign(authorization, {
      held: held.minus(amount),
      settled: authorization.settled.plus(amount),
      heldFee: Big(0),
    });
    return { id, type: 'settle' };
  }

  private cancel(authorization: Authorization, amount: Big, flow: Flow): Done {
    const { record } = this;
    const { card, held, heldFee } = authorization;
    const { currency, purse } = card;
    if (amount.gt(held)) throw conflict('more than what is held');
    const id = record.cardEvent('cancel', card, amount, flow, authorization.id);
    record.move(id, 'cancel', [pendingOf(purse), purse], { amount, currency }, flow);
    authorization.held = held.minus(amount);
    if (authorization.held.gt(0)) return { id, type: 'cancel' };
    const account = tenantAccount(currency);
    record.move(id, 'fee release', [pendingOf(account), account], { amount: heldFee, currency }, flow);
    authorization.heldFee = Big(0);
    return { id, type: 'cancel' };
  }

  private refund(authorization: Authorization, amount: Big, flow: Flow): Done {
    const { record } = this;
    const { card, settled } = authorization;
    const { currency, purse } = card;
    if (amount.gt(settled)) throw conflict('more than what was settled');
    const id = record.cardEvent('refund', card, amount, flow, authorization.id);
    record.move(id, 'refund', [OUTSIDE, purse], { amount, currency }, flow);
    if (card.user) record.userEvent('refund', card.user, { amount, currency }, flow);
    authorization.settled = settled.minus(amount);
    return { id, type: 'refund' };
  }
}
