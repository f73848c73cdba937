import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SEMI_SPACE } from '../../lib/payca-function';
import { REPOSITORY } from '../../rehearsal/assembly';
import { deployedNode, program } from './deployed';
import { compared, type Figure } from './figure';
import { writeStatement } from './statement-file';
import type { StatementRun } from './statement-run';

const LINES = 1_000_000;
const ROUNDS = 3;

/** A million lines of a statement against as many webhooks, beside the parser alone over the same file. */
export async function reconcile(): Promise<Figure[]> {
  const runner = program('statement-run');
  const STATEMENT = join(REPOSITORY, 'out', 'bench', 'statement.csv');
  const run = async (WHAT: 'parse' | 'reconcile'): Promise<StatementRun> => {
    const child = fork(runner, {
      execPath: deployedNode(),
      execArgv: [SEMI_SPACE],
      env: { STATEMENT, WHAT, LINES: String(LINES), PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [result] = await once(child, 'message');
    return result;
  };
  writeStatement(STATEMENT, LINES);
  try {
    const [ours, floor]: [StatementRun[], StatementRun[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      floor.push(await run('parse'));
      ours.push(await run('reconcile'));
    }
    const lost = ours.filter(({ lines }) => lines !== (LINES / 100) * 99);
    if (lost.length > 0) throw new Error(`${lost[0]?.lines} fees were matched`);
    const beside = (of: (one: StatementRun) => number) => compared(ours.map(of), 'csv-parse alone', floor.map(of));
    return [
      {
        figure: 'reconciliation of a million lines',
        unit: 's',
        ...beside(({ seconds }) => seconds),
        target: { atMost: 30, of: 'measured' },
      },
      {
        figure: 'reconciliation: memory at most',
        unit: 'MB',
        ...beside(({ megabytes }) => megabytes),
        target: { atMost: 512, of: 'measured' },
      },
    ];
  } finally {
    rmSync(STATEMENT);
  }
}
