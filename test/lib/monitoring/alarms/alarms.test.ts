import type { StageInput } from '../../../../lib/config/schema';
import { alarmTable } from '../../../../lib/monitoring/alarms/alarm-table';
import { RUNBOOK } from '../../../../lib/runbook/lines';
import { matchesFilter } from '../../../../rehearsal/filter-pattern';
import { type AlarmProperties, alarmResources, configOf, everyRow, PLACES } from './alarms-in-stack';

const STAGES = ['production', 'sandbox'] as const;
const alarms = Object.fromEntries(STAGES.map((stage) => [stage, alarmResources(configOf(stage))]));
const named = (stage: (typeof STAGES)[number], row: string): AlarmProperties => {
  const found = alarms[stage]?.find(({ properties }) => properties.AlarmName === `payca-${stage}-${row}`);
  if (!found) throw new Error(`no alarm ${row} in ${stage}`);
  return found.properties;
};
const told = (stage: (typeof STAGES)[number]) =>
  (alarms[stage] ?? []).map(({ properties }) => properties).filter(({ AlarmName }) => !AlarmName.endsWith('-signal'));

const ROWS = [
  'alarm-delivery-failing-on-call-page',
  'archive-failing-ticket',
  'balance-low-eur-page',
  'balance-low-usd-page',
  'balance-unknown-page',
  'bin-import-failed-ticket',
  'card-number-page',
  'certificate-expiry-page',
  'certificate-expiry-ticket',
  'credentials-missing-page',
  'credentials-old-ticket',
  'decline-rate-low',
  'decline-rate-ticket',
  'edge-refusals-ticket',
  'launch-step-failed-page',
  'launch-unanswered-page',
  'launch-work-overdue-page',
  'payca-unreachable-page',
  'previous-key-late-page',
  'promotion-failed-ticket',
  'rate-limited-page',
  'reconciliation-failed-ticket',
  'set-aside-events-page',
  'shipping-delivery-failing-ticket',
  'smoke-failed-ticket',
  'smoke-not-run-ticket',
  'smoke-not-undone-page',
  'subscriptions-changed-ticket',
  'subscriptions-unconfirmed-ticket',
  'undispatched-events-page',
  'webhook-failures-low',
  'webhook-failures-page',
  'webhook-failures-ticket',
  'webhook-outage-page',
  'webhooks-silent-page',
];

test.each(STAGES)('%s: the names are stable: a changed one is a new alarm, without history', (stage) => {
  const names = told(stage).map(({ AlarmName }) => AlarmName);
  expect(names.sort()).toEqual(ROWS.map((row) => `payca-${stage}-${row}`));
});

describe.each(STAGES)("%s: the runbook's four alarms, with the runbook's numbers", (stage) => {
  const { monitoring } = configOf(stage);
  const sumOver = (Period: number, ...ids: string[]) =>
    ids.map((Id) => expect.objectContaining({ Id, MetricStat: expect.objectContaining({ Period, Stat: 'Sum' }) }));

  test('webhook failure rate > 1 % in 5 minutes: literally, as a page, and over an hour', () => {
    expect(named(stage, 'webhook-failures-low')).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 1,
      Metrics: [{ Expression: 'FILL(100*f/n, 0)' }, ...sumOver(300, 'n', 'f')],
    });
    const test = expect.stringMatching(/f > 0\.01\*n \+ [\d.]+\*\(0\.01\*\(1-0\.01\)\*n\)\^0\.5/);
    expect(named(stage, 'webhook-failures-page').Metrics).toMatchObject([
      { Expression: test },
      ...sumOver(300, 'n', 'f'),
    ]);
    expect(named(stage, 'webhook-failures-ticket').Metrics).toMatchObject([
      { Expression: test },
      ...sumOver(3600, 'n', 'f'),
    ]);
  });

  test('balance under the threshold, one for each currency', () => {
    const thresholds = Object.entries(monitoring.balanceThresholds);
    expect(told(stage).filter(({ AlarmName }) => AlarmName.includes('-balance-low-'))).toHaveLength(thresholds.length);
    for (const [currency, amount] of thresholds) {
      expect(named(stage, `balance-low-${currency.toLowerCase()}-page`)).toMatchObject({
        MetricName: 'BalanceAvailable',
        Dimensions: expect.arrayContaining([{ Name: 'Currency', Value: currency }]),
        ComparisonOperator: 'LessThanThreshold',
        Threshold: Number(amount),
      });
    }
  });

  test('spike of ErrRateLimited', () => {
    expect(named(stage, 'rate-limited-signal')).toMatchObject({
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: monitoring.rateLimitedPer5Minutes,
      Metrics: [{ Expression: 'FILL(own, 0)' }, ...sumOver(300, 'own')],
    });
    expect(JSON.stringify(named(stage, 'rate-limited-signal').Metrics)).toContain(
      '{"Name":"Code","Value":"ErrRateLimited"}',
    );
  });

  test('decline rate over 1.5 times the expected baseline, with a second opinion', () => {
    const p = Number(((1.5 * monitoring.expectedDeclinePercent) / 100).toFixed(6));
    expect(named(stage, 'decline-rate-signal').Metrics).toMatchObject([
      { Expression: expect.stringContaining(`FILL(declined, 0) > ${p}*(FILL(approved, 0) + FILL(declined, 0))`) },
      ...sumOver(900, 'approved', 'declined'),
    ]);
    expect(named(stage, 'decline-rate-low')).toMatchObject({
      ComparisonOperator: 'GreaterThanUpperThreshold',
      Metrics: expect.arrayContaining([
        expect.objectContaining({ Expression: expect.stringMatching(/^ANOMALY_DETECTION_BAND\(\w+, 3\)$/) }),
      ]),
    });
  });
});

