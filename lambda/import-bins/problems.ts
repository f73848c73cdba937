/** Problems told one by one; a file in another format has one on every line. */
const SHOWN = 100;
const LONGEST_SHOWN = 60;

/** A place of the file that cannot be used. */
export interface Problem {
  readonly line: number;
  /** As the file calls it; empty for what is about the whole line. */
  readonly column: string;
  /** What is allowed there. */
  readonly must: string;
  /** What stands there, fit to be shown. */
  readonly found: string;
}

/** Collects all problems of a file; the first ones with their places. */
export class Problems {
  readonly list: Problem[] = [];
  count = 0;

  add(line: number, column: string, must: string, found: unknown): undefined {
    this.count += 1;
    if (this.list.length < SHOWN) this.list.push({ line, column, must, found: shown(found) });
    return undefined;
  }
}

/** The problems as text, one a line, and how many more there are. */
export function problemLines({ list, count }: Pick<Problems, 'list' | 'count'>): string[] {
  const lines = list.map(
    ({ line, column, must, found }) => `line ${line}${column && `, ${column}`}: must ${must}, got ${found}`,
  );
  return count > list.length ? [...lines, `... and ${count - list.length} more problems`] : lines;
}

/** Nine digits and more in one piece, or as many as a card number in pieces: neither is ever a value of a catalogue. */
const LONG_NUMBER = /\p{Nd}(?:[\s.\-_/,]*\p{Nd}){12,}|\p{Nd}{9,}/gu;

/** A value as it may be shown: in one line, cut, and without what may be a card number or steer a terminal. */
export function shown(value: unknown): string {
  if (value === undefined || value === '') return 'nothing';
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\p{Cc}+/gu, ' ');
  const masked = text.replace(LONG_NUMBER, (digits) => `[${digits.replace(/\P{Nd}/gu, '').length} digits]`);
  const cut = masked.length > LONGEST_SHOWN ? `${masked.slice(0, LONGEST_SHOWN)}...` : masked;
  return typeof value === 'string' ? `"${cut}"` : cut;
}
