import { stages } from '../../config';
import { exampleValues } from '../../lib/config/example';
import { parseStages, readStages } from '../../lib/config/schema';
import { change, minimal } from './stage';

/** The problems of `minimal` with one value of `monitoring` changed, as `path must` lines. */
const problems = (changes: Readonly<Record<string, unknown>>) =>
  readStages([change(changes)]).problems.map(({ path, must, found }) => `${path} ${must}, got: ${found}`);

test('what a team leaves out has a default; what only it can know has none', () => {
  const [config] = parseStages([minimal]);
  expect(config?.monitoring).toMatchObject({ rateLimitedPer5Minutes: 10, silenceMinutes: 30, teamLogGroups: [] });
  expect(config?.credentials.maxAgeDays).toBe(365);
  for (const key of ['balanceThresholds', 'expectedDeclinePercent', 'runbooksUrl', 'contacts']) {
    expect(problems({ [`monitoring.${key}`]: undefined })).toEqual([
      expect.stringContaining(`monitoring.${key} must be`),
    ]);
  }
});

test.each([
  [
    'balanceThresholds',
    { EUR: 25000 },
    "monitoring.balanceThresholds.EUR must be a decimal amount in quotes, such as '25000.00', got: 25000",
  ],
  [
    'balanceThresholds',
    { EUR: '25,000' },
    "monitoring.balanceThresholds.EUR must be a decimal amount of up to 12 digits before and 4 after the point, such as '25000.00', got: 25,000",
  ],
  [
    'balanceThresholds',
    { EUR: '-1' },
    'monitoring.balanceThresholds.EUR must be a decimal amount of up to 12 digits before and 4 after the point, such as \'25000.00\', got: "-1"',
  ],
  [
    'balanceThresholds',
    { Euro: '1' },
    'monitoring.balanceThresholds.Euro must be named by a currency code of ISO 4217, such as EUR, got: Euro',
  ],
  ['balanceThresholds', {}, 'monitoring.balanceThresholds must have 1 to 10 currencies, got: 0'],
  [
    'balanceThresholds',
    '25000',
    'monitoring.balanceThresholds must be an object of amounts by currency, such as { EUR: \'25000.00\' }, got: "25000"',
  ],
  [
    'expectedDeclinePercent',
    0.08,
    'monitoring.expectedDeclinePercent must be a number of percent from 1 to 40, got: 0.08',
  ],
  ['expectedDeclinePercent', 60, 'monitoring.expectedDeclinePercent must be a number of percent from 1 to 40, got: 60'],
  ['silenceMinutes', 5, 'monitoring.silenceMinutes must be a whole number of minutes from 15 to 1440, got: 5'],
  [
    'rateLimitedPer5Minutes',
    0,
    'monitoring.rateLimitedPer5Minutes must be a whole number of answers from 1 to 10000, got: 0',
  ],
  [
    'teamLogGroups',
    ['a b'],
    'monitoring.teamLogGroups[0] must be the name of a log group of at most 200 characters, such as /aws/lambda/cards, got: a b',
  ],
  [
    'runbooksUrl',
    'http://wiki/',
    'monitoring.runbooksUrl must be an https URL without a closing slash, of at most 120 characters, got: http://wiki/',
  ],
  [
    'contacts.payca.hotline',
    '0800 PAYCA',
    'monitoring.contacts.payca.hotline must be a telephone number such as +44 1632 960001, got: 0800 PAYCA',
  ],
  [
    'contacts.payca.email',
    'support',
    'monitoring.contacts.payca.email must be an e-mail address of at most 60 characters, got: support',
  ],
])('monitoring.%s: %j is refused', (key, value, problem) => {
  expect(problems({ [`monitoring.${key}`]: value })).toEqual([problem]);
});

test('all problems are told at once', () => {
  expect(
    problems({ 'monitoring.balanceThresholds': { EUR: 'x', XXY: '1' }, 'monitoring.silenceMinutes': 0 }),
  ).toHaveLength(3);
});

test("PayCA's contacts, who is next and where runbooks are, are examples until somebody supplies them", () => {
  const [config] = parseStages(stages);
  const examples = config ? exampleValues(config) : [];
  expect(examples.map(({ path }) => path).filter((path) => path.startsWith('monitoring.'))).toEqual([
    'monitoring.runbooksUrl',
    'monitoring.contacts.next.reach',
    'monitoring.contacts.payca.hotline',
    'monitoring.contacts.payca.email',
  ]);
  const [own] = parseStages([minimal]);
  expect(own && exampleValues(own)).toEqual([]);
});
