import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { REPOSITORY } from '../../rehearsal/assembly';
import { deployedNode } from './deployed';
import { type Figure, table, verdict } from './figure';
import { importBins } from './import-bins';
import { price } from './price';
import { reconcile } from './reconcile';
import { rehearsal } from './rehearsal';
import { type SimulateOptions, simulate } from './simulate';
import { start } from './start';
import { synth } from './synth';
import { work } from './work';

const BENCHES: Readonly<Record<string, (options: SimulateOptions) => Promise<Figure[]>>> = {
  simulate,
  start,
  work,
  price,
  reconcile,
  bins: importBins,
  synth,
  rehearsal,
};

const HELP = `
  simulate   deliveries with crashes, copies and reordering, and forgeries, over the pure cores; no time is measured
  start      cold start and bundle of receive-webhook beside a plain handler with three SDK clients
  work       CPU time of a delivery beside the same handler, and beside HMAC and JSON.parse alone
  price      a million webhooks at list prices, by part, from the template and a rehearsed stage
  reconcile  a million lines of a statement against the webhooks, beside the CSV parser alone over the same file
  bins       a hundred thousand BINs imported and compared with as many in force, beside the CSV parser alone
  synth      both stages beside a bare CDK app of as many resources
  rehearsal  how long the last rehearsal took

All of them unless some are named.`;

async function main(names: string[], options: SimulateOptions): Promise<void> {
  const figures: Figure[] = [];
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
    console.log(`${name} ...`);
    figures.push(...((await BENCHES[name]?.(options)) ?? []));
  }
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    functionsNode: execFileSync(deployedNode(), ['--version'], { encoding: 'utf8' }).trim(),
  };
  console.log(`\n${table(figures).join('\n')}\n`);
  console.log(`${machine.cores} cores, ${machine.cpu}; Node ${machine.node}, functions on ${machine.functionsNode}`);
  const path = join('out', 'bench.json');
  const judged = figures.map((figure) => ({ ...figure, verdict: verdict(figure) || undefined }));
  writeFileSync(join(REPOSITORY, path), `${JSON.stringify({ machine, figures: judged }, undefined, 2)}\n`);
  console.log(`Report: ${path}`);
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 999999999.');
}

new Command('npm run bench --')
  .description('measures and prints the figures of the webhook way, each beside a reference of the same run')
  .addArgument(new Argument('[benches...]', 'which ones').choices(Object.keys(BENCHES)))
  .option('--seed <number>', 'repeats a simulation (default: another one each time, printed)', whole)
  .option('--path <path>', 'with --seed: the one case that a failed simulation printed')
  .option('--deliveries <count>', 'to simulate', whole, 1_000_000)
  .option('--forgeries <count>', 'to simulate', whole, 100_000)
  .addHelpText('after', HELP)
  .action((benches: string[], { seed, ...options }: Partial<SimulateOptions> & Omit<SimulateOptions, 'seed'>) =>
    main(benches, { seed: seed ?? Date.now() % 1_000_000_000, ...options }),
  )
  .parseAsync()
  .catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
