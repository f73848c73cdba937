import { AwsFault } from '../aws/gate';
import type { Business } from '../business';
import { LaunchDay, REASON } from '../launch-day';
import { golive } from '../operator';
import { type Credentials, issueCredentials, type Random, webhook } from '../payca';
import type { ApiFault } from '../payca-api';
import type { World } from '../world';
import { path } from './first-deploy';

/** A stage to which things happen. */
export interface Site {
  readonly world: World;
  readonly credentials: Credentials;
  readonly random: Random;
  readonly business: Business;
}

type Step = (site: Site) => unknown;

/** Something that goes wrong for real, and the alarms that it raises: rows of the table with their severities. */
export interface Cause {
  readonly id: string;
  readonly raises: readonly string[];
  /** Alarms on metrics that it raises as well, and of which nobody is told. */
  readonly explains?: readonly string[];
  /** What runs once a day meets it too. */
  readonly daily?: boolean;
  /** Each with a run of the schedules after it, five minutes apart. */
  readonly steps: readonly Step[];
  readonly mend: Step;
}

const MINUTE_MS = 60_000;
const nothing: Step = () => undefined;
/** With a time to wait that is longer than any call of ours waits, so that it is not tried again. */
const DOWN: ApiFault = { status: 503, code: 'ErrInternal', retryAfter: '600' };
const FORBIDDEN: ApiFault = { status: 403, code: 'ErrForbidden' };
const TOO_MANY: ApiFault = { status: 429, code: 'ErrRateLimited', retryAfter: '600' };

/** Sends card transactions of a type, one after the other; by default genuine ones from an address of the allow-list. */
async function send(
  { world, credentials, random }: Site,
  count: number,
  { type = 'authorization', note, from, signer = credentials }: Partial<Sender> = {},
): Promise<void> {
  const client = from ? world.client({ from }) : world.client();
  for (let sent = 0; sent < count; sent += 1) {
    const data = { id: random.uuid(), type, transactionAmount: '1.00', transactionCurrency: 'EUR', note };
    const { body, headers } = webhook(JSON.stringify({ event: 'card_transaction', data }), signer, random);
    await client.post(path(world), body, headers);
  }
}

interface Sender {
  readonly type: string;
  readonly note: string;
  readonly from: string;
  readonly signer: Credentials;
}

const holds = ({ world: { payca } }: Site, pending: string) => {
  for (const [currency, money] of payca.balances) payca.balances.set(currency, { ...money, pending });
};

const money = ({ world: { payca } }: Site, available: string) => {
  for (const [currency, before] of payca.balances) payca.balances.set(currency, { ...before, available });
};

const trouble =
  (fault?: ApiFault, paths = /./): Step =>
  ({ world: { payca } }) => {
    payca.faults = ({ path }) => (paths.test(path) ? fault : undefined);
  };

export async function smokeTest({ world }: Pick<Site, 'world'>, steps: 'deploy' | string[]): Promise<void> {
  await world.function('smoke-test').invoke({ steps, actor: 'rehearsal' });
}

function releaseIs({ world }: Site, variables: Readonly<Record<string, string>>): void {
  const lambda = world.function('smoke-test');
  lambda.otherVariables = variables;
  lambda.recycle();
}

/** An operator stages a pair and asks for its promotion. */
async function promote({ world }: Site, pair: Credentials): Promise<void> {
  const { id } = world.credentialsSecret.put(JSON.stringify(pair), ['AWSPENDING']);
  await world.function('promote-credentials').invoke({ promote: id });
}

const askSubscriptions = ({ world }: Site, request: object) => world.function('check-subscriptions').invoke(request);

/** Registers what is missing at PayCA, and has every type confirmed. */
export async function subscribe(site: Site): Promise<void> {
  await askSubscriptions(site, { do: 'apply' });
  site.business.trade();
  await site.world.deliver();
}

