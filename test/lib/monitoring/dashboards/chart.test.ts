import fc from 'fast-check';
import { type Chart, renderChart } from '../../../../lib/monitoring/dashboards/chart';
import { niceSteps, numberLabel, timeSteps } from '../../../../lib/monitoring/dashboards/chart-axis';

const MINUTE = 60_000;
const START = Date.parse('2026-11-26T21:00:00Z');

const chart = (change: Partial<Chart> = {}): Chart => ({
  title: 'Webhooks',
  description: 'One alarm.',
  from: START,
  to: START + 240 * MINUTE,
  panels: [
    {
      unit: 'webhooks in 5 minutes',
      series: [
        { label: 'failed', points: [0, 60, 120, 180, 240].map((at) => ({ at: START + at * MINUTE, value: at })) },
      ],
    },
  ],
  ...change,
});

const onePanel = (points: (number | undefined)[], style?: 'line' | 'step' | 'limit') =>
  renderChart(
    chart({
      panels: [
        {
          unit: '',
          series: [{ label: '', style, points: points.map((value, i) => ({ at: START + i * 60 * MINUTE, value })) }],
        },
      ],
    }),
  );
const paths = (svg: string) => [...svg.matchAll(/ d="([^"]+)"/g)].map(([, d]) => d);

test('has a title and a description for people who do not see it', () => {
  const svg = renderChart(chart());
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^>]*role="img"/);
  expect(svg).toContain('<title>Webhooks</title>\n<desc>One alarm.</desc>');
  expect(svg).toContain('>webhooks in 5 minutes</text>');
});

test('the same chart is the same text', () => {
  expect(renderChart(chart())).toBe(renderChart(chart()));
});

test('all texts are escaped, and what XML does not take is left out', () => {
  const text = `<b>&"'\u0000\u0007`;
  const svg = renderChart(
    chart({
      title: text,
      description: text,
      panels: [{ unit: text, series: [{ label: text, points: [] }], thresholds: [{ label: text, value: 1 }] }],
      shaded: { label: text, intervals: [] },
    }),
  );
  expect(svg.split('&lt;b&gt;&amp;&quot;&#39;<').length - 1).toBe(7);
  expect(svg).not.toContain('<b>');
});

test('lines join points and steps hold them; a missing point is a gap, a lone one a dot', () => {
  expect(paths(onePanel([0, 2, 0]))).toEqual(['M76 276L291 86L506 276']);
  expect(paths(onePanel([0, 2, 0], 'step'))).toEqual(['M76 276H291V86H506V276']);
  const gap = onePanel([0, 1, undefined, 2, undefined]);
  expect(paths(gap)).toEqual(['M76 276L291 181']);
  expect(gap.match(/<circle/g)).toHaveLength(1);
});

test('thresholds and changing limits are dashed in the same colour and stand in the legend', () => {
  const svg = renderChart(
    chart({
      panels: [
        {
          unit: 'EUR',
          series: [{ label: 'fires from', style: 'limit', points: chart().panels[0]?.series[0]?.points ?? [] }],
          thresholds: [{ label: 'alarm below 100', value: 100 }],
        },
      ],
    }),
  );
  expect(svg.match(/stroke="#c81e1e"[^>]*stroke-dasharray="6 4"/g)).toHaveLength(4);
  expect(svg).toContain('>alarm below 100</text>');
});

test('a threshold above all values is inside the panel', () => {
  const svg = renderChart(chart({ panels: [{ unit: '', series: [], thresholds: [{ label: 'limit', value: 730 }] }] }));
  expect(svg).toContain('>800</text>');
});

test('shaded intervals are cut to the chart, and the shortest can be seen, in every panel', () => {
  const [panel] = chart().panels;
  const svg = renderChart(
    chart({
      panels: panel ? [panel, panel] : [],
      shaded: {
        label: 'in ALARM',
        intervals: [
          { from: START - MINUTE, to: START + 60 * MINUTE },
          { from: START + 120 * MINUTE, to: START + 120 * MINUTE },
        ],
      },
    }),
  );
  const shades = [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="190"/g)];
  expect(shades.map(([, x, width]) => `${x} ${width}`)).toEqual(['76 215', '506 2', '76 215', '506 2']);
});

test('a month of minutes is drawn with a few points for each column of pixels, extremes kept', () => {
  const points = Array.from({ length: 43_200 }, (_, i) => ({
    at: START + i * MINUTE,
    value: i === 20_000 ? 1000 : i % 7,
  }));
  const svg = renderChart(
    chart({ to: START + 43_200 * MINUTE, panels: [{ unit: '', series: [{ label: '', points }] }] }),
  );
  expect(svg.length).toBeLessThan(80_000);
  expect(svg).toMatch(/[ML][\d.]+ 86[LHV"]/);
});

test('every series has its own colour, in its panel and in the legend', () => {
  const series = ['a', 'b'].map((label) => ({ label, points: chart().panels[0]?.series[0]?.points ?? [] }));
  const svg = renderChart(chart({ panels: series.map((one) => ({ unit: '', series: [one] })) }));
  expect(svg.match(/stroke="#0072b2"/g)).toHaveLength(2);
  expect(svg.match(/stroke="#b35900"/g)).toHaveLength(2);
});

test('steps of an axis are round, rise evenly and hold all values', () => {
  const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      fc.pre(high - low > 1e-6 * Math.max(1, Math.abs(high), Math.abs(low)));
      const steps = niceSteps(low, high);
      expect(steps[0]).toBeLessThanOrEqual(low + (high - low) * 1e-6);
      expect(steps.at(-1)).toBeGreaterThanOrEqual(high - (high - low) * 1e-6);
      expect(steps.length).toBeGreaterThanOrEqual(4);
      expect(steps.length).toBeLessThanOrEqual(8);
    }),
  );
});

test.each<[number, number, number[]]>([
  [0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0, 20, [0, 5, 10, 15, 20]],
  [0, 0.3, [0, 0.1, 0.2, 0.3]],
  [-3, 7, [-4, -2, 0, 2, 4, 6, 8]],
])('steps from %d to %d', (low, high, expected) => {
  expect(niceSteps(low, high)).toEqual(expected);
});

test.each<[number, string]>([
  [0, '0'],
  [0.3, '0.3'],
  [9999, '9999'],
  [12_500, '12.5k'],
  [-1_200_000, '-1.2M'],
  [3e9, '3G'],
])('%d is written %s', (value, expected) => {
  expect(numberLabel(value)).toBe(expected);
});

test.each<[number, string[], string]>([
  [10, ['21:00', '21:02', '21:04', '21:06', '21:08', '21:10'], '26 Nov 2026, UTC'],
  [360, ['21:00', '22:00', '23:00', '27 Nov', '01:00', '02:00', '03:00'], '26 Nov 2026 to 27 Nov 2026, UTC'],
  [7200, ['27 Nov', '28 Nov', '29 Nov', '30 Nov', '1 Dec'], '26 Nov 2026 to 1 Dec 2026, UTC'],
])('marks of %d minutes', (length, labels, caption) => {
  const found = timeSteps(START, START + length * MINUTE);
  expect(found.marks.map(({ label }) => label)).toEqual(labels);
  expect(found.caption).toBe(caption);
});
