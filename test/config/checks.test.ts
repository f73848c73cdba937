import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stages } from '../../config';
import { dateFindings, exampleFindings } from '../../lib/config/checks';
import { parseStages } from '../../lib/config/schema';
import { authority } from '../../rehearsal/certificates';
import { change, minimal, minimalSandbox } from './stage';

const root = mkdtempSync(join(tmpdir(), 'checks-'));
const told = (changes: Record<string, unknown>, date: string) =>
  parseStages([change(changes)], root).flatMap((config) =>
    dateFindings(config, new Date(date), root).map(({ severity, path, id, message }) => [severity, path, id, message]),
  );

describe('an exception for any address', () => {
  const allowList = { any: true, reason: 'ranges not yet known', owner: 'Jo Doe', expires: '2027-01-31' };
  const open = { ...minimalSandbox, webhook: { ...minimalSandbox.webhook, allowList } };
  const at = (date: string) => told({ stage: 'sandbox', webhook: open.webhook, payca: open.payca }, date);

  test('is nothing to tell more than 30 days before its last day ends', () => {
    expect(at('2027-01-01T23:59:59Z')).toEqual([]);
  });

  test.each([
    ['2027-01-02T00:00:00Z', 'in 30 days'],
    ['2027-01-30T00:00:00Z', 'in 2 days'],
    ['2027-01-30T12:00:00Z', 'in 1 day'],
    ['2027-01-31T23:59:59Z', 'in less than a day'],
  ])('at %s ends %s', (date, when) => {
    expect(at(date)).toEqual([
      [
        'warning',
        'webhook.allowList.expires',
        'allow-list-exception-expiring',
        `ends the exception for any address with 2027-01-31, ${when}: list PayCA's ranges, or have Jo Doe renew it`,
      ],
    ]);
  });

  test('is an error once its last day is over', () => {
    expect(at('2027-02-01T00:00:00Z')).toEqual([
      [
        'error',
        'webhook.allowList.expires',
        'allow-list-exception-expired',
        "ended the exception for any address with 2027-01-31: list PayCA's ranges, or have Jo Doe renew it",
      ],
    ]);
  });
});

describe('a certificate of the truststore', () => {
  const at = async (date: string, ...validity: { from: string; to: string }[]) => {
    const made = await Promise.all(validity.map((dates, index) => authority(`CA ${index + 1}`, dates)));
    writeFileSync(join(root, 'ca.pem'), made.map(({ pem }) => pem).join(''));
    return told({ 'webhook.mutualTls': { truststore: 'ca.pem' } }, date);
  };
  const path = 'webhook.mutualTls.truststore';
  const first = { from: '2026-01-01', to: '2027-01-01' };

  test('is nothing to tell more than 60 days before its end', async () => {
    expect(await at('2026-11-01T23:59:59Z', first)).toEqual([]);
  });

  test('is told of from 60 days before its end', async () => {
    expect(await at('2026-11-02T00:00:00Z', first)).toEqual([
      [
        'warning',
        path,
        'truststore-certificate-expiring',
        'holds certificate 1 (CN=CA 1), which expires at 2027-01-01T00:00:00.000Z, in 60 days: ask PayCA for the certificate that follows it',
      ],
    ]);
  });

  test('is an error once it has expired, also beside a good one', async () => {
    expect(await at('2027-01-01T00:00:00Z', first, { from: '2026-06-01', to: '2028-06-01' })).toEqual([
      [
        'error',
        path,
        'truststore-certificate-expired',
        'holds certificate 1 (CN=CA 1), expired since 2027-01-01T00:00:00.000Z: ask PayCA for the certificate that follows it',
      ],
    ]);
  });

  test.each([
    ['an error when it is alone', [], 'error'],
    ['a warning beside one that is valid', [first], 'warning'],
  ])('ahead of its time is %s', async (_, others, severity) => {
    const early = { from: '2026-10-01', to: '2030-01-01' };
    const findings = await at('2026-09-01T00:00:00Z', early, ...others);
    expect(findings).toEqual([
      [
        severity,
        path,
        'truststore-certificate-not-yet-valid',
        'holds certificate 1 (CN=CA 1), not valid before 2026-10-01T00:00:00.000Z: keep the certificate that it follows until then',
      ],
    ]);
  });
});

test('no date makes a synth fail: what expired is found by config check alone', async () => {
  const { pem } = await authority('Old', { from: '2019-01-01', to: '2020-01-01' });
  writeFileSync(join(root, 'old.pem'), pem);
  expect(() => parseStages([change({ 'webhook.mutualTls': { truststore: 'old.pem' } })], root)).not.toThrow();
});

describe('example values', () => {
  const findings = (changes: Record<string, unknown>) =>
    parseStages([change(changes)]).flatMap((config) => exampleFindings(config, 'warning'));

  test('the config of the repository has them in every stage, the allow-list by its own name', () => {
    for (const config of parseStages(stages)) {
      const ids = exampleFindings(config, 'warning').map(({ path, id }) => [path, id]);
      expect(ids).toContainEqual(['webhook.allowList', 'allow-list-not-supplied']);
      expect(ids).toContainEqual(['account', 'example-value']);
    }
  });

  test('a supplied config has none', () => {
    expect(parseStages([minimal, minimalSandbox]).flatMap((config) => exampleFindings(config, 'error'))).toEqual([]);
  });

  test('an allow-list that has one documentation range is not supplied', () => {
    expect(
      findings({ 'webhook.allowList': { ipv4: ['52.28.0.0/24', '203.0.113.0/25'], ipv6: ['2001:db8::/48'] } }),
    ).toEqual([
      {
        id: 'allow-list-not-supplied',
        severity: 'warning',
        stage: 'production',
        path: 'webhook.allowList',
        message:
          "is not supplied, still the example 203.0.113.0/25, 2001:db8::/48; put here PayCA's source ranges for this environment: ask PayCA support, they are not published",
      },
    ]);
  });

  test.each<[string, unknown]>([
    ['payca.baseUrl', 'https://api.payca.example/v1'],
    ['webhook.domainName', 'webhooks.example.com'],
    ['tags.owner', 'team@example.org'],
    ['organization.permissionsBoundary', 'arn:aws:iam::aws:policy/000000000000'],
    [
      'webhook.certificateArn',
      'arn:aws:acm:eu-central-1:210987654321:certificate/00000000-0000-0000-0000-000000000000',
    ],
  ])('%s = %s is an example', (path, value) => {
    expect(findings({ [path]: value }).map((finding) => [finding.id, finding.path])).toEqual([['example-value', path]]);
  });

  test('so is one deep inside', () => {
    const alarmTopics = { page: 'arn:aws:sns:eu-central-1:123456789012:page' };
    const [finding] = findings({ 'organization.alarmTopics': alarmTopics });
    expect(finding?.path).toBe('organization.alarmTopics.page');
    expect(finding?.message).toBe(
      `is not supplied, still the example ${alarmTopics.page}; put here the value of your organization`,
    );
  });

  test.each(['https://api.example-pay.com', 'https://example.company.com'])('%s is none', (baseUrl) => {
    expect(findings({ 'payca.baseUrl': baseUrl })).toEqual([]);
  });
});
