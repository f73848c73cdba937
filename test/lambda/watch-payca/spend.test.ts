import type { InboxEntry } from '../../../lambda/payca/inbox-reader';
import { DailySpend } from '../../../lambda/watch-payca/spend';

const NOW = new Date('2026-12-02T10:30:00Z');

function entry(receivedAt: string, type: string, amount: string, more: Partial<InboxEntry> = {}): InboxEntry {
  return { event: 'card_transaction', type, amount, currency: 'EUR', receivedAt, ...more } as InboxEntry;
}

function inbox(entries: readonly InboxEntry[]) {
  const asked: string[] = [];
  const spend = new DailySpend(async function* (from, to) {
    asked.push(from.toISOString());
    yield* entries.filter(({ receivedAt = '' }) => receivedAt >= from.toISOString() && receivedAt < to.toISOString());
  });
  return { spend, asked };
}

test('authorizations less cancellations of the last day, by currency', async () => {
  const { spend } = inbox([
    entry('2026-12-02T10:10:00Z', 'authorization', '0.10'),
    entry('2026-12-01T11:00:00Z', 'authorization', '0.20'),
    entry('2026-12-02T09:00:00Z', 'cancel', '0.05'),
    entry('2026-12-02T09:00:00Z', 'authorization', '7', { currency: 'USD' }),
    entry('2026-12-02T09:00:00Z', 'settle', '100'),
    entry('2026-12-02T09:00:00Z', 'authorization', '100', { conflict: 'true' }),
    entry('2026-12-02T09:00:00Z', 'authorization', 'unreadable'),
    entry('2026-12-01T10:59:59Z', 'authorization', '100'),
  ]);
  expect(Object.fromEntries(await spend.until(NOW))).toEqual({ EUR: '0.25', USD: '7' });
});

test('an hour that is over is counted once', async () => {
  const { spend, asked } = inbox([entry('2026-12-02T08:00:00Z', 'authorization', '1')]);
  await spend.until(NOW);
  expect(asked).toHaveLength(24);
  const again = await spend.until(new Date(NOW.getTime() + 5 * 60 * 1000));
  expect(again.get('EUR')).toBe('1');
  expect(asked.slice(24)).toEqual(['2026-12-02T10:00:00.000Z']);
  await spend.until(new Date('2026-12-02T11:02:00Z'));
  expect(asked.slice(25)).toEqual(['2026-12-02T11:00:00.000Z', '2026-12-02T10:00:00.000Z']);
});
