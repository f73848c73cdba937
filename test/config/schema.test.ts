import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, problemLine } from '../../lib/config/problems';
import { parseStages, readStages, type StageInput } from '../../lib/config/schema';
import { authority } from '../../rehearsal/certificates';
import { change, minimal, minimalSandbox } from './stage';

const root = mkdtempSync(join(tmpdir(), 'config-'));
const problems = (...stages: StageInput[]) => readStages(stages, root).problems.map(problemLine);
const parsed = (changes: Parameters<typeof change>[0] = {}) => parseStages([change(changes)], root)[0];

const LIST = 'production.webhook.allowList';
const V4 = `${LIST}.ipv4`;
const PUBLIC_V4 = 'must be a public IPv4 CIDR';

test('the least that a team must write is taken, beside a sandbox of the same account', () => {
  expect(problems(minimal, minimalSandbox)).toEqual([]);
});

test('what is left out gets its default', () => {
  expect(parsed()).toMatchObject({
    programme: 'payca',
    organization: {
      rolePath: '/',
      bootstrapQualifier: 'hnb659fds',
      alarmTopics: {},
      apiGatewayAccountRole: 'create',
    },
    payca: { timeoutSeconds: 10, rateLimitPerSecond: 5 },
    webhook: { tlsPolicy: 'TLS_1_2', acknowledge: 204, bodyLimitKb: 128, allowList: { ipv6: [] } },
    credentials: { overlapHours: 48 },
  });
});

