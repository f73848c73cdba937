import { createHash } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';

/** Characters that are gathered before they are written. */
const GATHERED = 64 * 1024;

/** A file that is written row by row and hashed on the way; at once, since nothing else is to be done meanwhile. */
export class RowFile {
  private readonly hash = createHash('sha256');
  private readonly file: number;
  private text: string;

  constructor(path: string, header: string) {
    this.file = openSync(path, 'w');
    this.text = header;
  }

  add(row: string): void {
    this.text += row;
    if (this.text.length >= GATHERED) this.write();
  }

  /** Writes the rest; gives the SHA-256 in hex of the whole. */
  end(): string {
    this.write();
    closeSync(this.file);
    return this.hash.digest('hex');
  }

  private write(): void {
    const bytes = Buffer.from(this.text);
    this.text = '';
    this.hash.update(bytes);
    writeFileSync(this.file, bytes);
  }
}
