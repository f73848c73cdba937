import { problemLine } from '../../lib/config/problems';
import { parseStages, readStages } from '../../lib/config/schema';
import { secretMember } from '../../lib/config/shipping';
import { change, minimal } from './stage';

const DATADOG = { kind: 'datadog', site: 'datadoghq.eu' };
const stage = (shipping: unknown, more: Readonly<Record<string, unknown>> = {}) =>
  change({ thirdPartySecrets: ['log-platform', 'slack'], shipping, ...more });
const problems = (...given: Parameters<typeof stage>) => readStages([stage(...given)]).problems.map(problemLine);

test('nothing is shipped unless the section is there', () => {
  expect(parseStages([minimal])[0]?.shipping).toBeUndefined();
});

test.each([
  [DATADOG, DATADOG],
  [
    { kind: 'splunk', hecUrl: 'https://hec.acme-pay.eu:443' },
    { kind: 'splunk', hecUrl: 'https://hec.acme-pay.eu:443', acknowledgeSeconds: 300 },
  ],
  [
    { kind: 'https', url: 'https://logs.acme-pay.eu/in' },
    { kind: 'https', url: 'https://logs.acme-pay.eu/in', metricsFormat: 'json' },
  ],
])('%j is read, with logs and metrics on', (destination, read) => {
  const [config] = parseStages([stage({ destination, secret: 'log-platform' })]);
  expect(config?.shipping).toEqual({ destination: read, secret: 'log-platform', logs: true, metrics: true });
});

test.each<[string, unknown, string[]]>([
  [
    'an unknown kind',
    { destination: { kind: 'syslog' }, secret: 'log-platform' },
    ['production.shipping.destination.kind must be datadog, splunk or https, got: syslog'],
  ],
  [
    'every mistake at once',
    { destination: { kind: 'splunk', hecUrl: 'http://hec', acknowledgeSeconds: 60 }, secret: 'log-platform' },
    [
      'production.shipping.destination.hecUrl must be an https URL without a query, credentials or a closing slash, got: http://hec',
      'production.shipping.destination.acknowledgeSeconds must be a whole number of seconds from 180 to 600, got: 60',
    ],
  ],
  [
    'an unknown site',
    { destination: { kind: 'datadog', site: 'datadog.eu' }, secret: 'log-platform' },
    [
      'production.shipping.destination.site must be one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, datadoghq.eu, ap1.datadoghq.com, ddog-gov.com, got: datadog.eu',
    ],
  ],
  [
    'metrics where Datadog takes none',
    { destination: { kind: 'datadog', site: 'us3.datadoghq.com' }, secret: 'log-platform' },
    [
      'production.shipping.metrics must be false for us3.datadoghq.com: Datadog takes no metric streams there, got: true',
    ],
  ],
  [
    'neither logs nor metrics',
    { destination: DATADOG, secret: 'log-platform', logs: false, metrics: false },
    ['production.shipping.metrics must be true where logs is false: leave shipping out to send nothing, got: false'],
  ],
  [
    'a secret that is not named',
    { destination: DATADOG, secret: 'datadog' },
    ['production.shipping.secret must be one of thirdPartySecrets (log-platform, slack), got: datadog'],
  ],
])('%s is refused', (_, shipping, expected) => {
  expect(problems(shipping)).toEqual(expected);
});

test('a secret of a channel is refused: Firehose reads another form of it', () => {
  const channels = [{ name: 'chat', kind: 'https', template: 'slack', severities: ['page'], secret: 'slack' }];
  expect(problems({ destination: DATADOG, secret: 'slack' }, { escalation: { channels } })).toEqual([
    'production.shipping.secret must not be the secret of escalation.channels[0]: Firehose needs one of its own, got: slack',
  ]);
});

test('the member of the secret is what Firehose looks for', () => {
  expect(secretMember({ kind: 'splunk' })).toBe('hec_token');
  expect(secretMember({ kind: 'datadog' })).toBe('api_key');
  expect(secretMember({ kind: 'https' })).toBe('api_key');
});