test('smoke tests stay out of the decline rate: their cards have another value of the dimension', () => {
  const [, ...metrics] = named('production', 'decline-rate-signal').Metrics as { MetricStat: object }[];
  for (const { MetricStat } of metrics) {
    expect(MetricStat).toMatchObject({
      Metric: { Dimensions: expect.arrayContaining([{ Name: 'Cards', Value: 'customers' }]) },
    });
  }
});

test("the team's services count for the spike too, once their log groups are named", () => {
  const config = configOf('production', (input) => ({
    ...input,
    monitoring: { ...input.monitoring, teamLogGroups: ['/aws/lambda/cards'] },
  }));
  const signal = alarmResources(config).find(({ properties }) => properties.AlarmName.endsWith('rate-limited-signal'));
  expect(signal?.properties.Metrics).toMatchObject([
    { Expression: 'FILL(own, 0) + FILL(team, 0)' },
    { Id: 'own' },
    { Id: 'team', MetricStat: { Metric: { MetricName: 'TeamErrors.ErrRateLimited' } } },
  ]);
});

test('missing data is decided for each kind: counts and rates are good, heartbeats bad, levels as they were', () => {
  const names: Record<string, string[]> = {};
  for (const { type, properties } of alarms.production ?? []) {
    if (type !== 'AWS::CloudWatch::Alarm') continue;
    const decision = String(properties.TreatMissingData);
    names[decision] = [...(names[decision] ?? []), properties.AlarmName.replace('payca-production-', '')].sort();
  }
  expect(names).toEqual({
    breaching: ['balance-unknown-signal', 'undispatched-events-page'],
    ignore: [
      'archive-failing-ticket',
      'balance-low-eur-page',
      'balance-low-usd-page',
      'certificate-expiry-page',
      'certificate-expiry-ticket',
      'credentials-missing-page',
      'credentials-old-ticket',
      'set-aside-events-page',
      'smoke-failed-ticket',
      'smoke-not-run-signal',
      'smoke-not-undone-signal',
      'subscriptions-changed-ticket',
      'subscriptions-unconfirmed-ticket',
    ],
    notBreaching: [
      'alarm-delivery-failing-on-call-page',
      'bin-import-failed-ticket',
      'card-number-page',
      'decline-rate-low',
      'decline-rate-signal',
      'edge-refusals-ticket',
      'launch-step-failed-page',
      'launch-unanswered-page',
      'launch-work-overdue-page',
      'payca-unreachable-page',
      'previous-key-late-page',
      'promotion-failed-signal',
      'rate-limited-signal',
      'reconciliation-failed-ticket',
      'shipping-delivery-failing-ticket',
      'webhook-failures-low',
      'webhook-failures-page',
      'webhook-failures-ticket',
      'webhook-outage-page',
      'webhooks-silent-signal',
    ],
  });
});

test('the truststore is watched where clients show certificates, as a ticket a month before and a page a week before', () => {
  const rows = everyRow().filter(({ id }) => id === 'truststore-expiry');
  expect(rows.map(({ severity, comparison, threshold }) => [severity, comparison, threshold])).toEqual([
    ['ticket', 'below', 30],
    ['page', 'below', 7],
  ]);
  expect(ROWS.filter((row) => row.startsWith('truststore'))).toEqual([]);
});

