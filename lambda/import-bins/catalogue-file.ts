import { csvRows } from './csv-rows';
import { FileText } from './file-text';
import { type FileRow, jsonRows, LONGEST_ROW } from './json-rows';
import type { Problems } from './problems';

/**
 * The BINs of a file: CSV with commas or semicolons, a JSON list of objects, or one JSON object after the other. What is no
 * row becomes a problem; a file that may have been cut off always has one.
 */
export async function* readCatalogueFile(
  source: AsyncIterable<Uint8Array>,
  problems: Problems,
): AsyncGenerator<FileRow> {
  const text = new FileText(source, problems);
  const isJsonIn = (begun: string) => /^\s*[[{]/.test(begun);
  const isEnough = (begun: string) => begun.trimStart().includes('\n') || begun.length > LONGEST_ROW;
  const { head, all } = await text.begin((begun) => isJsonIn(begun) || isEnough(begun));
  const isJson = isJsonIn(head);
  const header = head.trimStart().split('\n')[0] ?? '';
  let rows = 0;
  for await (const row of isJson ? jsonRows(all, problems) : csvRows(all, delimiterOf(header), problems)) {
    rows += 1;
    yield row;
  }
  if (problems.count > 0) return;
  if (rows === 0) problems.add(1, '', 'have at least one BIN', 'none');
  else if (!isJson && text.last !== '\n')
    problems.add(
      text.line,
      '',
      'end with a line break, without which nobody knows whether the file was cut off',
      'no line break',
    );
}

/** Spreadsheets write semicolons where the comma is the decimal sign. */
function delimiterOf(header: string): string {
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}
