import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, synthesise } from '../../rehearsal/assembly';
import { compared, type Figure } from './figure';

const ROUNDS = 5;

/** Both stages beside a bare app, whole processes, in turns. */
export async function synth(): Promise<Figure[]> {
  const resources = resourceCounts(await synthesise('bench'));
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await seconds('test/bench/bare-app.ts', { RESOURCES: resources.join() }));
    ours.push(await seconds('bin/app.ts'));
  }
  const total = resources.reduce((sum, count) => sum + count, 0);
  return [
    {
      figure: `synth of both stages, ${total} resources`,
      unit: 's',
      ...compared(ours, 'bare app', bare),
      target: { atMost: 2, of: 'ratio' },
    },
  ];
}

/** How many resources each template of an assembly has. */
function resourceCounts(assembly: string): number[] {
  return readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => Object.keys(JSON.parse(readFileSync(join(assembly, name), 'utf8')).Resources).length);
}

async function seconds(app: string, variables: Readonly<Record<string, string>> = {}): Promise<number> {
  const outdir = join(REPOSITORY, 'out', 'bench', 'synth');
  rmSync(outdir, { recursive: true, force: true });
  const { context } = JSON.parse(readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8'));
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', app], {
    cwd: REPOSITORY,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context), ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${app} does not synthesise:\n${printed}`);
  return (performance.now() - started) / 1000;
}
