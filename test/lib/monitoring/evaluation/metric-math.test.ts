import fc from 'fast-check';
import { evaluateMetricMath, NotEvaluated, type Points } from '../../../../lib/monitoring/evaluation/metric-math';
import { MetricMathError, parseMetricMath } from '../../../../lib/monitoring/evaluation/metric-math-parser';

/** Thursday, 26 November 2026, 09:55 UTC, and every five minutes from there. */
const START = Date.parse('2026-11-26T09:55:00Z') / 1000;
const _ = undefined;

function evaluate(expression: string, metrics: Record<string, Points>, others: Record<string, string> = {}): Points {
  const length = Math.max(1, ...Object.values(metrics).map((points) => points.length));
  return evaluateMetricMath('result', {
    times: Array.from({ length }, (_, index) => START + index * 300),
    period: 300,
    metrics: new Map(Object.entries(metrics)),
    expressions: new Map(
      Object.entries({ ...others, result: expression }).map(([id, text]) => [id, parseMetricMath(text)]),
    ),
  });
}

// The examples of the documentation's page "Using math expressions with CloudWatch metrics".
const metric1 = [30, 20, 0, 0];
const metric2 = [20, _, 20, _];
const condition = [1, 1, 0, 0, _];
const whenTrue = [30, _, 0, 0, 30];
const whenFalse = [0, 0, 20, _, 20];

test.each<[string, Record<string, Points>, Points]>([
  ['metric1 < metric2', { metric1, metric2 }, [0, 0, 1, 0]],
  ['metric1 >= 30', { metric1 }, [1, 0, 0, 0]],
  ['metric1 > 15 AND metric2 > 15', { metric1, metric2 }, [1, 0, 0, 0]],
  ['metric1 > 15 && metric2 > 15', { metric1, metric2 }, [1, 0, 0, 0]],
  ['IF(m1, m2, m3)', { m1: condition, m2: whenTrue, m3: whenFalse }, [30, 0, 20, _, _]],
  ['IF(m1, 5, m3)', { m1: condition, m3: whenFalse }, [5, 5, 20, _, _]],
  ['IF(m1, m2, 5)', { m1: condition, m2: whenTrue }, [30, 0, 5, 5, _]],
  ['IF(m1, m2)', { m1: condition, m2: whenTrue }, [30, 0, _, _, _]],
  ['IF(0, m2, m3)', { m2: whenTrue, m3: whenFalse }, whenFalse],
  ['IF(m1 < 400, 10, 2)', { m1: [399, 400, _] }, [10, 2, _]],
])('as documented: %s', (expression, metrics, expected) => {
  expect(evaluate(expression, metrics)).toEqual(expected);
});

test.each<[string, Points, Points, Points]>([
  ['m1 + m2', [1, _, 3, _], [10, 20, _, _], [11, 20, 3, _]],
  ['m1 - m2', [1, _, 3, _], [10, 20, _, _], [-9, -20, 3, _]],
  ['m1 * m2', [1, _, 3, _], [10, 20, _, _], [10, 0, 0, _]],
  ['m1 / m2', [1, _, 3, _, 8], [10, 20, _, _, 0], [0.1, 0, _, _, _]],
  ['m1 OR m2', [1, _, 0, _], [0, 5, _, _], [1, 1, 0, _]],
])('between two series a missing point is 0, and dividing by 0 drops the point: %s', (expression, m1, m2, expected) => {
  expect(evaluate(expression, { m1, m2 })).toEqual(expected);
});

test.each<[string, number]>([
  ['1 + 2 * 3 ^ 2', 19],
  ['(1 + 2) * 3', 9],
  ['2 ^ 3 ^ 2', 512],
  ['-2 ^ 2', -4],
  ['2 ^ -1', 0.5],
  ['8 - 4 - 2', 2],
  ['8 / 4 / 2', 1],
  ['2 - -3', 5],
  ['1 + 1 == 2', 1],
  ['0.01 * 1e3 + .5', 10.5],
  ['PERIOD(m1) / 60', 5],
  ['(1 > 2) || (3 > 2)', 1],
])('precedence and numbers: %s', (expression, expected) => {
  expect(evaluate(`m1 * 0 + (${expression})`, { m1: [1] })).toEqual([expected]);
});

test.each<[string, Points, Points]>([
  ['FILL(m1, 0)', [_, 2, _, 4], [0, 2, 0, 4]],
  ['FILL(m1, REPEAT)', [_, 2, _, _, 4, _], [_, 2, 2, 2, 4, 4]],
  ['FILL(m1, LINEAR)', [_, 2, _, _, 8, _], [_, 2, 4, 6, 8, _]],
  ['FILL(m1, EPOCH(m1) * 0 + 7)', [_, 2], [7, 2]],
  ['FILL(m1, MIN(m1))', [5, _, 3], [5, 3, 3]],
  ['m1 - AVG(m1)', [2, _, 4], [0, _, 2]],
  ['m1 / SUM(m1)', [1, _, 3], [0.25, _, 0.75]],
  ['m1 / MAX(m1)', [_, _], [_, _]],
  ['DIFF(m1)', [1, _, 4, 9], [_, _, 3, 5]],
  ['RATE(m1)', [0, _, 600, 1200], [_, _, 1, 2]],
  ['ABS(CEIL(m1) - FLOOR(m1))', [1.5, -2, _], [1, 0, _]],
  ['LOG10(m1)', [100, 0, -1, _], [2, _, _, _]],
  ['TIME_SERIES(5)', [_, 1], [5, 5]],
  ['-m1', [1, _], [-1, _]],
])('functions of one series: %s', (expression, m1, expected) => {
  const points = evaluate(expression, { m1 });
  expect(points).toEqual(expected);
});

