import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SEMI_SPACE } from '../../lib/payca-function';
import { REPOSITORY } from '../../rehearsal/assembly';
import { CHANGED, writeCatalogueFile } from './catalogue-file';
import type { CatalogueRun } from './catalogue-run';
import { deployedNode, program } from './deployed';
import { compared, type Figure } from './figure';

const ROWS = 100_000;
const ROUNDS = 3;

/** A hundred thousand BINs imported and compared with as many in force, beside the parser alone over the same file. */
export async function importBins(): Promise<Figure[]> {
  const runner = program('catalogue-run');
  const folder = join(REPOSITORY, 'out', 'bench');
  mkdirSync(folder, { recursive: true });
  const [CATALOGUE, FORMER] = [join(folder, 'catalogue.csv'), join(folder, 'former.csv')];
  const run = async (WHAT: 'parse' | 'import'): Promise<CatalogueRun> => {
    const child = fork(runner, {
      execPath: deployedNode(),
      execArgv: [SEMI_SPACE],
      env: { CATALOGUE, FORMER, WHAT, PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [result] = await once(child, 'message');
    return result;
  };
  writeCatalogueFile(CATALOGUE, ROWS);
  writeCatalogueFile(FORMER, ROWS, true);
  try {
    const [ours, floor]: [CatalogueRun[], CatalogueRun[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      floor.push(await run('parse'));
      ours.push(await run('import'));
    }
    const wrong = ours.find(({ rows, changed }) => rows !== ROWS || changed !== ROWS / CHANGED);
    if (wrong) throw new Error(`${wrong.rows} BINs, ${wrong.changed} of them changed`);
    const beside = (of: (one: CatalogueRun) => number) => compared(ours.map(of), 'csv-parse alone', floor.map(of));
    return [
      {
        figure: 'import of 100,000 BINs',
        unit: 's',
        ...beside(({ seconds }) => seconds),
        target: { atMost: 30, of: 'measured' },
      },
      {
        figure: 'import of 100,000 BINs: memory at most',
        unit: 'MB',
        ...beside(({ megabytes }) => megabytes),
        target: { atMost: 256, of: 'measured' },
      },
    ];
  } finally {
    for (const file of [CATALOGUE, FORMER]) rmSync(file, { force: true });
  }
}
