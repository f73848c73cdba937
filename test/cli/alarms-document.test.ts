import { alarmsDocument, type PagingRateAlarm } from '../../cli/alarms-document';
import { exceeds, scoreTest, WEBHOOK_FAILURES } from '../../lib/monitoring/alarms/score-test';
import { firingPoint } from '../../lib/monitoring/evaluation/alarm-arithmetic';

const page: PagingRateAlarm = {
  name: 'payca-production-webhook-failures-page',
  expression: scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES }),
  rate: { windowMinutes: 5, firesFrom: (n) => firingPoint((f) => exceeds(WEBHOOK_FAILURES, n, f), n) },
};
const text = alarmsDocument([page]);
const row = (start: string) => text.split('\n').find((line) => line.startsWith(start));

test('tells the worst over all n of each paging alarm, beside the bare ratio and the minimum count', () => {
  expect(row('| `payca-production-webhook-failures-page`')).toContain('| 5 min | 0.84 | 89 | 2 |');
  expect(row('| bare ratio')).toMatch(/\| 1,377 \| 99 \| 1 \|$/);
  expect(row('| minimum count')).toMatch(/\| 84 \| 499 \| 5 \|$/);
});

test('tells false pages and detection by n', () => {
  expect(row('| 1 |')).toBe('| 1 | never | 0 | 0 % | 0 % | 0 % | 17 | 5 % | 20 % | 100 % | 0 | 0 % | 0 % | 0 % |');
  expect(row('| 300 |')).toMatch(/^\| 300 \| 9 \| < 0.01 \| 97 % \| > 99 % \| 100 % \| 73 /);
  expect(row('| 10,000 |')).toMatch(/^\| 10,000 \| 133 \| < 0.01 \| > 99 % /);
});

test('quotes the expression, and says which convention gives which number', () => {
  expect(text).toContain(`\`\`\`\n${page.expression}\n\`\`\``);
  expect(text).toContain('0.014 a day, were the day');
  expect(text).toContain('0.039 a day');
});

test('says so when no alarm pages on a rate', () => {
  expect(alarmsDocument([])).toContain('No alarm in the templates pages on a rate of failures.');
});

test('every table has as many cells in each row as in its head', () => {
  const tables = text.split('\n\n').filter((block) => block.startsWith('|'));
  expect(tables.length).toBe(3);
  for (const table of tables) {
    expect(
      new Set(
        table
          .trim()
          .split('\n')
          .map((line) => line.split(' | ').length),
      ).size,
    ).toBe(1);
  }
});
