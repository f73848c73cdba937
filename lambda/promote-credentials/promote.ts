import { type ClientPair, PaycaError, type RequestIds } from '../payca/api';
import {
  acceptedUntilLabel,
  acceptedUntilLabels,
  clientPair,
  type SecretContent,
  type SecretVersion,
  versionAt,
} from '../payca/credentials';

/** What an operator asks for: the pair that he staged, or the former one again. */
export type Request = { readonly promote: string } | { readonly rollback: true };

/** What became of it. Only `promoted` and `rolled-back` change which pair is current. */
export type Outcome =
  | {
      readonly result: 'promoted' | 'rolled-back';
      readonly versionId: string;
      readonly requestId: RequestIds;
      /** Until when webhooks signed with the former pair are accepted, ISO 8601 in UTC; absent when there was none. */
      readonly formerAcceptedUntil?: string;
    }
  /** The pair is current already; without `requestId` it was promoted by an earlier call. */
  | { readonly result: 'unchanged'; readonly versionId: string; readonly requestId?: RequestIds }
  /** PayCA knows the pair not, or not for this environment. */
  | { readonly result: 'refused'; readonly code: string; readonly status?: number; readonly requestId: RequestIds }
  /** PayCA could not be asked, or its answer proves nothing. */
  | { readonly result: 'unproven'; readonly code: string; readonly status?: number; readonly requestId: RequestIds }
  /** Nothing to act on; another operator has staged a pair since; what is staged is no pair. */
  | { readonly result: 'nothing-staged' | 'superseded' | 'not-a-pair' | 'no-former-pair' };

export interface Promoter {
  readonly versions: () => Promise<readonly SecretVersion[]>;
  readonly read: (versionId: string) => Promise<SecretContent | undefined>;
  /** Attaches a staging label to one version, takes it from another, or both in one step. */
  readonly move: (stage: string, versions: { readonly to?: string; readonly from?: string }) => Promise<void>;
  /** Reads PayCA's balances with the pair; throws `PaycaError`. */
  readonly prove: (pair: ClientPair) => Promise<RequestIds>;
  readonly overlapMs: number;
  readonly now: () => number;
}

/**
 * Makes a pair current once PayCA has accepted it. Whatever else happens, the current pair stays what it was, and the
 * pending stage is cleared: nothing unproven stays accepted.
 */
export async function change(request: Request, promoter: Promoter): Promise<Outcome> {
  const versions = await promoter.versions();
  const pending = versionAt('AWSPENDING', versions);
  if ('promote' in request && pending?.id !== request.promote) {
    // A call whose answer was lost is repeated by the operator's client.
    if (versionAt('AWSCURRENT', versions)?.id === request.promote)
      return { result: 'unchanged', versionId: request.promote };
    return { result: pending ? 'superseded' : 'nothing-staged' };
  }
  try {
    return 'promote' in request && pending
      ? await makeCurrent(pending, versions, promoter)
      : await rollback(versions, promoter);
  } finally {
    if (pending) await promoter.move('AWSPENDING', { from: pending.id });
  }
}

async function rollback(versions: readonly SecretVersion[], promoter: Promoter): Promise<Outcome> {
  const former = versionAt('AWSPREVIOUS', versions);
  const outcome = former && (await makeCurrent(former, versions, promoter));
  if (!outcome || outcome.result === 'not-a-pair') return { result: 'no-former-pair' };
  return outcome.result === 'promoted' ? { ...outcome, result: 'rolled-back' } : outcome;
}

async function makeCurrent(
  next: SecretVersion,
  versions: readonly SecretVersion[],
  promoter: Promoter,
): Promise<Outcome> {
  const pair = clientPair(await promoter.read(next.id));
  if (!pair) return { result: 'not-a-pair' };
  const proof = await proven(pair, promoter);
  if ('result' in proof) return proof;
  const current = versionAt('AWSCURRENT', versions);
  const former = current && clientPair(await promoter.read(current.id));
  // The same pair again would push the real former one out of its overlap.
  if (current && former?.clientId === pair.clientId && former.clientSecret === pair.clientSecret)
    return { result: 'unchanged', versionId: current.id, requestId: proof };
  const end = promoter.now() + promoter.overlapMs;
  // Before the move: a pair must never be former without an end.
  if (current) await label(current, end, versions, promoter);
  await promoter.move('AWSCURRENT', { to: next.id, from: current?.id });
  const formerAcceptedUntil = former && new Date(Math.floor(end / 1000) * 1000).toISOString();
  return { result: 'promoted', versionId: next.id, requestId: proof, formerAcceptedUntil };
}

async function proven(pair: ClientPair, { prove }: Promoter): Promise<RequestIds | Outcome> {
  try {
    return await prove(pair);
  } catch (error) {
    if (!(error instanceof PaycaError)) throw error;
    const { code, status, requestId } = error;
    const refused = code === 'ErrUnauthorized' || code === 'ErrForbidden';
    return { result: refused ? 'refused' : 'unproven', code, status, requestId };
  }
}

/** Says the end of a version's overlap on it. A secret takes 20 labels, so those that are over are taken away. */
async function label(
  current: SecretVersion,
  end: number,
  versions: readonly SecretVersion[],
  { move, now }: Promoter,
): Promise<void> {
  const all = versions.flatMap((version) =>
    acceptedUntilLabels(version).map((found) => ({ ...found, id: version.id })),
  );
  for (const { label: old, id } of all.filter(({ id, until }) => id === current.id || until <= now()))
    await move(old, { from: id });
  await move(acceptedUntilLabel(end, current.id), { to: current.id });
}

/** What is watched from hour to hour. */
export interface Figures {
  readonly missing: boolean;
  /** Of the current pair; absent while there is none. */
  readonly ageDays?: number;
}

export async function figures({ versions, read, now }: Pick<Promoter, 'versions' | 'read' | 'now'>): Promise<Figures> {
  const current = versionAt('AWSCURRENT', await versions());
  if (!current || !clientPair(await read(current.id))) return { missing: true };
  return { missing: false, ageDays: (now() - current.createdAt) / (24 * 60 * 60 * 1000) };
}
