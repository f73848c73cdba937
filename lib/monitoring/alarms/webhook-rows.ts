import type { StageConfig } from '../../config/schema';
import {
  type AlarmRow,
  counted,
  heartbeat,
  isExpected,
  isTrue,
  orZero,
  own,
  type Places,
  queueMetric,
  tail,
} from './alarm-row';
import { scoreTest, WEBHOOK_FAILURES } from './score-test';

/** One failure alone in an hour would page 1.4 times a month at one webhook an hour and a failure rate of 0.2 %. */
const OUTAGE_FROM = 2;
/** Fewer refusals in an hour are a scanner or a colleague. */
const REFUSALS_FROM = 5;
/** The stream takes seconds and the sweep begins at 10 minutes: an older event was missed by both. */
const UNDISPATCHED_MINUTES = 20;

/** Rows about webhooks, from the edge to the archive. */
export function webhookRows(config: StageConfig, places: Places): AlarmRow[] {
  return [...failures(config, places), ...silence(config, places), ...afterTheInbox(config, places)];
}

function failures(config: StageConfig, { accessLog }: Places): AlarmRow[] {
  const metrics = { n: counted(config, 'Deliveries'), f: counted(config, 'DeliveriesFailed') };
  const failed = '{ ($.status != "2*") && ($.status != "403") }';
  const percent = WEBHOOK_FAILURES.p * 100;
  const shared = { line: '5.2', metrics, missing: 'not-breaching' } as const;
  const rate = {
    ...shared,
    id: 'webhook-failures',
    impact:
      'PayCA gets errors for its webhooks: balances, card states and one-time codes reach customers late or never.',
  } as const;
  return [
    {
      ...rate,
      ...isTrue(scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES })),
      severity: 'page',
      when: `More webhooks failed in 5 minutes than a failure rate of ${percent} % explains.`,
      command: tail(config, accessLog, '10m', failed),
      page: 'webhook-failures.md#first-five-minutes',
      periodMinutes: 5,
    },
    {
      ...rate,
      ...isTrue(scoreTest({ n: 'n', f: 'f', ...WEBHOOK_FAILURES })),
      severity: 'ticket',
      when: `More webhooks failed in an hour than a failure rate of ${percent} % explains: too few at a time to page.`,
      command: tail(config, accessLog, '90m', failed),
      page: 'webhook-failures.md#a-small-excess',
      periodMinutes: 60,
    },
    {
      ...rate,
      expression: orZero('100*f/n'),
      comparison: 'above',
      threshold: percent,
      severity: 'low',
      when: `The runbook's literal ratio: over ${percent} % of the webhooks failed in 5 minutes, be they three or three thousand.`,
      command: tail(config, accessLog, '10m', failed),
      page: 'webhook-failures.md#what-it-means',
      periodMinutes: 5,
    },
    {
      ...shared,
      ...isTrue(orZero(`IF(n >= ${OUTAGE_FROM} AND f >= n, 1, 0)`)),
      id: 'webhook-outage',
      severity: 'page',
      when: `All webhooks of the last hour failed, ${OUTAGE_FROM} or more.`,
      impact: 'No webhook gets in: every card event since then is missing until this is mended and PayCA sends again.',
      command: tail(config, accessLog, '1h', failed),
      page: 'webhook-outage.md#first-five-minutes',
      periodMinutes: 60,
    },
  ];
}

