import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CONTRACT_CODES } from '../../../lambda/payca/api';
import { LogMetrics } from '../../../lib/monitoring/log-metrics';
import { matchesFilter } from '../../../rehearsal/filter-pattern';
import { configOf } from './alarms/alarms-in-stack';

interface Filter {
  readonly FilterPattern: string;
  readonly LogGroupName: unknown;
  readonly MetricTransformations: readonly { MetricName: string; MetricNamespace: string; DefaultValue?: number }[];
}

function filters(teamLogGroups: readonly string[] = []): Filter[] {
  const stack = new Stack(new App(), 'Service');
  const { monitoring, ...config } = configOf('production');
  new LogMetrics(stack, 'LogMetrics', {
    config: { ...config, monitoring: { ...monitoring, teamLogGroups } },
    accessLog: new LogGroup(stack, 'AccessLog'),
  });
  const found = Template.fromStack(stack).findResources('AWS::Logs::MetricFilter');
  return Object.values(found).map(({ Properties }) => Properties);
}

const accessLog = filters();

/** The metrics that count a line of the access log. */
function countedIn(fields: Readonly<Record<string, string>>): string[] {
  const line = JSON.stringify({
    domain: 'webhooks.payca.example.com',
    method: 'POST',
    path: '/webhooks',
    responseType: '-',
    ...fields,
  });
  return accessLog
    .filter(({ FilterPattern }) => matchesFilter(FilterPattern, line))
    .map(({ MetricTransformations }) => MetricTransformations[0]?.MetricName ?? '');
}

test.each([
  ['accepted', { status: '204' }, ['Deliveries']],
  ['accepted with 200', { status: '200' }, ['Deliveries']],
  ['a bad signature', { status: '401' }, ['Deliveries', 'DeliveriesFailed']],
  ['not stored', { status: '500' }, ['Deliveries', 'DeliveriesFailed']],
  ['a crash at start', { status: '502', responseType: 'INTEGRATION_FAILURE' }, ['Deliveries', 'DeliveriesFailed']],
  ['a time-out', { status: '504', responseType: 'INTEGRATION_TIMEOUT' }, ['Deliveries', 'DeliveriesFailed']],
  ['throttled', { status: '429', responseType: 'THROTTLED' }, ['Deliveries', 'DeliveriesFailed']],
  ['too large', { status: '413', responseType: 'REQUEST_TOO_LARGE' }, ['Deliveries', 'DeliveriesFailed']],
  ['refused by policy', { status: '403', responseType: 'ACCESS_DENIED' }, ['DeliveriesRefused']],
  ['refused by WAF', { status: '403', responseType: 'WAF_FILTERED' }, ['DeliveriesRefused']],
  ['a scanner, refused', { status: '403', responseType: 'WAF_FILTERED', method: 'GET', path: '/.env' }, []],
  ['the default endpoint', { status: '403', domain: 'a1.execute-api.eu-central-1.amazonaws.com' }, []],
] as const)('%s counts as it must', (_, fields, expected) => {
  expect(countedIn(fields)).toEqual(expected);
});

test('a minute with lines but no failure is a zero, in a namespace of the stage', () => {
  for (const { MetricTransformations } of accessLog) {
    expect(MetricTransformations).toMatchObject([
      { MetricNamespace: 'PayCA/GoLive/payca-production', DefaultValue: 0 },
    ]);
  }
});

test("every code of PayCA's is counted in each log group of the team, however its lines look", () => {
  const groups = ['/aws/lambda/cards', '/ecs/wallet'];
  const team = filters(groups).filter(({ LogGroupName }) => groups.includes(String(LogGroupName)));
  expect(team).toHaveLength(CONTRACT_CODES.length * groups.length);
  const lines = ['{"level":"error","error":{"code":"ErrRateLimited"}}', '2027-01-11 WARN payca: ErrRateLimited (429)'];
  for (const line of lines) {
    const names = team
      .filter(({ FilterPattern }) => matchesFilter(FilterPattern, line))
      .map(({ MetricTransformations }) => MetricTransformations[0]?.MetricName);
    expect(names).toEqual(groups.map(() => 'TeamErrors.ErrRateLimited'));
  }
});
