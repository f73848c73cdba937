import type { StageInput } from '../lib/config/schema';

/** Values with example accounts, names and ranges synthesise and are refused at deploy: see `npm run golive -- config check`. */
export const sandbox: StageInput = {
  stage: 'sandbox',
  // May be production's account: the names of the stacks differ by stage.
  account: '444455556666',
  region: 'eu-central-1',
  tags: { owner: 'payments@example.com', costCenter: 'payca-sandbox' },
  organization: { objectLockMode: 'GOVERNANCE' },
  payca: {
    baseUrl: 'https://api.sandbox.payca.io',
    // The same as production, or the sandbox proves nothing about it.
    profile: 'tenant-balance',
    timeoutSeconds: 10,
    rateLimitPerSecond: 5,
  },
  webhook: {
    domainName: 'webhooks.sandbox.payca.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:444455556666:certificate/00000000-0000-0000-0000-000000000000',
    dns: 'manual',
    // While PayCA's ranges are not known, the sandbox alone may take any address, for a reason and for a time:
    // { any: true, reason: '...', owner: '...', expires: 'YYYY-MM-DD' }.
    allowList: { ipv4: ['203.0.113.0/24'], ipv6: ['2001:db8:200::/48'] },
    tlsPolicy: 'TLS_1_2',
    expectedPeakPerSecond: 10,
    waf: { enabled: true },
  },
  retentionDays: {
    webhooks: 30,
    ledgerExports: 90,
    auditLogs: 365,
    evidence: 365,
    applicationLogs: 30,
    personalData: 30,
  },
  traffic: { expectedFrom: '2026-12-01T09:00:00Z' },
  // The same alarms as in production, so that they are known before they matter; here they page nobody.
  monitoring: {
    balanceThresholds: { EUR: '500.00', USD: '500.00' },
    expectedDeclinePercent: 20,
    runbooksUrl: 'https://github.example.com/payments/payca-golive/blob/main/docs/runbooks',
    contacts: {
      next: { name: 'Engineering lead', reach: '+44 1632 960002' },
      payca: { hotline: '+44 1632 960001', email: 'emergency@payca.example' },
    },
  },
  // The sandbox pages nobody.
  escalation: {
    channels: [{ name: 'mail', kind: 'sns', severities: ['page', 'ticket', 'low'], emails: ['payments@example.com'] }],
    fallbackEmails: ['engineering@example.com'],
  },
  launch: {
    enabled: true,
    // What posts by itself here: production's launch switches it off two hours before T, and a rollback on again.
    automation: {
      rules: ['sandbox-card-traffic'],
      schedules: [{ name: 'nightly-top-up', roleArn: 'arn:aws:iam::444455556666:role/sandbox-schedules' }],
    },
  },
};
