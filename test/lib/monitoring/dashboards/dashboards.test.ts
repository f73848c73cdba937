import { templates } from '../../synth';
import { configOf } from '../alarms/alarms-in-stack';

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title?: string;
    readonly metrics?: readonly unknown[];
    readonly alarms?: readonly string[];
    readonly annotations?: {
      readonly horizontal?: readonly { readonly value: number; readonly label: string }[];
      readonly vertical?: readonly { readonly value: string; readonly label: string }[];
    };
  };
}

const config = configOf('production');
const synthesised = templates();
const { Resources } = synthesised('Production/Service').toJSON();

/** A token stands in a text as its logical id. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const [name, argument] = Object.entries(value as Record<string, unknown>)[0] ?? [];
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(text).join('');
  return [argument].flat()[0] as string;
}

function dashboard(about: 'launch' | 'operations'): Widget[] {
  const found = Object.values<{ Type: string; Properties: { DashboardName?: string; DashboardBody: unknown } }>(
    Resources,
  ).find(({ Properties }) => Properties.DashboardName === `payca-production-${about}`);
  return JSON.parse(text(found?.Properties.DashboardBody)).widgets;
}

const launch = dashboard('launch');
const operations = dashboard('operations');
const titled = (widgets: readonly Widget[], title: string): Widget['properties'] => {
  const found = widgets.find(({ properties }) => properties.title?.startsWith(title));
  if (!found) throw new Error(`no widget ${title}`);
  return found.properties;
};
const lines = (widgets: readonly Widget[], title: string) =>
  titled(widgets, title).annotations?.horizontal?.map(({ value }) => value);

test.each(['Authorizations', 'Settlements', 'Refunds', 'Fees'])(
  'the launch dashboard shows %s, count and amount by currency',
  (what) => {
    for (const unit of ['count', 'amount']) {
      expect(JSON.stringify(titled(launch, `${what}, ${unit}`).metrics)).toContain("PROP('Dim.Currency')");
    }
  },
);

test.each([
  ['launch', 'Webhook failure rate', 1],
  ['launch', 'Balance, EUR', Number(config.monitoring.balanceThresholds.EUR)],
  ['launch', 'Balance, USD', Number(config.monitoring.balanceThresholds.USD)],
  ['launch', "PayCA's errors", config.monitoring.rateLimitedPer5Minutes],
  ['launch', 'PayCA: answers', 1],
  ['operations', 'Oldest event that the bus does not have', 1200],
  ['operations', 'Age of the credentials', config.credentials.maxAgeDays],
  ['operations', 'Certificates', 30],
] as const)('%s: the threshold in the graph "%s" is the one of the alarm', (about, title, threshold) => {
  expect(lines(about === 'launch' ? launch : operations, title)).toContain(threshold);
});

test.each(['launch', 'operations'] as const)(
  '%s: shows every alarm that people are told of, and no part of one',
  (about) => {
    const widgets = about === 'launch' ? launch : operations;
    const shown = widgets.find(({ type }) => type === 'alarm')?.properties.alarms ?? [];
    const told = Object.entries<{ Type: string; Properties: { AlarmName?: string } }>(Resources)
      .filter(([, { Type, Properties }]) => Type.startsWith('AWS::CloudWatch::') && Properties.AlarmName)
      .filter(([, { Properties }]) => !Properties.AlarmName?.endsWith('-signal'))
      .map(([id]) => id);
    expect([...shown].sort()).toEqual(told.sort());
  },
);

test('the launch window is on every graph of the launch dashboard', () => {
  const graphs = launch.filter(({ type }) => type === 'metric');
  expect(graphs.length).toBeGreaterThan(10);
  for (const { properties } of graphs) {
    expect(properties.annotations?.vertical?.map(({ value }) => value)).toEqual([
      '2027-01-11T09:00:00.000Z',
      '2027-01-11T11:00:00.000Z',
    ]);
  }
});

test('operations see latencies, backlog, keys and what costs', () => {
  const titles = operations.map(({ properties }) => properties.title);
  expect(titles).toEqual(
    expect.arrayContaining([
      'Answer to PayCA, ms',
      'Functions, p99 ms',
      'Events set aside',
      'On the way to the archive',
      'Deliveries by the key that signed them',
      'Requests and invocations an hour',
      'Seconds of functions an hour',
    ]),
  );
});

test("the endpoint's latencies are of this stage's API, also where two stages share an account", () => {
  expect(JSON.stringify(titled(operations, 'Answer to PayCA').metrics)).toContain('"payca-production-webhooks"');
});

test('the Service stack stays far from the limits of CloudFormation', () => {
  for (const stack of ['Production/Service', 'Sandbox/Service'] as const) {
    const template = synthesised(stack).toJSON();
    expect(Object.keys(template.Resources).length).toBeLessThan(400);
    expect(JSON.stringify(template).length).toBeLessThan(800_000);
  }
});
