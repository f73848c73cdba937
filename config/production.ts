import type { StageInput } from '../lib/config/schema';

/** Values with example accounts, names and ranges synthesise and are refused at deploy: see `npm run golive -- config check`. */
export const production: StageInput = {
  stage: 'production',
  // An account of its own is recommended: quotas, keys and mistakes of the sandbox stay out of it.
  account: '111122223333',
  region: 'eu-central-1',
  tags: { owner: 'payments@example.com', costCenter: 'payca-production' },
  organization: {
    // GOVERNANCE: a few named people can still shorten a retention. COMPLIANCE: nobody can, AWS included, and the records
    // are paid for until the last day. Ask compliance before you change it: there is no way back.
    objectLockMode: 'GOVERNANCE',
    // Also here, where your organization asks for them: permissionsBoundary, rolePath, bootstrapQualifier, vpc, alarmTopics.
  },
  payca: {
    // PayCA publishes no production URL: your account manager hands it over.
    baseUrl: 'https://api.payca.example',
    // tenant-balance: money is prefunded to the tenant and moved to users. master-account: cards are funded directly.
    // Where your tenant differs, set `balances`, `fundsMovement`, `webhookTypes` and the like one by one.
    profile: 'tenant-balance',
    timeoutSeconds: 10,
    rateLimitPerSecond: 5,
  },
  webhook: {
    domainName: 'webhooks.payca.example.com',
    // Issue it in the account and region above before the first deploy.
    certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000',
    // Or { zoneId, zoneName }, with roleArn when the zone is in another account.
    dns: 'manual',
    // Ask PayCA support for the ranges: they are not published. These are documentation ranges, which nobody has.
    allowList: { ipv4: ['192.0.2.0/24', '198.51.100.0/25'], ipv6: ['2001:db8:100::/48'] },
    // If compliance asks for client certificates: mutualTls: { truststore: 'certificates/payca-ca.pem' }.
    tlsPolicy: 'TLS_1_2',
    // Throttling is ten times this; a WAF rate rule may not be lower than that.
    expectedPeakPerSecond: 50,
    waf: { enabled: true },
  },
  // Roles with which a pipeline deploys without stored keys: pipelines: { github: { repository: 'example-org/payca-golive',
  // environment: 'production', provider: 'create' } }, or gitlab; how to set them up: docs/pipelines.md.
  // After a deploy what is free is tested, and a fault undoes the deploy. A card, a transfer and a topup of 1.00 are tested at
  // the launch and on demand (golive smoke --all), once accounts and caps are named here: docs/smoke.md.
  smoke: { onDeploy: 'free', onFailure: 'rollback' },
  // PayCA gives no periods: these are the ones to confirm with compliance.
  retentionDays: {
    webhooks: 90,
    ledgerExports: 2555,
    auditLogs: 400,
    evidence: 2555,
    applicationLogs: 90,
    personalData: 90,
  },
  // From here on missing webhooks are an alarm: set it to the hour of the launch.
  traffic: { expectedFrom: '2027-01-11T09:00:00Z' },
  migration: {
    // What treasury wires before the first authorization; checked against what PayCA says is available.
    prefunding: {
      EUR: { required: '50000.00', wireReference: 'example-wire-eur', expectedArrival: '2027-01-07' },
      USD: { required: '50000.00', wireReference: 'example-wire-usd', expectedArrival: '2027-01-07' },
    },
  },
  monitoring: {
    // Below these a page goes out. Texts, because money is never a floating-point number. Treasury knows the amounts.
    balanceThresholds: { EUR: '25000.00', USD: '25000.00' },
    // What is usual for your cards; take it from the pilot. The alarm is for one and a half times as many declines.
    expectedDeclinePercent: 8,
    rateLimitedPer5Minutes: 10,
    silenceMinutes: 30,
    // Log groups of your own services that call PayCA: its error codes are counted there too.
    teamLogGroups: [],
    runbooksUrl: 'https://github.example.com/payments/payca-golive/blob/main/docs/runbooks',
    contacts: {
      next: { name: 'Engineering lead', reach: '+44 1632 960002' },
      payca: { hotline: '+44 1632 960001', email: 'emergency@payca.example' },
    },
  },
  // A secret for each key of a third party; put them with: npm run golive -- secrets put <name>
  thirdPartySecrets: ['pagerduty', 'slack', 'jira'],
  // Logs and metrics on a log platform too, see docs/shipping.md: shipping: { destination: { kind: 'datadog',
  // site: 'datadoghq.eu' }, secret: 'log-platform' }.
  escalation: {
    // Whom an alarm reaches: all channels of its severity at once. docs/escalation.md sets each of them up.
    channels: [
      // Passes a page on when nobody answers; the others cannot.
      { name: 'on-call', kind: 'pagerduty', severities: ['page'], region: 'eu', secret: 'pagerduty' },
      { name: 'mail', kind: 'sns', severities: ['page', 'ticket'], emails: ['payments@example.com'] },
      { name: 'chat', kind: 'https', template: 'slack', severities: ['page', 'ticket'], secret: 'slack' },
      {
        name: 'tickets',
        kind: 'https',
        template: 'jira',
        severities: ['ticket', 'low'],
        url: 'https://jira.example.com',
        user: 'payca-golive@example.com',
        project: 'PAY',
        secret: 'jira',
      },
    ],
    // Told when a channel does not get through.
    fallbackEmails: ['engineering@example.com'],
  },
  // The stack Launch: on while a launch is prepared, run and looked back at.
  launch: {
    enabled: true,
    zone: 'Europe/Berlin',
    // Who is told ahead of each step of the day, by the runbook's roles.
    owners: {
      Engineering: ['engineering@example.com'],
      DevOps: ['engineering@example.com'],
      Ops: ['ops@example.com'],
      Treasury: ['treasury@example.com'],
      CX: ['support@example.com'],
      'Programme lead': ['launch@example.com'],
    },
    // How long a person has to answer when a step did not pass; then a page goes out.
    answerMinutes: 60,
    // These channels hear every alarm, whatever its severity, from T until 48 hours later.
    warRoom: ['on-call', 'chat'],
    // Where the sandbox may differ; anything else that differs at T-24h stops the launch until somebody approves.
    expectedDifferences: [
      'stage',
      'account',
      'tags',
      'organization.objectLockMode',
      'organization.vpc',
      'payca.baseUrl',
      'webhook.domainName',
      'webhook.certificateArn',
      'webhook.allowList',
      'webhook.expectedPeakPerSecond',
      'retentionDays',
      'traffic',
      'smoke',
      'migration',
      'thirdPartySecrets',
      'migration.prefunding',
      'monitoring.balanceThresholds',
      'monitoring.expectedDeclinePercent',
      'escalation',
      'launch',
      'support',
    ],
    // What an hour of the first 48 should bring; what is outside is told as such.
    hourlyFigures: {
      authorizations: { atLeast: 1, atMost: 100_000 },
      settlements: { atLeast: 0, atMost: 100_000 },
      declines: { atLeast: 0, atMost: 5_000 },
    },
  },
  // How PayCA's statement is written, as the account manager explains it, and whose day the first one is: docs/reconciliation.md.
  reconciliation: {
    statement: { records: { column: 'record', fee: 'fee', opening: 'opening balance', closing: 'closing balance' } },
    firstDay: { zone: 'Europe/Berlin', cutOff: '00:00' },
    timingWindowHours: 72,
  },
  // What the support pack is filled in with: docs/support/README.md.
  support: {
    company: 'example-company',
    card: 'example-card',
    contact: '+44 1632 960010',
    statusPage: 'status.example.com',
    // PayCA documents no reasons for declines: your account manager hands them over. { reason: '51', means: 'The balance does not
    // cover the amount', say: 'Please check the balance.', do: 'Look at the balance with the customer.' }
    declineReasons: [],
  },
};
