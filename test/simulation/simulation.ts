import type { BusEntry } from '../../lambda/dispatch-events/bus-entry';
import { type DispatchReport, dispatch, type EntryResult } from '../../lambda/dispatch-events/dispatch';
import { acceptedUntilLabel } from '../../lambda/payca/credentials';
import { type InboxItem, SET_ASIDE } from '../../lambda/payca/inbox';
import { CredentialsCache } from '../../lambda/receive-webhook/credentials';
import { type Outcome, type PutItem, type Receiver, receive } from '../../lambda/receive-webhook/receive';
import { InboxInMemory } from '../lambda/inbox-in-memory';
import { SecretInMemory } from '../lambda/secret-in-memory';
import { Copy } from './copy';
import { ISSUED, POISON, type SignedDelivery, signed } from './senders';
import type { AwsCall, Fault, Story } from './story';
import { Turns } from './turns';

/** The inbox's table. */
interface Store {
  readonly items: Map<string, InboxItem>;
  readonly putItem: PutItem;
}

/** What a test takes out to see that the simulation notices. */
export interface Parts {
  /** A store that is slow on purpose waits for its turn. */
  readonly store: (turns: Turns) => Store;
  readonly sweep: boolean;
}

const AS_BUILT: Parts = { store: () => new InboxInMemory(), sweep: true };

const RESEND_AFTER_MS = 31 * 1000;
const SWEEP_AFTER_MS = 10 * 60 * 1000;
const OVERLAP_MS = 48 * 60 * 60 * 1000;
/** As in the stream's event source mapping. */
const STREAM_TRIES = 4;
/** Faults are finite, so everything ends well before; more is a circle. */
const MOST_ROUNDS = 200;

/** What a story came to. */
export interface Course {
  readonly deliveries: number;
  /** `PutItem killed after` and so on, one for each call that met a fault. */
  readonly faults: readonly string[];
}

/** Plays a story to its end and judges it; throws at the first promise that is not kept. */
export async function play(story: Story, parts: Partial<Parts> = {}): Promise<Course> {
  const simulation = new Simulation(story, { ...AS_BUILT, ...parts });
  await simulation.play();
  simulation.judge();
  return simulation;
}

/** PayCA, the functions in as many copies as it takes, the inbox with its stream, and the bus; no process, no network. */
class Simulation {
  deliveries = 0;
  readonly faults: string[] = [];
  private now = Date.parse('2026-12-01T10:00:00Z');
  private readonly calls = new Map<AwsCall, number>();
  private entries = 0;
  private readonly secret = new SecretInMemory();
  private readonly idle: { readonly copy: Copy; readonly receiver: Receiver }[] = [];
  private readonly turns: Turns;
  private readonly store: Store;
  /** What the store took, in order: its stream. */
  private readonly writes: InboxItem[] = [];
  private streamed = 0;
  private streaming?: Promise<void>;
  private readonly bus = new Map<string, BusEntry>();
  private readonly tries = new Map<string, number>();

  constructor(
    private readonly story: Story,
    private readonly parts: Parts,
  ) {
    this.turns = new Turns(story.order);
    this.store = parts.store(this.turns);
  }

  async play(): Promise<void> {
    const { sendings, sweepsMeanwhile } = this.story;
    const actors = [
      this.supplyAndReplaceCredentials(),
      ...sendings.flatMap(({ webhook, copies }) => Array.from({ length: copies }, () => this.send(signed(webhook)))),
      ...Array.from({ length: sweepsMeanwhile }, () => this.sweep()),
    ];
    await this.finished(...actors);
    check(!this.streaming, 'the stream is not read to its end');
    for (let round = 0; this.parts.sweep && this.undispatched().length > 0; round += 1) {
      check(round < MOST_ROUNDS, 'the sweep comes to no end');
      this.now += SWEEP_AFTER_MS + 1;
      await this.finished(this.sweep());
    }
  }

