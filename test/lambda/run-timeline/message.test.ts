import type { Launch } from '../../../lambda/run-timeline/launch';
import { announcements, calendarOf, notice, outcome, timeInBoth } from '../../../lambda/run-timeline/message';
import { OWNERS, STEPS, stepOf } from '../../../lambda/run-timeline/steps';

const setting = { programme: 'payca', stage: 'production', zone: 'Europe/Berlin' };
const now = new Date('2026-11-29T09:00:00Z');
const launch: Launch = {
  number: 1,
  at: '2026-12-01T09:00:00.000Z',
  scheduledBy: 'arn:aws:iam::111122223333:user/jo',
  phase: 'scheduled',
  told: [],
  steps: {},
  questions: [],
  switched: [],
  history: [
    { at: now.toISOString(), by: 'arn:aws:iam::111122223333:user/jo', what: 'scheduled for 2026-12-01T09:00:00.000Z' },
  ],
};
const MAIL_SUBJECT = /^[\x21-\x7e][\x20-\x7e]{0,98}$/;

test.each([
  ['2026-12-01T09:00:00Z', 'Europe/Berlin', '2026-12-01 09:00 UTC (10:00 Europe/Berlin)'],
  ['2026-07-01T09:00:00Z', 'Europe/Berlin', '2026-07-01 09:00 UTC (11:00 Europe/Berlin)'],
  ['2026-12-01T20:00:00Z', 'Asia/Tokyo', '2026-12-01 20:00 UTC (2026-12-02 05:00 Asia/Tokyo)'],
  ['2026-12-01T09:00:00Z', 'UTC', '2026-12-01 09:00 UTC'],
])('%s in %s', (time, zone, text) => {
  expect(timeInBoth(new Date(time), zone)).toBe(text);
});

test.each(STEPS)('the owner of $id is told in both times, with an entry for the calendar', (step) => {
  const { subject, owners, text } = notice(setting, launch, step, now);
  expect(subject).toMatch(MAIL_SUBJECT);
  expect(owners).toEqual([step.owner]);
  expect(text).toContain(' UTC (');
  expect(text).toContain('Europe/Berlin)');
  expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(1);
});

test('everybody who has a step hears of the launch, and everybody hears once', () => {
  const messages = announcements(setting, launch, now);
  const owners = messages.flatMap((message) => message.owners);
  expect(new Set(owners)).toEqual(new Set(STEPS.map(({ owner }) => owner)));
  expect(owners).toHaveLength(new Set(owners).size);
  for (const { subject } of messages) expect(subject).toMatch(MAIL_SUBJECT);
});

test('what did not pass says who may decide what until when', () => {
  const question = { step: 'funding' as const, deadline: '2026-11-30T22:00:00.000Z', overdue: false };
  const { text, owners } = outcome(setting, stepOf('funding'), { verdict: 'fail', says: 'EUR is short' }, question);
  expect(owners).toEqual(['Treasury', 'Programme lead']);
  expect(text).toContain('EUR is short');
  expect(text).toContain('2026-11-30 22:00 UTC (23:00 Europe/Berlin)');
  for (const word of ['approve', 'hold', 'abort']) expect(text).toContain(`launch ${word} --stage production`);
});

test('the opening of the window is told to all', () => {
  expect(outcome(setting, stepOf('open-window'), { verdict: 'pass', says: '' }, undefined).owners).toEqual(OWNERS);
});

describe('the calendar', () => {
  const file = calendarOf(setting, launch, now);

  test('has an entry for each step, at its time', () => {
    expect(file.match(/DTSTART:\S+/g)?.slice(0, 2)).toEqual(['DTSTART:20261130T090000Z', 'DTSTART:20261130T210000Z']);
    expect(file.match(/BEGIN:VEVENT/g)).toHaveLength(STEPS.length);
  });

  test('keeps to RFC 5545: CRLF and at most 75 octets a line', () => {
    expect(file).toMatch(/^BEGIN:VCALENDAR\r\n(.*\r\n)*END:VCALENDAR\r\n$/);
    for (const line of file.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(file.replaceAll('\r\n ', '')).toContain('owner: Programme lead');
  });

  test('moves the entries it gave before: the same ids, a higher sequence; cancels them when it is off', () => {
    const moved = calendarOf(setting, { ...launch, number: 2, at: '2026-12-02T09:00:00.000Z' }, now);
    const off = calendarOf(setting, { ...launch, number: 2, phase: 'cancelled' }, now);
    const ids = (text: string) => text.match(/UID:\S+/g);
    const sequence = (text: string) => Number(/SEQUENCE:(\d+)/.exec(text)?.[1]);
    expect(ids(moved)).toEqual(ids(file));
    expect(sequence(moved)).toBeGreaterThan(sequence(file));
    expect(sequence(off)).toBeGreaterThan(sequence(moved));
    expect(off).toContain('METHOD:CANCEL');
    expect(off).toContain('STATUS:CANCELLED');
  });
});
