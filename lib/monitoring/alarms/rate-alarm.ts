import { firingPoint, type RateAlarm } from '../evaluation/alarm-arithmetic';
import { isBreaching, type MetricAlarm } from '../evaluation/alarm-state';
import { evaluateMetricMath } from '../evaluation/metric-math';
import { idsIn } from '../evaluation/metric-math-parser';

/**
 * An alarm as the arithmetic takes it, when what it watches is made of `n` and `f` alone, by their ids: deliveries and
 * failures; `undefined` for others. Where it fires is found by evaluating the alarm's own expression. Throws for a rate
 * alarm of several data points.
 */
export function rateAlarmOf(alarm: MetricAlarm): RateAlarm | undefined {
  const { watched, expressions, period, name, evaluationPeriods } = alarm;
  const expression = expressions.get(watched);
  const ids = new Set(expression && idsIn(expression));
  if (alarm.notEvaluated || ids.size !== 2 || !ids.has('n') || !ids.has('f')) return undefined;
  if (evaluationPeriods !== 1)
    throw new Error(
      `${name}: false alarms are computed for one data point, got ${evaluationPeriods} EvaluationPeriods`,
    );
  const fires = (n: number, f: number) => {
    const metrics = new Map([
      ['n', [n]],
      ['f', [f]],
    ]);
    const [value] = evaluateMetricMath(watched, { times: [0], period, metrics, expressions });
    return value !== undefined && isBreaching(alarm, value);
  };
  const found = new Map<number, number>();
  const firesFrom = (n: number) => {
    const known = found.get(n) ?? firingPoint((f) => fires(n, f), n, found.get(n - 1));
    found.set(n, known);
    return known;
  };
  return { windowMinutes: period / 60, firesFrom };
}
