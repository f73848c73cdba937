import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { decimalsOf, isCurrency, minorUnits } from '../payca/money';
import { FEE_WORDS } from './fee-words';
import type { ReconciliationSettings, StatementFormat } from './settings';
import { TimeReader } from './statement-time';

/** A line of the statement. Amounts are in minor units; times in milliseconds since 1970. */
export type StatementLine =
  | {
      readonly record: 'fee';
      readonly line: number;
      readonly reference: string;
      readonly word: string;
      readonly currency: string;
      /** Above zero for money that PayCA takes. */
      readonly amount: bigint;
      readonly at: number;
    }
  | {
      /** The balance at the beginning or the end, or money that moved otherwise: above zero for what came in. */
      readonly record: 'opening' | 'closing' | 'movement';
      readonly line: number;
      readonly currency: string;
      readonly amount: bigint;
    };

const DELIMITERS = { comma: ',', semicolon: ';', tabulator: '\t', bar: '|' } as const;
/** Problems told one by one; a file in another format has one on every line. */
const SHOWN = 50;
/** A quote that is never closed would take the rest of the file for one field. */
const LONGEST_RECORD = 100_000;

/** The statement cannot be used; the message has every problem with its line, or the first ones and their number. */
export class StatementError extends Error {
  constructor(problems: readonly string[], count: number) {
    const more = count > problems.length ? [`... and ${count - problems.length} more problems`] : [];
    super(['the statement cannot be used:', ...problems, ...more].join('\n  '));
    this.name = 'StatementError';
  }
}

/**
 * Gives the lines of a statement to `take` as they come; no more of it is kept than the parser's buffer. Throws a
 * `StatementError` when all of it was read and something in it was wrong: what was taken must then be thrown away.
 */
export async function readStatement(
  source: AsyncIterable<Uint8Array> | NodeJS.ReadableStream,
  settings: ReconciliationSettings,
  take: (line: StatementLine) => void,
): Promise<void> {
  const reader = new LineReader(settings);
  const parser = parse({
    delimiter: DELIMITERS[settings.statement.delimiter],
    bom: true,
    from_line: settings.statement.headerLine,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LONGEST_RECORD,
    // Where the parser is, so that no line has to wait for its turn in a queue of promises.
    on_record: (record: readonly string[], { lines }) => {
      const line = reader.read(record, lines);
      if (line) take(line);
      return undefined;
    },
  });
  try {
    await pipeline(source, parser);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    reader.problem(Number(error.lines), error.message);
  }
  reader.finish();
}

type Column = keyof StatementFormat['columns'] | 'record';

class LineReader {
  private readonly problems: string[] = [];
  private problemCount = 0;
  private places?: Readonly<Record<Column, number>>;
  private width = 0;
  /** Lines of balances, by record and currency. */
  private readonly balances = new Map<string, number>();
  private readonly times: TimeReader;

  constructor(private readonly settings: ReconciliationSettings) {
    this.times = new TimeReader(settings.statement.dates, settings.day);
  }

  /** `undefined` for the line of names, and for a line with a problem. */
  read(record: readonly string[], line: number): StatementLine | undefined {
    if (this.width === 0) return this.header(record, line);
    if (!this.places) return undefined;
    if (record.length !== this.width) return this.problem(line, `must have ${this.width} fields, got ${record.length}`);
    const { places } = this;
    const value = (column: Column) => record[places[column]] ?? '';
    const kind = this.kind(value('record'));
    const currency = value('currency');
    if (!isCurrency(currency)) this.problem(line, this.must('currency', 'be a code of ISO 4217', currency));
    const amount = this.amount(value('amount'), currency);
    if (amount === undefined) this.problem(line, this.must('amount', this.amountRule(currency), value('amount')));
    if (kind !== 'fee') return this.balance({ record: kind, line, currency, amount: amount ?? 0n });
    const word = this.settings.statement.subtypes[value('subtype')] ?? value('subtype');
    if (!this.isKnown(word)) this.problem(line, this.must('subtype', this.wordRule(), value('subtype')));
    const at = this.times.read(value('time'));
    if (at === undefined) this.problem(line, this.must('time', this.times.rule, value('time')));
    if (amount === undefined || at === undefined) return undefined;
    const taken = this.settings.statement.amounts.feesAre === 'negative' ? -amount : amount;
    return { record: 'fee', line, reference: value('reference'), word, currency, amount: taken, at };
  }

  problem(line: number, text: string): undefined {
    this.problemCount += 1;
    if (this.problems.length < SHOWN) this.problems.push(`line ${line}: ${text}`);
    return undefined;
  }

  finish(): void {
    if (this.width === 0 && this.problemCount === 0)
      this.problem(this.settings.statement.headerLine, 'must have the names of the columns, got nothing');
    if (this.problemCount > 0) throw new StatementError(this.problems, this.problemCount);
  }

  private header(record: readonly string[], line: number): undefined {
    const { columns, records } = this.settings.statement;
    const names: Record<string, string> = { ...columns, ...(records && { record: records.column }) };
    const places = Object.entries(names).map(([column, name]) => [column, record.indexOf(name)] as const);
    this.width = record.length;
    for (const [column, place] of places) {
      const found = record.map((name) => `"${name}"`).join(', ');
      if (place < 0) this.problem(line, `must have a column "${names[column]}" for ${column}, got ${found}`);
      else if (record.indexOf(names[column] ?? '', place + 1) >= 0)
        this.problem(line, `must have one column "${names[column]}", got two`);
    }
    if (this.problemCount === 0) this.places = Object.fromEntries(places) as Record<Column, number>;
  }

  private kind(record: string): StatementLine['record'] {
    const { records } = this.settings.statement;
    if (!records || record === records.fee) return 'fee';
    if (record === records.opening) return 'opening';
    return record === records.closing ? 'closing' : 'movement';
  }

  private balance(line: Exclude<StatementLine, { record: 'fee' }>): StatementLine | undefined {
    if (line.record === 'movement') return line;
    const key = `${line.record} ${line.currency}`;
    const other = this.balances.get(key);
    this.balances.set(key, line.line);
    if (other === undefined) return line;
    return this.problem(
      line.line,
      `must not have a second ${line.record} balance in ${line.currency}, the first is in line ${other}`,
    );
  }

  private amount(text: string, currency: string): bigint | undefined {
    const { decimalSeparator, unit } = this.settings.statement.amounts;
    if (decimalSeparator === ',' && text.includes('.')) return undefined;
    const decimals = unit === 'minor' ? 0 : decimalsOf(currency, this.settings.decimals);
    return minorUnits(decimalSeparator === ',' ? text.replace(',', '.') : text, decimals);
  }

  private isKnown(word: string): boolean {
    return FEE_WORDS.includes(word) || Object.values(this.settings.statement.subtypes).includes(word);
  }

  private must(column: Column, rule: string, found: string): string {
    const { columns, records } = this.settings.statement;
    const name = column === 'record' ? records?.column : columns[column];
    return `"${name}" must ${rule}, got "${found.slice(0, 60)}"`;
  }

  private amountRule(currency: string): string {
    const { decimalSeparator, unit } = this.settings.statement.amounts;
    if (unit === 'minor') return 'be a whole number of minor units';
    return `be a decimal with "${decimalSeparator}" and at most ${decimalsOf(currency, this.settings.decimals)} decimals, as reconciliation.decimals or ISO 4217 has it`;
  }

  private wordRule(): string {
    return `be one of ${FEE_WORDS.join(', ')}, or stand in reconciliation.statement.subtypes`;
  }
}
