import type { StageInput } from '../../lib/config/schema';

/** The least that a team must write, without example values. */
export const minimal: StageInput = {
  stage: 'production',
  account: '210987654321',
  region: 'eu-central-1',
  tags: { owner: 'payments', costCenter: '4711' },
  organization: { objectLockMode: 'GOVERNANCE' },
  payca: { baseUrl: 'https://api.payca.io', profile: 'tenant-balance' },
  webhook: {
    domainName: 'webhooks.acme-pay.eu',
    certificateArn: 'arn:aws:acm:eu-central-1:210987654321:certificate/5f0c1a52-8f0e-4d5a-9d3e-0f6a3f1b2c4d',
    dns: 'manual',
    allowList: { ipv4: ['52.28.0.0/24'] },
    expectedPeakPerSecond: 50,
    waf: { enabled: true },
  },
  retentionDays: {
    webhooks: 90,
    ledgerExports: 2555,
    auditLogs: 400,
    evidence: 2555,
    applicationLogs: 90,
    personalData: 90,
  },
  traffic: { expectedFrom: '2027-01-11T09:00:00Z' },
  monitoring: {
    balanceThresholds: { EUR: '25000.00' },
    expectedDeclinePercent: 8,
    runbooksUrl: 'https://git.acme-pay.eu/payca-golive/docs/runbooks',
    contacts: {
      next: { name: 'Engineering lead', reach: '+49 30 1234567' },
      payca: { hotline: '+372 600 1234', email: 'emergency@payca.io' },
    },
  },
};

/** `minimal` as a sandbox beside it. */
export const minimalSandbox: StageInput = change({
  stage: 'sandbox',
  'webhook.domainName': 'webhooks.sandbox.acme-pay.eu',
  'payca.baseUrl': 'https://api.sandbox.payca.io',
});

/**
 * `minimal` with values replaced by path (`webhook.allowList.ipv4.0`); `undefined` takes a key out. Values are of any type,
 * because people write any.
 */
export function change(changes: Readonly<Record<string, unknown>>): StageInput {
  const stage = structuredClone(minimal);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<object>((at, key) => {
      const next: unknown = Reflect.get(at, key);
      if (Object(next) !== next) throw new Error(`${path}: the stage has no ${key}`);
      return Object(next);
    }, stage);
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else Reflect.set(parent, last, value);
  }
  return stage;
}
