import type { Severity } from '../../lambda/payca/alarm-names';
import type { StageConfig } from '../config/schema';
import { badge, heading, list, missing, type Section, type Text, type Tone, table } from '../launch/document/model';
import { type AlarmRow, alarmNameOf, placeholders } from '../monitoring/alarms/alarm-row';
import { alarmTable } from '../monitoring/alarms/alarm-table';
import type { SupportPack } from './pack';
import { type Person, ROLES } from './people';

export interface PackInput {
  readonly pack: SupportPack;
  readonly people: readonly Person[];
  /** First commands by names of alarms, as deployed; why there are none. */
  readonly commands: ReadonlyMap<string, string> | { readonly missing: string };
  /** ISO 8601 in UTC. */
  readonly madeAt: string;
}

export function contactsSection({ pack: { config }, people }: PackInput): Section {
  const { payca, next } = config.monitoring.contacts;
  const owners: Readonly<Record<string, readonly string[]>> = config.launch.owners;
  const rows = ROLES.flatMap((role): Text[][] => {
    const own = people.filter((person) => person.role === role);
    const mails = (owners[role] ?? []).join(', ') || 'not supplied';
    if (own.length === 0) return [[role, mails, 'not supplied', 'not supplied', '']];
    return own.map(({ name, phone, hours = '' }) => [role, mails, name, phone, hours]);
  });
  return {
    id: 'contacts',
    title: 'Whom to call',
    blocks: [
      table(
        'In this order',
        ['Step', 'Who', 'Reach', 'When'],
        [
          [
            '1',
            'Whoever is on call',
            'by the channels below',
            'an alarm, or three customers with the same trouble in 15 minutes',
          ],
          ['2', next.name, next.reach, 'the first on call does not get on, or does not answer'],
          ['3', 'PayCA, day and night', payca.hotline, 'their service is down, money or data is in the wrong hands'],
          ['4', 'PayCA in writing', payca.email, 'after every call to the hotline, with request ids and times in UTC'],
        ],
        { empty: 'nobody' },
      ),
      heading('By role of the runbook'),
      table('Who answers for what, and how they are reached', ['Role', 'E-mail', 'Name', 'Telephone', 'Hours'], rows, {
        empty: 'nobody',
      }),
    ],
  };
}

const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { page: 'bad', ticket: 'warn', low: 'plain' };
const SEVERITY_TEXTS: Readonly<Record<Severity, string>> = {
  page: 'wakes somebody up',
  ticket: 'for the working day',
  low: 'for the record',
};

export function escalationSection({ escalation, launch }: StageConfig): Section {
  const rows = (['page', 'ticket', 'low'] as const).flatMap((severity): Text[][] => {
    const channels = escalation.channels.filter(({ severities }) => severities.some((one) => one === severity));
    const named: Text = [badge(severity, SEVERITY_TONES[severity]), ` ${SEVERITY_TEXTS[severity]}`];
    if (channels.length === 0) return [[named, 'nobody is told', '', '']];
    return channels.map((channel) => [named, channel.name, ...reachOf(channel)]);
  });
  const timed = escalation.channels.some(
    ({ kind, severities }) => kind === 'pagerduty' && severities.some((one) => one === 'page'),
  );
  const none = 'nobody: a channel that fails goes unnoticed';
  return {
    id: 'escalation',
    title: 'How an alarm reaches people',
    blocks: [
      table('All channels of a severity are told at once', ['Severity', 'Channel', 'By', 'To'], rows, {
        empty: 'no channels',
      }),
      list([
        timed
          ? 'A page that nobody answers is passed on by PagerDuty, as its escalation policy says.'
          : 'No timed escalation: a page that nobody answers is not passed on. Telephone the next person.',
        `Told when a channel does not get through: ${escalation.fallbackEmails.join(', ') || none}.`,
        `In the war room, from T until 48 hours later, these channels hear every alarm: ${launch.warRoom.join(', ') || 'none'}.`,
      ]),
    ],
  };
}

function reachOf(channel: StageConfig['escalation']['channels'][number]): [by: string, to: string] {
  if (channel.kind === 'pagerduty') return ['PagerDuty', `the service with its key, region ${channel.region}`];
  if (channel.kind === 'sns') return ['SNS', channel.topicArn ?? channel.emails.join(', ')];
  if (channel.template === 'jira') return ['Jira', `project ${channel.project} at ${channel.url}`];
  return channel.template === 'slack' ? ['Slack', 'the channel of its webhook'] : ['HTTPS', channel.url];
}

export function incidentsSection({ stage }: StageConfig): Section {
  const run = (rest: string): Text => ({ code: `npm run golive -- ${rest} --stage ${stage}` });
  return {
    id: 'incidents',
    title: 'Incidents',
    blocks: [
      table(
        'Names, addresses and card numbers stay out of the log: the ticket system has them',
        ['Step', 'How'],
        [
          ['Open', run('incident add "WHAT HAPPENED" --alarm ALARM --link TICKET')],
          ['Follow', run('incident list')],
          ['Add to it', run('incident note INC-1 "WHAT IS KNOWN NOW"')],
          ['Close', run('incident note INC-1 "HOW IT ENDED" --resolved')],
          ['Prove the way', run('drill webhook-failures-page')],
        ],
        { empty: 'no steps' },
      ),
    ],
  };
}

export function alarmsSection({ pack: { config }, commands }: PackInput): Section {
  const { runbooksUrl } = config.monitoring;
  const deployed = commands instanceof Map ? commands : undefined;
  const rows = alarmTable(config, placeholders(config)).map((row): Text[] => {
    const { id, severity, when, impact, page } = row;
    return [
      id,
      badge(severity, SEVERITY_TONES[severity]),
      `${when} ${impact}`,
      { code: commandOf(row, config, deployed) },
      { link: `${runbooksUrl}/${page}`, text: page.replace(/#.*/, '') },
    ];
  });
  const unnamed =
    'missing' in commands
      ? [
          missing(
            `The stage could not be asked (${commands.missing}): words in capitals stand for names of its resources.`,
          ),
        ]
      : [];
  return {
    id: 'alarms',
    title: 'Alarms',
    blocks: [
      ...unnamed,
      table(
        `${rows.length} alarms of the stage, each with the command to begin with`,
        ['Alarm', 'Severity', 'What happened, and what it costs', 'First command', 'Page'],
        rows,
        { empty: 'no alarms' },
      ),
    ],
  };
}

function commandOf(row: AlarmRow, config: StageConfig, deployed: ReadonlyMap<string, string> | undefined): string {
  return deployed?.get(alarmNameOf(config, row)) ?? row.command;
}
