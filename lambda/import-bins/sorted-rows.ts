import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { CatalogueRow } from '../payca/bin-catalogue';
import { catalogueLine } from '../payca/bin-catalogue';

interface Place {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
}

/** Bytes that are gathered before they are written. */
const GATHERED = 256 * 1024;

/** By which rows are in order: the shorter BIN comes before those within it. */
export const keyOf = ({ bin, currency }: Pick<CatalogueRow, 'bin' | 'currency'>) => `${bin} ${currency}`;

/** Rows on the disk, given back by BIN and currency: only their places are in memory. */
export class SortedRows {
  private readonly file: number;
  private readonly places: Place[] = [];
  private readonly gathered = Buffer.allocUnsafe(GATHERED);
  private used = 0;
  private written = 0;

  constructor(path: string) {
    this.file = openSync(path, 'w+');
  }

  get count(): number {
    return this.places.length;
  }

  add(row: CatalogueRow): void {
    const line = Buffer.from(catalogueLine(row));
    if (this.used + line.length > GATHERED) this.write();
    this.places.push({ key: keyOf(row), offset: this.written + this.used, length: line.length });
    if (line.length > GATHERED) this.written += writeSync(this.file, line);
    else this.used += line.copy(this.gathered, this.used);
  }

  /** Every row as a line of JSON with its line break. */
  *sorted(): Generator<{ readonly key: string; readonly line: string }> {
    this.write();
    this.places.sort((one, other) => (one.key < other.key ? -1 : 1));
    for (const { key, offset, length } of this.places) {
      const bytes = Buffer.allocUnsafe(length);
      readSync(this.file, bytes, 0, length, offset);
      yield { key, line: bytes.toString() };
    }
  }

  close(): void {
    closeSync(this.file);
  }

  private write(): void {
    writeSync(this.file, this.gathered, 0, this.used);
    this.written += this.used;
    this.used = 0;
  }
}
