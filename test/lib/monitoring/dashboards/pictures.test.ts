import { dashboardPictures } from '../../../../lib/monitoring/dashboards/pictures';
import { Recording, type Sample } from '../../../../lib/monitoring/evaluation/metric-samples';
import { templates } from '../../synth';

const MINUTE = 60_000;
const START = Date.parse('2026-12-01T09:00:00.000Z');
const SPAN = { from: START, to: START + 15 * MINUTE };
const sample = (metric: string, minute: number, value: number, dimensions: Record<string, string> = {}): Sample => ({
  namespace: 'N',
  metric,
  dimensions,
  timestamp: START + minute * MINUTE,
  value,
});
const body = (properties: object) => JSON.stringify({ widgets: [{ type: 'text' }, { type: 'metric', properties }] });
const draw = (properties: object, samples: readonly Sample[]) =>
  dashboardPictures(body(properties), new Recording(samples), SPAN)[0];
const values = (picture: ReturnType<typeof draw>) =>
  picture?.chart?.panels.map(({ series }) =>
    series.map(({ label, points }) => [label, points.map(({ value }) => value)]),
  );

test('a metric is drawn by its own statistic and period, each axis in a panel, thresholds where they belong', () => {
  const picture = draw(
    {
      title: 'Deliveries',
      metrics: [
        ['N', 'Sent', 'Stage', 'production', { stat: 'Sum', label: 'sent' }],
        ['N', 'Age', { stat: 'Maximum', period: 900, yAxis: 'right' }],
      ],
      annotations: { horizontal: [{ label: 'age > 5', value: 5, yAxis: 'right' }] },
    },
    [
      sample('Sent', 1, 2, { Stage: 'production' }),
      sample('Sent', 2, 3, { Stage: 'production' }),
      sample('Sent', 2, 100, { Stage: 'sandbox' }),
      sample('Sent', 11, 4, { Stage: 'production' }),
      sample('Age', 1, 7),
      sample('Age', 2, 6),
    ],
  );
  expect(values(picture)).toEqual([[['sent', [5, undefined, 4]]], [['Age', [7]]]]);
  expect(picture?.chart?.panels.map(({ thresholds }) => thresholds?.map(({ value }) => value))).toEqual([[], [5]]);
});

test('an expression is computed of metrics that are not shown themselves', () => {
  const picture = draw(
    {
      title: 'Rate',
      metrics: [
        [{ expression: '100*f/n', label: 'failed, %' }],
        ['N', 'All', { id: 'n', stat: 'Sum', visible: false }],
        ['N', 'Failed', { id: 'f', stat: 'Sum', visible: false }],
        [{ expression: 'ANOMALY_DETECTION_BAND(n, 3)', label: 'usual' }],
      ],
    },
    [sample('All', 0, 200), sample('Failed', 0, 3), sample('All', 6, 10), sample('Failed', 6, 0)],
  );
  expect(values(picture)).toEqual([[['failed, %', [1.5, 0, undefined]]]]);
});

test('a search draws a line for each metric that has its dimensions and no others', () => {
  const search = `SEARCH('{N,Stage,Type,Currency} MetricName="Events" Stage="production" Type="refund"', 'Sum', 300)`;
  const event = (Currency: string, Type = 'refund', more = {}) =>
    sample('Events', 0, 1, { Stage: 'production', Type, Currency, ...more });
  const picture = draw({ metrics: [[{ expression: search, label: `\${PROP('Dim.Currency')}` }]] }, [
    event('EUR'),
    event('USD'),
    event('GBP', 'settle'),
    event('CHF', 'refund', { Other: 'x' }),
  ]);
  expect(picture?.chart?.panels[0]?.series.map(({ label }) => label)).toEqual(['EUR', 'USD']);
});

test('what was not recorded has no picture', () => {
  expect(draw({ title: 'Nothing', metrics: [['N', 'Sent']] }, [])).toEqual({ title: 'Nothing' });
  expect(() => dashboardPictures('{}', new Recording([]), SPAN)).toThrow('widgets');
});

test.each(['launch', 'operations'])('every graph of the %s dashboard can be drawn', (about) => {
  const [dashboard] = Object.values(
    templates()('Production/Service').findResources('AWS::CloudWatch::Dashboard', {
      Properties: { DashboardName: `payca-production-${about}` },
    }),
  );
  const parts: unknown[] = dashboard?.Properties.DashboardBody['Fn::Join'][1];
  const text = parts.map((part) => (typeof part === 'string' ? part : 'name')).join('');
  const graphs = JSON.parse(text).widgets.filter(({ type }: { type: string }) => type === 'metric');
  expect(dashboardPictures(text, new Recording([]), SPAN)).toHaveLength(graphs.length);
});
