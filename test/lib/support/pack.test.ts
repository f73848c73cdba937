import { production } from '../../../config/production';
import { parseStages, type StageConfig } from '../../../lib/config/schema';
import { htmlDocument } from '../../../lib/launch/document/html';
import { markdownDocument } from '../../../lib/launch/document/markdown';
import { alarmNameOf, placeholders } from '../../../lib/monitoring/alarms/alarm-row';
import { alarmTable } from '../../../lib/monitoring/alarms/alarm-table';
import type { PackInput } from '../../../lib/support/alert-sections';
import { packDocument } from '../../../lib/support/document';
import { supportPack, supportVersion } from '../../../lib/support/pack';
import { readPeople } from '../../../lib/support/people';
import { change } from '../../config/stage';

const SUPPLIED = {
  company: 'Acme Pay',
  card: 'Acme Card',
  contact: '+49 30 123456',
  statusPage: 'status.acme-pay.eu',
  declineReasons: [
    {
      reason: '51',
      means: 'The balance does not cover it',
      say: 'Please check the balance.',
      do: 'Look at the balance.',
    },
  ],
};

function stage(changes: Record<string, unknown> = {}): StageConfig {
  const [config] = parseStages([change({ support: SUPPLIED, ...changes })]);
  if (!config) throw new Error('no config');
  return config;
}

const input = (config: StageConfig, more: Partial<PackInput> = {}): PackInput => ({
  pack: supportPack(config),
  people: [],
  commands: { missing: 'not signed in' },
  madeAt: '2026-12-01T09:00:00.000Z',
  ...more,
});
const html = (config: StageConfig, more: Partial<PackInput> = {}) => htmlDocument(packDocument(input(config, more)));

test('the version is of what agents have to know: it changes with that, and with nothing else', () => {
  const version = supportVersion(stage());
  expect(version).toMatch(/^[0-9a-f]{12}$/);
  expect(supportVersion(stage())).toBe(version);
  expect(supportVersion(stage({ 'webhook.expectedPeakPerSecond': 7 }))).toBe(version);
  const others = [
    { support: { ...SUPPLIED, company: 'Acme' } },
    { support: { ...SUPPLIED, declineReasons: [] } },
    { 'monitoring.contacts.payca.hotline': '+44 20 7946 0001' },
  ].map((changes) => supportVersion(stage(changes)));
  expect(new Set([version, ...others]).size).toBe(4);
});

test('messages carry the names of the operator; what the agent fills in stays', () => {
  const [declined] = supportPack(stage()).messages;
  expect(declined?.short).toMatch(/^Acme Pay: card \{\{cardEnding\}\} .* \+49 30 123456$/);
  expect(html(stage())).not.toMatch(/\{\{(company|card|contact|statusPage)\}\}/);
});

test('what is not supplied is said, where it is needed and at the end', () => {
  const pack = supportPack(stage({ support: {} }));
  expect(pack.missing.map(({ path }) => path)).toEqual([
    'support.company',
    'support.card',
    'support.contact',
    'support.statusPage',
    'support.declineReasons',
  ]);
  const page = html(stage({ support: {} }));
  expect(page).toContain('Not documented by PayCA, and not supplied');
  expect(page).toContain('{{company}}');
  expect(page).toMatch(/<section id="missing".*support\.company.*<\/section>/s);
  expect(supportPack(stage()).missing).toEqual([]);
});

test('example values count as not supplied', () => {
  const [config] = parseStages([production]);
  const { missing } = supportPack(config as StageConfig);
  expect(missing.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['support.company', 'monitoring.contacts.payca.hotline', 'launch.owners.CX[0]']),
  );
});

test('decline reasons are told in the words of the operator', () => {
  expect(html(stage())).toMatch(/<section id="declines".*51.*Please check the balance\.(?=.*<section id="messages")/s);
});

test("PayCA's hotline, the next person, every role and every channel are on the page", () => {
  const config = stage();
  const page = html(config);
  const { payca, next } = config.monitoring.contacts;
  for (const words of [payca.hotline, payca.email, next.name, next.reach, 'Treasury', 'Programme lead', 'not supplied'])
    expect(page).toContain(words);
  const channels = [{ name: 'mail', kind: 'sns', severities: ['page'], emails: ['ops@acme-pay.eu'] }];
  const told = html(stage({ escalation: { channels, fallbackEmails: ['it@acme-pay.eu'] } }));
  for (const words of ['ops@acme-pay.eu', 'it@acme-pay.eu', 'No timed escalation', 'nobody is told'])
    expect(told).toContain(words);
});

test('every alarm is there with its command, as deployed or with words in capitals', () => {
  const config = stage();
  const rows = alarmTable(config, placeholders(config));
  const page = html(config);
  expect(page).toContain('words in capitals stand for names');
  expect(page).toContain('aws logs tail ACCESS_LOG');
  const commands = new Map(rows.map((row, index) => [alarmNameOf(config, row), `look --at ${index}`]));
  const deployed = html(config, { commands });
  expect(rows.map((_, index) => deployed.includes(`<code>look --at ${index}</code>`))).toEqual(rows.map(() => true));
  expect(deployed).not.toMatch(/[A-Z]+_LOG|words in capitals/);
});

describe('people', () => {
  const file = 'people:\n  - { role: CX, name: Kim Head, phone: "+44 1632 960003", hours: day and night }\n';

  test('stand with their role, on the page alone', () => {
    const { people, problems } = readPeople('people.yaml', file);
    expect(problems).toEqual([]);
    const page = markdownDocument(packDocument(input(stage(), { people })));
    expect(page).toContain('Kim Head | +44 1632 960003 | day and night');
    expect(supportVersion(stage())).toBe(input(stage(), { people }).pack.version);
  });

  test('every problem is told at once, and nothing of what was found', () => {
    const wrong =
      'people:\n  - { role: Kim Head, name: "", phone: "01632 960003" }\n  - { role: Ops, name: Sam, age: 40 }\n';
    const { people, problems } = readPeople('people.yaml', wrong);
    expect(people).toEqual([]);
    expect(problems.map(({ path }) => path)).toEqual([
      'people[0].role',
      'people[0].name',
      'people[0].phone',
      'people[1].phone',
      'people[1]',
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/Kim|Sam|960003/);
    expect(readPeople('people.yaml', '[').problems).toMatchObject([{ path: '', must: 'must be YAML' }]);
    expect(readPeople('people.yaml', '').problems).toHaveLength(1);
  });
});

test('the page needs no network and no script', () => {
  expect(html(stage())).not.toMatch(/<script|url\(|src=|<link rel="stylesheet"/);
});