/** A load of a single card, as an operator's command writes it down; its row has not moved for half an hour. */
async function loadOfOneRow({ world }: Site, state: 'open' | 'done'): Promise<void> {
  const load = '0123456789abcdef';
  const changedAt = new Date(world.payca.now() - 31 * MINUTE_MS).toISOString();
  const card = { row: 2, ref: 'card', step: { state, attempt: 1 } };
  await world.remember('load-cards', `row#${load}#00000002`, { row: 2, cards: [card], changedAt });
  await world.remember('load-cards', `load#${load}`, { id: load, rows: 1, begunAt: changedAt, by: 'jo' });
  await world.remember('load-cards', 'open', { load });
}

/** How often our calls must be refused in five minutes. */
function rateLimit({ deployment }: World): number {
  const alarm = deployment
    .resources('AWS::CloudWatch::Alarm')
    .find(({ name }) => name.endsWith('-rate-limited-signal'));
  return Number(alarm?.properties.Threshold);
}

/** The bus refuses an event until it is set aside. */
async function busRefuses(site: Site): Promise<void> {
  const { world } = site;
  world.events.refuse = () => 'InvalidArgument';
  await send(site, 1);
  await world.sources.drained();
  for (let sweep = 0; sweep < 5; sweep += 1) {
    world.moveClock(11 * MINUTE_MS);
    await world.tick();
  }
}

