import { type Fields, fields } from '../payca/json';
import type { Problems } from './problems';

/** One BIN of a file, in PayCA's shape (payca-contract.md, 10), not checked yet. */
export interface FileRow {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly fields: Fields;
}

/** A quote or a bracket that is never closed would take the rest of the file for one BIN. */
export const LONGEST_ROW = 100_000;
/** A BIN's fees need four levels; what is nested without end would end whoever walks through it. */
const DEEPEST = 20;

/** The objects of a list, or one after the other; of a broken text those before the break, and a problem. */
export async function* jsonRows(pieces: AsyncIterable<string>, problems: Problems): AsyncGenerator<FileRow> {
  const splitter = new ObjectSplitter(problems);
  for await (const piece of pieces) {
    for (const { line, text } of splitter.take(piece)) {
      const row = readObject(line, text, problems);
      if (row) yield row;
    }
    if (splitter.broken) return;
  }
  splitter.end();
}

function readObject(line: number, text: string, problems: Problems): FileRow | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problems.add(line, '', 'begin a JSON object', 'one that cannot be read');
  }
  if (keysIn(value) !== keysWritten(text))
    return problems.add(line, '', 'name each field of an object once', 'one of them twice');
  return { line, fields: fields(value) };
}

/** Of two fields with one name the parser silently takes the last. */
function keysWritten(text: string): number {
  let count = 0;
  for (const [, key] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs)) if (key !== undefined) count += 1;
  return count;
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((count: number, item) => count + keysIn(item), own);
}

/** What may come next outside of an object. */
type Expected = 'list or object' | 'object or end' | 'object' | 'comma or end' | 'nothing';

const MUST: Readonly<Record<Expected, string>> = {
  'list or object': 'begin with a list of objects, an object, or the names of columns',
  'object or end': 'have an object, or the end of the list',
  object: 'have an object',
  'comma or end': 'have a comma or the end of the list after an object',
  nothing: 'have nothing after the list',
};

/** Cuts a JSON text into its outermost objects, without reading them. */
class ObjectSplitter {
  broken = false;
  private expected: Expected = 'list or object';
  private isList = false;
  private line = 1;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private text = '';
  private startLine = 1;

  constructor(private readonly problems: Problems) {}

  *take(piece: string): Generator<{ line: number; text: string }> {
    let start = 0;
    for (let index = 0; index < piece.length && !this.broken; index += 1) {
      const character = piece[index] as string;
      if (character === '\n') this.line += 1;
      if (this.depth === 0) {
        this.outside(character);
        start = index;
      } else if (this.inside(character)) {
        yield { line: this.startLine, text: this.text + piece.slice(start, index + 1) };
        this.text = '';
      } else if (this.depth > DEEPEST)
        this.break(this.startLine, `have objects of at most ${DEEPEST} levels`, 'more of them');
    }
    if (this.depth === 0 || this.broken) return;
    this.text += piece.slice(start);
    if (this.text.length > LONGEST_ROW)
      this.break(
        this.startLine,
        `have objects of at most ${LONGEST_ROW} characters`,
        'a longer one: is a quote or a bracket missing?',
      );
  }

  end(): void {
    if (this.broken) return;
    const found = 'the end of the file: was it cut off?';
    if (this.depth > 0) this.break(this.startLine, 'close the object that begins here', found);
    else if (this.isList && this.expected !== 'nothing') this.break(this.line, 'close the list', found);
  }

  /** Whether the outermost object ends with this character. */
  private inside(character: string): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (character === '\\') this.escaped = true;
      else if (character === '"') this.inString = false;
    } else if (character === '"') this.inString = true;
    else if (character === '{' || character === '[') this.depth += 1;
    else if (character === '}' || character === ']') this.depth -= 1;
    return this.depth === 0;
  }

  private outside(character: string): void {
    const { expected } = this;
    if (/\s/.test(character)) return;
    if (character === '{' && /object/.test(expected)) {
      this.depth = 1;
      this.startLine = this.line;
      this.expected = this.isList ? 'comma or end' : 'object';
    } else if (character === '[' && expected === 'list or object') {
      this.isList = true;
      this.expected = 'object or end';
    } else if (character === ',' && expected === 'comma or end') this.expected = 'object';
    else if (character === ']' && /or end/.test(expected)) this.expected = 'nothing';
    else this.break(this.line, MUST[expected], character);
  }

  private break(line: number, must: string, found: string): void {
    this.broken = true;
    this.problems.add(line, '', must, found);
  }
}
