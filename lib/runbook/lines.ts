/** One line of PayCA's go-live runbook, or of a team's own (`X.n`). */
export interface RunbookLine {
  /** Section and place in it: `2.3`. `A` is "Templates & Artifacts"; it has no number in the runbook. */
  readonly id: string;
  /** What must be true, in our words. */
  readonly text: string;
  /** Who answers for it, as the runbook has it where it says so. */
  readonly owner: Role;
  readonly deputy: Role;
  /** `automated`: a deploy, a check or a figure shows it. `attested`: a person signs it off in `config/sign-offs.yaml`. */
  readonly kind: 'automated' | 'attested';
  /** What shows it. */
  readonly evidence: string;
  /** The runbook leaves it to the team: it keeps nobody from a go unless it was tried and failed. */
  readonly optional?: true;
  /** Whether a go waits for it. @default - the runbook's lines decide, the team's own do not */
  readonly decides?: boolean;
  /** The act of the rehearsal that shows it; absent while none does. */
  readonly act?: string;
}

export type Role =
  | 'Engineering'
  | 'DevOps'
  | 'Treasury'
  | 'Ops'
  | 'Analytics'
  | 'Finance'
  | 'CX'
  | 'Compliance'
  | 'Programme lead'
  | 'All';

export const SECTIONS: Readonly<Record<string, string>> = {
  '1': 'Credentials & Access',
  '2': 'Infrastructure',
  '3': 'Data Migration',
  '4': 'Integration Tests',
  '5': 'Monitoring & Alerting',
  '6': 'Support Readiness',
  '7': 'Compliance & Risk',
  '8': 'Launch Day Timeline',
  '9': 'Post-Launch',
  A: 'Templates & Artifacts',
  X: "The team's own",
};

const automated = (
  id: string,
  owner: Role,
  deputy: Role,
  text: string,
  evidence: string,
  act?: string,
): RunbookLine => ({
  id,
  text,
  owner,
  deputy,
  kind: 'automated',
  evidence,
  act,
});

const attested = (
  id: string,
  owner: Role,
  deputy: Role,
  text: string,
  evidence: string,
  act?: string,
): RunbookLine => ({
  id,
  text,
  owner,
  deputy,
  kind: 'attested',
  evidence,
  act,
});