/** What goes wrong by real deliveries, calls and faults. */
export function causes(currencies: readonly string[]): Cause[] {
  return [
    {
      id: 'webhooks-fail',
      raises: ['webhook-failures-page', 'webhook-failures-ticket', 'webhook-failures-low', 'webhook-outage-page'],
      steps: [
        (site) => send(site, 3, { signer: issueCredentials(site.random) }),
        async (site) => {
          const { gate } = site.world;
          const refused = new AwsFault('ValidationException', 'rehearsed');
          gate.faults = { before: ({ operation }) => (operation === 'PutItem' ? refused : undefined) };
          await send(site, 3);
          gate.faults = {};
        },
      ],
      mend: (site) => send(site, 3),
    },
    {
      id: 'silence',
      raises: ['webhooks-silent-page'],
      steps: [(site) => holds(site, '10.00'), (site) => holds(site, '20.00')],
      mend: (site) => send(site, 1),
    },
    {
      id: 'addresses-changed',
      raises: ['edge-refusals-ticket'],
      steps: [(site) => send(site, 6, { from: '8.8.8.8' })],
      mend: (site) => send(site, 1),
    },
    {
      id: 'bus-refuses',
      raises: ['undispatched-events-page', 'set-aside-events-page'],
      steps: [busRefuses],
      mend: async ({ world }) => {
        world.events.refuse = undefined;
        await golive(world, ['events', 'redrive']);
      },
    },
    {
      id: 'card-number',
      raises: ['card-number-page'],
      steps: [(site) => send(site, 1, { note: `paid with ${site.random.cardNumber()}` })],
      mend: nothing,
    },
    {
      id: 'balance-low',
      raises: currencies.map((currency) => `balance-low-${currency.toLowerCase()}-page`),
      steps: [(site) => money(site, '0.01'), nothing],
      mend: (site) => money(site, PLENTY),
    },
    {
      id: 'balance-unreadable',
      raises: ['balance-unknown-page'],
      steps: [trouble({ html: 200 }, /stats|accounts/), nothing, nothing, nothing],
      mend: trouble(),
    },
    {
      id: 'rate-limited',
      raises: ['rate-limited-page'],
      daily: true,
      steps: [
        async (site) => {
          trouble(TOO_MANY)(site);
          const { world } = site;
          const [looks, event] = [rateLimit(world) / 2, { 'detail-type': 'Scheduled Event' }];
          for (let look = 0; look < looks; look += 1) await world.function('watch-payca').invoke(event);
        },
      ],
      mend: trouble(),
    },
    {
      id: 'declines',
      raises: ['decline-rate-ticket'],
      steps: [(site) => send(site, 8, { type: 'decline' })],
      mend: nothing,
    },
    {
      id: 'subscription-foreign',
      raises: ['subscriptions-changed-ticket'],
      daily: true,
      steps: [
        ({ world: { payca } }) => {
          payca.outbox.lists = true;
          payca.outbox.subscriptions.set('foreign', {
            id: 'foreign',
            url: 'https://stranger.example.com',
            type: 'card',
          });
        },
      ],
      mend: async (site) => {
        await askSubscriptions(site, { do: 'remove', ids: ['foreign'], all: false });
        site.world.payca.outbox.lists = false;
      },
    },
    {
      id: 'nothing-registered',
      raises: ['subscriptions-unconfirmed-ticket'],
      daily: true,
      steps: [(site) => askSubscriptions(site, { do: 'remove', ids: [], all: true })],
      mend: subscribe,
    },
    {
      id: 'promotion-fails',
      raises: ['promotion-failed-ticket'],
      steps: [(site) => promote(site, issueCredentials(site.random))],
      mend: nothing,
    },
    {
      id: 'payca-down',
      raises: ['payca-unreachable-page'],
      explains: ['balance-unknown-signal', 'promotion-failed-signal', 'decline-rate-signal'],
      daily: true,
      steps: [
        trouble(DOWN),
        nothing,
        (site) => promote(site, site.world.payca.issue()),
        (site) => send(site, 8, { type: 'decline' }),
        nothing,
      ],
      mend: trouble(),
    },
    {
      id: 'timeline-dead',
      raises: ['launch-work-overdue-page'],
      steps: [
        async ({ world }) => {
          await new LaunchDay(world).schedule(3 * 60);
          world.function('run-timeline').failure = 'throttled';
        },
        nothing,
        nothing,
        nothing,
      ],
      mend: async ({ world }) => {
        world.function('run-timeline').failure = undefined;
        await new LaunchDay(world).give('jo', { command: 'cancel', reason: REASON });
      },
    },
    {
      id: 'statement-unreadable',
      raises: ['reconciliation-failed-ticket'],
      steps: [
        ({ world }) => {
          world.s3.put(
            String(world.deployment.outputs().ImportsBucket),
            'statements/any.csv',
            Buffer.from('no statement'),
          );
          return world.reactions();
        },
      ],
      mend: nothing,
    },
    {
      id: 'catalogue-unusable',
      raises: ['bin-import-failed-ticket'],
      steps: [
        ({ world }) => {
          world.s3.put(
            String(world.deployment.outputs().ImportsBucket),
            'bins/uploads/any.csv',
            Buffer.from('no catalogue'),
          );
          return world.reactions();
        },
      ],
      mend: nothing,
    },
    {
      id: 'cards-left',
      raises: ['card-load-stuck-ticket'],
      // Its message is gone, as when the command that loads is broken off.
      steps: [(site) => loadOfOneRow(site, 'open')],
      mend: (site) => loadOfOneRow(site, 'done'),
    },
    {
      id: 'smoke-fails',
      raises: ['smoke-failed-ticket', 'smoke-not-undone-page'],
      steps: [
        async (site) => {
          trouble(FORBIDDEN, /\/status$/)(site);
          await smokeTest(site, ['user']);
        },
      ],
      mend: async (site) => {
        trouble()(site);
        await smokeTest(site, 'deploy');
      },
    },
    {
      id: 'smoke-forgotten',
      raises: ['smoke-not-run-ticket'],
      steps: [
        (site) => releaseIs(site, { RELEASE: 'another' }),
        // Its deploy is over.
        ({ world }) => world.moveClock(60 * MINUTE_MS),
      ],
      mend: async (site) => {
        releaseIs(site, {});
        await smokeTest(site, 'deploy');
      },
    },
    {
      id: 'credentials-gone',
      raises: ['credentials-missing-page'],
      daily: true,
      steps: [({ world }) => world.credentialsSecret.put('{}')],
      mend: ({ world, credentials }) => world.supply(credentials),
    },
  ];
}

/** Above every threshold that a config is likely to have. */
export const PLENTY = '900000000.00';
