import type { CatalogueRow } from '../../payca/bin-catalogue';
import { escapeMarkup } from '../../payca/markup';
import { badge, cell, document, fact, number, section, table } from '../../payca/report/html';
import type { Difference } from '../compare';
import { type CurrencyCount, type Examination, findingsOf, type Lists, type Summary } from '../examine';
import { termsOf } from '../terms';

/** The report for finance: one HTML file that needs no network and no script. */
export function reportPage(examination: Examination, summary: Summary, lists: Lists): string {
  const { title, stage, facts, next } = examination;
  const count = findingsOf(summary);
  const found = count === 0 ? badge('no findings', 'good') : badge(`${count} to clear up`, 'warn');
  const header = `<header><div>
<h1>${escapeMarkup(title)}</h1>
<p class="verdict">${found} ${escapeMarkup(next)}</p>
<dl class="facts">
${[fact('Stage', escapeMarkup(stage)), ...Object.entries(facts).map(([name, text]) => fact(name, escapeMarkup(text)))].join('\n')}
</dl>
</div></header>`;
  return document(title, header, [
    counts(summary),
    findings(summary, lists.findings),
    changes(summary, lists.changes),
    catalogue(summary, lists.rows),
    method(),
  ]);
}

function counts({ currencies }: Summary): string {
  const all = Object.entries(currencies).sort(([one], [other]) => one.localeCompare(other));
  const figures = ({ rows, added, changed, removed }: CurrencyCount) =>
    [rows, added, changed, removed].map((value) => cell(number(String(value)), 'number')).join('');
  const sum = (of: keyof CurrencyCount) => all.reduce((total, [, count]) => total + count[of], 0);
  const total = { rows: sum('rows'), added: sum('added'), changed: sum('changed'), removed: sum('removed') };
  const rows = all.map(
    ([currency, count]) => `<tr><th scope="row">${escapeMarkup(currency)}</th>${figures(count)}</tr>`,
  );
  const last = `<tr class="total"><th scope="row">All</th>${figures(total)}</tr>`;
  const heads = ['Currency', 'BINs', 'New', 'Changed', 'Removed'];
  return section('counts', 'BINs by currency', table('Against the catalogue in force', heads, [...rows, last]));
}

const PAYCA: Readonly<Record<Summary['payca'], string>> = {
  read: "Held against PayCA's live accounts and BINs, as far as PayCA tells their terms; it documents no merchant category restrictions.",
  'not-offered': "PayCA's live BINs were not asked for: the profile of this stage has no call for them.",
  'not-read': "PayCA's live BINs are not known:",
};

function findings(summary: Summary, list: readonly Difference[]): string {
  const said = `<p>${PAYCA[summary.payca]}${summary.reason ? ` ${escapeMarkup(summary.reason)}.` : ''}</p>`;
  const count = summary.doubts + summary.differences;
  if (count === 0) return section('findings', 'To clear up', `${said}<p>${summary.reason ? '' : 'Nothing.'}</p>`);
  const text = 'Where PayCA has other terms, or where the file can be read in two ways: ask PayCA, or correct the file';
  return section('findings', 'To clear up', `${said}${differences(text, list, 'PayCA')}${rest(list.length, count)}`);
}

function changes({ currencies }: Summary, list: readonly Difference[]): string {
  const count = Object.values(currencies).reduce(
    (sum, { added, changed, removed }) => sum + added + changed + removed,
    0,
  );
  if (count === 0) return section('changes', 'Changes', '<p>None: it has the terms that are in force.</p>');
  const more = list.length === 500 ? '<p>The first 500 lines; all are in <a href="report.csv">report.csv</a>.</p>' : '';
  return section('changes', 'Changes', `${differences('Against the catalogue in force', list, 'In force')}${more}`);
}

function differences(caption: string, list: readonly Difference[], there: string): string {
  const rows = list.map(
    ({ bin, currency, column, there: other, here, note }) =>
      `<tr><th scope="row">${escapeMarkup(bin)}</th>${cell(escapeMarkup(currency))}${cell(escapeMarkup(column))}${cell(escapeMarkup(other ?? '-'))}${cell(escapeMarkup(here ?? '-'))}${cell(escapeMarkup(note))}</tr>`,
  );
  return table(caption, ['BIN', 'Currency', 'Column', there, 'In this catalogue', 'What'], rows, []);
}

const HEADS = [
  'BIN',
  'Currency',
  'Provider',
  'Wallets',
  'Least balance',
  'Issue',
  'Monthly',
  'Authorization',
  'Decline',
  'Settlement',
  'Merchant categories',
];

function catalogue({ rows: count }: Summary, list: readonly CatalogueRow[]): string {
  const rows = list.map((row) => {
    const terms = termsOf(row);
    const flat = [terms.minCardBalance, terms.issueFee, terms.monthlyFee].map((text) =>
      cell(escapeMarkup(text ?? '-'), 'number'),
    );
    const lists = [terms.authorization, terms.decline, terms.settlement, terms.mcc].map((text) =>
      cell(escapeMarkup(text ?? '-').replaceAll('; ', '<br>')),
    );
    return `<tr><th scope="row">${row.bin}</th>${cell(row.currency)}${cell(escapeMarkup(row.provider))}${cell(terms.isTokenizable ?? '-')}${flat.join('')}${lists.join('')}</tr>`;
  });
  const all =
    list.length < count
      ? `<p>The first ${list.length} of ${count}; <code>golive bins show --rows</code> prints all.</p>`
      : '';
  return section(
    'catalogue',
    'The catalogue',
    `${table('All terms, in the currency of the BIN', HEADS, rows, [4, 5, 6])}${all}`,
  );
}

function rest(shown: number, all: number): string {
  return shown < all ? `<p>The first ${shown} of ${all}; all are in <a href="report.csv">report.csv</a>.</p>` : '';
}

function method(): string {
  return section(
    'method',
    'How it was done',
    `<p>A BIN is known by its digits and its currency. Amounts are compared as decimals: 0.5 and 0.50 are the same. What PayCA does not tell
cannot differ. Whether the bounds of a tier belong to it is not documented: where two tiers meet in one amount and have other prices, that is to be
cleared up, and so is a BIN of 8 digits beside the one of 6 digits that it begins with.</p>`,
  );
}
