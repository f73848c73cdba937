import fc from 'fast-check';
import type { InboxItem } from '../../lambda/payca/inbox';
import type { PutItem } from '../../lambda/receive-webhook/receive';
import { forgery, refuse } from './forgeries';
import { type Parts, play } from './simulation';
import { story } from './story';
import type { Turns } from './turns';

// Seconds where a machine is busy.
jest.setTimeout(60_000);

test('whatever crashes, doubles and comes out of order: nothing lost, nothing stored twice, the bus gets all', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => void (await play(told))),
    { numRuns: 40 },
  );
});

test('no forgery passes', async () => {
  await fc.assert(fc.asyncProperty(forgery, refuse), { numRuns: 1000 });
});

/** Overwrites what stands there. */
class Unconditional {
  readonly items = new Map<string, InboxItem>();

  readonly putItem: PutItem = async (item) => {
    this.items.set(item.pk, item);
    return 'stored';
  };
}

/** Looks first and writes then, as a deduplication without a conditional write does. */
class LooksThenWrites {
  readonly items = new Map<string, InboxItem>();

  constructor(private readonly turns: Turns) {}

  readonly putItem: PutItem = async (item) => {
    const present = this.items.get(item.pk);
    await this.turns.take();
    if (present) return present;
    this.items.set(item.pk, item);
    return 'stored';
  };
}

/** Says that it has what it has not. */
class Forgetful {
  readonly items = new Map<string, InboxItem>();

  readonly putItem: PutItem = async (item) => {
    if (!item.pk.includes('fee')) this.items.set(item.pk, item);
    return 'stored';
  };
}

test.each<[string, Partial<Parts>, RegExp]>([
  [
    'without the condition of the write',
    { store: () => new Unconditional() },
    /stored twice|not in the inbox|more or less/,
  ],
  [
    'with a look before the write instead',
    { store: (turns) => new LooksThenWrites(turns) },
    // Of two that see nothing there the later overwrites the first, which a sender was told is kept.
    /stored twice|not in the inbox/,
  ],
  ['with a store that forgets', { store: () => new Forgetful() }, /acknowledged that is not in the inbox|stored twice/],
  ['without the sweep', { sweep: false }, /the bus does not have|not set aside/],
])('it notices a way %s', async (_, parts, broken) => {
  const { failed, errorInstance } = await fc.check(
    fc.asyncProperty(story, async (told) => void (await play(told, parts))),
    { numRuns: 200, endOnFailure: true },
  );
  expect(failed).toBe(true);
  expect(String(errorInstance)).toMatch(broken);
});
