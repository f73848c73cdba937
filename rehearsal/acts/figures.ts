import { isDeepStrictEqual } from 'node:util';
import { readEvidence } from '../../lambda/payca/evidence-chain';
import { type Figures, HOURS } from '../../lambda/report-figures/figures';
import { AwsFault } from '../aws/gate';
import { golive } from '../operator';
import { Random, webhook } from '../payca';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

const HOUR_MS = 60 * 60 * 1000;

/** What PayCA sends in an hour: `data` of card events, and how many of each. */
interface Traffic {
  readonly type: string;
  readonly amounts: readonly string[];
}

/** Sums that binary fractions get wrong are among them. */
const FIRST: readonly Traffic[] = [
  { type: 'authorization', amounts: ['0.10', '0.20', '25.00'] },
  { type: 'settle', amounts: ['0.10', '0.20'] },
  { type: 'refund', amounts: ['5.00'] },
  { type: 'decline', amounts: ['80.00'] },
  { type: 'fee', amounts: ['0.35', '0.35'] },
];
const SECOND: readonly Traffic[] = [{ type: 'authorization', amounts: ['1.00'] }];

/** The first 48 hours after the window was opened. */
export const figures: Act = {
  id: 'figures',
  title: 'Hourly figures of 48 hours, counted from the inbox: told to the owners and recorded, also what is not known',
  play: async (scene) => {
    const hours = new Hours(scene);
    await hours.begin();
    await counted(scene, hours);
    await nothingKnown(scene, hours);
    await notAsExpected(scene, hours);
    await toTheEnd(scene, hours);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

class Hours {
  private readonly random: Random;
  private read = 0;

  constructor(private readonly scene: Scene) {
    this.random = new Random(scene.seed);
  }

  private get world(): World {
    return this.scene.world;
  }

  private get now(): number {
    return Date.now() + this.world.s3.clockOffsetMs;
  }

  /** Five minutes into the next hour, as the schedule has it. */
  private toNextHour(): void {
    const into = this.now % HOUR_MS;
    this.world.moveClock(HOUR_MS - into + 5 * 60_000);
  }

  /** No launch, then one whose window is open. */
  async begin(): Promise<void> {
    const { world, credentials, check } = this.scene;
    await world.supply(credentials);
    for (const [currency, money] of world.payca.balances)
      world.payca.balances.set(currency, { ...money, available: '1000000.00' });
    this.toNextHour();
    const quiet = await this.told();
    check('before-a-launch', quiet.length === 0, `${quiet.length} messages while no window is open`);
    const at = new Date(this.now).toISOString();
    const launch = { phase: 'scheduled', at, steps: { 'open-window': { state: 'done', at } } };
    await world.remember('run-timeline', 'launch', launch);
  }

  /** Signed as PayCA signs, through the edge. */
  async send(traffic: readonly Traffic[], headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const { credentials } = this.scene;
    for (const { type, amounts } of traffic) {
      for (const amount of amounts) {
        const payload = type === 'fee' ? accountEvent(amount) : cardEvent(type, amount);
        const body = JSON.stringify({ ...payload, data: { id: this.random.uuid(), ...payload.data } });
        const signed = webhook(body, credentials, this.random);
        await this.world.client().post(path(this.world), signed.body, { ...signed.headers, ...headers });
      }
    }
    await this.world.sources.drained();
  }

  /** The hour ends; what the owners are told about it. */
  async over(): Promise<string[]> {
    this.toNextHour();
    return this.told();
  }

  /** The schedules' next runs, PayCA's watcher first. */
  private async told(): Promise<string[]> {
    const { world } = this;
    const scheduled = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
    await world.function('watch-payca').invoke(scheduled);
    await world.function('report-figures').invoke(scheduled);
    const all = world.sns.messages.map(({ subject, message }) => `${subject}\n${message}`);
    const unread = all.slice(this.read);
    this.read = all.length;
    return unread;
  }

  /** As they stand in the evidence, which must be whole. */
  recorded(): (Figures & { readonly hour: number })[] {
    const evidence = readEvidence(kept(this.world));
    if (evidence.problems.length > 0) throw new Error(JSON.stringify(evidence.problems));
    return evidence.records.map(({ record: { verdict, details } }) => ({ verdict, ...details }) as never);
  }
}

const cardEvent = (type: string, transactionAmount: string) => ({
  event: 'card_transaction',
  data: { type, cardId: 'card-1', transactionAmount, transactionCurrency: 'EUR' },
});
const accountEvent = (amount: string) => ({
  event: 'account_transaction',
  data: { type: 'fee', subtype: 'settle_fee', accountId: 'tenant-eur', amount, currency: 'EUR' },
});

function kept({ s3, deployment }: World) {
  const bucket = String(deployment.outputs().EvidenceBucket);
  return [...s3.objects].flatMap(([name, content]) =>
    name.startsWith(`${bucket}/`)
      ? [{ key: name.slice(bucket.length + 1), versions: [{ content: content.toString() }] }]
      : [],
  );
}

/** Two hours of known traffic, with a smoke test's among it. */
async function counted({ world, check }: Scene, hours: Hours): Promise<void> {
  await hours.send(FIRST);
  await hours.send([{ type: 'authorization', amounts: ['1.00'] }], { 'x-request-id': 'smoke-1' });
  const [first = ''] = await hours.over();
  await hours.send(SECOND);
  const [second = '', ...more] = await hours.over();
  const lines = [
    'authorizations       3  hour before 0, as expected',
    'settlements          2  hour before 0',
    'refunds              1  hour before 0',
    'declines             1  hour before 0',
    'fees                 2  hour before 0, no expectation; 0.70 EUR',
    '1000000.00 EUR',
  ];
  const missing = lines.filter((line) => !first.includes(line));
  const told = missing.length === 0 && first.includes('25.30 EUR') && first.includes('and 1 of smoke tests, left out');
  check('told', told, told ? (first.split('\n')[0] ?? '') : first);
  const compared = second.includes('hour 2 of 48') && second.includes('authorizations       1  hour before 3');
  check('hour-before', compared && more.length === 0, compared ? 'the second hour stands beside the first' : second);
  const records = hours.recorded();
  const sums = records.map(({ hour, kinds }) => [hour, kinds[0]?.amounts]);
  const exact = isDeepStrictEqual(sums, [
    [1, { EUR: '25.3' }],
    [2, { EUR: '1' }],
  ]);
  check('recorded', exact, exact ? `${records.length} records, exact to the cent` : JSON.stringify(sums));
  const shown = JSON.parse((await golive(world, ['figures', '--hours', '2', '--json'])).text);
  const same = isDeepStrictEqual(
    shown.map((one: Figures) => one.kinds),
    JSON.parse(JSON.stringify(records.map(({ kinds }) => kinds))),
  );
  check('command', same, same ? 'golive figures counts the same' : JSON.stringify(shown));
}

/** The inbox cannot be read, then PayCA says nothing. */
async function nothingKnown({ world, check }: Scene, hours: Hours): Promise<void> {
  const inbox = String(world.deployment.outputs().InboxTable);
  await hours.send(SECOND);
  world.gate.faults = {
    before: ({ operation, input }) =>
      operation === 'Query' && input.TableName === inbox
        ? new AwsFault('AccessDeniedException', 'rehearsed')
        : undefined,
  };
  const [blind = ''] = await hours.over();
  world.gate.faults = {};
  const said = blind.includes('hour 3 of 48, no data') && hours.recorded().at(-1)?.verdict === 'no-data';
  check('inbox-unreadable', said, said ? 'told and recorded as no data' : blind);
  world.payca.faults = () => ({ status: 503, code: 'ErrInternal', retryAfter: '600' });
  const [third = '', fourth = ''] = await hours.over();
  world.payca.faults = () => undefined;
  const later = third.includes('hour 3 of 48') && third.includes('authorizations       1');
  check('told-later', later, later ? 'the hour was counted by the next run' : third);
  const unknown = /balance +EUR: no data/.test(fourth) && hours.recorded().at(-1)?.verdict !== 'pass';
  check('balance-unknown', unknown, unknown ? (/balance.*/.exec(fourth)?.[0] ?? '') : fourth);
}

/** No authorization at all, an event that the bus does not take, a balance under its threshold. */
async function notAsExpected({ world, check }: Scene, hours: Hours): Promise<void> {
  world.events.refuse = () => 'InvalidArgument';
  await hours.send([{ type: 'settle', amounts: ['1.00'] }]);
  for (let sweep = 0; sweep < 4; sweep += 1) {
    world.moveClock(11 * 60_000);
    await world
      .function('dispatch-events')
      .invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
  }
  for (const [currency, money] of world.payca.balances)
    world.payca.balances.set(currency, { ...money, available: '0.01' });
  const [hour = ''] = await hours.over();
  world.events.refuse = undefined;
  const wrong = ['not as expected', 'authorizations       0', 'low (', '1 set aside', 'EUR, pending'];
  const missing = wrong.filter((words) => !hour.includes(words));
  check('not-as-expected', missing.length === 0, missing.length === 0 ? (hour.split('\n')[0] ?? '') : hour);
}

/** The schedule was off for the rest of the two days: every hour is told once, and none after the last. */
async function toTheEnd({ world, check }: Scene, hours: Hours): Promise<void> {
  world.moveClock((HOURS + 1) * HOUR_MS);
  const rest = await hours.over();
  const after = await hours.over();
  const told = [
    ...new Set(
      hours
        .recorded()
        .filter(({ kinds }) => kinds)
        .map(({ hour }) => hour),
    ),
  ];
  const whole =
    isDeepStrictEqual(
      told,
      Array.from({ length: HOURS }, (_, index) => index + 1),
    ) && after.length === 0;
  check(
    '48-hours',
    whole,
    `${told.length} hours recorded, ${rest.length} of them by one late run; none after the last`,
  );
}
