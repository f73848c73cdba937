import { secretForm } from '../../cli/secrets';
import { judgeStream, markerLine, reportLine, type StreamReport } from '../../cli/shipping';

const SINCE = Date.parse('2026-11-25T12:00:30Z');
const minute = (offset: number, success: number) => ({
  at: Date.parse('2026-11-25T12:00:00Z') + offset * 60_000,
  success,
});
const report = (minutes: StreamReport['minutes'], status = 'ACTIVE'): StreamReport => ({
  kind: 'logs',
  name: 'stream',
  status,
  minutes,
});

test.each<[string, StreamReport, 'pass' | 'fail' | undefined]>([
  ['a delivery after the marker', report([minute(1, 1)]), 'pass'],
  ['a delivery that came through at the second try', report([minute(1, 0), minute(2, 1)]), 'pass'],
  ['a delivery of the minute before', report([minute(0, 1)]), undefined],
  ['deliveries that are refused', report([minute(1, 0), minute(2, 0.5)]), undefined],
  ['no delivery', report([]), undefined],
  ['a stream that is being made', report([minute(1, 1)], 'CREATING'), undefined],
  ['a stream that could not be made', report([minute(1, 1)], 'CREATING_FAILED'), 'fail'],
])('%s', (_, seen, verdict) => {
  expect(judgeStream(seen, SINCE)).toBe(verdict);
});

test('the report says what was seen after the marker only', () => {
  expect(reportLine(report([minute(0, 0.2), minute(1, 0.5), minute(2, 1)]), SINCE, 'pass')).toBe(
    'pass     logs     stream is ACTIVE: deliveries were taken in 1 of 2 minutes, 50 % in the worst',
  );
  expect(reportLine(report([minute(0, 1)]), SINCE, 'fail')).toMatch(/nothing was delivered in the time$/);
});

test('the marker is a line like those of the functions', () => {
  expect(JSON.parse(markerLine('0123456789abcdef', 'sandbox', new Date(SINCE)))).toEqual({
    level: 'INFO',
    message: 'golive shipping probe 0123456789abcdef',
    timestamp: '2026-11-25T12:00:30.000Z',
    service: 'golive',
    stage: 'sandbox',
    probe: '0123456789abcdef',
  });
});

test('a key is put in the form in which it is read', () => {
  const shipping = { secret: 'platform', logs: true, metrics: true };
  const splunk = { kind: 'splunk', hecUrl: 'https://hec.acme-pay.eu', acknowledgeSeconds: 300 } as const;
  const datadog = { kind: 'datadog', site: 'datadoghq.eu' } as const;
  expect(secretForm('platform', 'k', { shipping: { ...shipping, destination: splunk } })).toEqual({ hec_token: 'k' });
  expect(secretForm('platform', 'k', { shipping: { ...shipping, destination: datadog } })).toEqual({ api_key: 'k' });
  expect(secretForm('slack', 'k', { shipping: { ...shipping, destination: datadog } })).toEqual({ value: 'k' });
  expect(secretForm('platform', 'k', {})).toEqual({ value: 'k' });
});
