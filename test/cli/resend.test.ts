import { conclusion, isWorthAnotherRound, type Late, type Round } from '../../cli/resend';

const late = (count: number): Late[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'card', happenedAt: `2026-12-10T0${index}:00:00Z` }));
const round = (total: number | undefined, arrived: number): Round => ({
  at: '2026-12-10T12:00:00.000Z',
  counters: total === undefined ? undefined : { total, byType: {} },
  arrived: late(arrived),
});

test.each<[Round[], string, string]>([
  [[round(0, 0)], 'pass', 'PayCA counts no failed delivery'],
  [
    [round(3, 3), round(0, 0)],
    'pass',
    '3 came that had happened from 2026-12-10T00:00:00Z to 2026-12-10T02:00:00Z (card 3)',
  ],
  [[round(5, 2), round(3, 3), round(0, 0)], 'pass', 'as many as PayCA counted'],
  [[round(3, 1), round(0, 0)], 'no-data', '2 fewer than PayCA counted'],
  [[round(3, 1), round(2, 0)], 'fail', 'PayCA still counts 2 failed'],
  [[round(undefined, 1)], 'no-data', 'PayCA tells no counters'],
])('%j ends as %s', (rounds, verdict, words) => {
  const found = conclusion(rounds);
  expect(found.verdict).toBe(verdict);
  expect(found.text).toContain(words);
});

test.each<[Round[], boolean]>([
  [[round(3, 3)], true],
  [[round(3, 0)], true],
  [[round(3, 0), round(3, 0)], false],
  [[round(3, 0), round(2, 0)], true],
  [[round(0, 0)], false],
  [[round(undefined, 3)], false],
  [Array.from({ length: 5 }, () => round(3, 3)), false],
])('after %j another round: %s', (rounds, expected) => {
  expect(isWorthAnotherRound(rounds)).toBe(expected);
});
