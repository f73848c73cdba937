import { readCatalogueFile } from '../../../lambda/import-bins/catalogue-file';
import { Problems, problemLines } from '../../../lambda/import-bins/problems';
import { type Doubt, RowReader } from '../../../lambda/import-bins/row-reader';
import type { CatalogueRow } from '../../../lambda/payca/bin-catalogue';

/** What is made of a file that comes in pieces of so many bytes. */
export async function readFile(content: string | Buffer, pieceBytes = 7) {
  const problems = new Problems();
  const doubts: Doubt[] = [];
  const rows: CatalogueRow[] = [];
  const reader = new RowReader(problems, (doubt) => doubts.push(doubt), { decimals: {} });
  for await (const row of readCatalogueFile(pieces(Buffer.from(content), pieceBytes), problems)) {
    const read = reader.read(row);
    if (read) rows.push(read);
  }
  reader.finish();
  return { rows, doubts, problems: problemLines(problems), list: problems.list, count: problems.count };
}

async function* pieces(content: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}
