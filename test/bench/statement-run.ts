import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { reconcileFees } from '../../lambda/reconcile-fees/run';
import { ourSide, PERIOD, SETTINGS, TARIFF } from './statement-file';

/*
 * Run by itself on the deployed Node: reads a statement with the parser alone, or reconciles it with as many webhooks, and
 * tells its parent how long that took and how much memory at most.
 */

export interface StatementRun {
  readonly seconds: number;
  readonly megabytes: number;
  /** Lines that were read, or fees that were matched. */
  readonly lines: number;
}

const { STATEMENT = '', LINES, WHAT } = process.env;

async function parsed(): Promise<number> {
  let lines = -1;
  const parser = parse();
  pipeline(createReadStream(STATEMENT), parser, () => undefined);
  for await (const _record of parser) lines += 1;
  return lines;
}

async function reconciled(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const { summary } = await reconcileFees({
      settings: SETTINGS,
      period: PERIOD,
      tariff: TARIFF,
      isSmoke: () => false,
      asOf: PERIOD.to,
      statementBytes: statSync(STATEMENT).size,
      stage: 'production',
      statement: { name: 'statement.csv', content: createReadStream(STATEMENT) },
      received: () => ourSide(Number(LINES)),
      directory,
    });
    return summary.found.matched ?? 0;
  } finally {
    await rm(directory, { recursive: true });
  }
}

const started = process.hrtime.bigint();
(WHAT === 'parse' ? parsed() : reconciled()).then((lines) => {
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  process.send?.({ seconds, megabytes, lines } satisfies StatementRun);
});
