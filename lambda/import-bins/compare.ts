import { CatalogueError, type CatalogueRow } from '../payca/bin-catalogue';
import type { Live, LiveCatalogue } from './live';
import { keyOf } from './sorted-rows';
import { differing, TERMS, type Terms, termsOf } from './terms';

/** What a row of the report is about: the catalogue in force, PayCA's live BINs, or the file by itself. */
export type Side = 'in force' | 'PayCA' | 'file';

/** Something that finance should know before it confirms. */
export interface Difference {
  readonly side: Side;
  readonly bin: string;
  readonly currency: string;
  readonly column: string;
  /** What stands on the other side, and in the catalogue that is looked at. */
  readonly there?: string;
  readonly here?: string;
  readonly note: string;
}

/** A row of the catalogue in order, and what there is to say of it. */
export interface Compared {
  /** Absent for what is only on the other side. */
  readonly row?: CatalogueRow;
  readonly change?: 'added' | 'removed' | 'changed';
  readonly differences: readonly Difference[];
}

/** Walks through a catalogue, the one in force and PayCA's BINs at the same time. Both catalogues are in order. */
export async function* compareCatalogues(
  lines: Iterable<string> | AsyncIterable<string>,
  inForce: AsyncIterable<string>,
  live: Live,
): AsyncGenerator<Compared> {
  const former = new Former(inForce);
  await former.next();
  const left = new Set(live.state === 'read' ? live.bins.keys() : []);
  for await (const line of lines) {
    const row = rowOf(line);
    const key = keyOf(row);
    while (former.key !== undefined && former.key < key) yield await former.removed();
    const differences = live.state === 'read' ? atPayca(row, live) : [];
    left.delete(key);
    if (former.key !== key) yield { row, change: 'added', differences: [added(row), ...differences] };
    else {
      const changes = former.line === line.trimEnd() ? [] : changesOf(row, former.row as CatalogueRow);
      yield { row, change: changes.length > 0 ? 'changed' : undefined, differences: [...changes, ...differences] };
      await former.next();
    }
  }
  while (former.key !== undefined) yield await former.removed();
  for (const key of left) yield { differences: [onlyAtPayca(key)] };
}

/** Reading comes before the hash of the whole is known. */
function rowOf(line: string): CatalogueRow {
  try {
    return JSON.parse(line);
  } catch {
    throw new CatalogueError('the catalogue in force has a line that was not imported');
  }
}

/** The catalogue in force, row by row. */
class Former {
  line = '';
  row?: CatalogueRow;
  key?: string;
  private readonly lines: AsyncIterator<string>;

  constructor(lines: AsyncIterable<string>) {
    this.lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<void> {
    const before = this.key;
    const { done, value } = await this.lines.next();
    this.row = done ? undefined : rowOf(value);
    this.line = done ? '' : value;
    this.key = this.row && keyOf(this.row);
    if (before !== undefined && this.key !== undefined && this.key <= before)
      throw new CatalogueError(`the catalogue in force is not in order at ${this.key}`);
  }

  /** The row that is only here, and on to the next one. */
  async removed(): Promise<Compared> {
    const { bin, currency } = this.row as CatalogueRow;
    const there = summaryOf(termsOf(this.row as CatalogueRow));
    await this.next();
    const note = 'in force, and not in the file';
    return { change: 'removed', differences: [{ side: 'in force', bin, currency, column: 'bin', there, note }] };
  }
}

function added(row: CatalogueRow): Difference {
  const { bin, currency } = row;
  return { side: 'in force', bin, currency, column: 'bin', here: summaryOf(termsOf(row)), note: 'new' };
}

function changesOf(row: CatalogueRow, former: CatalogueRow): Difference[] {
  const [here, there] = [termsOf(row), termsOf(former)];
  return differing(here, there).map((column) => ({
    ...{ side: 'in force', bin: row.bin, currency: row.currency, column },
    ...{ there: there[column], here: here[column], note: 'changed' },
  }));
}

/** PayCA tells some terms and leaves out others; only what it tells can differ. */
function atPayca(row: CatalogueRow, { bins, currencies, currenciesOf }: LiveCatalogue): Difference[] {
  const { bin, currency } = row;
  const about = { side: 'PayCA', bin, currency } as const;
  const there = bins.get(keyOf(row));
  if (!there) {
    const known = currenciesOf.get(bin);
    if (known)
      return [
        {
          ...about,
          column: 'currencyCode',
          there: known.join(', '),
          here: currency,
          note: 'PayCA has this BIN in another currency',
        },
      ];
    const account = currencies.has(currency) ? '' : `, and no account in ${currency}`;
    return [{ ...about, column: 'bin', here: bin, note: `PayCA does not have this BIN${account}` }];
  }
  const here = termsOf(row);
  const told = TERMS.filter((term) => there[term] !== undefined);
  return differing(here, there, told).map((column) => ({
    ...about,
    ...{ column, there: there[column], here: here[column], note: 'PayCA has it otherwise' },
  }));
}

function onlyAtPayca(key: string): Difference {
  const [bin = '', currency = ''] = key.split(' ');
  return { side: 'PayCA', bin, currency, column: 'bin', there: bin, note: 'only PayCA has this BIN' };
}

const summaryOf = (terms: Terms) =>
  TERMS.flatMap((term) => (terms[term] === undefined ? [] : `${term} ${terms[term]}`)).join(', ');
