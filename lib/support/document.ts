import type { StageConfig } from '../config/schema';
import {
  type Block,
  badge,
  heading,
  type LaunchDocument,
  moment,
  paragraph,
  type Section,
  type Text,
  table,
  withCode,
} from '../launch/document/model';
import { alarmsSection, contactsSection, escalationSection, incidentsSection, type PackInput } from './alert-sections';
import type { SupportPack } from './pack';

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