test.each<[string, Record<string, unknown>, string]>([
  // The allow-list.
  ['private', { 'webhook.allowList.ipv4.0': '10.0.0.0/8' }, `${V4}[0] ${PUBLIC_V4}, got: 10.0.0.0/8 (private)`],
  ['open', { 'webhook.allowList.ipv4.0': '0.0.0.0/0' }, `${V4}[0] ${PUBLIC_V4} of /8 or smaller, got: 0.0.0.0/0`],
  ['malformed', { 'webhook.allowList.ipv4.0': '52.28.0.300/32' }, `${V4}[0] ${PUBLIC_V4}, got: 52.28.0.300/32`],
  ['no text', { 'webhook.allowList.ipv4.0': 52 }, `${V4}[0] ${PUBLIC_V4}, got: 52`],
  [
    'overlapping',
    { 'webhook.allowList.ipv4': ['52.28.0.0/16', '52.28.9.0/24'] },
    `${V4}[1] must not overlap another entry, got: 52.28.9.0/24, which is inside ipv4[0] 52.28.0.0/16`,
  ],
  [
    'an open IPv6 range',
    { 'webhook.allowList.ipv6': ['::/0'] },
    `${LIST}.ipv6[0] must be a public IPv6 CIDR of /16 or smaller, got: ::/0`,
  ],
  [
    'an empty allow-list',
    { 'webhook.allowList': { ipv4: [] } },
    `${LIST} must hold at least one IPv4 or IPv6 CIDR; PayCA's ranges are supplied by PayCA support, got: none`,
  ],
  ['no allow-list', { 'webhook.allowList': undefined }, `${LIST} must be an object with ipv4, ipv6, got: nothing`],
  [
    'any address in production',
    { 'webhook.allowList': { any: true, reason: 'not yet known', owner: 'Engineering', expires: '2027-01-31' } },
    `${LIST}.any must not be used in production: list PayCA's ranges in ipv4 and ipv6, got: true`,
  ],
  // TLS and names.
  [
    'a certificate of another region',
    { 'webhook.certificateArn': 'arn:aws:acm:us-east-1:210987654321:certificate/5f0c1a52' },
    "production.webhook.certificateArn must be in the stage's own account and region, 210987654321 and eu-central-1, got: 210987654321 and us-east-1",
  ],
  [
    'a certificate of another account',
    { 'webhook.certificateArn': 'arn:aws:acm:eu-central-1:109876543210:certificate/5f0c1a52' },
    "production.webhook.certificateArn must be in the stage's own account and region, 210987654321 and eu-central-1, got: 109876543210 and eu-central-1",
  ],
  [
    'an old TLS policy',
    { 'webhook.tlsPolicy': 'TLS_1_0' },
    'production.webhook.tlsPolicy must be one of TLS_1_2, SecurityPolicy_TLS13_1_3_2025_09, SecurityPolicy_TLS13_1_3_FIPS_2025_09, SecurityPolicy_TLS13_1_2_PQ_2025_09, SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09, got: TLS_1_0',
  ],
  [
    'a name outside its zone',
    { 'webhook.dns': { zoneId: 'Z0123456789ABC', zoneName: 'other.org' } },
    'production.webhook.domainName must be in the zone other.org, got: webhooks.acme-pay.eu',
  ],
  [
    'DNS that is neither manual nor a zone',
    { 'webhook.dns': 'route53' },
    'production.webhook.dns must be manual, or an object with zoneId, zoneName, roleArn, got: route53',
  ],
  // Test values in production.
  [
    "PayCA's sandbox",
    { 'payca.baseUrl': 'https://api.sandbox.payca.io' },
    'production.payca.baseUrl must be a production host, without the word sandbox in its name, got: https://api.sandbox.payca.io',
  ],
  [
    'a staging name',
    { 'webhook.domainName': 'webhooks-staging.acme-pay.eu' },
    'production.webhook.domainName must be a production host, without the word staging in its name, got: webhooks-staging.acme-pay.eu',
  ],
  // Retention: audit logs for a year, and what CloudWatch Logs takes.
  [
    'short audit logs',
    { 'retentionDays.auditLogs': 180 },
    'production.retentionDays.auditLogs must be one of 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, got: 180',
  ],
  [
    'days that a log group does not take',
    { 'retentionDays.applicationLogs': 100 },
    'production.retentionDays.applicationLogs must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, got: 100',
  ],
  [
    'short evidence',
    { 'retentionDays.evidence': 364 },
    'production.retentionDays.evidence must be a whole number of days from 365 to 3653, got: 364',
  ],
  [
    'half a day',
    { 'retentionDays.webhooks': 0.5 },
    'production.retentionDays.webhooks must be a whole number of days from 1 to 3653, got: 0.5',
  ],
  // WAF.
  [
    'a rate rule under ten times the peak',
    { 'webhook.waf.rateLimitPer5Minutes': 149_999 },
    'production.webhook.waf.rateLimitPer5Minutes must be at least 150000, ten times the expected peak of 50 a second over 300 seconds, got: 149999',
  ],
  [
    'a rate rule without a WAF',
    { 'webhook.waf': { enabled: false, rateLimitPer5Minutes: 150_000 } },
    'production.webhook.waf.rateLimitPer5Minutes must be left out while waf.enabled is false, got: 150000',
  ],
  // The organization.
  [
    'a boundary of another account',
    { 'organization.permissionsBoundary': 'arn:aws:iam::109876543210:policy/limit' },
    "production.organization.permissionsBoundary must be a policy of the stage's account 210987654321 or of AWS, got: 109876543210",
  ],
  [
    'a topic of another region',
    { 'organization.alarmTopics': { page: 'arn:aws:sns:us-east-1:210987654321:page' } },
    "production.organization.alarmTopics.page must be in the stage's region eu-central-1, got: us-east-1",
  ],
  [
    'a role path without its slash',
    { 'organization.rolePath': '/payca' },
    'production.organization.rolePath must be an IAM path that begins and ends with a slash, got: /payca',
  ],
  [
    'a mode that Object Lock does not have',
    { 'organization.objectLockMode': 'NONE' },
    'production.organization.objectLockMode must be one of GOVERNANCE, COMPLIANCE, got: NONE',
  ],
  // Types, words and keys.
  [
    'an account without quotes',
    { account: 210987654321, 'webhook.certificateArn': minimal.webhook.certificateArn },
    'production.account must be a text of 12 digits in quotes, the id of an AWS account, got: 210987654321',
  ],
  [
    'an unknown key',
    { 'traffic.from': '2027-01-11T09:00:00Z' },
    'production.traffic must have no other keys than expectedFrom, got: from',
  ],
  [
    'an instant without a zone',
    { 'traffic.expectedFrom': '2027-01-11T09:00:00' },
    'production.traffic.expectedFrom must be an instant in UTC such as 2026-12-01T08:00:00Z, got: 2027-01-11T09:00:00',
  ],
  [
    'a missing tag',
    { 'tags.owner': undefined },
    'production.tags.owner must be a tag value: 1 to 256 letters, digits, spaces or _ . : / = + - @, got: nothing',
  ],
  [
    'a tag that AWS keeps for itself',
    { 'tags.aws:team': 'x' },
    'production.tags must have keys of 1 to 128 letters, digits, spaces or _ . : / = + - @, not beginning with aws:, got: aws:team',
  ],
])('%s is refused with a message that says where, what is allowed and what was found', (_, changes, message) => {
  expect(problems(change(changes))).toEqual([message]);
});

test('mutual TLS: its policy and its truststore are judged together', async () => {
  const weak = await authority('Weak', { ca: false });
  writeFileSync(join(root, 'weak.pem'), weak.pem);
  const tlsPolicy = 'SecurityPolicy_TLS13_1_3_2025_09';
  expect(problems(change({ 'webhook.mutualTls': { truststore: 'weak.pem' }, 'webhook.tlsPolicy': tlsPolicy }))).toEqual(
    [
      `production.webhook.tlsPolicy must be TLS_1_2 together with mutualTls, got: ${tlsPolicy}`,
      'production.webhook.mutualTls.truststore must hold only CA certificates, got: certificate 1 (CN=Weak), which is not one',
    ],
  );
  const { pem } = await authority('PayCA');
  writeFileSync(join(root, 'good.pem'), pem);
  expect(problems(change({ 'webhook.mutualTls': { truststore: 'good.pem' } }))).toEqual([]);
});