  /** Gives turns until nobody waits for one; then all must be through. */
  private async finished(...actors: Promise<unknown>[]): Promise<void> {
    let settled: readonly PromiseSettledResult<unknown>[] | undefined;
    void Promise.allSettled(actors).then((results) => {
      settled = results;
    });
    await this.turns.give();
    check(settled !== undefined, 'somebody waits for ever');
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
  }

  /** Each webhook is in the inbox, once, and on the bus as it is there; only what the bus refuses for ever is set aside. */
  judge(): void {
    const { items } = this.store;
    const sent = new Set(this.story.sendings.map(({ webhook }) => signed(webhook).bodySha256));
    const written = this.writes.map(({ bodySha256 }) => bodySha256);
    check(written.length === new Set(written).size, 'a webhook was stored twice');
    check(written.length === sent.size && items.size === sent.size, 'the inbox has more or less than was sent');
    for (const { pk, body, undispatched } of items.values()) {
      const text = Buffer.from(body).toString();
      const entry = this.bus.get(pk);
      if (isPoison(text)) check(undispatched === SET_ASIDE && !entry, `${pk} was not set aside`);
      else check(entry?.Detail.endsWith(`"payload":${text}}`) === true, `the bus does not have ${pk}`);
    }
  }

  private async send(delivery: SignedDelivery): Promise<void> {
    for (let round = 0; !(await this.deliver(delivery)); round += 1) {
      check(round < MOST_ROUNDS, 'a webhook is never acknowledged');
      await this.turns.take();
      this.now += RESEND_AFTER_MS;
    }
  }

  /** Whether it was acknowledged. A copy of the function takes one delivery at a time, as in Lambda. */
  private async deliver(delivery: SignedDelivery): Promise<boolean> {
    this.deliveries += 1;
    let environment = this.idle.pop();
    // One that failed may have been killed afterwards, by a call that it no longer waited for.
    while (environment?.copy.dead) environment = this.idle.pop();
    const { copy, receiver } = environment ?? this.newReceiver();
    const outcome = await copy.run(() => receive(delivery, receiver)).catch(() => 'failed');
    this.idle.push({ copy, receiver });
    return typeof outcome === 'object' && this.isAcknowledged(outcome, delivery);
  }

  private isAcknowledged(outcome: Outcome, { bodySha256 }: SignedDelivery): boolean {
    if (outcome.result === 'credentials-not-supplied') return false;
    if (outcome.result === 'rejected') {
      // While the function does not know a new key yet, PayCA sends again.
      check(outcome.status === 401, `a genuine webhook was refused: ${outcome.reason}`);
      return false;
    }
    const isStored = [...this.store.items.values()].some((item) => item.bodySha256 === bodySha256);
    check(isStored, 'a webhook was acknowledged that is not in the inbox');
    return true;
  }

  private newReceiver(): { copy: Copy; receiver: Receiver } {
    const copy = this.newCopy();
    const secret = {
      versions: () => copy.call('GetSecretValue', this.secret.versions),
      read: (id: string) => copy.call('GetSecretValue', () => this.secret.read(id)),
    };
    const receiver: Receiver = {
      credentials: new CredentialsCache(secret, () => this.now, OVERLAP_MS),
      putItem: (item) => copy.call('PutItem', () => this.put(item)),
      encrypt: (code) => copy.call('Encrypt', async () => Buffer.from(code).reverse()),
      bodyLimitBytes: 128 * 1024,
      now: () => this.now,
    };
    return { copy, receiver };
  }

  private newCopy(): Copy {
    return new Copy(this.turns, (call) => this.nextFault(call));
  }

  private nextFault(call: AwsCall): Fault {
    const number = this.calls.get(call) ?? 0;
    this.calls.set(call, number + 1);
    const fault = this.story.faults[call][number] ?? 'none';
    if (fault !== 'none') this.faults.push(`${call} ${fault}`);
    return fault;
  }

