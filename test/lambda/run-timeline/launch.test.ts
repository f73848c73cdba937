import { nextNotice } from '../../../lambda/run-timeline/launch';

const launch = { at: '2026-12-01T09:00:00Z', told: [] };
const told = (now: string, before: readonly string[] = []) =>
  nextNotice({ ...launch, told: before }, new Date(now))?.id;

test('an owner is told an hour ahead, and once', () => {
  expect(told('2026-11-30T07:59:59Z')).toBeUndefined();
  expect(told('2026-11-30T08:00:00Z')).toBe('compare-config');
  expect(told('2026-11-30T08:00:00Z', ['compare-config'])).toBeUndefined();
});

test('nobody is told ahead of what is over', () => {
  expect(told('2026-11-30T09:00:00Z')).toBeUndefined();
});

test('steps that come close together are told one after the other', () => {
  expect(told('2026-12-01T07:30:00Z')).toBe('webhook-smoke');
  expect(told('2026-12-01T08:00:00Z')).toBe('open-window');
});
