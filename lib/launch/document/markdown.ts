import { maskText } from '../../../lambda/receive-webhook/card-numbers';
import type { Block, Inline, LaunchDocument, Text } from './model';

/** The document as Markdown: the same words, pictures described. */
export function markdownDocument({ title, subtitle, facts, sections, records }: LaunchDocument): string {
  const page = new Page(records);
  const head = [`# ${safe(title)}`, safe(subtitle), page.facts(facts)];
  const body = sections.flatMap((section) => [
    `## ${safe(section.title)}`,
    ...section.blocks.map((block) => page.block(block)),
  ]);
  return `${[...head, ...body].join('\n\n')}\n`;
}

/** Words that Markdown would take for marks are kept as they are. */
const safe = (text: string) =>
  maskText(text)
    .text.replace(/[\\`*_[\]<>|#]/g, '\\$&')
    .replace(/\r?\n/g, ' ');

class Page {
  constructor(private readonly records: readonly string[]) {}

  facts(items: readonly (readonly [string, Text])[]): string {
    return items.map(([name, value]) => `- ${safe(name)}: ${this.text(value)}`).join('\n');
  }

  block(block: Block): string {
    switch (block.kind) {
      case 'paragraph':
        return this.text(block.text);
      case 'heading':
        return `### ${safe(block.text)}`;
      case 'list':
        return block.items.map((item) => `- ${this.text(item)}`).join('\n');
      case 'facts':
        return this.facts(block.items);
      case 'missing':
        return `**missing:** ${this.text(block.text)}`;
      case 'letter':
        return block.text
          .split('\n')
          .map((line) => `    ${maskText(line).text}`.trimEnd())
          .join('\n');
      case 'pictures':
        return block.pictures
          .map(({ caption, description }) => `- ${safe(caption)} (picture in the HTML document): ${safe(description)}`)
          .join('\n');
      case 'table': {
        const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
        const heads = [row(block.heads.map(safe)), row(block.heads.map(() => '---'))];
        const rows = block.rows.map((cells) => row(cells.map((cell) => this.text(cell))));
        return [`*${safe(block.caption)}*`, '', ...heads, ...rows].join('\n');
      }
    }
  }

  private text(text: Text): string {
    return [text]
      .flat()
      .map((part) => this.inline(part as Inline))
      .join('');
  }

  private inline(part: Inline): string {
    if (typeof part === 'string') return safe(part);
    if ('badge' in part) return `**${safe(part.badge)}**`;
    if ('link' in part) return `[${safe(part.text)}](${part.link})`;
    if ('code' in part) return `\`${part.code}\``;
    return `R${this.records.indexOf(part.record) + 1}`;
  }
}
