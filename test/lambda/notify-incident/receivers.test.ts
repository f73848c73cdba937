import fc from 'fast-check';
import { jsonRequest, slackRequest } from '../../../lambda/notify-incident/https';
import { messageOf } from '../../../lambda/notify-incident/message';
import { PAGERDUTY_URLS, pagerDutyRequest } from '../../../lambda/notify-incident/pagerduty';
import { publishInput } from '../../../lambda/notify-incident/sns';
import { ALARM, change, DESCRIPTION, PREFIX } from './event';

const KEY = '0123456789abcdef0123456789abcdef';
const TOPIC = 'arn:aws:sns:eu-central-1:210987654321:alarms';
const message = (more: Parameters<typeof change>[0] = {}) => messageOf(change(more), 'production', PREFIX);

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud83d', '\udca5', '\u{1f4a5}', '\n', '\u2028', 'é', '<'),
);
const text = fc.array(part, { maxLength: 400 }).map((parts) => parts.join(''));
const anyChange = fc.record({
  state: fc.constantFrom('ALARM' as const, 'OK' as const),
  alarm: fc.oneof(
    fc.constant(ALARM),
    text.filter((name) => name.length > 0).map((name) => name.slice(0, 255)),
  ),
  description: text.map((one) => one.slice(0, 1024)),
  reason: text.map((one) => one.slice(0, 1023)),
  drill: fc.option(fc.constant('0123abcd'), { nil: undefined }),
});

describe('PagerDuty', () => {
  test('an alarm triggers, with what people need first', () => {
    const { url, body } = pagerDutyRequest(message(), KEY, PAGERDUTY_URLS.eu);
    expect(url).toBe('https://events.eu.pagerduty.com/v2/enqueue');
    expect(body).toMatchObject({
      routing_key: KEY,
      event_action: 'trigger',
      dedup_key: ALARM,
      payload: {
        summary: expect.stringMatching(/^aws logs tail/),
        source: ALARM,
        severity: 'critical',
        timestamp: '2026-12-01T08:00:00.000Z',
        component: 'webhook-failures',
        custom_details: { text: expect.stringContaining(DESCRIPTION) },
      },
      links: [
        { href: 'https://git.acme-pay.eu/docs/runbooks/webhook-failures.md#first-five-minutes' },
        { href: expect.stringContaining('console.aws.amazon.com'), text: 'Alarm' },
      ],
    });
  });

  test('a recovery resolves what the alarm opened, and says no more', () => {
    const { body } = pagerDutyRequest(message({ state: 'OK' }), KEY, PAGERDUTY_URLS.us);
    expect(body).toEqual({ routing_key: KEY, event_action: 'resolve', dedup_key: ALARM });
  });

  test.each([
    ['page', 'critical'],
    ['ticket', 'warning'],
    ['low', 'info'],
  ])('severity %s is %s', (severity, theirs) => {
    const { body } = pagerDutyRequest(message({ alarm: `${PREFIX}x-${severity}` }), KEY, PAGERDUTY_URLS.us);
    expect(body).toMatchObject({ payload: { severity: theirs } });
  });

  test('whatever an alarm says, its limits hold and the key that joins events is always the same', () => {
    fc.assert(
      fc.property(anyChange, (given) => {
        const request = (state: 'ALARM' | 'OK') =>
          pagerDutyRequest(message({ ...given, state }), KEY, PAGERDUTY_URLS.us).body as {
            dedup_key: string;
            payload: { summary: string; source: string };
            links: { href: string }[];
          };
        const { dedup_key, payload, links } = request('ALARM');
        expect(dedup_key).toBe(request('OK').dedup_key);
        expect(dedup_key.length).toBeLessThanOrEqual(255);
        expect(payload.summary.length).toBeGreaterThan(0);
        expect(payload.summary.length).toBeLessThanOrEqual(1024);
        expect(payload.source.length).toBeGreaterThan(0);
        expect(links.every(({ href }) => URL.canParse(href))).toBe(true);
        expect(Buffer.byteLength(JSON.stringify(request('ALARM')))).toBeLessThan(512 * 1024);
        if (given.drill) expect(payload.summary).toMatch(/^DRILL /);
      }),
    );
  });
});

describe('SNS', () => {
  test('subject and message lead with the command; attributes let subscriptions filter', () => {
    const input = publishInput(message(), TOPIC);
    expect(input.Subject).toBe(
      'aws logs tail access-log --since 10m --region eu-central-1 | webhook-failures (production, page)',
    );
    expect(input.Message).toMatch(/^aws logs tail/);
    expect(input.MessageAttributes).toMatchObject({
      severity: { DataType: 'String', StringValue: 'page' },
      action: { StringValue: 'trigger' },
      drill: { StringValue: 'false' },
    });
  });

  test('whatever an alarm says, the subject is a short line of ASCII and no value is empty', () => {
    fc.assert(
      fc.property(anyChange, (given) => {
        const { Subject, Message, MessageAttributes } = publishInput(message(given), TOPIC);
        expect(Subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
        expect(Message.length).toBeGreaterThan(0);
        expect(Buffer.byteLength(Message)).toBeLessThanOrEqual(256 * 1024);
        for (const { StringValue } of Object.values(MessageAttributes)) expect(StringValue).not.toBe('');
      }),
    );
  });
});

describe('Slack', () => {
  const url = 'https://hooks.slack.com/services/T0/B0/x';

  test('the webhook is the address; marks of Slack are taken from the text', () => {
    const request = slackRequest(message({ description: 'look <!channel> & <https://x|y>' }), url);
    expect(request.url).toBe(url);
    expect((request.body as { text: string }).text).toMatch(/^look &lt;!channel&gt; &amp; &lt;https:\/\/x\|y&gt;\n/);
  });

  test('whatever an alarm says, the text is short', () => {
    fc.assert(
      fc.property(anyChange, (given) => {
        const { text: said } = slackRequest(message(given), url).body as { text: string };
        expect(said.length).toBeGreaterThan(0);
        expect(said.length).toBeLessThanOrEqual(4000);
        expect(said).not.toMatch(/[<>]/);
      }),
    );
  });
});

test('our own form carries everything, and the token in a header only', () => {
  const request = jsonRequest(message({ drill: '0123abcd' }), 'https://hooks.acme-pay.eu/alarms', KEY);
  expect(request.headers).toEqual({ authorization: `Bearer ${KEY}` });
  expect(request.body).toMatchObject({
    action: 'trigger',
    alarm: ALARM,
    severity: 'page',
    stage: 'production',
    drill: true,
  });
  expect(JSON.stringify(request.body)).not.toContain(KEY);
});