describe('actions', () => {
  const topic = (name: string) => `arn:aws:sns:eu-central-1:111122223333:${name}`;
  const withTopics = (input: StageInput): StageInput => ({
    ...input,
    organization: { ...input.organization, alarmTopics: { page: topic('page'), ticket: topic('ticket') } },
  });

  test('none of their own, but those of topics that the organization has, by severity', () => {
    expect(told('production').filter(({ AlarmActions }) => AlarmActions)).toEqual([]);
    for (const { properties } of alarmResources(configOf('production', withTopics))) {
      const severity = /-(page|ticket)$/.exec(properties.AlarmName)?.[1];
      const actions = severity ? [topic(severity)] : undefined;
      expect([properties.AlarmName, properties.AlarmActions, properties.OKActions]).toEqual([
        properties.AlarmName,
        actions,
        actions,
      ]);
    }
  });

  test("the sandbox's alarms exist and page nobody", () => {
    const silent = alarmResources(configOf('sandbox', withTopics)).map(({ properties }) => properties);
    expect(silent).toHaveLength(alarms.sandbox?.length ?? 0);
    expect(silent.filter(({ ActionsEnabled, AlarmActions }) => ActionsEnabled || AlarmActions)).toEqual([]);
    expect(told('production').every(({ ActionsEnabled }) => ActionsEnabled)).toBe(true);
  });
});

describe('the alarms that undo a deploy', () => {
  test.each(STAGES)('%s: those of the default are alarms on metrics, which CloudFormation takes', (stage) => {
    const { rollback, programme } = configOf(stage);
    const metricAlarms = (alarms[stage] ?? []).filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
    const names = metricAlarms.map(({ properties }) => properties.AlarmName);
    expect(rollback.alarms).not.toEqual([]);
    for (const alarm of rollback.alarms) expect(names).toContain(`${programme}-${stage}-${alarm}`);
  });

  test('a name that no alarm has is refused, with the names that there are', () => {
    const rollback = { alarms: ['webhook-failures-page', 'webhook-failure-rate-page'] };
    const watching = configOf('production', (input) => ({ ...input, rollback }));
    expect(() => alarmResources(watching)).toThrow(
      /^production\.rollback\.alarms\[1\] must be one of .*webhook-failures-page.*, got: webhook-failure-rate-page$/,
    );
  });
});

describe('texts', () => {
  const config = configOf('production');
  const rows = alarmTable(config, PLACES);
  const { contacts, runbooksUrl } = config.monitoring;

  test.each(rows.map((row) => [`${row.id}-${row.severity}`, row] as const))(
    '%s: command first, then impact, links and people',
    (name, row) => {
      const lines = named('production', name).AlarmDescription.split('\n');
      expect(lines[0]).toBe(row.command);
      expect(row.command).toMatch(/^(aws|curl) /);
      expect(lines[1]).toBe(`Impact: ${row.impact}`);
      expect(row.impact.length).toBeGreaterThan(40);
      expect(row.when).toMatch(/\.$/);
      expect(lines).toEqual(
        expect.arrayContaining([
          `Runbook: ${runbooksUrl}/${row.page}`,
          expect.stringMatching(/^Dashboard: https:\/\/eu-central-1\.console.*payca-production-operations$/),
          `Next: ${contacts.next.name}, ${contacts.next.reach}`,
          `PayCA: ${contacts.payca.hotline}, ${contacts.payca.email}`,
        ]),
      );
      expect(RUNBOOK.map(({ id }) => id)).toContain(row.line);
    },
  );

  test.each(rows.flatMap((row) => /--filter-pattern '(.*)'$/.exec(row.command)?.[1] ?? []))(
    'the filter pattern %s is understood',
    (pattern) => {
      expect(matchesFilter(pattern, '{}')).toBe(false);
    },
  );

  test('the longest that the config allows still fits in 1,024 characters', () => {
    const longest = configOf('production', (input) => ({
      ...input,
      region: 'ap-southeast-1',
      programme: 'a'.repeat(21),
      webhook: {
        ...input.webhook,
        certificateArn: input.webhook.certificateArn.replace('eu-central-1', 'ap-southeast-1'),
        mutualTls: undefined,
      },
      monitoring: {
        ...input.monitoring,
        teamLogGroups: [`/aws/lambda/${'x'.repeat(188)}`],
        runbooksUrl: `https://git.example.com/${'x'.repeat(96)}`,
        contacts: {
          next: { name: 'x'.repeat(40), reach: 'x'.repeat(60) },
          payca: { hotline: `+1${'1'.repeat(25)}`, email: `${'x'.repeat(49)}@example.io` },
        },
      },
    }));
    const resources = alarmResources(longest).map(({ properties }) => properties);
    expect(resources.filter(({ AlarmDescription }) => AlarmDescription.length > 1024)).toEqual([]);
    expect(resources.filter(({ AlarmName }) => AlarmName.length > 255)).toEqual([]);
  });
});