test.each<[string, number]>([
  ['MINUTE(m1)', 55],
  ['HOUR(m1)', 9],
  ['DAY(m1)', 4],
  ['DATE(m1)', 26],
  ['MONTH(m1)', 11],
  ['YEAR(m1)', 2026],
  ['EPOCH(m1)', START],
])('%s is of the start of the period in UTC, also where a point is missing', (expression, first) => {
  expect(evaluate(expression, { m1: [_, 1] })[0]).toBe(first);
});

test('the week begins on Monday and ends on Sunday', () => {
  const monday = Date.parse('2026-11-23T00:00:00Z') / 1000;
  const days = evaluateMetricMath('e', {
    times: Array.from({ length: 7 }, (_, day) => monday + day * 86_400),
    period: 86_400,
    metrics: new Map([['m1', [1, 1, 1, 1, 1, 1, 1]]]),
    expressions: new Map([['e', parseMetricMath('DAY(m1)')]]),
  });
  expect(days).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test.each<[string, Points]>([
  ['SUM(METRICS())', [1111, 10, _]],
  ['SUM(METRICS("error"))', [11, 10, _]],
  ['SUM([METRICS("error"), other])', [1011, 10, _]],
  ['MAX(METRICS())', [1000, 10, _]],
  ['MIN(METRICS())', [1, 10, _]],
  ['AVG(METRICS("error"))', [5.5, 5, _]],
  ['SUM(METRICS("error") * 2)', [22, 20, _]],
  ['SUM(100 / [errors4xx, errors5xx])', [110, 10, _]],
  ['SUM(FILL(METRICS("error"), 1))', [11, 11, 2]],
])('arrays of series: %s', (expression, expected) => {
  const metrics = { errors4xx: [1, _, _], errors5xx: [10, 10, _], requests: [100, _, _], other: [1000, _, _] };
  expect(evaluate(expression, metrics)).toEqual(expected);
});

test('expressions may name each other, and METRICS() leaves them out', () => {
  expect(evaluate('rate * 2 + SUM(METRICS())', { f: [1], n: [4] }, { rate: 'f / n' })).toEqual([5.5]);
});

test.each<[string, string]>([
  ['SQRT(m1)', 'the function SQRT is not known'],
  ['toString(m1)', 'the function toString is not known'],
  ['m2 + 1', 'no metric or expression has the id m2'],
  ['5', 'result must be one time series, got the number 5'],
  ['METRICS()', 'result must be one time series, got an array of 1 time series'],
  ['SUM(m1)', 'result must be one time series, got the number 1'],
  ['METRICS() + METRICS()', 'an operator cannot stand between two arrays of time series'],
  ['IF(METRICS(), 1, 0)', 'IF takes numbers and single time series, got an array'],
  ['IF(0, m1)', 'IF with a false number needs a third argument'],
  ['IF(m1)', 'IF takes 2 to 3 arguments, got 1'],
  ['ABS(1)', 'ABS needs a time series, got the number 1'],
  ['ABS(m1, m1)', 'ABS takes 1 arguments, got 2'],
  ['FILL(m1)', 'FILL takes 2 arguments, got 1'],
  ['FILL(m1, ZERO)', 'FILL takes a number, a time series, REPEAT or LINEAR, got ZERO'],
  ['PERIOD(rate)', 'PERIOD takes the id of a metric'],
  ['TIME_SERIES(m1)', 'TIME_SERIES needs a number, got a time series'],
  ['METRICS(m1)', 'METRICS takes a text that ids contain'],
  ['REPEAT + m1', 'REPEAT is not a value'],
  ['result + 1', 'expressions name each other: result -> result'],
])('%s is an error that says why', (expression, message) => {
  expect(() => evaluate(expression, { m1: [1] }, { rate: 'm1' })).toThrow(new MetricMathError(message));
});

test.each<[string, string]>([
  ['m1 > 1 AND m1 < 5 OR m1 == 9', 'AND and OR need parentheses between them at "OR m1 == 9"'],
  ['1 < m1 < 3', 'comparisons cannot be chained at "< 3"'],
  ['IF(m1 > 1, 1, 0', 'expected ) at the end'],
  ['m1 +', 'expected a value at the end'],
  ['m1 m2', 'expected an operator at "m2"'],
  ['[m1, m2', 'expected ] at the end'],
  ['m1 > AND', 'expected a value at "AND"'],
  ['m1 % 2', 'expected an operator at "% 2"'],
  ['', 'expected a value at the end'],
])('%s does not parse, and the error quotes the place', (text, message) => {
  expect(() => parseMetricMath(text)).toThrow(new MetricMathError(`${message} in ${text}`));
});

test('an anomaly detection band is said to be not evaluated', () => {
  expect(() => evaluate('ANOMALY_DETECTION_BAND(m1, 2)', { m1: [1] })).toThrow(NotEvaluated);
});

test('an expression means the same with any spaces', () => {
  const spaces = fc.constantFrom('', ' ', '\n', '  ');
  fc.assert(
    fc.property(fc.array(spaces, { minLength: 30, maxLength: 30 }), (gaps) => {
      const tokens = [
        'IF',
        '(',
        '(',
        'm1',
        '>=',
        '4',
        'OR ',
        'm1',
        '^',
        '2',
        '<',
        '2',
        ')',
        ',',
        '-',
        'm1',
        ',',
        '0.5',
        ')',
      ];
      const text = tokens.map((token, index) => `${token}${gaps[index]}`).join('');
      expect(evaluate(text, { m1: [5, 1, 3, _] })).toEqual([-5, -1, 0.5, _]);
    }),
  );
});
