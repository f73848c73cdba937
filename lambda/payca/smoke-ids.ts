import { isSmokeRequest } from './events';
import type { InboxEntry } from './inbox-reader';
import { Progress } from './progress';

export { SMOKE_PREFIX } from './events';

/** Ids at PayCA that smoke tests made. */
export interface SmokeLabels {
  readonly cards: readonly string[];
  readonly users: readonly string[];
  readonly transactions: readonly string[];
}

const OWNER = 'smoke-test';
/** By month, since an item of DynamoDB has 400 KB at most. */
const LABELLED = 'labelled';

const NONE: SmokeLabels = { cards: [], users: [], transactions: [] };

/** Adds ids to those of the month; one run at a time does so. */
export async function labelSmokeIds(
  progress: Pick<Progress, 'recall' | 'remember'>,
  now: Date,
  added: SmokeLabels,
): Promise<void> {
  const thing = `${LABELLED}#${now.toISOString().slice(0, 7)}`;
  await progress.remember(thing, joined([((await progress.recall(thing)) ?? NONE) as SmokeLabels, added]));
}

/** Every id that smoke tests made in this stage. */
export async function smokeIds(progress: Pick<Progress, 'all'> = new Progress(OWNER)): Promise<SmokeLabels> {
  return joined([...(await progress.all(LABELLED)).values()] as SmokeLabels[]);
}

/** Whether a smoke test caused a webhook: figures, rates and reconciliation leave it out. */
export function isOfSmoke(entry: InboxEntry, { cards, transactions }: SmokeLabels): boolean {
  const id = entry.pk?.split('#').at(-1);
  return (
    isSmokeRequest(entry.requestId) ||
    cards.some((card) => card === entry.cardId) ||
    transactions.some((one) => one === entry.referenceId || encodeURIComponent(one) === id)
  );
}

function joined(labels: readonly SmokeLabels[]): SmokeLabels {
  const all = (name: keyof SmokeLabels) => [...new Set(labels.flatMap((one) => one[name]))];
  return { cards: all('cards'), users: all('users'), transactions: all('transactions') };
}
