import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../../lib/monitoring/evaluation/metric-samples';
import { REPOSITORY } from '../assembly';
import { AwsFault } from '../aws/gate';
import { canary, forms } from '../canary';
import { Channels } from '../channels';
import type { Client } from '../client';
import { evidenceOf } from '../evidence';
import { LaunchDay } from '../launch-day';
import { Metrics } from '../metrics';
import { golive } from '../operator';
import { Random, type Webhook, webhook } from '../payca';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;
/** How often traffic comes and metrics are taken, in minutes. */
const STEP = 5;
/** When the story ends, in minutes from T: then the document is made. */
const END = 2 * HOUR + 15;
/** When deliveries fail, in minutes from T. */
const FAILS_AT = 30;
const DIRECTORY = join('out', 'rehearsal');
const DOCUMENT = join(DIRECTORY, 'launch-document.html');
const METRICS = join(DIRECTORY, 'launch-metrics.csv');

/** A short launch, lived through in one world; then the document that is made of what was recorded. */
export const document: Act = {
  id: 'document',
  title:
    'The launch document of a rehearsed launch: every statement from a record, what is missing said, no secret in it',
  leaves: [DOCUMENT],
  play: async (scene) => {
    const story = new Story(scene);
    await story.untilTheWindow();
    await story.theFirstHours();
    await story.afterwards();
    await made(scene, story);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

class Story {
  readonly day: LaunchDay;
  /** Must not be in the document: keys of every kind, a card number and a one-time code that PayCA sent. */
  readonly secrets: string[];
  readonly cardNumber: string;
  private readonly random: Random;
  private readonly metrics: Metrics;
  private readonly samples: Sample[] = [];
  private readonly waiting: Webhook[] = [];
  private readonly channels: Channels;
  private readonly payca: Client;

  constructor(private readonly scene: Scene) {
    const { world, credentials, seed } = scene;
    this.random = new Random(seed);
    this.day = new LaunchDay(world);
    this.metrics = new Metrics(world);
    this.channels = new Channels(world);
    this.payca = world.client();
    this.cardNumber = this.random.cardNumber();
    this.secrets = [credentials.clientSecret, canary(this.random)];
  }

  private get world(): World {
    return this.scene.world;
  }

  /** The clock begins so far back that the story ends now, when commands of people are given. */
  async untilTheWindow(): Promise<void> {
    const { world, day, scene } = this;
    const ahead = DAY + 90;
    world.moveClock(-(ahead + END) * MINUTE_MS);
    await world.supply(scene.credentials);
    for (const [currency, money] of world.payca.balances)
      world.payca.balances.set(currency, { ...money, available: '90000.00' });
    this.channels.supply(this.channels.issueKeys());
    this.secrets.push(...this.channels.keys);
    day.openSandbox(world.openAccount(scene.otherStage()));
    await day.schedule(ahead);
    for (const minutes of [-DAY, -12 * HOUR, -2 * HOUR]) await this.decided(minutes);
    await world.function('smoke-test').invoke({ steps: 'deploy', actor: 'lee' });
    for (const minutes of [-HOUR, 0]) await this.decided(minutes);
  }

  /** Traffic every five minutes; after half an hour deliveries fail for a while, and come again. */
  async theFirstHours(): Promise<void> {
    const alarm = `${this.channels.prefix}webhook-failures-page`;
    for (let minutes = 0; minutes < END - STEP; minutes += STEP) {
      if (minutes % 30 === 0) await this.decided(minutes);
      const failing = minutes === FAILS_AT;
      if (failing)
        this.world.gate.faults = { before: ({ operation }) => (operation === 'PutItem' ? THROTTLED : undefined) };
      await this.traffic();
      this.world.gate.faults = {};
      if (failing) this.world.cloudWatch.set(alarm, 'ALARM', 'rehearsed: deliveries failed');
      if (minutes === FAILS_AT + STEP) this.world.cloudWatch.set(alarm, 'OK', 'rehearsed: deliveries pass again');
      await this.world.sources.drained();
      await this.measure();
      this.world.moveClock(STEP * MINUTE_MS);
    }
  }

  /** The figures of the hours, and what people write down. */
  async afterwards(): Promise<void> {
    const { world, day } = this;
    await this.decided(END);
    await this.measure();
    await world.function('report-figures').invoke(SCHEDULED);
    await this.measure();
    const began = new Date(day.now - (END - FAILS_AT) * MINUTE_MS).toISOString();
    const what = ['deliveries got a 500 for five minutes; PayCA sent them again', '--began', began];
    const more = ['--alarm', 'webhook-failures-page', '--link', 'https://tickets.example.com/OPS-7'];
    const added = await golive(world, ['incident', 'add', ...what, ...more]);
    const solved = await golive(world, [
      'incident',
      'note',
      'INC-1',
      'a quota of the table; it was raised',
      '--resolved',
    ]);
    const told = added.code === 0 && solved.code === 0 && solved.text.includes('webhook-failures-page');
    this.scene.check('incident', told, told ? (solved.text.split('\n')[0] ?? '') : `${added.text}${solved.text}`);
  }

  /** Where nobody else decides, somebody other than who scheduled approves. */
  private async decided(minutes: number): Promise<void> {
    for (;;) {
      const { questions, phase } = await this.day.at(minutes);
      if (questions.length === 0 || phase !== 'scheduled') return;
      for (const { step } of questions)
        await this.day.give('kim', { command: 'approve', step, reason: 'decided in the rehearsal' });
    }
  }

  /** Webhooks of every kind, and those that were not taken before. */
  private async traffic(): Promise<void> {
    const fresh = KINDS.flatMap(([type, most]) =>
      Array.from({ length: this.random.below(most + 1) }, () => this.event(type)),
    );
    const all = [...this.waiting.splice(0), ...fresh];
    const send = ({ body, headers }: Webhook) => this.payca.post(path(this.world), body, headers);
    const answers = await Promise.all(all.map(send));
    this.waiting.push(...all.filter((_, index) => (answers[index]?.status ?? 500) >= 500));
  }

  private event(type: string): Webhook {
    const money = `${this.random.below(90) + 10}.${this.random.digits(2)}`;
    const common = { id: this.random.uuid(), type, referenceId: this.random.uuid() };
    const payload =
      type === 'fee'
        ? { event: 'account_transaction', data: { ...common, subtype: 'settle_fee', amount: '0.35', currency: 'EUR' } }
        : {
            event: 'card_transaction',
            data: {
              ...common,
              cardId: this.random.uuid(),
              transactionAmount: money,
              transactionCurrency: 'EUR',
              note: `${this.cardNumber} ${this.secrets[1]}`,
            },
          };
    return webhook(JSON.stringify(payload), this.scene.credentials, this.random);
  }

  /** What CloudWatch would have of these minutes. */
  private async measure(): Promise<void> {
    await this.world.function('watch-payca').invoke(SCHEDULED);
    const timestamp = this.day.now;
    this.samples.push(...(await this.metrics.take()).map((one) => ({ ...one, timestamp })));
  }

  /** In the form that `golive` reads. */
  writeMetrics(file: string): void {
    const lines = this.samples.map(({ namespace = '', metric, dimensions, timestamp, value }) => {
      const pairs = Object.entries(dimensions).map(([name, one]) => `${name}=${one}`);
      return [namespace, metric, pairs.join(';'), new Date(timestamp).toISOString(), value].join(',');
    });
    mkdirSync(join(REPOSITORY, DIRECTORY), { recursive: true });
    const head = 'namespace,metric,dimensions,timestamp,value';
    writeFileSync(join(REPOSITORY, file), `${[head, ...lines].join('\n')}\n`);
  }
}

const SCHEDULED = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
const THROTTLED = new AwsFault('ProvisionedThroughputExceededException', 'rehearsed');
/** Types of events, and the most of each in five minutes. */
const KINDS: readonly (readonly [type: string, most: number])[] = [
  ['authorization', 3],
  ['settle', 2],
  ['refund', 1],
  ['decline', 1],
  ['fee', 1],
];

/** Made by the operator's command, read as somebody would who was not there. */
async function made({ world, check }: Scene, story: Story): Promise<void> {
  story.writeMetrics(METRICS);
  const parameters = ['launch-document', '--out', DOCUMENT, '--metrics', METRICS, '--record'];
  const outcome = await golive(world, parameters);
  check('made', outcome.code === 0, outcome.code === 0 ? DOCUMENT : outcome.text);
  if (outcome.code !== 0) return;
  const [html, markdown] = [DOCUMENT, DOCUMENT.replace('.html', '.md')].map((file) =>
    readFileSync(join(REPOSITORY, file), 'utf8'),
  ) as [string, string];
  const cited = [...html.matchAll(/href="#(R\d+)"/g)].map(([, name]) => name ?? '');
  const rows = [...html.matchAll(/<tr id="(R\d+)">.*?<code>(runs\/[^<]+)<\/code> <code>([0-9a-f]{64})<\/code>/g)];
  const kept = (key: string) => [...world.s3.objects].find(([name]) => name.endsWith(`/${key}`))?.[1].toString();
  const unknown = cited.filter(
    (name) => !rows.some(([, row, key = '', hash = '']) => row === name && kept(key)?.includes(hash)),
  );
  const backed = cited.length > 0 && unknown.length === 0;
  check(
    'every-statement',
    backed,
    backed ? `${cited.length} references to ${rows.length} records in the bucket` : `not found: ${unknown.join(', ')}`,
  );
  const [, manifest = ''] = /--manifest ([0-9a-f]{64})/.exec(html) ?? [];
  const { problems, manifests } = evidenceOf(world);
  const chained = problems.length === 0 && manifests.some(({ sha256 }) => sha256 === manifest);
  check('manifest', chained, chained ? `in the chain: ${manifest}` : JSON.stringify({ manifest, problems }));
  const wanted = ['INC-1', 'raised', 'Authorizations, count', 'launch window', 'missing', 'Approved by kim', 'smoke-'];
  const told = sections(html);
  const empty = SECTIONS.filter((id) => !told[id]);
  const absent = wanted.filter((words) => !html.includes(words));
  check(
    'the-story',
    empty.length + absent.length === 0,
    [...empty, ...absent].join(', ') || `${SECTIONS.length} sections: ${SECTIONS.join(', ')}`,
  );
  const all = `${html}${markdown}`;
  const leaks = [...story.secrets.flatMap(forms), story.cardNumber].filter((secret) => all.includes(secret));
  check(
    'no-secret',
    leaks.length === 0,
    `${story.secrets.length} keys and canaries and a card number are in neither file`,
  );
  const outside = [...html.matchAll(/(?:src|href)="(?!#|data:|https:\/\/)|<script|url\(/g)].map(([found]) => found);
  check(
    'offline',
    outside.length === 0,
    outside.join(', ') || 'no script, no file beside it, nothing from the network',
  );
}

const SECTIONS = [
  'open',
  'readiness',
  'timeline',
  'smoke',
  'figures',
  'dashboards',
  'alarms',
  'reconciliation',
  'compliance',
  'payca',
  'records',
];

/** The content of each section by its anchor. */
function sections(html: string): Record<string, string> {
  const found = [...html.matchAll(/<section id="([a-z]+)"[^>]*>(.*?)<\/section>/gs)];
  return Object.fromEntries(found.map(([, id, content]) => [id, content]));
}
