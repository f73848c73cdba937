import { METRICS, type Metric } from '../../../../lambda/payca/metrics';
import { readAlarms, replayAlarms } from '../../../../lib/monitoring/evaluation/alarm-replay';
import { Recording, type Sample } from '../../../../lib/monitoring/evaluation/metric-samples';
import { alarmResources, configOf } from './alarms-in-stack';

const MINUTE = 60_000;
const config = configOf('production');
const EXPECTED_FROM = Date.parse(config.traffic.expectedFrom);
const alarms = readAlarms(alarmResources(config));

/** A sample `minute` minutes after `traffic.expectedFrom`. */
const own = (metric: Metric, minute: number, value: number, more: Record<string, string> = {}): Sample => ({
  namespace: 'PayCA/GoLive',
  metric,
  dimensions: { service: METRICS[metric].service, Stage: 'production', ...more },
  timestamp: EXPECTED_FROM + minute * MINUTE,
  value,
});
/** Deliveries of a minute, as the access log's filters count them. */
const deliveries = (minute: number, n: number, f = 0, refused = 0): Sample[] =>
  Object.entries({ Deliveries: n, DeliveriesFailed: f, DeliveriesRefused: refused }).map(([metric, value]) => ({
    namespace: 'PayCA/GoLive/payca-production',
    metric,
    dimensions: {},
    timestamp: EXPECTED_FROM + minute * MINUTE,
    value,
  }));
const every = <T>(step: number, from: number, to: number, make: (minute: number) => T): T[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => make(from + index * step));

/** A sweep and a look at PayCA every five minutes, all well. */
const well = (from: number, to: number): Sample[] =>
  every(5, from, to, (minute) => [
    own('UndispatchedAgeSeconds', minute, 0),
    own('SetAsideEvents', minute, 0),
    own('PaycaReachable', minute, 1),
    own('BalanceUnknown', minute, 0),
    own('BalanceAvailable', minute, 1_000_000, { Currency: 'EUR' }),
    own('BalanceAvailable', minute, 1_000_000, { Currency: 'USD' }),
  ]).flat();

/** `5 webhook-outage-page`: when which alarm that people are told of was raised, in minutes after `expectedFrom`. */
function raised(samples: readonly Sample[], from: number, to: number): string[] {
  const span = { from: EXPECTED_FROM + from * MINUTE, to: EXPECTED_FROM + to * MINUTE };
  return replayAlarms(alarms, new Recording(samples), span)
    .filter(({ alarm }) => !alarm.name.endsWith('-signal'))
    .flatMap(({ alarm, changes }) =>
      changes
        .filter((change) => change.to === 'ALARM')
        .map(({ at }) => `${(at - EXPECTED_FROM) / MINUTE} ${alarm.name.replace('payca-production-', '')}`),
    );
}

test('hours in which all is well raises nothing', () => {
  const webhooks = every(1, 0, 360, (minute) => deliveries(minute, 20, minute % 60 === 0 ? 1 : 0)).flat();
  const moves = every(5, 0, 360, (minute) => own('LedgerMoved', minute, 1));
  const decisions = every(1, 0, 360, (minute) => [
    own('CardDecisions', minute, 23, { Cards: 'customers', Decision: 'approved' }),
    own('CardDecisions', minute, 2, { Cards: 'customers', Decision: 'declined' }),
  ]).flat();
  const low = raised([...well(0, 360), ...webhooks, ...moves, ...decisions], 60, 360);
  // One failure of a hundred is exactly 1 %, which is not over it.
  expect(low).toEqual([]);
});

test('a total outage at one webhook in five minutes is paged, though no window of five minutes shows it', () => {
  const webhooks = [
    ...every(5, -120, 0, (minute) => deliveries(minute, 1)),
    ...every(5, 0, 120, (minute) => deliveries(minute, 1, 1)),
  ];
  const found = raised([...well(-120, 120), ...webhooks.flat()], -60, 120);
  // The last good one is of minute -5.
  expect(found.filter((line) => line.endsWith('-page'))).toEqual(['56 webhook-outage-page']);
});

test('a total outage at two webhooks in five minutes is paged within the window', () => {
  const webhooks = [
    ...every(1, -120, 0, (minute) => deliveries(minute, 1)),
    ...every(1, 0, 10, (minute) => deliveries(minute, 1, 1)),
  ];
  const found = raised([...well(-120, 10), ...webhooks.flat()], -60, 10);
  expect(found).toContain('3 webhook-failures-page');
});

test('one failure alone in an hour pages nobody', () => {
  const found = raised([...well(0, 180), ...deliveries(30, 1, 1)], 0, 180);
  expect(found).toEqual(['31 webhook-failures-low']);
});

describe('what is over is not raised again when nothing comes any more', () => {
  test('an outage after a good webhook', () => {
    const webhooks = [deliveries(0, 1), deliveries(10, 1, 1), deliveries(11, 1, 1)].flat();
    const found = raised([...well(-60, 300), ...webhooks], -60, 300);
    expect(found.filter((line) => line.endsWith('webhook-outage-page'))).toEqual(['61 webhook-outage-page']);
    expect(found.filter((line) => line.endsWith('webhook-failures-low'))).toEqual(['11 webhook-failures-low']);
  });

  test('refusals before a webhook that was accepted', () => {
    const webhooks = [...deliveries(0, 0, 0, 6), ...deliveries(5, 1)];
    const found = raised([...well(-60, 300), ...webhooks], -60, 300);
    expect(found).toEqual(['1 edge-refusals-ticket']);
  });
});

