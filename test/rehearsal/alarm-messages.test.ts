import { AlarmMessages } from '../../rehearsal/alarm-messages';
import { deployed } from './deployment';

const ALARM = 'payca-production-webhook-outage-page';
const COMMAND = 'aws logs tail access --since 1h --filter-pattern \'{ ($.status != "2*") }\'';
const LINES = [
  COMMAND,
  'Impact: No webhook gets in until this is mended.',
  'Why: All webhooks of the last hour failed.',
  'Runbook: https://git.acme-pay.eu/docs/runbooks/webhook-outage.md#first-five-minutes',
  'Dashboard: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/payca-production-operations',
  'Next: Engineering lead, +49 30 1234567',
  'PayCA: +372 600 1234, emergency@payca.io',
];
const leaves = [
  ['monitoring.contacts.next.name', 'Engineering lead'],
  ['monitoring.contacts.payca.hotline', '+372 600 1234'],
  ['monitoring.silenceMinutes', 30],
];

const messages = (description = LINES.join('\n')) =>
  new AlarmMessages(
    deployed({
      Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: ALARM, AlarmDescription: description } },
      Board: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: 'payca-production-operations' } },
      Config: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/payca/production/config/0', Value: JSON.stringify(leaves) },
      },
    }),
  );
const lacks = (text: string, rest?: string) => messages().lacks(ALARM, { action: 'trigger', text, rest });

test('a message with all its parts lacks nothing, on one page or with details of its own', () => {
  expect(lacks(LINES.join('\n'))).toEqual([]);
  expect(lacks(`${COMMAND} | webhook-outage (production, page)`, LINES.join('\n'))).toEqual([]);
});

test.each([
  ['it does not lead with a command', 0],
  ['no impact', 1],
  ['no runbook page that exists', 3],
  ['no dashboard of the templates', 4],
  ['no next person', 5],
  ["not PayCA's hotline and e-mail", 6],
])('%s: found when the line is missing', (part, index) => {
  expect(lacks(LINES.filter((_, line) => line !== index).join('\n'))).toContain(part);
});

test.each([
  ['a page that is not there', 'webhook-outage.md', 'nobody-wrote-it.md', 'no runbook page that exists'],
  ['a dashboard of somebody else', 'payca-production-operations', 'other', 'no dashboard of the templates'],
  ['another person than the config has', 'Engineering lead', 'Somebody else', 'not Engineering lead of the config'],
  ['a text that was cut', ', emergency@payca.io', '...', "not PayCA's hotline and e-mail"],
])('%s is found', (_, from, to, part) => {
  expect(lacks(LINES.join('\n').replace(from, to))).toContain(part);
});

test('words in the place of a command are none', () => {
  const told = { action: 'trigger', text: ['Look at the log', ...LINES.slice(1)].join('\n') };
  expect(messages(told.text).lacks(ALARM, told)).toEqual(['it does not lead with a command']);
});
