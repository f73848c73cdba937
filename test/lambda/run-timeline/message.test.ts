import { notice, timeInBoth } from '../../../lambda/run-timeline/message';
import { STEPS } from '../../../lambda/run-timeline/steps';

test.each([
  ['2026-12-01T09:00:00Z', 'Europe/Berlin', '2026-12-01 09:00 UTC (10:00 Europe/Berlin)'],
  ['2026-07-01T09:00:00Z', 'Europe/Berlin', '2026-07-01 09:00 UTC (11:00 Europe/Berlin)'],
  ['2026-12-01T20:00:00Z', 'Asia/Tokyo', '2026-12-01 20:00 UTC (2026-12-02 05:00 Asia/Tokyo)'],
  ['2026-12-01T09:00:00Z', 'UTC', '2026-12-01 09:00 UTC'],
])('%s in %s', (time, zone, text) => {
  expect(timeInBoth(new Date(time), zone)).toBe(text);
});

test.each(STEPS)('the subject for $id is one that mail takes', (step) => {
  const { subject, owner } = notice('production', step, new Date('2026-12-01T09:00:00Z'), 'UTC');
  expect(subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
  expect(owner).toBe(step.owner);
});
