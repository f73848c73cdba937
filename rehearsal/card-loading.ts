import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countRows, type EntryState, entriesOf, LOADS } from '../lambda/load-cards/state';
import type { Scene } from './acts/act';
import { canary } from './canary';
import { golive, type Outcome } from './operator';
import { Random } from './payca';
import { absent } from './payca-refusals';

const MINUTE_MS = 60_000;
/** A page of PayCA's list of cards. */
const PAGE = 20;
/** What PayCA allows in these rehearsals; the template's own limit would take minutes. */
export const CALLS_PER_SECOND = 40;
/** Names of the columns of a manifest. */
export const HEADER = 'user_id,user_status,meta.firstName,meta.birthday,card_ref,bin,currency,balance,account_id';

/** A tenant of PayCA's by what its settings say. */
export interface Tenant {
  readonly id: string;
  readonly fieldNames: {
    userId: 'id' | 'userId';
    ownUserId: 'userId' | 'externalId';
    cardIdempotency: 'header' | 'body';
  };
  /** Whether it is answered `GET /v1/cards`. */
  readonly listsCards: boolean;
}

export const TENANTS: readonly Tenant[] = [
  {
    id: 'tenant-balance',
    fieldNames: { userId: 'id', ownUserId: 'userId', cardIdempotency: 'header' },
    listsCards: false,
  },
  {
    id: 'master-account',
    fieldNames: { userId: 'userId', ownUserId: 'externalId', cardIdempotency: 'body' },
    listsCards: true,
  },
  { id: 'mixed', fieldNames: { userId: 'userId', ownUserId: 'userId', cardIdempotency: 'body' }, listsCards: true },
];

/** Loads of a stage: manifests, commands, and what PayCA has of them. */
export class CardLoading {
  /** Personal data that must not be found again. */
  readonly personal: string[] = [];
  /** What commands printed and wrote. */
  readonly outputs: string[] = [];
  /** Bodies of messages, as they were seen in the queue. */
  readonly messages = new Set<string>();
  private readonly random: Random;
  private readonly directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  private readonly watching = setInterval(() => this.look(), 5).unref();

  constructor(readonly scene: Scene) {
    this.random = new Random(scene.seed);
    this.world.sources.copies = 2;
    this.configure(TENANTS[0] as Tenant);
  }

  get world() {
    return this.scene.world;
  }

  get payca() {
    return this.world.payca;
  }

  private get queue(): string {
    return String(
      this.world.deployment.find(
        ({ type, logicalId }) => type === 'AWS::SQS::Queue' && /^CardLoadQueue/.test(logicalId),
      )?.arn,
    );
  }

  get loader() {
    return this.world.function('load-cards');
  }

  look(): void {
    for (const body of this.world.sqs.bodies(this.queue)) this.messages.add(body);
  }

  /** As another config would set it; with a short time-out, lost answers are not waited for so long. */
  configure({ fieldNames, listsCards }: Tenant, timeoutSeconds = 10): void {
    this.loader.otherVariables = {
      CARD_LOAD: JSON.stringify({ fieldNames, userBody: {}, cardKinds: {} }),
      PAYCA_CALLS_PER_SECOND: String(CALLS_PER_SECOND),
      PAYCA_TIMEOUT_SECONDS: String(timeoutSeconds),
    };
    this.loader.recycle();
    this.payca.record.settings.userId = fieldNames.userId;
    this.payca.record.settings.findsByOwnId = true;
    this.payca.callsPerSecond = CALLS_PER_SECOND;
    this.payca.on('GET', '/v1/cards', ({ query }) =>
      listsCards ? this.listOfCards(query) : Promise.reject(absent('list')),
    );
  }

  /** Users with a card each on their wallet, then two cards of nobody. */
  manifest(name: string, users: number): string {
    const lines = Array.from({ length: users }, (_, index) => {
      const secret = canary(this.random);
      this.personal.push(secret);
      return `${name}-${index},active,${secret},1990-02-28,${name}-card-${index},411111,EUR,,`;
    });
    const cards = [0, 1].map((index) => `,,,,${name}-own-${index},411111,EUR,10.00,tenant-eur`);
    return this.file(name, [HEADER, ...lines, ...cards].join('\n'));
  }

  file(name: string, content: string): string {
    const path = join(this.directory, `${name}.csv`);
    writeFileSync(path, content);
    return path;
  }

  async command(...parameters: string[]): Promise<Outcome> {
    const outcome = await golive(this.world, ['cards', ...parameters]);
    this.outputs.push(outcome.text);
    return outcome;
  }

  /** Until no row is open: what was put off comes back, as it does after a while. */
  async finish(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      await this.world.sources.drained();
      if (countRows(await this.entries()).open === 0) return;
      this.world.moveClock(16 * MINUTE_MS);
    }
  }

  async entries(): Promise<EntryState[]> {
    const items = await this.world.progress();
    return items.flatMap(({ pk, sk, state }) =>
      pk?.S === LOADS && sk?.S?.startsWith(entriesOf()) ? [JSON.parse(String(state?.S)) as EntryState] : [],
    );
  }

  /** Its schedule, as every five minutes. */
  async watch(): Promise<void> {
    await this.loader.invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
  }

  private listOfCards(query: URLSearchParams) {
    const start = Number(query.get('cursor') ?? 0);
    const all = this.payca.tenant.cards.map(({ id, linkedAccountId, bin }) => ({ cardId: id, linkedAccountId, bin }));
    const end = start + PAGE;
    const nextCursor = end < all.length ? String(end) : undefined;
    return { status: 200, body: { cards: all.slice(start, end), nextCursor } };
  }

  /** What is there more than once, or not at all, of a manifest at PayCA. */
  wrongAtPayca(name: string, users: number, missing: readonly string[] = []): string[] {
    const { tenant } = this.payca;
    const own = Array.from({ length: users }, (_, index) => `${name}-${index}`);
    return own.flatMap((ownId) => {
      const found = tenant.users.filter((user) => user.ownId === ownId);
      const cards = tenant.cards.filter(({ user }) => user?.ownId === ownId);
      const wanted = missing.includes(ownId) ? 0 : 1;
      return found.length === 1 && cards.length === wanted
        ? []
        : [`${ownId}: ${found.length} users, ${cards.length} cards`];
    });
  }

  /** Cards that the tenant's own account has paid for. */
  get ownCards(): number {
    return this.payca.tenant.cards.filter(({ linkedAccountId }) => linkedAccountId === 'tenant-eur').length;
  }

  calls(from: number, call: RegExp): number {
    return this.payca.answered.slice(from).filter((one) => call.test(one.call)).length;
  }

  check(id: string, problems: readonly string[], detail: string): void {
    this.scene.check(id, problems.length === 0, problems.slice(0, 3).join('; ') || detail);
  }

  end(): void {
    clearInterval(this.watching);
    rmSync(this.directory, { recursive: true });
  }
}
