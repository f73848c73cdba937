import type { Problems } from './problems';

/** https://nodejs.org/api/errors.html */
const NOT_UTF_8 = 'ERR_ENCODING_INVALID_ENCODED_DATA';

/** The text of a file, piece by piece; what is no UTF-8 ends it with a problem. A byte order mark is left out. */
export class FileText {
  private readonly pieces: AsyncGenerator<string>;
  /** Where reading is, from 1. */
  line = 1;
  /** The last character so far. */
  last = '';

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly problems: Problems,
  ) {
    this.pieces = this.decoded(source);
  }

  /** Reads on until `enough` is there, or the end; gives what was read, then all of it again from the beginning. */
  async begin(enough: (text: string) => boolean): Promise<{ head: string; all: AsyncGenerator<string> }> {
    let head = '';
    while (!enough(head)) {
      const { done, value } = await this.pieces.next();
      if (done) break;
      head += value;
    }
    return { head, all: this.from(head) };
  }

  private async *from(head: string): AsyncGenerator<string> {
    yield head;
    yield* this.pieces;
  }

  private async *decoded(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    try {
      for await (const chunk of source) yield this.counted(decoder.decode(chunk, { stream: true }));
      yield this.counted(decoder.decode());
    } catch (error) {
      if ((error as { code?: unknown }).code !== NOT_UTF_8) throw error;
      this.problems.add(
        this.line,
        '',
        'be text in UTF-8, so save the file as UTF-8',
        'other bytes, or a part of a character',
      );
    }
  }

  private counted(text: string): string {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.line += 1;
    this.last = text.at(-1) ?? this.last;
    return text;
  }
}
