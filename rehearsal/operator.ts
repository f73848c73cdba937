import { type ChildProcess, execFile } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { REPOSITORY } from './assembly';
import type { World } from './world';

export interface Outcome {
  readonly code: number;
  /** What was printed; of a command that failed, its errors too. */
  readonly text: string;
}

export interface OperatorOptions {
  /** What is piped into the command. */
  readonly input?: string;
  /** Who gives the command. @default 'jo' */
  readonly person?: string;
  /** @default - the stage of the world */
  readonly stage?: string;
  /** By the moved clock of the functions. @default - this machine's clock */
  readonly atWorldsTime?: boolean;
  /** Told of the process, to end it in the middle. */
  readonly started?: (child: ChildProcess) => void;
}

const CLOCK = join(__dirname, 'clock.cjs');
const COMPILE_CACHE = join(__dirname, 'compile-cache.cjs');

let bundled: Promise<string> | undefined;

/** The operator's command as one file: started from its sources, each run would take a second longer. */
function bundle(): Promise<string> {
  // As deep in the repository as its sources, which find their files from where they are.
  const outfile = join(REPOSITORY, 'out', 'rehearsal', 'golive.cjs');
  bundled ??= build({
    entryPoints: [join(REPOSITORY, 'bin', 'golive.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    // What is not used is left out of modules only: half the time to start.
    mainFields: ['module', 'main'],
    minify: true,
    supported: { 'dynamic-import': false },
    logLevel: 'error',
  }).then(() => outfile);
  return bundled;
}

/** Runs an operator's command in a process of its own, against this machine's AWS. */
export async function golive(
  world: World,
  parameters: readonly string[],
  { input = '', person = 'jo', stage = world.deployment.stage, atWorldsTime, started }: OperatorOptions = {},
): Promise<Outcome> {
  const clock = atWorldsTime ? { REHEARSAL_CLOCK_OFFSET: String(world.s3.clockOffsetMs) } : {};
  const env = { ...process.env, ...world.operatorEnvironment(person), ...clock };
  const ahead = [CLOCK, COMPILE_CACHE].flatMap((file) => ['--require', file]);
  const all = [...ahead, await bundle(), ...parameters, '--stage', stage];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, all, { cwd: REPOSITORY, env }, (error, stdout, stderr) => {
      const code = error ? Number(error.code ?? 1) : 0;
      resolve({ code, text: (code === 0 ? stdout : `${stdout}${stderr}`).trim() });
    });
    // A command that ends without reading its input closes the pipe.
    child.stdin?.on('error', () => undefined).end(input);
    started?.(child);
  });
}
