import { createReadStream, mkdtempSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { type Importer, importFile } from '../../lambda/import-bins/import-file';
import { operate } from '../../lambda/import-bins/operation';
import { Register } from '../../lambda/import-bins/register';
import { CatalogueReader } from '../../lambda/payca/bin-catalogue';

/*
 * Run by itself on the deployed Node: reads a catalogue with the parser alone, or imports and compares it with the one that is
 * in force, and tells its parent how long that took and how much memory at most. First it imports and confirms the former one.
 */

export interface CatalogueRun {
  readonly seconds: number;
  readonly megabytes: number;
  readonly rows: number;
  readonly changed: number;
}

const { CATALOGUE = '', FORMER = '', WHAT } = process.env;
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const remembered = new Map<string, string>();
const progress = {
  recall: async (thing: string) => JSON.parse(remembered.get(thing) ?? 'null') ?? undefined,
  rememberIf: async (thing: string, state: unknown) => void remembered.set(thing, JSON.stringify(state)),
  all: async (prefix: string) =>
    new Map([...remembered].filter(([key]) => key.startsWith(prefix)).map(([key, text]) => [key, JSON.parse(text)])),
};
const placeOf = (key: string) => join(directory, key.replaceAll('/', '-'));
const s3 = { send: async ({ input }: { input: { Key: string } }) => ({ Body: createReadStream(placeOf(input.Key)) }) };
const reader = new CatalogueReader('bench', progress, s3 as never);

function importer(id: string): Importer {
  return {
    stage: 'production',
    decimals: {},
    register: new Register(progress),
    open: async (key) => createReadStream(key.endsWith('former') ? FORMER : CATALOGUE),
    put: (key, path) => copyFile(path, placeOf(key)),
    lines: (version) => reader.lines(version),
    live: async () => ({ state: 'not-offered' }),
    record: async () => 'bench',
    directory,
    run: { id, time: new Date().toISOString() },
  };
}

async function parsed(): Promise<Pick<CatalogueRun, 'rows' | 'changed'>> {
  let rows = -1;
  const parser = parse();
  pipeline(createReadStream(CATALOGUE), parser, () => undefined);
  for await (const _record of parser) rows += 1;
  return { rows, changed: 0 };
}

async function imported(key: string): Promise<Pick<CatalogueRun, 'rows' | 'changed'>> {
  const outcome = await importFile(importer(key), { key, dryRun: false, actor: 'bench' });
  if (outcome.result !== 'imported') throw new Error(JSON.stringify(outcome).slice(0, 500));
  const { version, rows, summary } = outcome.version;
  if (key === 'former') await operate({ do: 'confirm', version, actor: 'bench' }, importer('confirm'));
  return { rows, changed: Object.values(summary.currencies).reduce((sum, { changed }) => sum + changed, 0) };
}

async function main(): Promise<void> {
  if (WHAT === 'import') await imported('former');
  const started = process.hrtime.bigint();
  const result = await (WHAT === 'parse' ? parsed() : imported('catalogue'));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  await rm(directory, { recursive: true });
  process.send?.({ seconds, megabytes, ...result } satisfies CatalogueRun);
}

void main();
