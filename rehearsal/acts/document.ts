import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Big from 'big.js';
import { IMPORTS } from '../../lambda/payca/imports';
import type { ReconciliationSettings } from '../../lambda/reconcile-fees/settings';
import type { Sample } from '../../lib/monitoring/evaluation/metric-samples';
import { REPOSITORY } from '../assembly';
import { AwsFault } from '../aws/gate';
import { canary, forms } from '../canary';
import { Channels } from '../channels';
import type { Client } from '../client';
import { evidenceOf } from '../evidence';
import { LaunchDay } from '../launch-day';
import { LaunchPreparation } from '../launch-preparation';
import { Metrics } from '../metrics';
import { golive, type Outcome } from '../operator';
import { type Credentials, Random, type Webhook, webhook } from '../payca';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;
/** How often traffic comes and metrics are taken in the first hours, in minutes. */
const STEP = 5;
/** Until when it is looked at so closely, in minutes from T. */
const CLOSELY = 2 * HOUR + 15;
/** How often later on; traffic comes every hour. */
const LATER = 6;
/** When the story ends, in minutes from T: then the document is made. */
const END = 2 * DAY + 70;
/** When deliveries fail, in minutes from T. */
const FAILS_AT = 30;
const DIRECTORY = join('out', 'rehearsal');
const DOCUMENT = join(DIRECTORY, 'launch-document.html');
const METRICS = join(DIRECTORY, 'launch-metrics.csv');

