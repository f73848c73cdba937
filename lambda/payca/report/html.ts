import { escapeMarkup } from '../markup';
import { STYLE } from './style';

/** A report: one HTML file that needs no network and no script. `title` is plain text, all else is HTML. */
export function document(title: string, header: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
${header}
<main id="main">
${sections.join('\n')}
</main>
</body>
</html>
`;
}

export function section(id: string, name: string, body: string): string {
  return `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${name}</h2>\n${body}\n</section>`;
}

export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly string[],
  numbers?: readonly number[],
): string {
  const columns = heads.map((head, index) => {
    const isNumber = numbers ? numbers.includes(index) : index > 0;
    return head === '' ? '<td></td>' : `<th scope="col"${isNumber ? ' class="number"' : ''}>${head}</th>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(caption)}"><table><caption>${escapeMarkup(caption)}</caption><thead><tr>${columns.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

export const cell = (html: string, className = '') => `<td${className && ` class="${className}"`}>${html}</td>`;
export const badge = (text: string, className: string) =>
  `<span class="badge ${className}">${escapeMarkup(text)}</span>`;
export const fact = (name: string, html: string) => `<div><dt>${name}</dt><dd>${html}</dd></div>`;

/** Groups of three digits, and a real minus sign. */
export function number(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ').replace('-', '−');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** On the clocks of the business day, and in UTC. */
export function time(iso: string, zone: string): string {
  const local = new Date(iso).toLocaleString('en-GB', { timeZone: zone, dateStyle: 'medium', timeStyle: 'short' });
  return `${escapeMarkup(local)} <span class="soft">${escapeMarkup(zone)}</span><br><time datetime="${iso}" class="soft">${iso}</time>`;
}
