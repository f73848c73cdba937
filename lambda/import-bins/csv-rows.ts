import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Fields } from '../payca/json';
import { type FileRow, LONGEST_ROW } from './json-rows';
import type { Problems } from './problems';

/** Columns of a catalogue as CSV; the first three must be there. */
const COLUMNS = [
  'bin',
  'currencyCode',
  'provider',
  'isTokenizable',
  'minCardBalance',
  'issueFee',
  'monthlyFee',
  'authorization',
  'decline',
  'settlement',
  'mcc',
] as const;
const REQUIRED = COLUMNS.slice(0, 3);

type Column = (typeof COLUMNS)[number];

/** What the parser's own words would quote of the file. */
const CSV_PROBLEMS: Readonly<Record<string, readonly [must: string, found: string]>> = {
  CSV_QUOTE_NOT_CLOSED: ['close the quote that begins here', 'the end of the file: was it cut off?'],
  CSV_MAX_RECORD_SIZE: [`have lines of at most ${LONGEST_ROW} characters`, 'a longer one: is a quote not closed?'],
};
const QUOTING = ['have quotes around whole fields only, and doubled within', 'another quote'] as const;

/** The lines of a CSV file with a line of column names; of a broken one those before the break, and a problem. */
export async function* csvRows(
  pieces: AsyncIterable<string>,
  delimiter: string,
  problems: Problems,
): AsyncGenerator<FileRow> {
  const parser = parse({
    delimiter,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LONGEST_ROW,
    info: true,
  });
  // What goes wrong comes out of the parser, which is read below.
  pipeline(Readable.from(pieces), parser, () => undefined);
  let columns: readonly string[] | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      if (!columns) {
        columns = record;
        if (!areColumns(record, info.lines, problems)) return;
      } else if (record.length === columns.length) yield { line: info.lines, fields: shape(columns, record) };
      else
        problems.add(
          info.lines,
          '',
          `have ${columns.length} fields`,
          `${record.length} fields`.replace(/^1 fields/, '1 field'),
        );
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const [must, found] = CSV_PROBLEMS[error.code] ?? QUOTING;
    problems.add(Number(error.lines ?? 1), '', must, found);
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function areColumns(names: readonly string[], line: number, problems: Problems): boolean {
  const before = problems.count;
  names.forEach((name, index) => {
    if (!COLUMNS.includes(name as Column)) problems.add(line, '', `name columns of ${COLUMNS.join(', ')}`, name);
    else if (names.indexOf(name) < index) problems.add(line, name, 'be named once', 'a second column of this name');
  });
  for (const name of REQUIRED.filter((required) => !names.includes(required)))
    problems.add(line, name, 'be among the columns', 'no such column');
  return problems.count === before;
}

/** A line in PayCA's shape; what cannot be read stays as it is, and is told with its column. */
function shape(columns: readonly string[], record: readonly string[]): Fields {
  const cell = (column: Column) => record[columns.indexOf(column)] || undefined;
  const tiers = (column: Column) => cell(column) && tiersOf(cell(column) as string);
  return {
    bin: cell('bin'),
    currencyCode: cell('currencyCode'),
    provider: cell('provider'),
    isTokenizable: WORDS[cell('isTokenizable')?.toLowerCase() ?? ''] ?? cell('isTokenizable'),
    minCardBalance: cell('minCardBalance'),
    fees: {
      issueFee: cell('issueFee'),
      monthlyFee: cell('monthlyFee'),
      authorization: tiers('authorization'),
      decline: tiers('decline'),
      settlement: tiers('settlement'),
    },
    mcc: cell('mcc') && restriction(cell('mcc') as string),
  };
}

const WORDS: Readonly<Record<string, boolean>> = { true: true, false: false };

/** `0-100:0.35|100.01-:0.50`; text that is written otherwise stays text. */
function tiersOf(text: string): unknown {
  const parts = text.split('|').map((part) => part.split(':').map((piece) => piece.trim()));
  return parts.every(({ length }) => length === 2) ? parts.map(([range, value]) => ({ range, value })) : text;
}

/** `block 7995 6051`. */
function restriction(text: string): unknown {
  const [mode, ...codes] = text.split(/\s+/);
  return { mode, codes };
}