/** A launch from its keys to the retrospective, lived through in one world; then the document that is made of what was recorded. */
export const document: Act = {
  id: 'document',
  title:
    'The launch document of a rehearsed launch: every statement from a record, what is missing said, no secret in it',
  leaves: [DOCUMENT],
  play: async (scene) => {
    const story = new Story(scene);
    await story.untilTheWindow();
    await story.theFirstHours();
    await story.whatWentWrong();
    await story.theTwoDays();
    await story.theStatement();
    await readinessAgrees(scene, story);
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
  /** What `golive readiness` says in the end. */
  ready?: Ready;
  private readonly random: Random;
  private readonly metrics: Metrics;
  private readonly samples: Sample[] = [];
  private readonly waiting: Webhook[] = [];
  private readonly channels: Channels;
  private readonly payca: Client;
  private readonly keys: Credentials;
  /** What the launch day's statement has to say: when each fee was sent. */
  private readonly fees: { readonly at: string; readonly reference: string }[] = [];
  private T = 0;

  constructor(private readonly scene: Scene) {
    const { world, seed } = scene;
    this.random = new Random(seed);
    this.day = new LaunchDay(world);
    this.metrics = new Metrics(world);
    this.channels = new Channels(world);
    this.payca = world.client();
    this.keys = world.payca.issue();
    this.cardNumber = this.random.cardNumber();
    this.secrets = [this.keys.clientSecret, canary(this.random)];
  }

  private get world(): World {
    return this.scene.world;
  }

  /** A command of an operator, who lives in the story's time; it must go well unless its verdict is asked for. */
  async operator(...parameters: string[]): Promise<Outcome> {
    return golive(this.world, parameters, { atWorldsTime: true });
  }

  private async done(id: string, parameters: readonly string[], input?: string): Promise<string> {
    const { code, text } = await golive(this.world, parameters, { atWorldsTime: true, input });
    const lines = text.split('\n');
    const said = lines.find((line) => line.startsWith('verdict:')) ?? lines[0] ?? '';
    this.scene.check(id, code === 0, code === 0 ? said : text);
    return text;
  }

  /** The clock begins so far back that the story ends now. */
  async untilTheWindow(): Promise<void> {
    const { world, day, scene, keys } = this;
    const ahead = DAY + 90;
    world.moveClock(-(ahead + END) * MINUTE_MS);
    await this.done('keys', ['credentials', 'put', '--record'], `${keys.clientId}\n${keys.clientSecret}\n`);
    for (const [currency, money] of world.payca.balances)
      world.payca.balances.set(currency, { ...money, available: '90000.00' });
    this.channels.supply(this.channels.issueKeys());
    this.secrets.push(...this.channels.keys);
    await new LaunchPreparation(world, (id, ...parameters) => this.done(id, parameters)).all();
    day.openSandbox(world.openAccount(scene.otherStage()));
    await day.schedule(ahead);
    this.T = day.now + ahead * MINUTE_MS;
    for (const minutes of [-DAY, -12 * HOUR]) await this.decided(minutes);
    await this.decided(-2 * HOUR);
    await world.function('smoke-test').invoke({ steps: 'deploy', actor: 'lee' });
    await this.decided(-HOUR);
    // A no-go: nobody has signed off what people attest. Somebody has to answer for going all the same.
    await this.operator('readiness', '--record');
    await this.decided(0);
  }

  /** Traffic every five minutes; after half an hour deliveries fail for a while, and come again. */
  async theFirstHours(): Promise<void> {
    const alarm = `${this.channels.prefix}webhook-failures-page`;
    for (let minutes = 0; minutes < CLOSELY; minutes += STEP) {
      if (minutes % 30 === 0) await this.decided(minutes);
      const failing = minutes === FAILS_AT;
      if (failing)
        this.world.gate.faults = { before: ({ operation }) => (operation === 'PutItem' ? THROTTLED : undefined) };
      await this.traffic();
      this.world.gate.faults = {};
      if (failing) this.world.cloudWatch.set(alarm, 'ALARM', 'rehearsed: deliveries failed');
      if (minutes === FAILS_AT + STEP) this.world.cloudWatch.set(alarm, 'OK', 'rehearsed: deliveries pass again');
      await this.world.sources.drained();
      if (minutes % HOUR === STEP) await this.world.function('report-figures').invoke(SCHEDULED);
      await this.measure();
      this.world.moveClock(STEP * MINUTE_MS);
    }
  }

  /** What people write down of it. */
  async whatWentWrong(): Promise<void> {
    const began = new Date(this.T + FAILS_AT * MINUTE_MS).toISOString();
    const what = ['deliveries got a 500 for five minutes; PayCA sent them again', '--began', began];
    const more = ['--alarm', 'webhook-failures-page', '--link', 'https://tickets.example.com/OPS-7'];
    await this.done('incident', ['incident', 'add', ...what, ...more]);
    const note = ['incident', 'note', 'INC-1', 'a quota of the table; it was raised', '--resolved'];
    await this.done('incident-resolved', note);
  }

  /** Until the war room ends: traffic every hour, figures and a look at PayCA every few; feedback after a day. */
  async theTwoDays(): Promise<void> {
    for (let hours = Math.ceil(CLOSELY / HOUR); hours <= 2 * 24; hours += 1) {
      await this.decided(hours * HOUR, hours % 24 === 0);
      await this.traffic(QUIET);
      if (hours === 23) {
        const wanted = { command: 'feedback', tickets: 3, link: 'https://tickets.example.com/launch' };
        await this.day.give('lee', wanted);
      }
      if (hours % LATER !== 0) continue;
      await this.world.sources.drained();
      await this.world.function('watch-payca').invoke(SCHEDULED);
      this.world.moveClock(STEP * MINUTE_MS);
      await this.world.function('report-figures').invoke(SCHEDULED);
    }
    await this.decided(END);
    await this.world.function('report-figures').invoke(SCHEDULED);
    const { phase } = await this.day.status();
    this.scene.check('to-the-end', phase === 'over', `the launch is ${phase}`);
  }

  /** PayCA's statement of the launch day, put where finance puts it. */
  async theStatement(): Promise<void> {
    const { world } = this;
    const { Variables } = world.function('reconcile-fees').resource.properties.Environment as {
      Variables: Record<string, string>;
    };
    const { statement, day: clocks }: ReconciliationSettings = JSON.parse(String(Variables.RECONCILIATION));
    const dayIn = (time: number) => new Intl.DateTimeFormat('sv-SE', { timeZone: clocks.zone }).format(time);
    const day = dayIn(this.T);
    const fees = this.fees.filter(({ at }) => dayIn(Date.parse(at)) === day);
    const { records, columns } = statement;
    const closing = new Big(OPENING).minus(new Big(FEE).times(fees.length)).toFixed(2);
    const rows = [
      [records?.column, columns.reference, columns.subtype, columns.currency, columns.amount, columns.time],
      [records?.opening, '', '', 'EUR', OPENING, ''],
      ...fees.map(({ at, reference }) => [records?.fee, reference, FEE_SUBTYPE, 'EUR', FEE, at]),
      [records?.closing, '', '', 'EUR', closing, ''],
    ];
    const content = rows.map((cells) => `${cells.join(',')}\n`).join('');
    const bucket = String(world.deployment.outputs().ImportsBucket);
    world.s3.put(bucket, `${IMPORTS.statements}${day}-fees.csv`, Buffer.from(content));
    await world.reactions();
  }

  /** Where nobody else decides, somebody other than who scheduled approves. */
  private async decided(minutes: number, isStep = true): Promise<void> {
    if (!isStep) return this.world.moveClock(this.T + minutes * MINUTE_MS - this.day.now);
    for (;;) {
      const { questions, phase } = await this.day.at(minutes);
      if (questions.length === 0 || phase !== 'scheduled') return;
      for (const { step } of questions)
        await this.day.give('kim', { command: 'approve', step, reason: 'decided in the rehearsal' });
    }
  }

  /** Webhooks of these kinds, and those that were not taken before. */
  private async traffic(kinds = KINDS): Promise<void> {
    const fresh = kinds.flatMap(([type, most]) =>
      // An hour without an authorization is lower than what is expected.
      Array.from({ length: this.random.below(most + 1) || Number(type === 'authorization') }, () => this.event(type)),
    );
    const all = [...this.waiting.splice(0), ...fresh];
    const send = ({ body, headers }: Webhook) => this.payca.post(path(this.world), body, headers);
    const answers = await Promise.all(all.map(send));
    this.waiting.push(...all.filter((_, index) => (answers[index]?.status ?? 500) >= 500));
  }

  private event(type: string): Webhook {
    const money = `${this.random.below(90) + 10}.${this.random.digits(2)}`;
    const common = { id: this.random.uuid(), type, referenceId: this.random.uuid() };
    if (type === 'fee') this.fees.push({ at: new Date(this.day.now).toISOString(), reference: common.referenceId });
    const payload =
      type === 'fee'
        ? { event: 'account_transaction', data: { ...common, subtype: FEE_SUBTYPE, amount: FEE, currency: 'EUR' } }
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
    return webhook(JSON.stringify(payload), this.keys, this.random);
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
/** What PayCA takes for a settlement, and what the tenant has before the day. */
const [FEE, FEE_SUBTYPE, OPENING] = ['0.35', 'settle_fee', '90000.00'];
const THROTTLED = new AwsFault('ProvisionedThroughputExceededException', 'rehearsed');
/** Types of events, and the most of each in five minutes. */
const KINDS: readonly (readonly [type: string, most: number])[] = [
  ['authorization', 3],
  ['settle', 2],
  ['refund', 1],
  ['decline', 1],
  ['fee', 1],
];

interface Ready {
  readonly decision: string;
  readonly lines: readonly { readonly id: string; readonly verdict: string }[];
}

/** The document says of each line, and of the whole, what `golive readiness` says. */
async function readinessAgrees({ check }: Scene, story: Story): Promise<void> {
  const { text } = await story.operator('readiness', '--record', '--json');
  const { decision, lines }: Ready = JSON.parse(text);
  // The document shows itself: these two are green with it.
  story.ready = { decision, lines: lines.filter(({ id }) => !['A.1', 'A.2'].includes(id)) };
  check(
    'readiness',
    lines.some(({ verdict }) => verdict === 'pass'),
    `${decision}, ${lines.filter(({ verdict }) => verdict === 'pass').length} lines pass`,
  );
}

/** Of an hour after the first ones. */
const QUIET: typeof KINDS = [
  ['authorization', 2],
  ['settle', 1],
];

/** Made by the operator's command, read as somebody would who was not there. */
async function made({ world, check }: Scene, story: Story): Promise<void> {
  story.writeMetrics(METRICS);
  const parameters = ['launch-document', '--out', DOCUMENT, '--metrics', METRICS, '--record'];
  const outcome = await story.operator(...parameters);
  if (outcome.code !== 0) return check('made', false, outcome.text);
  const [html, markdown] = [DOCUMENT, DOCUMENT.replace('.html', '.md')].map((file) =>
    readFileSync(join(REPOSITORY, file), 'utf8'),
  ) as [string, string];
  const isReported = html.includes('Rule packs that ran on the templates');
  check('made', true, `${DOCUMENT}${isReported ? '' : '; with the compliance report after npm run compliance'}`);
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
  const { decision = '', lines = [] } = story.ready ?? {};
  const shownAs = (id: string) =>
    new RegExp(`<tr id="line-${id.replace('.', '-')}">.*?<span class="badge [a-z]+">([^<]+)<`).exec(html)?.[1];
  const differing = lines.filter(({ id, verdict }) => shownAs(id) !== verdict).map(({ id }) => id);
  const agrees = differing.length === 0 && html.includes(`When this was made: <span class="badge bad">${decision}<`);
  check(
    'as-readiness',
    agrees,
    agrees ? `${decision}, and the same verdict of ${lines.length} lines` : differing.join(', '),
  );
  const [, manifest = ''] = /--manifest ([0-9a-f]{64})/.exec(html) ?? [];
  const { problems, manifests } = evidenceOf(world);
  const chained = problems.length === 0 && manifests.some(({ sha256 }) => sha256 === manifest);
  check('manifest', chained, chained ? `in the chain: ${manifest}` : JSON.stringify({ manifest, problems }));
  const wanted = [...TOLD, 'missing'];
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

/** From the keys to the retrospective. */
const TOLD = [
  'The credentials are in a vault',
  'smoke-',
  'Approved by kim',
  'launch window',
  'raised',
  'INC-1',
  'Authorizations, count',
  '48 recorded hours',
  '3 tickets of customers',
  'Fees by currency',
  'invited to the retrospective',
];

const SECTIONS = [
  'open',
  'readiness',
  'timeline',
  'smoke',
  'figures',
  'dashboards',
  'alarms',
  'reconciliation',
  'retrospective',
  'compliance',
  'payca',
  'records',
];

/** The content of each section by its anchor. */
function sections(html: string): Record<string, string> {
  const found = [...html.matchAll(/<section id="([a-z]+)"[^>]*>(.*?)<\/section>/gs)];
  return Object.fromEntries(found.map(([, id, content]) => [id, content]));
}
