import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CatalogueVersion } from '../payca/bin-catalogue';
import type { Finding } from '../payca/evidence';
import { hashed } from '../payca/hashed';
import { IMPORTS } from '../payca/imports';
import { ProgressChanged } from '../payca/progress';
import { RowFile } from '../payca/report/row-file';
import { readCatalogueFile } from './catalogue-file';
import { Doubts, examine, findingsOf, REPORT_FILES, type Summary } from './examine';
import type { Live } from './live';
import { type Problem, Problems, problemLines, shown } from './problems';
import type { ImportedVersion, InForce, Register } from './register';
import { RowReader } from './row-reader';
import { SortedRows } from './sorted-rows';

/** What an import needs of the world. */
export interface Importer {
  readonly stage: string;
  /** Decimals of currencies that differ from ISO 4217. */
  readonly decimals: Readonly<Record<string, number>>;
  readonly register: Register;
  /** Opens an object of the imports bucket. */
  readonly open: (key: string) => Promise<AsyncIterable<Uint8Array>>;
  /** Puts a file of the disk into the imports bucket. */
  readonly put: (key: string, path: string) => Promise<void>;
  readonly lines: (version: CatalogueVersion) => AsyncIterable<string>;
  readonly live: () => Promise<Live>;
  /** Leaves a record in the evidence bucket; gives the key of its manifest. */
  readonly record: (finding: Finding, actor: string) => Promise<string>;
  /** Empty folder of this run. */
  readonly directory: string;
  readonly run: { readonly id: string; readonly time: string };
}

export type Imported =
  /** Nothing was stored but the problems, in `folder`. */
  | {
      readonly result: 'unusable';
      readonly problems: readonly Problem[];
      readonly count: number;
      readonly folder: string;
    }
  /** A dry run: what an import would say. */
  | { readonly result: 'examined'; readonly rows: number; readonly summary: Summary; readonly report: string }
  /** A version waits for its confirmation, or is in force already. */
  | {
      readonly result: 'imported';
      readonly version: ImportedVersion;
      /** The same rows were not imported before. */
      readonly isNew: boolean;
      readonly inForce: boolean;
    };

/** Checks a file of the imports bucket, compares it and keeps it as a version; what is in force stays. */
export async function importFile(
  importer: Importer,
  { key, dryRun, actor }: { readonly key: string; readonly dryRun: boolean; readonly actor: string },
): Promise<Imported> {
  const { directory, register, run, stage } = importer;
  const name = shown(basename(key)).slice(1, -1);
  const [problems, doubts] = [new Problems(), new Doubts(directory)];
  const hash = createHash('sha256');
  const rows = new SortedRows(join(directory, 'rows'));
  try {
    const reader = new RowReader(problems, (doubt) => doubts.add({ side: 'file', ...doubt }), importer);
    for await (const read of readCatalogueFile(hashed(await importer.open(key), hash), problems)) {
      const row = reader.read(read);
      if (row) rows.add(row);
    }
    if (problems.count > 0) {
      doubts.csv.end();
      return await refuse(importer, problems);
    }
    reader.finish();
    const sha256 = writeSorted(rows, join(directory, 'rows.ndjson'));
    const [current, known, live] = await Promise.all([register.current(), register.withHash(sha256), importer.live()]);
    const version = known ?? versionOf(sha256, rows.count, importer, actor);
    const summary = await examine({
      ...{ stage, live, doubts, directory },
      title: dryRun ? `BIN catalogue ${name}, a dry run` : `BIN catalogue ${version.version}`,
      facts: { File: name, 'In force': current?.version ?? 'none', Looked: run.time },
      next: nextStep(dryRun, stage, version, current),
      lines: lineTexts(rows),
      inForce: current ? importer.lines(current) : none(),
    });
    const report = folderOf(importer, dryRun ? undefined : version);
    for (const file of REPORT_FILES) await importer.put(`${report}${file}`, join(directory, file));
    if (dryRun) return { result: 'examined', rows: rows.count, summary, report };
    if (!known) await importer.put(version.key, join(directory, 'rows.ndjson'));
    const source = { name, sha256: hash.digest('hex') };
    const kept = await keep(register, { ...version, source, base: current?.version, report, summary }, known);
    return {
      result: 'imported',
      version: kept,
      isNew: !known && kept.report === report,
      inForce: current?.sha256 === sha256,
    };
  } finally {
    rows.close();
  }
}

async function refuse(importer: Importer, problems: Problems): Promise<Imported> {
  const folder = folderOf(importer);
  const path = join(importer.directory, 'problems.txt');
  await writeFile(path, `${problemLines(problems).join('\n')}\n`);
  await importer.put(`${folder}problems.txt`, path);
  return { result: 'unusable', problems: problems.list, count: problems.count, folder };
}

/** Of two that import the same rows at the same moment one is first; both made the same version. */
async function keep(
  register: Register,
  version: ImportedVersion,
  former: ImportedVersion | undefined,
): Promise<ImportedVersion> {
  try {
    await register.keep(version, former);
    return version;
  } catch (error) {
    if (!(error instanceof ProgressChanged)) throw error;
    const other = await register.withHash(version.sha256);
    if (!other) throw error;
    return other;
  }
}

function versionOf(sha256: string, rows: number, { run }: Importer, by: string): CatalogueVersion {
  const version = `${run.time.replace(/[-:]|\.\d+/g, '')}-${sha256.slice(0, 8)}`;
  return { version, sha256, key: `${IMPORTS.binVersions}${version}/rows.ndjson`, rows, importedAt: run.time, by };
}

/** Where a report goes: beside its version, or for a while among the trials. */
export function folderOf({ run }: Pick<Importer, 'run'>, version?: CatalogueVersion): string {
  const name = `${run.time.slice(0, 19).replaceAll(':', '-')}-${run.id}/`;
  return version ? `${IMPORTS.binVersions}${version.version}/${name}` : `${IMPORTS.binTrials}${name}`;
}

function nextStep(dryRun: boolean, stage: string, { version }: CatalogueVersion, current: InForce | undefined): string {
  if (dryRun) return 'Nothing was imported.';
  if (current?.version === version) return 'It is in force already.';
  return `Finance confirms it with: npm run golive -- bins confirm ${version} --stage ${stage}`;
}

function writeSorted(rows: SortedRows, path: string): string {
  const file = new RowFile(path, '');
  for (const { line } of rows.sorted()) file.add(line);
  return file.end();
}

function* lineTexts(rows: SortedRows): Generator<string> {
  for (const { line } of rows.sorted()) yield line;
}

async function* none(): AsyncGenerator<string> {}

/** What is shown of a version in a record of evidence: numbers and hashes. */
export function described({ version, sha256, rows, source, summary, report, base }: ImportedVersion) {
  return {
    version,
    sha256,
    rows,
    source,
    compared: { ...summary, with: base ?? 'none' },
    findings: findingsOf(summary),
    report,
  };
}