describe('silence', () => {
  const { silenceMinutes } = config.monitoring;

  test('a movement whose webhook came before the window is no silence', () => {
    const movements = every(60, 0, 600, (minute) => [...deliveries(minute, 1), own('LedgerMoved', minute + 4, 1)]);
    expect(raised([...well(0, 600), ...movements.flat()], 60, 600)).toEqual([]);
  });

  test('movements without webhooks are', () => {
    const moves = every(5, 0, 120, (minute) => own('LedgerMoved', minute, 1));
    const webhooks = every(5, -60, 60, (minute) => deliveries(minute, 1)).flat();
    // The last webhook is of minute 55 and leaves the window 30 minutes after its own.
    expect(raised([...well(-60, 120), ...webhooks, ...moves], 0, 120)).toEqual([
      `${56 + silenceMinutes} webhooks-silent-page`,
    ]);
  });

  test('is nothing while nothing moves, nor before the launch', () => {
    const still = every(5, 0, 120, (minute) => own('LedgerMoved', minute, 0));
    expect(raised([...well(0, 120), ...still], 0, 120)).toEqual([]);
    const early = every(5, -120, 0, (minute) => own('LedgerMoved', minute, 1));
    expect(raised([...well(-120, 0), ...early], -120, 0)).toEqual([]);
  });
});

test('heartbeats: nothing heard at all is raised from expectedFrom on, and not before', () => {
  const found = raised([], -240, 240);
  expect(found).toEqual(['15 undispatched-events-page', '20 balance-unknown-page']);
});

test('a late schedule is no missing heartbeat', () => {
  const jitter = [0, 5, 11, 15, 21, 26, 30, 36, 40, 46, 51, 55].flatMap((minute) => well(minute, minute + 1));
  expect(raised(jitter, 20, 58)).toEqual([]);
});

test('a low balance stays raised while the balance is unknown', () => {
  const low = every(5, 60, 75, (minute) => own('BalanceAvailable', minute, 1, { Currency: 'EUR' }));
  const samples = [...well(0, 60).filter(({ metric }) => metric !== 'BalanceUnknown'), ...low];
  const history = replayAlarms(alarms, new Recording(samples), {
    from: EXPECTED_FROM,
    to: EXPECTED_FROM + 600 * MINUTE,
  }).find(({ alarm }) => alarm.name === 'payca-production-balance-low-eur-page');
  expect(history?.changes.map(({ to }) => to)).toEqual(['OK', 'ALARM']);
});

test('refusals: more refused than accepted is a ticket; a stranger beside good traffic is not', () => {
  const moved = every(1, 60, 180, (minute) => deliveries(minute, 0, 0, 1)).flat();
  const before = every(1, -60, 60, (minute) => deliveries(minute, 1)).flat();
  expect(raised([...well(-60, 180), ...before, ...moved], 0, 180)).toEqual(['91 edge-refusals-ticket']);
  const stranger = every(1, -60, 180, (minute) => deliveries(minute, 10, 0, 5)).flat();
  expect(raised([...well(-60, 180), ...stranger], 0, 180)).toEqual([]);
});

describe("PayCA's outage", () => {
  const START = 120;
  const END = 240;
  const outage = every(5, START, END, (minute) => [
    own('UndispatchedAgeSeconds', minute, 0),
    own('PaycaReachable', minute, 0),
    own('BalanceUnknown', minute, 1),
    own('LedgerMoved', minute, 1),
  ]).flat();
  // What people and customers run into begins a little later, and ends with it.
  const consequences = every(5, START + 10, END, (minute) => [
    own('PromotionFailed', minute, 1),
    own('PaycaErrors', minute, 50, { Code: 'ErrRateLimited' }),
    own('CardDecisions', minute, 100, { Cards: 'customers', Decision: 'declined' }),
  ]).flat();
  const around = [...well(0, START), ...well(END, 600)];

  test('is one page, not five', () => {
    const webhooks = [...every(1, 0, START, (minute) => deliveries(minute, 2)), ...deliveries(END + 20, 2)].flat();
    const found = raised([...around, ...outage, ...consequences, ...webhooks], 60, 600);
    expect(found).toEqual([`${START + 6} payca-unreachable-page`]);
  });

  test('explains the others that are quiet during it', () => {
    const rules = alarms.flatMap((alarm) => (alarm.kind === 'composite' ? alarm : []));
    expect(rules.map(({ name }) => name.replace('payca-production-', '')).sort()).toEqual([
      'balance-unknown-page',
      'card-load-stuck-ticket',
      'decline-rate-ticket',
      'promotion-failed-ticket',
      'rate-limited-page',
      'smoke-not-run-ticket',
      'smoke-not-undone-page',
      'webhooks-silent-page',
    ]);
    for (const { rule } of rules) expect(JSON.stringify(rule)).toContain('payca-unreachable-page');
  });

  test('without it each of the five that it raises speaks for itself', () => {
    const alone = outage.filter(({ metric }) => metric !== 'PaycaReachable');
    const reachable = every(5, START, END, (minute) => own('PaycaReachable', minute, 1));
    const found = raised([...around, ...alone, ...consequences, ...reachable], 60, 300).map(
      (line) => line.split(' ')[1],
    );
    expect([...new Set(found)].sort()).toEqual([
      'balance-unknown-page',
      'decline-rate-ticket',
      'promotion-failed-ticket',
      'rate-limited-page',
      'webhooks-silent-page',
    ]);
  });
});
