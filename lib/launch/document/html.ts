import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeMarkup } from '../../../lambda/payca/markup';
import { maskText } from '../../../lambda/receive-webhook/card-numbers';
import { REPOSITORY } from '../../config/truststore';
import type { Block, Inline, LaunchDocument, Section, Table, Text } from './model';

const stylesheet = (...path: string[]) => readFileSync(join(REPOSITORY, 'lib', ...path), 'utf8');

/** Text of people: safe in HTML, and without a card number, should one ever have got into a record. */
const safe = (text: string) => escapeMarkup(maskText(text).text);

/** A link of anything else is shown as its text. */
const LINK = /^(https:\/\/|#)/;

/** Alone in a cell, it is not broken. */
const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/;

/** A table of at most so many rows is kept on one page. */
const SHORT = 8;

/** The document as one HTML file: no script, no network, for screen and paper. */
export function htmlDocument(document: LaunchDocument): string {
  const page = new Page(document.records);
  const { title, subtitle, facts, sections } = document;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${safe(title)}</title>
<style>${stylesheet('compliance', 'report', 'page.css')}${stylesheet('launch', 'document', 'document.css')}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the document</a>
<header><div>
<h1>${safe(title)}</h1>
<p class="soft">${safe(subtitle)}</p>
${page.facts(facts)}
<nav aria-label="Sections"><ul>
${sections.map((section) => `<li><a href="#${section.id}">${safe(section.title)}</a></li>`).join('\n')}
</ul></nav>
</div></header>
<main id="main">
${sections.map((section) => page.section(section)).join('\n')}
</main>
</body>
</html>
`;
}

class Page {
  constructor(private readonly records: readonly string[]) {}

  section({ id, title, blocks }: Section): string {
    const body = blocks.map((block) => this.block(block)).join('\n');
    return `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${safe(title)}</h2>\n${body}\n</section>`;
  }

  facts(items: readonly (readonly [string, Text])[]): string {
    const entries = items.map(([name, value]) => `<div><dt>${safe(name)}</dt><dd>${this.text(value)}</dd></div>`);
    return `<dl class="facts">\n${entries.join('\n')}\n</dl>`;
  }

  private block(block: Block): string {
    switch (block.kind) {
      case 'paragraph':
        return `<p>${this.text(block.text)}</p>`;
      case 'heading':
        return `<h3>${safe(block.text)}</h3>`;
      case 'list':
        return `<ul>${block.items.map((item) => `<li>${this.text(item)}</li>`).join('')}</ul>`;
      case 'facts':
        return this.facts(block.items);
      case 'missing':
        return `<p class="missing"><span class="badge warn">missing</span> ${this.text(block.text)}</p>`;
      case 'letter':
        return `<pre class="letter">${safe(block.text)}</pre>`;
      case 'pictures':
        return `<div class="pictures">${block.pictures.map(({ svg }) => `<figure>${svg.trim()}</figure>`).join('\n')}</div>`;
      case 'table':
        return this.table(block);
    }
  }

  private table({ caption, heads, rows, numbers = [], anchors = [], widths = [] }: Table): string {
    const kindOf = (cell: Text, column: number) =>
      numbers.includes(column)
        ? ' class="number"'
        : typeof cell === 'string' && MOMENT.test(cell)
          ? ' class="date"'
          : '';
    const columns = heads.map((head, column) => `<th scope="col"${kindOf(head, column)}>${safe(head)}</th>`);
    const body = rows.map(([first = '', ...others], row) => {
      const id = anchors[row] === undefined ? '' : ` id="${anchors[row]}"`;
      const cells = others.map((cell, index) => `<td${kindOf(cell, index + 1)}>${this.text(cell)}</td>`);
      return `<tr${id}><th scope="row"${kindOf(first, 0)}>${this.text(first)}</th>${cells.join('')}</tr>`;
    });
    const shares = widths.map((width) => `<col style="width: ${width}%">`).join('');
    const kind = rows.length <= SHORT ? ' short' : '';
    // What is wider than the screen is scrolled by keyboard, too.
    return `<div class="scroll${kind}" role="region" tabindex="0" aria-label="${safe(caption)}"><table${widths.length > 0 ? ' class="even"' : ''}><caption>${safe(caption)}</caption>${shares && `<colgroup>${shares}</colgroup>`}<thead><tr>${columns.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`;
  }

  private text(text: Text): string {
    return [text]
      .flat()
      .map((part) => this.inline(part as Inline))
      .join('');
  }

  private inline(part: Inline): string {
    if (typeof part === 'string') return safe(part);
    if ('badge' in part) return `<span class="badge ${part.tone}">${safe(part.badge)}</span>`;
    if ('link' in part)
      return LINK.test(part.link) ? `<a href="${safe(part.link)}">${safe(part.text)}</a>` : safe(part.text);
    if ('code' in part) return `<code>${safe(part.code)}</code>`;
    const name = `R${this.records.indexOf(part.record) + 1}`;
    return `<a class="record" href="#${name}" title="${safe(part.record)}">${name}</a>`;
  }
}
