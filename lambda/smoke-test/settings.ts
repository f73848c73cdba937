import type { BALANCES_PATHS } from '../payca/api';
import type { Fields } from '../payca/json';

/** What may be put at stake: amounts moved, opening balances and fees, as decimals by currency. */
export interface Cap {
  readonly cards: number;
  readonly money: Readonly<Record<string, string>>;
}

/** A call of PayCA's in which tenants differ; `{id}` in the path stands for the thing's id. */
interface ItemCall {
  readonly method: 'DELETE' | 'PATCH' | 'POST' | 'PUT';
  readonly path: string;
}

/** What the smoke tests of a stage may do, and how its tenant differs from others; made of the stage's config. */
export interface SmokeSettings {
  readonly stage: 'production' | 'sandbox';
  readonly profile: 'tenant-balance' | 'master-account';
  readonly balances: keyof typeof BALANCES_PATHS;
  readonly fundsMovement: 'users-transfer' | 'card-topup';
  readonly cardClose: ItemCall;
  readonly fieldNames: {
    readonly userId: string;
    readonly ownUserId: string;
    readonly topupAccount: string;
    readonly cardIdempotency: 'header' | 'body';
  };
  /** The currency of a balance that names none. */
  readonly balanceCurrency?: string;
  readonly onDeploy: 'free' | 'all';
  readonly webhookSeconds: number;
  readonly caps: { readonly run: Cap; readonly day: Cap };
  readonly user: { readonly body: Fields; readonly disable: ItemCall & { readonly status: string } };
  readonly card?: {
    readonly bin: string;
    readonly currency: string;
    readonly fees?: string;
    readonly account?: string;
    readonly balance?: string;
    readonly body: Fields;
  };
  readonly authorization: readonly Authorization[];
  readonly transfer?: { readonly from: string; readonly to: string } & Money;
  readonly topup?: { readonly account: string; readonly withdrawPath: string } & Money;
  readonly ledgerPath: string;
  /** The webhook endpoint. */
  readonly endpoint: {
    readonly host: string;
    readonly path: string;
    /** Anybody is let in, as far as the address goes. */
    readonly isOpen: boolean;
    readonly asksForCertificate: boolean;
  };
}

/** How the authorization for nothing is shown for a BIN: by a call, or by a person's word. */
export type Authorization =
  | { readonly bin: string; readonly attestedBy: string; readonly on: string; readonly evidence: string }
  | { readonly bin: string; readonly call: { readonly path: string; readonly body: Fields } };

/** A decimal amount of a currency of ISO 4217. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}