  private async put(item: InboxItem): ReturnType<PutItem> {
    const answer = await this.store.putItem(item);
    if (answer === 'stored') {
      this.writes.push(item);
      this.streaming ??= this.readStream();
    }
    return answer;
  }

  /** An operator supplies credentials, then PayCA replaces them. */
  private async supplyAndReplaceCredentials(): Promise<void> {
    const [first, second] = ISSUED;
    const end = this.now + OVERLAP_MS;
    const former = () => this.secret.stored.get();
    const pending = () => this.secret.stored.get(undefined, 'AWSPENDING');
    for (const step of [
      () => this.secret.put({ ...first }),
      () => this.secret.put({ ...second }, 'AWSPENDING'),
      () => this.secret.stored.move(acceptedUntilLabel(end, former().id), former().id),
      () => this.secret.stored.move('AWSCURRENT', pending().id, former().id),
      () => this.secret.stored.move('AWSPENDING', undefined, pending().id),
    ]) {
      await this.turns.take();
      step();
    }
  }

  /** Hands over batches in order; what fails is tried again a few times, then left to the sweep. */
  private async readStream(): Promise<void> {
    while (this.streamed < this.writes.length) {
      let batch = this.writes.slice(this.streamed, this.streamed + this.story.batchSize);
      this.streamed += batch.length;
      for (let tryNumber = 1; tryNumber <= STREAM_TRIES && batch.length > 0; tryNumber += 1) {
        // A dispatcher that failed or was killed says nothing: the whole batch comes again.
        const report = await this.dispatch(batch).catch(() => undefined);
        if (report) batch = batch.filter(({ pk }) => report.failed.includes(pk));
      }
    }
    this.streaming = undefined;
  }

  private async sweep(): Promise<void> {
    await this.turns.take();
    await this.dispatch(
      this.undispatched().filter(({ receivedAt }) => Date.parse(receivedAt) < this.now - SWEEP_AFTER_MS),
    );
  }

  private undispatched(): InboxItem[] {
    return [...this.store.items.values()].filter(
      ({ undispatched }) => undispatched !== undefined && undispatched !== SET_ASIDE,
    );
  }

  private dispatch(items: readonly InboxItem[]): Promise<DispatchReport | undefined> {
    const copy = this.newCopy();
    return copy.run(() =>
      dispatch(items, {
        stage: 'simulation',
        now: () => this.now,
        decrypt: (ciphertext) => copy.call('Decrypt', async () => Buffer.from(ciphertext).reverse().toString()),
        putEvents: (entries) => copy.call('PutEvents', async () => entries.map((entry) => this.takeEntry(entry))),
        markDispatched: (pk) => copy.call('UpdateItem', async () => this.change(pk, { undispatched: undefined })),
        countTry: (pk) => copy.call('UpdateItem', async () => this.countTry(pk)),
        setAside: (pk) => copy.call('UpdateItem', async () => this.change(pk, { undispatched: SET_ASIDE })),
      }),
    );
  }

  private takeEntry(entry: BusEntry): EntryResult {
    if (isPoison(entry.Detail)) return { errorCode: 'InvalidArgument' };
    if (this.story.entryFaults[this.entries++]) return { errorCode: 'InternalFailure' };
    this.bus.set(JSON.parse(entry.Detail).key, entry);
    return {};
  }

  private change(pk: string, change: Partial<InboxItem>): void {
    const item = this.store.items.get(pk);
    if (!item) throw new Error('the condition of the update does not hold');
    this.store.items.set(pk, { ...item, ...change });
  }

  private countTry(pk: string): number {
    const count = (this.tries.get(pk) ?? 0) + 1;
    this.tries.set(pk, count);
    return count;
  }
}

function isPoison(text: string): boolean {
  return text.includes(`"${POISON}-`);
}

function check(kept: boolean, broken: string): asserts kept {
  if (!kept) throw new Error(broken);
}
