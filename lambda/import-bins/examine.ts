import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogueRow } from '../payca/bin-catalogue';
import { csvLine } from '../payca/csv';
import { RowFile } from '../payca/report/row-file';
import { type Compared, compareCatalogues, type Difference } from './compare';
import type { Live } from './live';
import { reportPage } from './report/page';

/** Of each list on the page; the CSV file has all of it. */
const SHOWN = 500;

/** How many rows of a currency there are, and how many of them are not as in the catalogue in force. */
export interface CurrencyCount {
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** What was found about a catalogue. */
export interface Summary {
  readonly rows: number;
  readonly currencies: Readonly<Record<string, CurrencyCount>>;
  /** What in the file can be read in two ways. */
  readonly doubts: number;
  /** What PayCA has otherwise. */
  readonly differences: number;
  readonly payca: Live['state'];
  /** Why PayCA's side is not known. */
  readonly reason?: string;
}

/** What finance has to accept by name, beyond the catalogue itself. */
export function findingsOf({ doubts, differences, payca }: Summary): number {
  return doubts + differences + (payca === 'not-read' ? 1 : 0);
}

/** What is shown of it on the page; each list only at its beginning. */
export interface Lists {
  readonly findings: readonly Difference[];
  readonly changes: readonly Difference[];
  readonly rows: readonly CatalogueRow[];
}

export interface Examination {
  readonly title: string;
  /** Facts for the head of the page, by their names. */
  readonly facts: Readonly<Record<string, string>>;
  /** What the reader does next. */
  readonly next: string;
  readonly stage: string;
  /** Rows as JSON, in order. */
  readonly lines: Iterable<string> | AsyncIterable<string>;
  /** The same of the catalogue in force. */
  readonly inForce: AsyncIterable<string>;
  readonly live: Live;
  readonly doubts: Doubts;
  /** Folder for the report, the same as that of the doubts; it exists. */
  readonly directory: string;
}

export const REPORT_FILES = ['report.html', 'report.csv'] as const;

const HEADER = csvLine(['compared with', 'BIN', 'currency', 'column', 'there', 'here', 'what']);

/**
 * What in a file can be read in two ways. Tiers are often wrong in every row in the same way: each doubt goes to the report's
 * CSV file at once, and only those that the page shows stay in memory.
 */
export class Doubts {
  count = 0;
  readonly first: Difference[] = [];
  readonly csv: RowFile;

  constructor(directory: string) {
    this.csv = new RowFile(join(directory, 'report.csv'), HEADER);
  }

  add(doubt: Difference): void {
    this.count += 1;
    if (this.first.length < SHOWN) this.first.push(doubt);
    this.csv.add(line(doubt));
  }
}

/** Compares a catalogue with the one in force and with PayCA, and writes the report for finance. */
export async function examine(examination: Examination): Promise<Summary> {
  const { directory, live, doubts } = examination;
  const { csv } = doubts;
  const tally = new Tally(doubts.first);
  for await (const compared of compareCatalogues(examination.lines, examination.inForce, live)) {
    tally.take(compared);
    for (const difference of compared.differences) csv.add(line(difference));
  }
  csv.end();
  const summary: Summary = {
    ...{ rows: tally.rowCount, currencies: tally.currencies, doubts: doubts.count, differences: tally.differences },
    ...{ payca: live.state, reason: live.state === 'not-read' ? live.reason : undefined },
  };
  await writeFile(join(directory, 'report.html'), reportPage(examination, summary, tally));
  return summary;
}

class Tally implements Lists {
  rowCount = 0;
  differences = 0;
  readonly currencies: Record<string, { rows: number; added: number; changed: number; removed: number }> = {};
  readonly rows: CatalogueRow[] = [];
  readonly changes: Difference[] = [];
  readonly findings: Difference[];

  constructor(doubts: readonly Difference[]) {
    this.findings = [...doubts];
  }

  take({ row, change, differences }: Compared): void {
    if (row) {
      this.rowCount += 1;
      this.in(row.currency).rows += 1;
      if (this.rows.length < SHOWN) this.rows.push(row);
    }
    const currency = row?.currency ?? differences[0]?.currency ?? '';
    if (change) this.in(currency)[change] += 1;
    for (const difference of differences) {
      const isFinding = difference.side === 'PayCA';
      if (isFinding) this.differences += 1;
      const list = isFinding ? this.findings : this.changes;
      if (list.length < SHOWN) list.push(difference);
    }
  }

  private in(currency: string) {
    this.currencies[currency] ??= { rows: 0, added: 0, changed: 0, removed: 0 };
    return this.currencies[currency];
  }
}

function line({ side, bin, currency, column, there, here, note }: Difference): string {
  return csvLine([side, bin, currency, column, there, here, note]);
}
