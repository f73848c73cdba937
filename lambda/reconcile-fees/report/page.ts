import { escapeMarkup } from '../../payca/markup';
import { badge, cell, document, fact, number, section, table, time } from '../../payca/report/html';
import { BREAKS, KINDS, type Kind } from '../lines';
import type { ReconciliationSettings } from '../settings';
import type { Summary } from '../summary';
import type { Comparison, CurrencySummary } from '../totals';
import type { Told } from './rows';

/** What stands in the report beside the summary. */
export interface PageInput {
  readonly stage: string;
  readonly summary: Summary;
  readonly settings: ReconciliationSettings;
  readonly statement: { readonly name: string; readonly sha256: string };
  /** The first breaks and what clears by itself; the files beside the report have all. */
  readonly breaks: readonly Told[];
  readonly timing: readonly Told[];
}

/** The report for finance: one HTML file that needs no network and no script. */
export function reportPage(input: PageInput): string {
  const { summary } = input;
  const title = `PayCA fees of ${days(input)}: ${VERDICTS[summary.verdict].title}`;
  const sections = [result(summary), breaks(input), timing(input), ...summary.currencies.map(currency)];
  return document(title, header(input), [...sections, tariff(summary), leftOut(summary), method(input)]);
}

const VERDICTS = {
  pass: { title: 'agree', badge: 'good', text: 'The fees agree with the statement' },
  fail: { title: 'do not agree', badge: 'bad', text: 'The fees do not agree with the statement' },
  'no-data': { title: 'nothing to compare', badge: 'warn', text: 'There was nothing to compare' },
} as const;

const NAMES: Readonly<Record<Kind, string>> = {
  matched: 'Matched',
  'matched-off-tariff': 'Matched, off tariff',
  'amount-differs': 'Amount differs',
  'missing-here': 'Missing here',
  'missing-there': 'Missing on the statement',
  duplicate: 'Duplicate',
  timing: 'Timing',
  'smoke-test': 'Smoke test',
};

function header({ stage, summary, settings, statement }: PageInput): string {
  const { zone } = settings.day;
  const { badge, text } = VERDICTS[summary.verdict];
  return `<header><div>
<h1>PayCA fees of ${days({ summary, settings })}</h1>
<p class="verdict"><span class="badge ${badge}">${summary.verdict}</span> ${text}.</p>
<dl class="facts">
${fact('Stage', escapeMarkup(stage))}
${fact('From', time(summary.from, zone))}
${fact('To, not including', time(summary.to, zone))}
${fact('Done', time(summary.asOf, zone))}
${fact('Statement', `${escapeMarkup(statement.name)}<br><span class="hash">SHA-256 ${statement.sha256}</span>`)}
</dl>
</div></header>`;
}

/** The business days of the period, for a title. */
function days({ summary, settings }: Pick<PageInput, 'summary' | 'settings'>): string {
  const local = new Intl.DateTimeFormat('en-CA', { timeZone: settings.day.zone, dateStyle: 'short' });
  const [first, last] = [local.format(new Date(summary.from)), local.format(Date.parse(summary.to) - 1)];
  return first === last ? first : `${first} to ${last}`;
}

function result({ reasons, found, breaks: count, currencies }: Summary): string {
  const lines = reasons.map((reason) => `<li>${escapeMarkup(reason)}</li>`).join('');
  const kinds = BREAKS.filter((kind) => found[kind]).map((kind) => `${found[kind]} × ${NAMES[kind].toLowerCase()}`);
  const totals = currencies.map(
    ({ currency: code, here, there, difference }) =>
      `<tr><th scope="row">${code}</th>${sums({ here, there, difference })}</tr>`,
  );
  const next =
    count > 0 ? '<p>Send <a href="breaks.csv">breaks.csv</a> to PayCA: it asks one question a line.</p>' : '';
  return section(
    'result',
    'Result',
    `${lines && `<ul>${lines}</ul>`}${kinds.length > 0 ? `<p>${kinds.join(', ')}.</p>` : ''}${next}
${table('All fees of the period, by currency', ['Currency', ...SIDES], totals)}
<p class="soft">Every fee is in <a href="fees.csv">fees.csv</a>.</p>`,
  );
}

const SIDES = ['Statement, lines', 'Statement, amount', 'Webhooks, lines', 'Webhooks, amount', 'Difference'];

function sums({ here, there, difference }: Comparison): string {
  const isZero = /^-?[0.]+$/.test(difference);
  const cells = [there.count, there.amount, here.count, here.amount].map((value) =>
    cell(number(String(value)), 'number'),
  );
  return `${cells.join('')}${cell(number(difference), isZero ? 'number' : 'number differs')}`;
}

function currency({ currency: code, kinds, words, closes, proof, ...total }: CurrencySummary): string {
  const kindRows = kinds.map(
    ({ kind, ...sides }) =>
      `<tr><th scope="row">${NAMES[kind]}<br><span class="soft">${KINDS[kind]}</span></th>${sums(sides)}</tr>`,
  );
  const wordRows = words.map(
    ({ word, ...sides }) => `<tr><th scope="row"><code>${escapeMarkup(word)}</code></th>${sums(sides)}</tr>`,
  );
  const all = `<tr class="total"><th scope="row">All</th>${sums(total)}</tr>`;
  const close = closes
    ? 'The lines above add up to both totals, to the minor unit.'
    : 'The lines above do not add up to the totals: this report has a fault.';
  return section(
    code,
    code,
    `${table('What became of each fee', ['Kind', ...SIDES], [...kindRows, all])}<p class="soft">${close}</p>
${table("By PayCA's subtype", ['Subtype', ...SIDES], [...wordRows, all])}<p class="soft">Where webhooks and statement have different words for the same fee, only the sum of their rows agrees.</p>
${balances(proof)}`,
  );
}

