import fc from 'fast-check';
import { messageOf } from '../../../lambda/notify-incident/message';
import { ascii, cut, oneLine } from '../../../lambda/notify-incident/text';
import { change, PREFIX } from './event';

const message = (...parameters: Parameters<typeof change>) => messageOf(change(...parameters), 'production', PREFIX);

test('an alarm leads with its command', () => {
  const { action, title, text, row, severity, drill } = message();
  expect({ action, row, severity, drill }).toEqual({
    action: 'trigger',
    row: 'webhook-failures',
    severity: 'page',
    drill: false,
  });
  expect(title).toBe(
    'aws logs tail access-log --since 10m --region eu-central-1 | webhook-failures (production, page)',
  );
  expect(text.split('\n')).toEqual([
    'aws logs tail access-log --since 10m --region eu-central-1',
    'Impact: card states reach customers late.',
    'Runbook: https://git.acme-pay.eu/docs/runbooks/webhook-failures.md#first-five-minutes',
    'In alarm since 2026-12-01T08:00:00.000Z: Threshold Crossed: 1 datapoint was over 0',
    'Alarm payca-production-webhook-failures-page in account 210987654321, eu-central-1',
    'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/payca-production-webhook-failures-page',
  ]);
});

test('a recovery says what recovered', () => {
  const { action, title, text } = message({ state: 'OK' });
  expect(action).toBe('resolve');
  expect(title).toBe('Recovered: webhook-failures (production, page)');
  expect(text).toMatch(/^Recovered: .*\nOK since 2026-12-01T08:00:00.000Z: /);
});

test.each(['ALARM', 'OK'] as const)('a drill begins with DRILL: %s', (state) => {
  const { title, text, drill } = message({ state, drill: '0123abcd' });
  expect(drill).toBe(true);
  expect(title).toMatch(/^DRILL /);
  expect(text).toMatch(/^DRILL /);
});

test('an alarm without a description links itself', () => {
  expect(message({ description: ' ' }).title).toMatch(/^Look at the alarm: https:\/\/eu-central-1\.console/);
});

const anyText = fc.string({ unit: 'binary', maxLength: 1500 });
const broken = fc.array(fc.constantFrom('\ud83d', '\udca5', 'a', '\n', '\u2028', '\u0000', 'é'), { maxLength: 1500 });
const texts = fc.oneof(
  anyText,
  broken.map((parts) => parts.join('')),
);

test('a title is one line of whole characters, whatever the description', () => {
  fc.assert(
    fc.property(texts, texts, (description, reason) => {
      const { title, text, alarm } = message({ description, reason });
      expect(title).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(title.isWellFormed()).toBe(true);
      expect(text).toContain(alarm);
    }),
  );
});

test('a cut text is short enough, whole and marked', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 4, max: 200 }), (text, max) => {
      const short = cut(text, max);
      expect(short.length).toBeLessThanOrEqual(max);
      expect(short.isWellFormed()).toBe(true);
      expect(short === text.toWellFormed() || short.endsWith('...')).toBe(true);
    }),
  );
  expect(cut('a\u{1f4a5}bcdef', 5)).toBe('a...');
});

test('ASCII keeps what it can', () => {
  expect(ascii('Zażółć é 100 €')).toBe('Zazo?c e 100 ?');
  fc.assert(fc.property(texts, (text) => /^[\x20-\x7e]*$/.test(ascii(oneLine(text)))));
});
