import { moneyText } from '../payca/money';
import { type BalanceFigure, type Figures, HOURS, type KindFigure } from './figures';

/** The figures of an hour in plain lines, for a terminal and for mail. */
export function figureLines(figures: Figures): string[] {
  const { from, to, kinds, balances, webhooks, smokeTests, conflicts, setAside, late, verdict } = figures;
  const failures = `${setAside} set aside, ${late} late on their way to the bus, ${conflicts} in conflict with another`;
  return [
    `${from.slice(0, 16).replace('T', ' ')} to ${to.slice(11, 16)} UTC: ${verdict}`,
    ...kinds.map(kindLine),
    `failures        ${failures}`,
    ...(balances.length > 0 ? balances.map(balanceLine) : ['balance         no data']),
    `webhooks        ${webhooks}${webhooks === 0 ? ': none was received in this hour' : ''}, and ${smokeTests} of smoke tests, left out`,
  ];
}

function kindLine({ kind, count, before, expected, standing, amounts, withoutAmount }: KindFigure): string {
  const sums = Object.entries(amounts).map(([currency, amount]) => moneyText(amount, currency));
  const range = expected ? `${standing} (${expected.atLeast} to ${expected.atMost})` : standing;
  const unread = withoutAmount > 0 ? [`${withoutAmount} without a readable amount`] : [];
  const money = [...sums, ...unread].join(', ');
  return `${kind.padEnd(15)} ${String(count).padStart(6)}  hour before ${before}, ${range}${money && `; ${money}`}`;
}

function balanceLine({ currency, available, pending, atLeast, standing }: BalanceFigure): string {
  const least = atLeast === undefined ? '' : ` (at least ${moneyText(atLeast, currency)})`;
  const held = (amount: string) => moneyText(amount, currency);
  const money = available && pending ? `${held(available)}, pending ${held(pending)}: ` : '';
  return `balance         ${money || `${currency}: `}${standing}${least}`;
}

/** What the owners of the launch are sent. */
export interface Message {
  /** At most 100 ASCII characters, as SNS wants it. */
  readonly subject: string;
  readonly text: string;
}

export function figuresMessage(stage: string, hour: number, figures: Figures): Message {
  const judged = { pass: 'as expected', fail: 'not as expected', 'no-data': 'not all known' }[figures.verdict];
  return {
    subject: `PayCA ${stage}: hour ${hour} of ${HOURS}, ${judged}`,
    text: [
      ...figureLines(figures),
      '',
      `Again, and more hours: npm run golive -- figures --stage ${stage} --hours 3`,
    ].join('\n'),
  };
}

/** When an hour could not be counted. */
export function noDataMessage(stage: string, hour: number, from: string): Message {
  return {
    subject: `PayCA ${stage}: hour ${hour} of ${HOURS}, no data`,
    text: [
      `${from.slice(0, 16).replace('T', ' ')} UTC and the hour after it: no data. The inbox could not be read.`,
      'Nothing is known about this hour yet; it is counted again within the next hour.',
    ].join('\n'),
  };
}
