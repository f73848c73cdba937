import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Characters that are gathered before they are written. */
const GATHERED = 64 * 1024;

/** A file that is written row by row and hashed on the way. */
export class RowFile {
  private readonly hash = createHash('sha256');
  private readonly stream: WriteStream;
  private text: string;

  constructor(path: string, header: string) {
    this.stream = createWriteStream(path);
    // An error is told by `end`; unheard before that, it would end the process.
    this.stream.on('error', () => undefined);
    this.text = header;
  }

  add(row: string): void {
    this.text += row;
  }

  /** Writes what was gathered, once it is much. */
  async settle(): Promise<void> {
    if (this.text.length < GATHERED) return;
    if (!this.write()) await once(this.stream, 'drain');
  }

  /** Writes the rest; gives the SHA-256 in hex of the whole. */
  async end(): Promise<string> {
    this.write();
    this.stream.end();
    await finished(this.stream);
    return this.hash.digest('hex');
  }

  private write(): boolean {
    const { text } = this;
    this.text = '';
    this.hash.update(text);
    return this.stream.write(text);
  }
}
