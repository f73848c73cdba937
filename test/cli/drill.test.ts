import { chooseAlarm } from '../../cli/deployed-alarms';
import { channelsOf, drillFindings, drillLines, type Followed } from '../../cli/drill';
import type { Delivery } from '../../lambda/notify-incident/order';
import { parseStages } from '../../lib/config/schema';
import { change } from '../config/stage';

const PREFIX = 'payca-production-';
const alarms = [
  'webhook-failures-page',
  'webhook-failures-ticket',
  'balance-low-eur-page',
  'webhooks-silent-signal',
].map((rest) => ({ name: `${PREFIX}${rest}`, state: 'OK' }));
const choose = (given: string) => chooseAlarm(given, PREFIX, alarms).name;

test.each([
  ['its name', 'payca-production-balance-low-eur-page'],
  ['row and severity', 'balance-low-eur-page'],
  ['its row', 'balance-low-eur'],
])('an alarm is found by %s', (_, given) => {
  expect(choose(given)).toBe('payca-production-balance-low-eur-page');
});

test('a row with two alarms asks which one', () => {
  expect(() => choose('webhook-failures')).toThrow(
    'more than one alarm is webhook-failures; there are:\n  payca-production-webhook-failures-page\n  payca-production-webhook-failures-ticket',
  );
});

test('an alarm that is not there lists those that are', () => {
  expect(() => choose('balance-low')).toThrow(/^no alarm is balance-low; there are:\n {2}payca-production-webhook/);
});

test('all channels of the severity are followed', () => {
  const mail = (name: string, severities: string[]) => ({ name, kind: 'sns', severities, emails: ['ops@acme-pay.eu'] });
  const channels = [mail('mail', ['page', 'ticket']), mail('pages', ['page']), mail('rest', ['low'])];
  const config = parseStages([change({ escalation: { channels } })])[0];
  if (!config) throw new Error('no config');
  expect(channelsOf(`${PREFIX}webhook-failures-page`, config)).toEqual(['mail', 'pages']);
  expect(channelsOf(`${PREFIX}webhook-failures-low`, config)).toEqual(['rest']);
  expect(channelsOf(`${PREFIX}webhooks-silent-signal`, config)).toEqual([]);
});

test('each channel gets a line, and one that was not told fails', () => {
  const startedAt = Date.parse('2026-12-01T08:00:00.000Z');
  const delivery = (state: Delivery['state'], doneAt: string): Delivery => ({
    at: doneAt,
    state,
    outcome: 'sent',
    doneAt,
  });
  const lines = drillLines(
    [
      {
        channel: 'on-call',
        alarm: { ...delivery('ALARM', '2026-12-01T08:00:03.200Z'), receipt: 'OPS-1' },
        recovery: delivery('OK', '2026-12-01T08:00:06.000Z'),
      },
      { channel: 'chat', alarm: delivery('ALARM', '2026-12-01T08:00:04.000Z') },
    ],
    startedAt,
  );
  expect(lines).toEqual([
    'pass     on-call              alarm told after 3 s (OPS-1), recovery told after 6 s',
    'fail     chat                 alarm told after 4 s, recovery not told',
  ]);
});

describe('what a drill shows', () => {
  const told = (channel: string): Followed => {
    const one = (state: Delivery['state']): Delivery => ({ at: 'now', state, outcome: 'sent', doneAt: 'now' });
    return { channel, alarm: one('ALARM'), recovery: one('OK') };
  };
  const channels = [
    { name: 'on-call', kind: 'pagerduty', severities: ['page'], secret: 'pagerduty' },
    { name: 'mail', kind: 'sns', severities: ['page'], emails: ['ops@acme-pay.eu'] },
  ];
  const [config] = parseStages([change({ thirdPartySecrets: ['pagerduty'], escalation: { channels } })]);
  const findings = (followed: readonly Followed[]) =>
    drillFindings(
      { id: '0a1b2c3d', alarm: `${PREFIX}webhook-failures-page` },
      followed,
      config as NonNullable<typeof config>,
    );

  test('the escalation, and the tracker by the channels that are one', () => {
    expect(findings([told('on-call'), told('mail')])).toMatchObject([
      { line: '5.6', verdict: 'pass', details: { 'on-call': {}, mail: {} } },
      { line: '6.4', verdict: 'pass', details: { 'on-call': {} } },
    ]);
  });

  test('a tracker that was not told of the end fails', () => {
    expect(findings([{ ...told('on-call'), recovery: undefined }, told('mail')])).toMatchObject([
      { line: '5.6', verdict: 'fail' },
      { line: '6.4', verdict: 'fail' },
    ]);
  });

  test('mail alone shows nothing about a tracker', () => {
    expect(findings([told('mail')]).map(({ line }) => line)).toEqual(['5.6']);
  });
});