/** Owners that the runbook leaves open are our proposal. */
const LINES: readonly RunbookLine[] = [
  attested(
    '1.1',
    'Engineering',
    'Programme lead',
    'PayCA has issued the production client id and client secret',
    'sign-off with the hand-over ticket',
  ),
  automated(
    '1.2',
    'Engineering',
    'DevOps',
    'The credentials are in a vault under an own key and nowhere in plain text',
    'record of `golive credentials put`; the secret and its key in the template; no trace of a value anywhere',
    'no-trace',
  ),
  automated(
    '1.3',
    'Engineering',
    'DevOps',
    'The sandbox keys have been changed (recommended)',
    'record of `golive credentials put --stage sandbox`',
    'credentials',
  ),
  automated(
    '1.4',
    'DevOps',
    'Engineering',
    "The pipelines use production's variables",
    "parameters of the stage, as `golive env` prints them; the roles' trust in the template of `Account`",
    'operations',
  ),
  automated(
    '2.1',
    'DevOps',
    'Engineering',
    'The production webhook endpoint is up and takes TLS 1.2 or later only',
    'record of `golive endpoint check`',
    'edge',
  ),
  automated(
    '2.2',
    'DevOps',
    'Engineering',
    "Only PayCA's address ranges reach the endpoint",
    'record of `golive endpoint check`; resource policy and WAF in the template',
    'edge',
  ),
  automated(
    '2.3',
    'DevOps',
    'Compliance',
    'Client certificates are asked for where compliance wants them',
    'record of `golive endpoint check`; truststore in the template',
    'edge',
  ),
  automated(
    '2.4',
    'DevOps',
    'Engineering',
    'Logs and metrics reach the observability platform',
    'record of `golive shipping probe`; streams and subscription filters in the template',
    'shipping',
  ),
  automated(
    '3.1',
    'Ops',
    'Finance',
    'The production BIN catalogue is imported; fee tiers, currencies and merchant category limits are confirmed',
    'record of the confirmation, with what differs',
    'bins',
  ),
  automated(
    '3.2',
    'Treasury',
    'Finance',
    'The tenant is prefunded before the first production authorization',
    'record of `golive prefund check --record`',
    'prefund',
  ),
  automated(
    '3.3',
    'Engineering',
    'Ops',
    'First users and cards are loaded; identifiers match across systems (optional dry run)',
    'record of the dry run or the load',
  ),
  automated(
    '3.4',
    'Engineering',
    'DevOps',
    'The production webhook subscriptions are registered and acknowledged',
    'record of `golive subscriptions check`: ids, and the first delivery of each type',
    'subscriptions',
  ),
  automated('4.1', 'Engineering', 'DevOps', 'The health call answers', 'record of the smoke test', 'smoke'),
  automated(
    '4.2',
    'Engineering',
    'DevOps',
    'A user can be created and removed again',
    'record of the smoke test',
    'smoke',
  ),
  automated(
    '4.3',
    'Engineering',
    'DevOps',
    'A test card can be issued and voided',
    'record of the smoke test',
    'smoke',
  ),
  automated(
    '4.4',
    'Engineering',
    'DevOps',
    'A zero-amount authorization passes where the BIN supports one',
    'record of the smoke test',
    'smoke',
  ),
  automated(
    '4.5',
    'Engineering',
    'Treasury',
    'One unit of money moves and shows in ledger and webhook',
    'record of the smoke test',
    'smoke',
  ),
  automated(
    '4.6',
    'Engineering',
    'DevOps',
    'Request and response ids of each smoke test are kept',
    'the records of 4.1 to 4.5, and one of all ids',
    'smoke-faults',
  ),
  automated(
    '5.1',
    'Analytics',
    'DevOps',
    'Dashboards show authorizations, settlements, refunds and fees',
    'dashboards in the template, drawn in the launch document',
    'document',
  ),
  automated(
    '5.2',
    'DevOps',
    'Engineering',
    'More than 1 % of webhooks failing within 5 minutes raises an alert',
    'alarm in the template',
    'alarms',
  ),
  automated(
    '5.3',
    'Treasury',
    'DevOps',
    'A tenant balance under the internal threshold raises an alert',
    'alarm in the template',
    'alarms',
  ),
  automated(
    '5.4',
    'Engineering',
    'DevOps',
    'A spike of ErrRateLimited raises an alert',
    'alarm in the template',
    'alarms',
  ),
  automated(
    '5.5',
    'Analytics',
    'Ops',
    'A card decline rate over the expected baseline raises an alert',
    'alarm in the template',
    'alarms',
  ),
  automated(
    '5.6',
    'DevOps',
    'Ops',
    'Each alert links its runbook page and the way of escalation',
    'texts of the alarms; the pages exist; record of `golive drill`',
    'escalation',
  ),
  attested(
    '6.1',
    'CX',
    'Ops',
    'First-line agents know the common PayCA error codes',
    'sign-off with the training record and the version of the support pack',
    'operations',
  ),
  attested(
    '6.2',
    'CX',
    'Ops',
    "The escalation matrix has PayCA's hotline and e-mail, day and night",
    'sign-off with the matrix, or record of `golive support-pack --record`',
    'operations',
  ),
  attested(
    '6.3',
    'CX',
    'Programme lead',
    'Texts for customers are ready, for declined cards and for an outage',
    'sign-off with the texts, or record of `golive support-pack --record`',
    'operations',
  ),
  attested(
    '6.4',
    'Ops',
    'DevOps',
    'The way of an incident through the tracker has been tried',
    'sign-off with the trial ticket, or record of `golive drill`',
    'escalation',
  ),
  attested(
    '7.1',
    'Compliance',
    'Programme lead',
    'KYC and AML policies are reviewed for production volumes',
    'sign-off with the review',
  ),
  attested(
    '7.2',
    'Compliance',
    'Engineering',
    'Retention of webhooks, ledger exports and audit logs is written down and in force',
    'sign-off with the retention table of the compliance report',
  ),
  attested(
    '7.3',
    'Compliance',
    'Engineering',
    'PCI segmentation is verified where physical cards give access to card numbers',
    'sign-off with the assessment',
  ),
  attested(
    '7.4',
    'Compliance',
    'Ops',
    'Business continuity plans name the dependency on PayCA',
    'sign-off with the plan',
  ),
  automated(
    '8.1',
    'Ops',
    'Engineering',
    'T-24h: the configurations of sandbox and production are compared for the last time',
    'record of the comparison',
    'timeline',
  ),
  automated('8.2', 'Treasury', 'Finance', 'T-12h: the tenant is funded', 'record of the balance', 'timeline'),
  automated(
    '8.3',
    'Engineering',
    'Ops',
    'T-2h: sandbox automation is off, so that nothing is posted twice',
    'record of the switch',
    'timeline',
  ),
  automated(
    '8.4',
    'Engineering',
    'DevOps',
    'T-1h: the last webhook smoke test passes',
    'record of the smoke test',
    'timeline',
  ),
  attested(
    '8.5',
    'All',
    'Programme lead',
    'T: the change window and the war room are open',
    'sign-off with the go decision, or the records of the timeline',
  ),
  attested(
    '8.6',
    'Programme lead',
    'Ops',
    'T+2h: debrief; problems written down; forward or back decided',
    'sign-off with the decision, or the record of the debrief',
  ),
  automated(
    '9.1',
    'Analytics',
    'DevOps',
    'The key figures are watched hourly for the first 48 hours',
    'a record of each hour, by `report-figures`',
    'figures',
  ),
  automated(
    '9.2',
    'Finance',
    'Treasury',
    "The first day's fees agree with PayCA's statement",
    'record of the reconciliation',
    'reconciliation',
  ),
  attested(
    '9.3',
    'CX',
    'Programme lead',
    'Feedback and tickets of customers are gathered',
    'sign-off with the summary, or the record of `golive launch feedback`',
  ),
  attested(
    '9.4',
    'Programme lead',
    'All',
    'A retrospective is set within a week',
    'sign-off with the invitation, or the record of the timeline',
  ),
  automated(
    'A.1',
    'Programme lead',
    'Engineering',
    'The launch document exists and links this runbook',
    'record of `golive launch-document --record`',
    'document',
  ),
  automated(
    'A.2',
    'DevOps',
    'Analytics',
    'The dashboards are at hand',
    'links and pictures in the launch document; record of `golive launch-document --record`',
    'document',
  ),
  automated(
    'A.3',
    'Programme lead',
    'Ops',
    'An incident log is kept through the launch',
    'a record of each entry of `golive incident`',
    'document',
  ),
  attested(
    'A.4',
    'Programme lead',
    'Engineering',
    "PayCA's account manager has confirmed that the launch may begin",
    'sign-off with the confirmation',
  ),
];

/** "recommended", "if mandated" and "optional" in the runbook's words. */
const OPTIONAL = ['1.3', '2.3', '3.3'];

/** Every line of the runbook, in its order. */
export const RUNBOOK: readonly RunbookLine[] = LINES.map((line) =>
  OPTIONAL.includes(line.id) ? { ...line, optional: true } : line,
);
