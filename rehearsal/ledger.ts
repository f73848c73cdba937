import { createHash } from 'node:crypto';
import type { Webhook } from './payca';
import type { World } from './world';

const hashOf = ({ body }: Webhook) => createHash('sha256').update(body).digest('hex');

/** How many of the webhooks are not in the inbox, and how many items of the inbox stand for a body that another has too. */
export async function lostAndDoubled(
  world: World,
  sent: readonly Webhook[],
): Promise<{ lost: number; twice: number; different: number }> {
  const hashes = new Set(sent.map(hashOf));
  const stored = (await world.inbox()).map(({ bodySha256 }) => String(bodySha256?.S));
  const found = new Set(stored);
  const lost = [...hashes].filter((hash) => !found.has(hash)).length;
  return { lost, twice: stored.length - found.size, different: hashes.size };
}

/** How many of the webhooks are not on the bus, or are there and still marked as undispatched. */
export async function missingOnTheBus(world: World, sent: readonly Webhook[]): Promise<number> {
  const hashes = new Set(sent.map(hashOf));
  const onTheBus = new Set(world.events.events.map(({ detail }) => detail.key));
  const done = (await world.inbox()).filter(
    ({ pk, undispatched }) => onTheBus.has(pk?.S) && undispatched === undefined,
  );
  return (
    hashes.size - new Set(done.map(({ bodySha256 }) => String(bodySha256?.S)).filter((hash) => hashes.has(hash))).size
  );
}
