import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../payca/evidence';
import { hashed } from '../payca/hashed';
import { sha256 } from '../payca/inbox';
import type { InboxEntry } from '../payca/inbox-reader';
import { decimalsOf } from '../payca/money';
import { RowFile } from '../payca/report/row-file';
import { isBreak } from './lines';
import { Reconciliation, type ReconciliationInput } from './reconcile';
import { reportPage } from './report/page';
import { BREAKS_HEADER, breakRow, FEES_HEADER, feeRow, type Told, told } from './report/rows';
import { readStatement, StatementError } from './statement';
import type { Summary } from './summary';

/** Line of the runbook that a reconciliation answers. */
export const RUNBOOK_LINE = '9.2';
/** Of each list in the report; a page with more is read by nobody. */
const SHOWN = 500;
export interface RunInput extends ReconciliationInput {
  readonly stage: string;
  readonly statement: { readonly name: string; readonly content: AsyncIterable<Uint8Array> };
  /** What was received from one moment up to, not including, another. */
  readonly received: (from: Date, to: Date) => AsyncIterable<InboxEntry>;
  /** Folder that the report is written to; it exists. */
  readonly directory: string;
}

/** What a reconciliation leaves in its folder, with the SHA-256 of each in hex. */
export type ReportFiles = Readonly<Record<'report.html' | 'fees.csv' | 'breaks.csv', string>>;

export interface RunResult {
  readonly summary: Summary;
  readonly files: ReportFiles;
  /** For the evidence; amounts and hashes, no reference. */
  readonly finding: Finding;
}

/** Reconciles and writes the report; nothing is written when the statement cannot be read (`StatementError`). */
export async function reconcileFees(input: RunInput): Promise<RunResult> {
  const end = new Date(input.period.to).toISOString();
  if (input.period.to > input.asOf)
    throw new StatementError([`it is for a time that ends at ${end}, which is to come`], 1);
  const reconciliation = new Reconciliation(input);
  const hash = createHash('sha256');
  await readStatement(hashed(input.statement.content, hash), input.settings, (line) =>
    reconciliation.takeStatement(line),
  );
  const statement = { name: input.statement.name, sha256: hash.digest('hex') };
  const { from, to } = reconciliation.reach;
  for await (const entry of input.received(new Date(from), new Date(to))) reconciliation.takeOurs(entry);
  const { files, ...lists } = writeRows(reconciliation, input);
  const summary = reconciliation.summary();
  const page = reportPage({ stage: input.stage, summary, settings: input.settings, statement, ...lists });
  await writeFile(join(input.directory, 'report.html'), page);
  const all = { 'report.html': sha256(page), ...files };
  return { summary, files: all, finding: findingOf(summary, statement, all) };
}

function writeRows(reconciliation: Reconciliation, { directory, settings }: RunInput) {
  const fees = new RowFile(join(directory, 'fees.csv'), FEES_HEADER);
  const breaks = new RowFile(join(directory, 'breaks.csv'), BREAKS_HEADER);
  const lists: { breaks: Told[]; timing: Told[] } = { breaks: [], timing: [] };
  for (const outcome of reconciliation.outcomes()) {
    const row = told(outcome, (currency) => decimalsOf(currency, settings.decimals));
    fees.add(feeRow(row));
    if (isBreak(outcome)) breaks.add(breakRow(row));
    const list = isBreak(outcome) ? lists.breaks : outcome.kind === 'timing' ? lists.timing : [];
    if (list.length < SHOWN) list.push(row);
  }
  return { files: { 'fees.csv': fees.end(), 'breaks.csv': breaks.end() }, ...lists };
}

function findingOf(
  { verdict, unreadable, ...rest }: Summary,
  statement: { name: string; sha256: string },
  files: ReportFiles,
): Finding {
  return { line: RUNBOOK_LINE, verdict, details: { ...rest, unreadable: unreadable.length, statement, files } };
}
