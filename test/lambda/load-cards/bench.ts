import { Desk } from '../../../lambda/load-cards/desk';
import { type ManifestEntry, type RowReference, readEntry, storeManifest } from '../../../lambda/load-cards/manifest';
import type { LoadSettings } from '../../../lambda/load-cards/settings';
import { cardsOf, type EntryState, entriesOf, entryThing, freshEntry } from '../../../lambda/load-cards/state';
import { type Worked, type WorkerWorld, work } from '../../../lambda/load-cards/work';
import { PaycaApi } from '../../../lambda/payca/api';
import { ProgressChanged } from '../../../lambda/payca/progress';
import { Random } from '../../../rehearsal/payca';
import { PaycaApiServer } from '../../../rehearsal/payca-api';

/** What becomes of an effect; the last two are of a copy that is killed around it. */
export type Fault = 'none' | 'not-sent' | 'answer-lost' | '500' | '429' | '400' | 'killed-before' | 'killed-after';

class Killed extends Error {}

export const LOAD = '0123456789abcdef';
const INVOCATION_MS = 180_000;

export class ProgressInMemory {
  readonly stored = new Map<string, string>();

  recall = async (thing: string): Promise<unknown> => JSON.parse(this.stored.get(thing) ?? 'null') ?? undefined;

  remember = async (thing: string, state: unknown): Promise<void> => void this.stored.set(thing, JSON.stringify(state));

  rememberIf = async (thing: string, state: unknown, former: unknown): Promise<void> => {
    const present = this.stored.get(thing);
    if (present !== (former === undefined ? undefined : JSON.stringify(former)))
      throw new ProgressChanged('test', thing);
    this.stored.set(thing, JSON.stringify(state));
  };

  all = async (prefix: string): Promise<Map<string, unknown>> =>
    new Map(
      [...this.stored].filter(([thing]) => thing.startsWith(prefix)).map(([thing, text]) => [thing, JSON.parse(text)]),
    );
}

/** The worker's core and PayCA's simulator in one process, with a clock of its own. */
export class LoadBench {
  readonly payca = new PaycaApiServer(new Random(1), {});
  readonly progress = new ProgressInMemory();
  readonly references: readonly RowReference[];
  /** Answers to what is posted there are lost. */
  losesAnswersOf?: string;
  /** Answers to what is posted there are empty. */
  forgetsIdsOf?: string;
  hasTime = () => true;
  /** Of every call that may make something. */
  readonly keys: { readonly key: string; readonly body: string }[] = [];
  private readonly credentials = this.payca.issue();
  private readonly content: Buffer;
  private readonly hadEffect = new Set<string>();
  private copies = 0;

  constructor(
    entries: readonly ManifestEntry[],
    private readonly settings: LoadSettings = SETTINGS,
  ) {
    const { content, references } = storeManifest(LOAD, entries);
    this.content = content;
    this.references = references;
    for (const entry of entries)
      this.progress.stored.set(
        entryThing(LOAD, entry.row),
        JSON.stringify(freshEntry(entry, new Date(this.payca.now()))),
      );
    this.payca.record.settings.userId = settings.fieldNames.userId;
  }

  moveClock(milliseconds: number): void {
    this.payca.clockOffsetMs += milliseconds;
  }

  get states(): EntryState[] {
    return [...this.progress.stored]
      .filter(([thing]) => thing.startsWith(entriesOf()))
      .map(([, text]) => JSON.parse(text));
  }

  /** One copy with one message; `faults` are taken one for each effect, `turn` is waited for before each. */
  async run(
    reference: RowReference,
    faults: Iterator<Fault> = [].values(),
    turn: () => Promise<unknown> = async () => undefined,
  ): Promise<Worked | 'killed'> {
    try {
      return await work(reference, this.world(faults, turn));
    } catch (error) {
      if (error instanceof Killed) return 'killed';
      throw error;
    }
  }

  private world(faults: Iterator<Fault>, turn: () => Promise<unknown>): WorkerWorld {
    this.copies += 1;
    let isDead = false;
    const effect = async <T>(act: (fault: Fault) => Promise<T>): Promise<T> => {
      await turn();
      if (isDead) throw new Killed();
      const fault = faults.next().value ?? 'none';
      if (!fault.startsWith('killed')) return act(fault);
      isDead = true;
      if (fault === 'killed-after') await act('none');
      throw new Killed();
    };
    const { progress, payca } = this;
    const entries = () => effect(async () => this.states);
    const now = () => payca.now();
    const connect = (onFailure: (error: never) => void) =>
      new PaycaApi({
        ...{ baseUrl: 'https://payca', timeoutMs: 10_000, deadlineMs: 20_000, callsPerSecond: 1000 },
        credentials: () => this.credentials,
        onFailure: onFailure as (error: unknown) => void,
        fetch: (input, init) => effect((fault) => this.fetch(String(input), init ?? {}, fault)),
        clock: { now, sleep: async (milliseconds) => this.moveClock(milliseconds), random: () => 0.5 },
      });
    return {
      desk: new Desk(connect, this.settings),
      progress: {
        recall: (thing) => effect(() => progress.recall(thing)),
        rememberIf: (thing, state, former) => effect(() => progress.rememberIf(thing, state, former)),
      },
      read: async (one) => readEntry(this.content.subarray(one.offset, one.offset + one.length), one),
      invocation: `copy-${this.copies}`,
      endsAt: now() + INVOCATION_MS,
      now: () => new Date(now()),
      hasTime: () => this.hasTime(),
      knownUser: async () => (await entries()).find(({ user }) => user?.state === 'done')?.userId,
      knownCards: async () => cardsOf(await entries()),
    };
  }

  private async fetch(
    address: string,
    { method = 'GET', headers, body }: RequestInit,
    fault: Fault,
  ): Promise<Response> {
    const { pathname, search } = new URL(address);
    const sent = headers as Record<string, string>;
    const key = `${pathname} ${sent['idempotency-key']}`;
    const text = String(body ?? '');
    if (method !== 'GET') this.keys.push({ key, body: text });
    if (fault === 'not-sent') throw reset();
    if (fault === '500') return refused(500, 'ErrInternal');
    if (fault === '429') return refused(429, 'ErrRateLimited');
    // What had its effect is answered by that under its key, never by a refusal (payca-contract.md, 3).
    if (fault === '400' && method !== 'GET' && !this.hadEffect.has(key)) return refused(400, 'ErrInvalidArg');
    const reply = await this.payca.reply({ method, url: `${pathname}${search}`, headers: sent, text });
    if (typeof reply !== 'object' || !('headers' in reply)) throw new Error('the bench makes its own faults');
    if (reply.status < 300) this.hadEffect.add(key);
    if (fault === 'answer-lost' || (method === 'POST' && pathname === this.losesAnswersOf)) throw reset();
    if (method === 'POST' && pathname === this.forgetsIdsOf && reply.status < 300) return new Response('{}');
    return new Response(reply.text || null, { status: reply.status, headers: reply.headers });
  }
}

export const SETTINGS: LoadSettings = {
  fieldNames: { userId: 'userId', ownUserId: 'externalId', cardIdempotency: 'body' },
  userBody: {},
  cardKinds: {},
};

const reset = () => Object.assign(new TypeError('rehearsed'), { cause: { code: 'ECONNRESET' } });
const refused = (status: number, code: string) => new Response(JSON.stringify({ error: { code } }), { status });