function silence(config: StageConfig, { accessLog }: Places): AlarmRow[] {
  const { silenceMinutes } = config.monitoring;
  const n = counted(config, 'Deliveries');
  return [
    {
      id: 'webhooks-silent',
      severity: 'page',
      line: '3.4',
      when: `Money moved at PayCA, and no webhook came for ${silenceMinutes} minutes.`,
      impact:
        'We do not hear of card events that happen: ledgers and customers see old balances, fraud goes unnoticed.',
      command: tail(config, accessLog, `${silenceMinutes * 2}m`),
      page: 'webhooks-silent.md#first-five-minutes',
      metrics: { moved: own(config, 'LedgerMoved', 'Sum'), n },
      // A movement is noticed up to a look after its webhook, so one alone may belong to a webhook before the window.
      ...isTrue(orZero(`IF(${isExpected(config, 'moved')} AND moved >= 2 AND ${orZero('n')} < 1, 1, 0)`)),
      periodMinutes: silenceMinutes,
      missing: 'not-breaching',
      quietDuring: 'payca-unreachable',
    },
    {
      id: 'edge-refusals',
      // A stranger can raise it at will, so it does not page; when PayCA is refused altogether, `webhooks-silent` does.
      severity: 'ticket',
      line: '2.2',
      when: `More webhooks were refused by address than accepted in an hour, ${REFUSALS_FROM} or more.`,
      impact:
        'PayCA may have changed its addresses: what comes from the new ones is lost until the allow-list has them.',
      command: tail(config, accessLog, '1h', '{ $.status = "403" }'),
      page: 'edge-refusals.md#first-five-minutes',
      metrics: { refused: counted(config, 'DeliveriesRefused'), n, f: counted(config, 'DeliveriesFailed') },
      ...isTrue(orZero(`IF(refused >= ${REFUSALS_FROM} AND refused > n - f, 1, 0)`)),
      periodMinutes: 60,
      missing: 'not-breaching',
    },
  ];
}

function afterTheInbox(config: StageConfig, places: Places): AlarmRow[] {
  const { receiverLog, dispatcherLog, archiverLog, archiveDeadLetters } = places;
  const threshold = UNDISPATCHED_MINUTES * 60;
  return [
    {
      id: 'undispatched-events',
      severity: 'page',
      line: '3.4',
      when: `A stored webhook has waited over ${UNDISPATCHED_MINUTES} minutes for the event bus, or the sweep does not run.`,
      impact: 'Webhooks are safe in the inbox but consumers do not get them: what they show customers is old.',
      command: tail(config, dispatcherLog, '30m', '?WARN ?ERROR ?"Task timed out"'),
      page: 'undispatched-events.md#first-five-minutes',
      metrics: { age: own(config, 'UndispatchedAgeSeconds', 'Maximum') },
      expression: heartbeat(config, 'age', { silence: 2 * threshold, quiet: 0 }),
      comparison: 'above',
      threshold,
      periodMinutes: 15,
      missing: 'breaching',
    },
    {
      id: 'set-aside-events',
      severity: 'page',
      line: '3.4',
      when: 'Webhooks were set aside because the event bus refused them.',
      impact: 'Consumers never get these webhooks unless somebody releases them; all others are dispatched.',
      command: tail(config, dispatcherLog, '1h', '"events set aside"'),
      page: 'set-aside-events.md#first-five-minutes',
      metrics: { events: own(config, 'SetAsideEvents', 'Maximum') },
      expression: 'events',
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      missing: 'ignore',
    },
    {
      id: 'archive-failing',
      severity: 'ticket',
      line: '7.2',
      when: 'Events could not be written to the archive and wait in the dead-letter queue.',
      impact: 'They are missing from the records that retention promises, and the queue forgets them after 14 days.',
      command: tail(config, archiverLog, '3h', '?WARN ?ERROR ?"Task timed out"'),
      page: 'archive-failing.md#first-five-minutes',
      metrics: { messages: queueMetric(archiveDeadLetters, 'ApproximateNumberOfMessagesVisible') },
      expression: 'messages',
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      missing: 'ignore',
    },
    {
      id: 'card-number',
      severity: 'page',
      line: '7.3',
      when: 'A full card number came in a webhook; it was masked before it was stored.',
      impact: 'PayCA sends what it must not send: other systems that get the same data may now be in scope of PCI DSS.',
      command: tail(config, receiverLog, '1h', '{ $.cardNumbers > 0 }'),
      page: 'card-number.md#first-five-minutes',
      metrics: { masked: own(config, 'CardNumberMasked', 'Sum') },
      expression: 'masked',
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      missing: 'not-breaching',
    },
  ];
}
