import { type Restoration, restorationLines } from '../../cli/events-restore';

const found = (changes: Partial<Restoration> = {}): Restoration => ({
  ...{ objects: 2, restored: 3, there: 1, expired: 0, damaged: [] },
  ...changes,
});

test('tells what is back, what was there, and how the gap after it is closed', () => {
  expect(restorationLines(found({ newest: '2026-12-01T09:59:00.000Z' }), 'production', false)).toEqual([
    'archive   2 objects',
    'restored  3 that were missing; 1 were there and stay as they are',
    'next      npm run golive -- resend --stage production --from 2026-12-01T09:59:00.000Z',
  ]);
});

test('tells what is damaged and what is too old', () => {
  const lines = restorationLines(found({ expired: 4, damaged: ['events/a'] }), 'production', false);
  expect(lines.slice(2)).toEqual([
    'expired   4 are older than webhooks are kept (retentionDays.webhooks)',
    'damaged   events/a: nothing was taken from it; S3 keeps its versions',
  ]);
});

test('a dry run says that nothing was changed', () => {
  expect(restorationLines(found(), 'production', true)[1]).toBe('would     look at 3 events; nothing was changed');
});
