import { readAlarmChange } from '../../../lambda/notify-incident/alarm-change';
import { drillOf, drillReason } from '../../../lambda/notify-incident/drill';
import { change, event } from './event';

const read = (value: unknown) => readAlarmChange(JSON.stringify(value));

test('an event is read, its time in UTC', () => {
  expect(read(event())).toEqual({ ...change(), drill: undefined });
  expect(read(event({}, { timestamp: '2026-12-01T10:00:00.000+0200' }))?.at).toBe('2026-12-01T08:00:00.000Z');
});

test('an alarm without description or former state is read too', () => {
  expect(read(event({ configuration: {}, previousState: undefined }))).toMatchObject({ description: '' });
});

test.each([
  ['no JSON', 'x'],
  ['another event', JSON.stringify({ detail: {} })],
  ['a state that nobody is told about', JSON.stringify(event({}, { value: 'INSUFFICIENT_DATA' }))],
  ['a time that is none', JSON.stringify(event({}, { timestamp: 'soon' }))],
])('%s is no change', (_, text) => {
  expect(readAlarmChange(text)).toBeUndefined();
});

test('a composite alarm tells that its suppressor keeps it quiet', () => {
  expect(read(event({}, { actionsSuppressedBy: 'Alarm' }))?.suppressed).toBe(true);
});

describe('a drill', () => {
  const reason = drillReason('0123abcd', 'jo');

  test('is known by the reason of the state', () => {
    expect(read(event({}, { reason }))?.drill).toBe('0123abcd');
    expect(drillOf(reason)).toBe('0123abcd');
  });

  test('also when CloudWatch ends it with a reason of its own', () => {
    const ended = event({ previousState: { value: 'ALARM', reason } }, { value: 'OK' });
    expect(read(ended)?.drill).toBe('0123abcd');
  });

  test('is over when the alarm is raised for real after it', () => {
    const raised = event({ previousState: { value: 'OK', reason } }, { value: 'ALARM' });
    expect(read(raised)?.drill).toBeUndefined();
  });

  test('fits in a reason, whoever does it', () => {
    expect(drillReason('0123abcd', 'x'.repeat(2000)).length).toBeLessThan(1023);
  });

  test.each(['A DRILL 0123abcd', 'DRILL', 'DRILL 0123abcde', 'drill 0123abcd'])('%s is none', (text) => {
    expect(drillOf(text)).toBeUndefined();
  });
});
