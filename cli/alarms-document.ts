import {
  declines,
  exceeds,
  HEALTHY_FAILURE_RATE,
  type ScoreTest,
  WEBHOOK_FAILURES,
} from '../lib/monitoring/alarms/score-test';
import {
  DAYS_PER_MONTH,
  detection,
  falseAlarms,
  firingPoint,
  MOST_DELIVERIES,
  type RateAlarm,
  worstFalseAlarms,
} from '../lib/monitoring/evaluation/alarm-arithmetic';

/** An alarm that pages on a rate, as it stands in the template. */
export interface PagingRateAlarm {
  readonly name: string;
  /** Metric math over `n` and `f`. */
  readonly expression: string;
  readonly rate: RateAlarm;
}

const DELIVERIES = [1, 2, 3, 5, 10, 20, 50, 89, 90, 97, 100, 200, 300, 500, 1000, 2000, 5000, MOST_DELIVERIES];
const SMALL_EXCESS = 0.05;
const LARGE_EXCESS = 0.2;
const MINIMUM_COUNT = 5;
const USUAL_DECLINES = [0.02, 0.03, 0.05, 0.1, 0.15, 0.2];
const DECLINE_MINUTES = 15;
/** The constants that hold for windows side by side. */
const SIDE_BY_SIDE = { webhooks: { z: 3.09 }, declines: { z: 3.09, atLeast: 5 } };

const alarmOf = (windowMinutes: number, fires: (n: number, f: number) => boolean): RateAlarm => ({
  windowMinutes,
  firesFrom: (n) => firingPoint((f) => fires(n, f), n),
});
const scoreAlarm = (windowMinutes: number, test: ScoreTest) => alarmOf(windowMinutes, (n, f) => exceeds(test, n, f));
const bareRatio = (windowMinutes: number) => alarmOf(windowMinutes, (n, f) => f > WEBHOOK_FAILURES.p * n);
const minimumCount = (windowMinutes: number) =>
  alarmOf(windowMinutes, (n, f) => f > WEBHOOK_FAILURES.p * n && f >= MINIMUM_COUNT);

/** The text of `docs/alarms.md`: the same for the same alarms. */
export function alarmsDocument(alarms: readonly PagingRateAlarm[]): string {
  return `${[...introduction(), ...paging(alarms), ...sliding(), ...declineRate()].join('\n')}\n`;
}

function introduction(): string[] {
  const percent = percentage(WEBHOOK_FAILURES.p);
  return [
    '# False alarms and detection',
    '',
    'Written by `npm run golive -- alarms table` from the alarms in the synthesised templates; a test fails when it is out of date.',
    '',
    `The runbook asks for an alarm on a webhook failure rate over ${percent} in 5 minutes. Taken literally, that pages at night for one failure in`,
    `thirty deliveries. A minimum count stops that, and hides an outage when there are few deliveries. The paging alarms ask instead whether \`f\``,
    `failures of \`n\` deliveries are more than a rate of ${percent} explains (a score test), with a rule of their own for few deliveries.`,
    '',
    'How the numbers come about:',
    '',
    `- A false page is one at a true failure rate of ${percentage(HEALTHY_FAILURE_RATE)}. Deliveries fail independently of each other and come evenly, \`n\` in every`,
    '  window; deliveries that come in bursts make fewer alarms begin.',
    '- CloudWatch evaluates an alarm every minute, on a window that slides by a minute. A page is a change from OK to ALARM. Its expected number is',
    '  computed exactly from the binomial chances of the minute that leaves, of what two windows share, and of the minute that comes.',
    `- A month has ${DAYS_PER_MONTH} days. Detection is the chance that one window fires.`,
    '- One failed webhook that PayCA delivers again, and that fails again, counts each time: such failures are not independent, and they page sooner.',
    `- The bare ratio is \`f/n > ${percent}\`; the minimum count is the same with at least ${MINIMUM_COUNT} failures.`,
    '',
  ];
}

function paging(alarms: readonly PagingRateAlarm[]): string[] {
  const heading = ['## Alarms that page on a rate', ''];
  if (alarms.length === 0) return [...heading, 'No alarm in the templates pages on a rate of failures.', ''];
  return [...heading, ...summary(alarms), '', ...alarms.flatMap(section)];
}

function summary(alarms: readonly PagingRateAlarm[]): string[] {
  const row = (label: string, alarm: RateAlarm) => {
    const worst = worstFalseAlarms(alarm, HEALTHY_FAILURE_RATE);
    return [label, `${alarm.windowMinutes} min`, monthly(worst.perDay), count(worst.n), count(outageFrom(alarm))];
  };
  return table(
    ['', 'window', 'false pages a month at the worst n', 'worst n', 'an outage is seen in one window from n ='],
    [
      ...alarms.map(({ name, rate }) => row(`\`${name}\``, rate)),
      row('bare ratio', bareRatio(5)),
      row('minimum count', minimumCount(5)),
    ],
  );
}