function balances({ verdict, fees, movements, ...proof }: CurrencySummary['proof']): string {
  if (verdict === 'no-data')
    return '<h3>Balance</h3><p>Not proven: the statement does not tell both the opening and the closing balance (see <code>reconciliation.statement.records</code>).</p>';
  const rows: [string, string | undefined, string?][] = [
    ['Opening balance', proof.opening],
    ['Fees', negated(fees)],
    ['Other movements', movements],
    ['Closing balance by these lines', proof.closingByItsLines, 'total'],
    ['Closing balance on the statement', proof.closing],
    ['Not explained', proof.difference],
    ['Closing balance with the fees as our webhooks have them', proof.closingByOurCount],
  ];
  const lines = rows.map(
    ([name, amount = '', className]) =>
      `<tr${className ? ` class="${className}"` : ''}><th scope="row">${name}</th>${cell(number(amount), 'number')}</tr>`,
  );
  const said = verdict === 'pass' ? badge('adds up', 'good') : badge('does not add up', 'bad');
  return `<h3>Balance ${said}</h3>${table('Over the whole statement, what is outside of the period included', ['', 'Amount'], lines)}`;
}

const negated = (amount: string) =>
  amount.startsWith('-') ? amount.slice(1) : /[1-9]/.test(amount) ? `-${amount}` : amount;

function breaks({ breaks: list, summary }: PageInput): string {
  if (summary.breaks === 0) return section('breaks', 'Breaks', '<p>None.</p>');
  return section(
    'breaks',
    'Breaks',
    `${outcomes('What has to be cleared up', list)}${rest(list.length, summary.breaks, 'breaks.csv')}`,
  );
}

function timing({ timing: list, summary }: PageInput): string {
  const count = summary.found.timing ?? 0;
  if (count === 0) return '';
  const caption = 'On the other side of the cut-off, or not settled yet: no break, and to be found on another day';
  return section('timing', 'Timing', `${outcomes(caption, list)}${rest(list.length, count, 'fees.csv')}`);
}

function outcomes(caption: string, list: readonly Told[]): string {
  const rows = list.map(
    ({ kind, reference, subtype, currency: code, theirs, ours, difference, bookedAt, receivedAt, line, note }) => {
      const amounts = [theirs, ours, difference].map((value) =>
        cell(value === undefined ? '-' : number(value), 'number'),
      );
      const where = [line && `statement, ${line}: ${bookedAt}`, receivedAt && `webhook: ${receivedAt}`];
      const told = where
        .flatMap((text) => (text ? `<span class="time">${escapeMarkup(text)}</span>` : []))
        .join('<br>');
      return `<tr><th scope="row">${NAMES[kind]}${note ? `<br><span class="soft">${escapeMarkup(note)}</span>` : ''}</th>${cell(`<code>${escapeMarkup(reference) || '-'}</code><br><span class="soft">${escapeMarkup(subtype)}</span>`)}${cell(code)}${amounts.join('')}${cell(told)}</tr>`;
    },
  );
  const heads = [
    'Kind',
    'Reference and subtype',
    'Currency',
    'Statement',
    'Webhook',
    'Difference',
    'Where and when (UTC)',
  ];
  return table(caption, heads, rows, [3, 4, 5]);
}

function rest(shown: number, all: number, file: string): string {
  return shown < all ? `<p>The first ${shown} of ${all}; all are in <a href="${file}">${file}</a>.</p>` : '';
}

function tariff({ tariff: { judged, notJudged } }: Summary): string {
  const reasons = Object.entries(notJudged).map(([reason, count]) => `<li>${count} not: ${escapeMarkup(reason)}.</li>`);
  return section(
    'tariff',
    'Tariff',
    `<p>${judged} matched fees were held against the imported BIN catalogue.</p>${reasons.length > 0 ? `<ul>${reasons.join('')}</ul>` : ''}`,
  );
}

function leftOut({ found, leftOut: { farFromPeriod, conflicts }, unreadable }: Summary): string {
  const lines = [
    ...(found['smoke-test']
      ? [`${found['smoke-test']} fees of smoke tests: in the totals, under a kind of their own.`]
      : []),
    ...(farFromPeriod > 0
      ? [`${farFromPeriod} fees of the statement are further from the period than the timing window.`]
      : []),
    ...(conflicts > 0
      ? [`${conflicts} webhooks came under the id of another one with other contents; the first counts.`]
      : []),
    ...unreadable.map(({ key, problem }) => `The webhook ${key} cannot be counted: ${problem}.`),
  ];
  return lines.length === 0
    ? ''
    : section('left-out', 'Left out', `<ul>${lines.map((line) => `<li>${escapeMarkup(line)}</li>`).join('')}</ul>`);
}

function method({ settings }: PageInput): string {
  const { day, timingWindowHours, authorizationFee } = settings;
  const kinds = Object.entries(KINDS).map(([kind, text]) => `<dt>${NAMES[kind as Kind]}</dt><dd>${text}</dd>`);
  return section(
    'method',
    'How it was done',
    `<p>Fees are joined by PayCA's reference, subtype and currency; the older and the newer words for a subtype count as one.
No difference is tolerated, and what could be joined in two ways is a break. A day begins at ${day.cutOff} in ${escapeMarkup(day.zone)};
a fee may be booked or received up to ${timingWindowHours} hours outside of it on the other side. The fee of an authorization is charged with the
${authorizationFee.webhooks} by webhook, with the ${authorizationFee.statement} on the statement. A webhook counts at the time of its receipt.</p>
<dl class="kinds">${kinds.join('')}</dl>`,
  );
}
