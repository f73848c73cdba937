import { PaycaApi } from '../lambda/payca/api';
import { webhookFacts } from '../lambda/payca/events';
import { inboxKey, sha256 } from '../lambda/payca/inbox';
import type { InboxEntry } from '../lambda/payca/inbox-reader';
import { isCausedBy } from '../lambda/smoke-test/cause';
import { runSmoke, type SmokeRequest, type SmokeResult, type SmokeWorld } from '../lambda/smoke-test/run';
import type { SmokeSettings } from '../lambda/smoke-test/settings';
import { type Credentials, Random } from './payca';
import { PaycaApiServer, type PaycaOptions } from './payca-api';

/** What becomes of a call, instead of PayCA's own answer. */
export interface CallFault {
  /** PayCA does not hear of the call, or only its answer is lost. */
  readonly when: 'before' | 'after';
  readonly answer:
    | { readonly status: number; readonly text: string; readonly headers?: Record<string, string> }
    | 'timeout'
    | 'reset';
}

/** A call as PayCA is asked it. */
export interface AskedCall {
  /** Method and path; ids of users and cards in it are PayCA's. */
  readonly call: string;
  readonly requestId: string;
}

/** Thrown by everything once the function is killed. */
class Killed extends Error {}

const TIMEOUT_MS = 600_000;

/** The core of `smoke-test` and PayCA's simulator in one process, with a clock that moves by waiting only. */
export class SmokeBench {
  readonly payca: PaycaApiServer;
  /** Every call that was sent, tries of the same one included. */
  readonly asked: AskedCall[] = [];
  /** Set by a case: what is wrong with a call. */
  fault: (call: AskedCall) => CallFault | undefined = () => undefined;
  /** Webhooks arrive so much later, or never. */
  webhookDelayMs = 0;
  /** The function is killed around its so many-th effect, from 0 on; `after` is with the effect done. */
  kill?: { readonly at: number; readonly when: 'before' | 'after' };
  /** Effects of the newest run so far. */
  effects = 0;
  private readonly credentials: Credentials;
  private readonly stored = new Map<string, string>();
  private readonly inbox: { readonly at: number; readonly entry: InboxEntry }[] = [];
  private isDead = false;
  private ids = 0;

  constructor(
    readonly settings: SmokeSettings,
    options: PaycaOptions,
  ) {
    this.payca = new PaycaApiServer(new Random(1), options);
    this.credentials = this.payca.issue();
    for (const type of ['card', 'account', 'user'])
      this.payca.outbox.subscriptions.set(type, { id: type, url: 'https://webhooks.payca.example.com/webhooks', type });
  }

  /** Runs `smoke-test`; `killed` where it did not come to its end. */
  async run(steps: SmokeRequest['steps']): Promise<SmokeResult | 'killed'> {
    this.isDead = false;
    this.effects = 0;
    try {
      return await runSmoke({ steps, actor: 'rehearsal' }, this.world());
    } catch (error) {
      if (error instanceof Killed) return 'killed';
      throw error;
    }
  }

  moveClock(milliseconds: number): void {
    this.payca.clockOffsetMs += milliseconds;
  }

  private world(): SmokeWorld {
    const now = () => this.payca.now();
    const sleep = async (milliseconds: number) => this.moveClock(milliseconds);
    const recall = async (thing: string) => JSON.parse(this.stored.get(thing) ?? 'null') ?? undefined;
    const remember = (thing: string, state: unknown) =>
      this.effect(async () => void this.stored.set(thing, JSON.stringify(state)));
    return {
      settings: this.settings,
      release: 'rehearsed',
      connect: (onFailure) =>
        new PaycaApi({
          ...{ baseUrl: 'https://payca', timeoutMs: 10_000, deadlineMs: 20_000, callsPerSecond: 1000 },
          credentials: () => this.credentials,
          onFailure,
          fetch: (input, init) => this.effect(() => this.fetch(String(input), init ?? {})),
          clock: { now, sleep, random: () => 0.5 },
        }),
      progress: { recall, remember, rememberIf: remember },
      arrived: (cause, since) => this.effect(async () => this.arrived((entry) => isCausedBy(entry, cause), since)),
      probe: async (id) => ({ key: `smoke_test###${id}` }),
      endpoint: async () => ({ verdict: 'pass' }),
      now: () => new Date(now()),
      sleep,
      deadline: now() + TIMEOUT_MS,
      newId: () => `${++this.ids}`,
    };
  }

  /** Something that is done or not done when the function is killed. */
  private async effect<T>(act: () => Promise<T>): Promise<T> {
    if (this.isDead) throw new Killed();
    const dies = this.kill?.at === this.effects;
    this.effects += 1;
    if (!dies) return act();
    this.isDead = true;
    if (this.kill?.when === 'after') await act();
    throw new Killed();
  }

  private async fetch(address: string, { method = 'GET', headers, body }: RequestInit): Promise<Response> {
    const { pathname, search } = new URL(address);
    const sent = headers as Record<string, string>;
    const call: AskedCall = { call: `${method} ${pathname}`, requestId: sent['x-request-id'] ?? '' };
    this.asked.push(call);
    const fault = this.fault(call);
    if (fault?.when !== 'before') {
      const reply = await this.payca.reply({
        method,
        url: `${pathname}${search}`,
        headers: sent,
        text: String(body ?? ''),
      });
      if (typeof reply !== 'object' || !('headers' in reply)) throw new Error('the bench makes its own faults');
      if (!fault) return new Response(reply.text || null, { status: reply.status, headers: reply.headers });
    }
    if (fault.answer === 'timeout') {
      this.moveClock(10_000);
      throw Object.assign(new Error('rehearsed'), { name: 'TimeoutError' });
    }
    if (fault.answer === 'reset') throw Object.assign(new TypeError('rehearsed'), { cause: { code: 'ECONNRESET' } });
    const { status, text, headers: own } = fault.answer;
    return new Response(text, { status, headers: { 'x-request-id': call.requestId, ...own } });
  }

  /** What PayCA has sent by now is in the inbox, as the receiver would have stored it. */
  private async arrived(matches: (entry: InboxEntry) => boolean, since: Date): Promise<string | undefined> {
    await this.payca.outbox.deliver(async (_, { body, headers }) => {
      const facts = webhookFacts(JSON.parse(body.toString()));
      const { cardId = '', referenceId = '', event } = facts;
      const pk = inboxKey(facts, sha256(body));
      const entry = { pk, event, cardId, referenceId, requestId: headers['x-request-id'] ?? '' };
      this.inbox.push({ at: this.payca.now() + this.webhookDelayMs, entry });
      return 204;
    });
    const now = this.payca.now();
    return this.inbox.find(({ at, entry }) => since.getTime() <= at && at <= now && matches(entry))?.entry.pk;
  }
}