/** The fewest deliveries from which on an alarm sees that all of them fail. */
function outageFrom(alarm: RateAlarm): number {
  let from = MOST_DELIVERIES;
  while (from > 1 && alarm.firesFrom(from - 1) <= from - 1) from -= 1;
  return from;
}

function section({ name, expression, rate }: PagingRateAlarm): string[] {
  const others = [bareRatio(rate.windowMinutes), minimumCount(rate.windowMinutes)] as const;
  const rows = DELIVERIES.map((n) => [
    count(n),
    count(rate.firesFrom(n)),
    ...[rate, ...others].flatMap((alarm) => figures(alarm, n)),
  ]);
  const columns = (of: string) => [
    `${of}: false pages a month`,
    `sees ${percentage(SMALL_EXCESS)} fail`,
    `sees ${percentage(LARGE_EXCESS)} fail`,
    'sees all fail',
  ];
  return [
    `### ${name}`,
    '',
    `In a window of ${rate.windowMinutes} minutes:`,
    '',
    '```',
    expression,
    '```',
    '',
    ...table(
      ['n', 'fires from f =', ...columns('this alarm'), ...columns('bare ratio'), ...columns('minimum count')],
      rows,
    ),
    '',
  ];
}

/** False pages a month, and the chance to see a small excess, a large one, and that all fail. */
function figures(alarm: RateAlarm, n: number): string[] {
  if (alarm.firesFrom(n) > n) return ['0', '0 %', '0 %', '0 %'];
  return [
    monthly(falseAlarms(alarm, n, HEALTHY_FAILURE_RATE).perDay),
    ...[SMALL_EXCESS, LARGE_EXCESS].map((failing) => chance(detection(alarm, n, failing))),
    '100 %',
  ];
}

function sliding(): string[] {
  const side = worstFalseAlarms(scoreAlarm(5, { ...WEBHOOK_FAILURES, ...SIDE_BY_SIDE.webhooks }), HEALTHY_FAILURE_RATE);
  const own = worstFalseAlarms(scoreAlarm(5, WEBHOOK_FAILURES), HEALTHY_FAILURE_RATE);
  return [
    '## Why windows that slide need a larger z',
    '',
    `With z = ${SIDE_BY_SIDE.webhooks.z}, one window of ${side.n} deliveries fires falsely with a chance of ${side.perWindow.toPrecision(2)}: ${perDay(side.perWindow * 288)} a day, were the day's`,
    `288 windows side by side. But windows slide, and the same few failures can raise the alarm at any of five minutes: ${perDay(side.perDay)} a day, or`,
    `${monthly(side.perDay)} a month, which is more than one. With z = ${WEBHOOK_FAILURES.z} the worst is ${monthly(own.perDay)} a month, at n = ${own.n}.`,
    '',
  ];
}

function declineRate(): string[] {
  const rows = USUAL_DECLINES.map((usual) => {
    const own = worstFalseAlarms(scoreAlarm(DECLINE_MINUTES, declines(usual)), usual);
    const side = worstFalseAlarms(scoreAlarm(DECLINE_MINUTES, { ...declines(usual), ...SIDE_BY_SIDE.declines }), usual);
    const windows = (24 * 60) / DECLINE_MINUTES;
    return [
      percentage(usual),
      perDay(own.perDay),
      count(own.n),
      perDay(side.perDay),
      perDay(side.perWindow * windows),
      count(side.n),
    ];
  });
  const { z, atLeast } = declines(0.1);
  return [
    '## Decline rate',
    '',
    `A ticket when declines are more than 1.5 times the usual rate explains: z = ${z}, at least ${atLeast} declines, in windows of ${DECLINE_MINUTES} minutes. False alarms`,
    `a day at the usual rate, at the worst n, beside z = ${SIDE_BY_SIDE.declines.z} and at least ${SIDE_BY_SIDE.declines.atLeast}, which looks as good only while windows are taken side by side:`,
    '',
    ...table(
      [
        'usual rate',
        'false alarms a day',
        'worst n',
        `z = ${SIDE_BY_SIDE.declines.z}: false alarms a day`,
        'the same, windows side by side',
        'worst n',
      ],
      rows,
    ),
  ];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)];
}

function monthly(perDay: number): string {
  const value = perDay * DAYS_PER_MONTH;
  if (value < 0.005) return '< 0.01';
  return value < 10 ? value.toFixed(2) : count(Math.round(value));
}

const perDay = (value: number) => (value < 0.001 ? '< 0.001' : value.toFixed(3));

function chance(value: number): string {
  if (value < 0.005) return '< 1 %';
  return value >= 0.995 ? '> 99 %' : percentage(Math.round(value * 100) / 100);
}

const percentage = (value: number) => `${Number((value * 100).toPrecision(6))} %`;

const count = (value: number) => (Number.isFinite(value) ? value.toLocaleString('en-US') : 'never');
