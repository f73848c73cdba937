import type { Severity } from '../../lambda/payca/alarm-names';
import type { StageConfig } from '../config/schema';
import {
  type Block,
  badge,
  heading,
  type LaunchDocument,
  list,
  missing,
  moment,
  paragraph,
  type Section,
  type Text,
  type Tone,
  table,
  withCode,
} from '../launch/document/model';
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

/** The pack as one page: what tier-1 needs first. */
export function packDocument(input: PackInput): LaunchDocument {
  const { pack, madeAt } = input;
  const { config, version } = pack;
  const { payca, next } = config.monitoring.contacts;
  const open = pack.missing.length;
  return {
    title: `Support pack of ${config.programme}, ${config.stage}`,
    subtitle:
      'For the people who answer customers. Not for customers: only the messages are. Print it again when the version changes.',
    facts: [
      ['Version', { code: version }],
      ['Made', moment(madeAt)],
      ["PayCA's hotline, day and night", payca.hotline],
      ['PayCA by e-mail', payca.email],
      ['Ours', `${next.name}, ${next.reach}`],
      ['Still to be supplied', open === 0 ? badge('nothing', 'good') : { link: '#missing', text: String(open) }],
    ],
    sections: [
      codesSection(pack),
      declinesSection(pack),
      messagesSection(pack),
      casesSection(config),
      contactsSection(input),
      escalationSection(config),
      incidentsSection(config),
      alarmsSection(input),
      missingSection(pack),
    ],
    records: [],
  };
}

function codesSection({ codes }: SupportPack): Section {
  const rows = codes.map(({ code, meaning, saw, say, do: what, passOn }): Text[] => [
    code,
    withCode(meaning),
    withCode(saw),
    withCode(say),
    withCode(what),
    withCode(passOn),
  ]);
  const heads = ['Code', 'What it is', 'Customer saw', 'Say', 'Do', 'Pass on'];
  return {
    id: 'codes',
    title: 'Error codes',
    blocks: [
      paragraph(
        'A code is for us: do not read it to a customer. Pass on means to engineering, with code, request id and time in UTC.',
      ),
      table("PayCA's error codes, all that it documents, and calls without one", heads, rows, { empty: 'no codes' }),
    ],
  };
}

function declinesSection({ declineReasons }: SupportPack): Section {
  const rows = declineReasons.map(({ reason, means, say, do: what }): Text[] => [{ code: reason }, means, say, what]);
  return {
    id: 'declines',
    title: 'Declined cards',
    blocks: [
      paragraph('A declined card is no error of ours. Never name suspected fraud as a reason.'),
      table('Reasons for declines, as the operator supplied them', ['Reason', 'What it is', 'Say', 'Do'], rows, {
        empty:
          'Not documented by PayCA, and not supplied. Say what the customer can check (balance, card not frozen, details and PIN), and nothing about why.',
      }),
    ],
  };
}

function messagesSection({ messages }: SupportPack): Section {
  const lengths = [
    ['SMS or push', 'short'],
    ['E-mail or chat', 'medium'],
    ['Status page', 'status'],
  ] as const;
  return {
    id: 'messages',
    title: 'Messages to customers',
    blocks: [
      paragraph(
        'In double braces stands what you fill in. Send them as they are: they promise nothing that we may not keep.',
      ),
      ...messages.flatMap((message): Block[] => [
        heading(message.subject),
        table(
          `In three lengths: ${message.subject.toLowerCase()}`,
          ['Where', 'Text'],
          lengths.map(([where, key]) => [where, message[key]]),
          { empty: 'no text' },
        ),
      ]),
    ],
  };
}

function casesSection({ stage }: StageConfig): Section {
  const commands: [string, string][] = [
    ['by reference', `npm run golive -- events find --stage ${stage} --reference REFERENCE`],
    ['by card', `npm run golive -- events find --stage ${stage} --card CARD_ID --from 2026-12-01`],
    ['by request id', `npm run golive -- events find --stage ${stage} --request-id REQUEST_ID`],
    ['is all well', `npm run golive -- status --stage ${stage}`],
  ];
  return {
    id: 'cases',
    title: 'Look up a case',
    blocks: [
      table(
        "First commands, for whoever is signed in to the stage's account",
        ['What', 'Command'],
        commands.map(([what, code]) => [what, { code }]),
        { empty: 'no commands' },
      ),
      paragraph(
        'They show what PayCA told us: type, amount, time, whether our systems have it. Ids are cut short. Give PayCA a request id and a time in UTC, never a card number.',
      ),
    ],
  };
}

function contactsSection({ pack: { config }, people }: PackInput): Section {
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
      table('People by role of the runbook', ['Role', 'E-mail', 'Name', 'Telephone', 'Hours'], rows, {
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

function escalationSection({ escalation, launch }: StageConfig): Section {
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

function incidentsSection({ stage }: StageConfig): Section {
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

function alarmsSection({ pack: { config }, commands }: PackInput): Section {
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

function missingSection({ missing: absent, config }: SupportPack): Section {
  const rows = absent.map(({ path, edit }): Text[] => [{ code: path }, edit]);
  const file = `config/${config.stage}.ts`;
  return {
    id: 'missing',
    title: 'Still to be supplied',
    blocks: [
      rows.length === 0
        ? paragraph(`Nothing: ${file} has all that this page shows.`)
        : table(`Absent in ${file}, or still an example`, ['Where', 'What to put there'], rows, { empty: 'nothing' }),
    ],
  };
}
