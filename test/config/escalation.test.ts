import { checkConfig } from '../../cli/config-check';
import { escalationFindings } from '../../lib/config/checks';
import { problemLine } from '../../lib/config/problems';
import { parseStages, readStages, type StageInput } from '../../lib/config/schema';
import { change, minimal, minimalSandbox } from './stage';

const PAGERDUTY = { name: 'on-call', kind: 'pagerduty', severities: ['page'], secret: 'pagerduty' };
const MAIL = { name: 'mail', kind: 'sns', severities: ['page', 'ticket'], emails: ['ops@acme-pay.eu'] };
const JIRA = {
  name: 'tickets',
  kind: 'https',
  template: 'jira',
  severities: ['ticket'],
  url: 'https://acme.atlassian.net',
  user: 'bot@acme-pay.eu',
  project: 'OPS',
  secret: 'jira',
};

const stage = (channels: unknown, more: Readonly<Record<string, unknown>> = {}): StageInput =>
  change({
    thirdPartySecrets: ['pagerduty', 'jira'],
    escalation: { channels, fallbackEmails: ['it@acme-pay.eu'] },
    ...more,
  });
const problems = (input: StageInput) => readStages([input]).problems.map(problemLine);

test('channels of every kind are read, with their defaults', () => {
  const [config] = parseStages([stage([PAGERDUTY, MAIL, JIRA])]);
  expect(config?.escalation.channels).toMatchObject([
    { kind: 'pagerduty', region: 'us' },
    { kind: 'sns', emails: ['ops@acme-pay.eu'] },
    { template: 'jira', issueType: 'Task' },
  ]);
});

test('a stage need not have any', () => {
  expect(parseStages([minimal])[0]?.escalation).toEqual({ channels: [], fallbackEmails: [] });
});

test.each<[string, unknown, string[]]>([
  [
    'an unknown kind',
    [{ ...MAIL, kind: 'fax' }],
    ['production.escalation.channels[0].kind must be pagerduty, sns or https, got: fax'],
  ],
  [
    'an unknown template',
    [{ ...JIRA, template: 'teams' }],
    ['production.escalation.channels[0].template must be slack, jira or json, got: teams'],
  ],
  [
    'no channel',
    ['mail'],
    ['production.escalation.channels[0] must be an object with kind: pagerduty, sns or https, got: mail'],
  ],
  [
    'every mistake of every channel at once, judged by its own kind',
    [
      { ...PAGERDUTY, severities: ['page', 'page'], region: 'asia' },
      { ...JIRA, url: 'http://acme.atlassian.net', project: 'ops' },
    ],
    [
      'production.escalation.channels[0].severities must be a list of 1 to 3 severities, each once, got: a list of 2',
      'production.escalation.channels[0].region must be one of us, eu, got: asia',
      'production.escalation.channels[1].url must be an https URL without a query, credentials or a closing slash, got: http://acme.atlassian.net',
      'production.escalation.channels[1].project must be the key of a Jira project, such as OPS, got: ops',
    ],
  ],
  ['a name twice', [MAIL, MAIL], ['production.escalation.channels[1].name must be given once, got: mail again']],
  [
    'a secret that nobody named',
    [{ ...PAGERDUTY, secret: 'pager-duty' }],
    ['production.escalation.channels[0].secret must be one of thirdPartySecrets (pagerduty, jira), got: pager-duty'],
  ],
  [
    'neither topic nor address',
    [{ ...MAIL, emails: [] }],
    ['production.escalation.channels[0].emails must have an address where topicArn is not given, got: none'],
  ],
  [
    'a topic and addresses',
    [{ ...MAIL, topicArn: 'arn:aws:sns:eu-central-1:210987654321:alarms' }],
    ['production.escalation.channels[0].emails must be left out where topicArn is given, got: a list of 1'],
  ],
  [
    'a topic of another region',
    [{ name: 'mail', kind: 'sns', severities: ['page'], topicArn: 'arn:aws:sns:us-east-1:210987654321:alarms' }],
    ["production.escalation.channels[0].topicArn must be in the stage's region eu-central-1, got: us-east-1"],
  ],
])('%s', (_, channels, expected) => {
  expect(problems(stage(channels))).toEqual(expected);
});

test('a URL that may be a secret is not repeated', () => {
  const url = 'https://hooks.slack.com/services/T0/B0/abc?token=secret';
  const [line] = problems(stage([{ ...JIRA, url }]));
  expect(line).not.toContain('token=secret');
});

test('the sandbox pages nobody', () => {
  const sandbox = { ...minimalSandbox, thirdPartySecrets: ['pagerduty'], escalation: { channels: [PAGERDUTY] } };
  expect(readStages([sandbox as StageInput]).problems.map(problemLine)).toEqual([
    "sandbox.escalation.channels[0].severities must not have page with kind 'pagerduty': the sandbox pages nobody, got: page",
  ]);
});

test('a programme cannot be mistaken for a stage of another one', () => {
  expect(problems(stage([], { programme: 'cards-production' }))).toEqual([
    'production.programme must not end with the name of a stage, got: cards-production',
  ]);
});

describe('findings', () => {
  const ids = (input: StageInput) =>
    parseStages([input])
      .flatMap(escalationFindings)
      .map(({ id }) => id);

  test.each<[string, StageInput, string[]]>([
    ['PagerDuty for pages, mail for tickets', stage([PAGERDUTY, MAIL]), []],
    ['no PagerDuty', stage([MAIL]), ['no-timed-escalation']],
    ['PagerDuty for tickets only', stage([{ ...PAGERDUTY, severities: ['ticket'] }, MAIL]), ['no-timed-escalation']],
    ['pages only', stage([PAGERDUTY]), ['no-channel']],
    ['nothing at all', stage([]), ['no-channel', 'no-channel', 'no-timed-escalation']],
    ['no fallback', stage([PAGERDUTY, MAIL], { 'escalation.fallbackEmails': [] }), ['no-fallback']],
    ['a sandbox', minimalSandbox, []],
  ])('%s', (_, input, expected) => {
    expect(ids(input)).toEqual(expected);
  });

  test('config check says that there is no timed escalation, as a warning', () => {
    const options = { asOf: new Date('2026-12-01'), deployable: true };
    expect(checkConfig([stage([MAIL])], options)).toMatchObject({
      verdict: 'pass',
      findings: [
        {
          id: 'no-timed-escalation',
          severity: 'warning',
          path: 'escalation.channels',
          message: expect.stringContaining('no timed escalation'),
        },
      ],
    });
  });
});
