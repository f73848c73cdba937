import { type ConfigCheckOptions, checkConfig, configReportLines } from '../../cli/config-check';
import { stages } from '../../config';
import type { StageInput } from '../../lib/config/schema';
import { readSignOffs } from '../../lib/runbook/sign-offs';
import { change, minimal, minimalSandbox } from '../config/stage';

const NOW = { asOf: new Date('2026-12-01T08:00:00Z'), deployable: false };
const lines = (inputs: readonly StageInput[], options: Partial<ConfigCheckOptions> = {}) =>
  configReportLines(checkConfig(inputs, { ...NOW, ...options }));

const open = {
  ...minimalSandbox,
  webhook: {
    ...minimalSandbox.webhook,
    allowList: { any: true, reason: 'ranges not yet known', owner: 'Jo Doe', expires: '2026-12-10' } as const,
  },
};
const EXPIRING =
  "  warning  sandbox.webhook.allowList.expires ends the exception for any address with 2026-12-10, in 9 days: list PayCA's ranges, or have Jo Doe renew it [allow-list-exception-expiring]";

test('a config with nothing to report can be deployed', () => {
  const onCall = { name: 'on-call', kind: 'pagerduty', severities: ['page', 'ticket'], secret: 'pagerduty' } as const;
  const told = {
    ...minimal,
    thirdPartySecrets: ['pagerduty'],
    escalation: { channels: [onCall], fallbackEmails: ['it@acme-pay.eu'] },
  };
  expect(lines([told, minimalSandbox])).toEqual([
    'production:',
    '  nothing to report',
    '',
    'sandbox:',
    '  nothing to report',
    '',
    '0 errors, 0 warnings. The config can be deployed.',
  ]);
});

test('every error of every stage is told, with the file to edit', () => {
  const broken = change({ 'retentionDays.evidence': 30, 'webhook.bodyLimitKb': 0 });
  expect(lines([broken, open])).toEqual([
    'production:',
    '  error    production.webhook.bodyLimitKb must be a whole number of KB from 1 to 200, got: 0',
    '  error    production.retentionDays.evidence must be a whole number of days from 365 to 3653, got: 30',
    '',
    'sandbox:',
    EXPIRING,
    '',
    '2 errors, 1 warning. Edit config/production.ts, then run this again.',
  ]);
});

test('what depends on the date is judged by the date that is given', () => {
  expect(lines([open])).toContain(EXPIRING);
  const late = checkConfig([open], { ...NOW, asOf: new Date('2026-12-11T00:00:00Z') });
  expect(late).toMatchObject({
    verdict: 'fail',
    findings: [{ id: 'allow-list-exception-expired', severity: 'error' }],
  });
});

test('example values are warnings that a deploy counts as errors', () => {
  const report = checkConfig(stages, NOW);
  expect(report).toMatchObject({ verdict: 'pass', problems: [] });
  expect(configReportLines(report).at(-1)).toMatch(
    /^0 errors, \d+ warnings\. This synthesises; a deploy is refused until the example values are replaced\.$/,
  );
  const deployed = checkConfig(stages, { ...NOW, deployable: true });
  expect(deployed.verdict).toBe('fail');
  expect(deployed.findings.length).toBe(report.findings.length);
  expect(configReportLines(deployed).at(-1)).toMatch(
    /^\d+ errors, 0 warnings\. Edit config\/production\.ts and config\/sandbox\.ts, then run this again\.$/,
  );
});

test('one stage alone is told with the sign-offs and what belongs to no stage', () => {
  const broken = change({ 'retentionDays.evidence': 30 });
  expect(checkConfig([broken, minimalSandbox], { ...NOW, stage: 'sandbox' })).toMatchObject({
    verdict: 'pass',
    stages: ['sandbox'],
  });
  const signOffs = readSignOffs('signOffs:\n  - { line: "6.2", at: "2026-12-01T09:30:00Z", link: "http://wiki" }\n');
  expect(lines([broken, open], { stage: 'sandbox', signOffs })).toEqual([
    'config/sign-offs.yaml:',
    '  error    config/sign-offs.yaml.signOffs[0].link must be a link beginning with https://, got: http://wiki',
    '',
    'sandbox:',
    EXPIRING,
    '',
    '1 error, 1 warning. Edit config/sign-offs.yaml, then run this again.',
  ]);
  const uncommitted = readSignOffs(
    'signOffs:\n  - { line: "6.2", at: "2026-12-01T09:30:00Z", link: "https://wiki.acme.eu" }\n',
  );
  expect(lines([broken, open], { stage: 'sandbox', signOffs: uncommitted }).slice(0, 2)).toEqual([
    'config/sign-offs.yaml:',
    '  warning  config/sign-offs.yaml.signOffs[0] does not count before a reviewed commit brings it: merged, and in the history of this clone [sign-off-not-committed]',
  ]);
  const misnamed = checkConfig([change({ stage: 'prod' }), minimalSandbox], { ...NOW, stage: 'production' });
  expect(misnamed.problems.map(({ stage, path }) => [stage, path])).toEqual([['prod', 'stage']]);
});