test.each(['/etc/ca.pem', '../ca.pem', 'certificates/../../ca.pem'])('the truststore %s is outside', (truststore) => {
  expect(problems(change({ 'webhook.mutualTls': { truststore } }))).toEqual([
    `production.webhook.mutualTls.truststore must be a path inside the repository, such as certificates/payca-ca.pem, got: ${truststore}`,
  ]);
});

test('a mistake in one field does not hide what the others say about each other', () => {
  const twoMistakes = { 'webhook.allowList.ipv4': ['nonsense', '52.28.0.0/16', '52.28.1.0/24'], tags: undefined };
  expect(problems(change(twoMistakes))).toEqual([
    'production.tags must be an object with owner, costCenter and any other tags, got: nothing',
    `${V4}[0] ${PUBLIC_V4}, got: nonsense`,
    `${V4}[2] must not overlap another entry, got: 52.28.1.0/24, which is inside ipv4[1] 52.28.0.0/16`,
  ]);
});

test('the problems of every stage, and between stages, are told at once', () => {
  const sandbox = {
    ...minimalSandbox,
    region: 'Frankfurt',
    organization: { ...minimalSandbox.organization, apiGatewayAccountRole: 'existing' as const },
    webhook: { ...minimalSandbox.webhook, domainName: minimal.webhook.domainName },
  };
  const stages = [change({ 'retentionDays.auditLogs': 30 }), sandbox];
  expect(() => parseStages(stages, root)).toThrow(ConfigError);
  expect(problems(...stages)).toEqual([
    expect.stringMatching(/^production\.retentionDays\.auditLogs must be one of 365, .*, got: 30$/),
    'sandbox.region must be an AWS region such as eu-central-1, got: Frankfurt',
    'sandbox.webhook.domainName must differ from the one of production, got: webhooks.acme-pay.eu',
  ]);
  expect(problems(minimal, { ...sandbox, region: minimal.region })).toContain(
    'sandbox.organization.apiGatewayAccountRole must be create as in production, which has the same account and region, got: existing',
  );
});

test('what is no stage, repeats a stage, or is nothing at all', () => {
  expect(problems()).toEqual(['config must have at least one stage, got: none']);
  expect(problems(minimal, minimal)).toEqual([
    'production.stage must be given once, got: production again',
    'production.webhook.domainName must differ from the one of production, got: webhooks.acme-pay.eu',
  ]);
  expect(problems(change({ stage: 'prod' }))).toEqual(['prod.stage must be one of production, sandbox, got: prod']);
  expect(problems(null as never)[0]).toMatch(/^stage must be an object with stage, account, .*, got: null$/);
});

test('a sandbox may take any address for a reason, an owner and a time', () => {
  const allowList = { any: true, reason: 'ranges not yet known', owner: 'Engineering', expires: '2027-01-31' } as const;
  const sandbox = { ...minimalSandbox, webhook: { ...minimalSandbox.webhook, allowList } };
  expect(problems(sandbox)).toEqual([]);
  const wrong = { any: true, reason: 'why not', owner: '', expires: '2027-02-30' } as const;
  expect(problems({ ...sandbox, webhook: { ...sandbox.webhook, allowList: wrong } })).toEqual([
    'sandbox.webhook.allowList.reason must be a reason of at least 10 characters, got: why not',
    'sandbox.webhook.allowList.owner must be the person or team who answers for it, got: ""',
    'sandbox.webhook.allowList.expires must be a date that exists, as YYYY-MM-DD, got: "2027-02-30"',
  ]);
});

test('a sandbox is never locked so that nobody can unlock it', () => {
  const organization = { objectLockMode: 'COMPLIANCE' } as const;
  expect(problems({ ...minimalSandbox, organization })).toEqual([
    'sandbox.organization.objectLockMode must be GOVERNANCE in the sandbox: nobody could delete its test records before their day, got: COMPLIANCE',
  ]);
  expect(problems({ ...minimal, organization })).toEqual([]);
});

test('a message never shows what may be a secret', () => {
  const secret = '9f4c2c1e-7a57-4a55-9d1e-0a0b7b1f7c11';
  const told = problems(
    change({ 'payca.baseUrl': secret, 'payca.clientSecret': secret, 'webhook.domainName': `https://u:${secret}@h` }),
  ).join('\n');
  expect(told).toContain('got: a text of 36 characters that may be a secret (not shown)');
  expect(told).not.toContain(secret);
});

test('IPv6 ranges are kept in one spelling', () => {
  expect(parsed({ 'webhook.allowList.ipv6': ['2A05:D014:0::/48'] })?.webhook.allowList).toEqual({
    ipv4: ['52.28.0.0/24'],
    ipv6: ['2a05:d014::/48'],
  });
});
