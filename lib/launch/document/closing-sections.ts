import type { ChainedRecord } from '../../../lambda/payca/evidence-chain';
import { timeInBoth } from '../../../lambda/run-timeline/message';
import { WEBHOOK_PATH } from '../../config/schema';
import { isMissing, type LaunchFacts } from './facts';
import { type LineStatus, lineCells, lineLink, lineStatuses, whyOpen } from './line-status';
import {
  type Block,
  badge,
  heading,
  type Inline,
  list,
  moment,
  paragraph,
  type Section,
  type Text,
  table,
  verdictBadge,
} from './model';

/** Everything that is not done, grouped by who answers for it; nothing that is left out is done by that. */
export function openPoints(facts: LaunchFacts): { readonly owner: string; readonly what: Text }[] {
  const { launch, incidents, evidence } = facts;
  const lines = lineStatuses(facts).lines.filter(({ ready }) => ready.open);
  const questions = isMissing(launch) ? [] : launch.questions;
  const open = isMissing(incidents) ? [] : incidents.filter(({ resolved }) => !resolved);
  return [
    ...evidence.problems.map(({ key, problem }) => ({ owner: 'Compliance', what: `evidence ${key}: ${problem}` })),
    ...questions.map(({ step, deadline }) => ({
      owner: 'Programme lead',
      what: `${step} waits for an answer until ${moment(deadline)}`,
    })),
    ...open.map(({ id, entries }) => ({ owner: 'Ops', what: `${id}: ${entries[0].text}` })),
    ...lines.map((status) => ({ owner: status.line.owner, what: openLine(status) })),
  ];
}

function openLine(status: LineStatus): Text {
  const { line, ready } = status;
  const holds: Inline[] = ready.decides ? [' ', badge('holds back the go', 'bad')] : [];
  return [lineLink(line.id), ` ${line.text}: `, ...[whyOpen(status)].flat(), ...holds];
}

export function openSection(facts: LaunchFacts): Section {
  const points = openPoints(facts);
  const owners = [...new Set(points.map(({ owner }) => owner))].sort((one, other) => one.localeCompare(other));
  return {
    id: 'open',
    title: 'Open points',
    blocks:
      points.length === 0
        ? [paragraph('None: every line is shown or attested, no question waits, no incident is open.')]
        : owners.flatMap((owner): Block[] => {
            const own = points.filter((point) => point.owner === owner);
            return [heading(`${owner}: ${own.length}`), list(own.map(({ what }) => what))];
          }),
  };
}

/** What PayCA's account manager is sent, and what is known of the hand-over of credentials and of the bridge. */
export function paycaSection(facts: LaunchFacts): Section {
  const { lines } = lineStatuses(facts);
  const rows = ['1.1', '1.2', '1.3', 'A.4'].flatMap((id) =>
    lines.filter(({ line }) => line.id === id).map((status): Text[] => [id, status.line.text, ...lineCells(status)]),
  );
  const bridges = facts.signOffs.lines.filter(({ id, text }) => id.startsWith('X.') && /bridge/i.test(text));
  const links = bridges.flatMap(({ id, text }): Text[] => {
    const signed = facts.signOffs.signOffs.find(({ line }) => line === id);
    return signed ? [[`${text}: `, { link: signed.link, text: signed.link }]] : [`${text}: nobody has supplied it`];
  });
  const { payca, next } = facts.config.monitoring.contacts;
  return {
    id: 'payca',
    title: 'For PayCA',
    blocks: [
      paragraph("To PayCA's account manager, to be confirmed before the launch:"),
      { kind: 'letter', text: letter(facts) },
      heading('Credentials and confirmation'),
      table('What was handed over and confirmed', ['Line', 'What must be true', 'Status', 'Date', 'Evidence'], rows, {
        empty: 'no lines',
      }),
      heading('Bridge'),
      list([
        `PayCA's hotline ${payca.hotline}, e-mail ${payca.email}`,
        `Ours: ${next.name}, ${next.reach}`,
        ...(links.length > 0
          ? links
          : ["no bridge link: add it as a line of the team's own (X.1) in config/sign-offs.yaml"]),
      ]),
    ],
  };
}

function letter({ config, launch }: LaunchFacts): string {
  const { programme, stage, webhook, payca, monitoring } = config;
  const when = isMissing(launch) ? 'a time that is not set yet' : timeInBoth(new Date(launch.at), config.launch.zone);
  const clientCertificate = webhook.mutualTls
    ? 'client certificates are asked for'
    : 'no client certificate is asked for';
  return [
    `Launch of ${programme} (${stage}) on ${when}.`,
    '',
    `Webhooks: https://${webhook.domainName}/${WEBHOOK_PATH}, ${webhook.tlsPolicy}, ${clientCertificate}, answered with ${webhook.acknowledge}.`,
    `Peak that we expect: ${webhook.expectedPeakPerSecond} webhooks a second; our calls: at most ${payca.rateLimitPerSecond} a second.`,
    `Reach us day and night: ${monitoring.contacts.next.name}, ${monitoring.contacts.next.reach}.`,
    '',
    'Please confirm:',
    '  1. the launch may begin at that time;',
    '  2. the volumes are approved, and our rate limit is raised where it is below them;',
    '  3. the address ranges from which you call us, so that nothing is refused;',
    '  4. your hotline and e-mail for the launch, and who joins the bridge;',
    '  5. when credentials were last issued to us, and who may ask for new ones.',
  ].join('\n');
}

/** The records that the document names, by the numbers that it gives them, and the manifest that stands for all. */
export function recordsSection({ evidence }: LaunchFacts, cited: readonly string[]): Section {
  const byKey = new Map(evidence.records.map((one) => [one.key, one]));
  const rows = cited.map((key, index) => recordRow(key, index, byKey.get(key)));
  const { newest, problems, unchained, records, manifests } = evidence;
  const state =
    problems.length === 0
      ? `All ${records.length} records of ${manifests.length} runs are what was recorded.`
      : `${problems.length} records or manifests are not what was recorded; they are listed under open points.`;
  const stray = unchained.length > 0 ? ` ${unchained.length} objects are named by no manifest and were not used.` : '';
  return {
    id: 'records',
    title: 'Records',
    blocks: [
      paragraph(`${state}${stray}`),
      table('Records that this document rests on', ['No.', 'Line', 'Verdict', 'By', 'When', 'Key and SHA-256'], rows, {
        empty: 'No record is named in this document.',
        anchors: cited.map((_, index) => `R${index + 1}`),
        widths: [6, 6, 9, 15, 17, 47],
      }),
      newest
        ? paragraph(
            'The newest manifest when this was made, which stands for every record before it: ',
            { code: newest.key },
            ', SHA-256 ',
            { code: newest.sha256 },
            '. To check: ',
            { code: `npm run golive -- evidence verify --manifest ${newest.sha256}` },
          )
        : paragraph('There is no manifest: nothing was recorded.'),
    ],
  };
}

function recordRow(key: string, index: number, found: ChainedRecord | undefined): Text[] {
  const number = `R${index + 1}`;
  if (!found) return [number, '', verdictBadge('missing'), '', '', { code: key }];
  const { line, verdict, actor, time, sha256 } = found.record;
  return [number, line, verdictBadge(verdict), actor, moment(time), [{ code: key }, ' ', { code: sha256 }]];
}
