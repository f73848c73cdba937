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
  /** Told of the process, to end it in the middle. */
  readonly started?: (child: ChildProcess) => void;
}

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
  { input = '', person = 'jo', stage = world.deployment.stage, started }: OperatorOptions = {},
): Promise<Outcome> {
  const env = { ...process.env, ...world.operatorEnvironment(person) };
  const all = ['--require', COMPILE_CACHE, await bundle(), ...parameters, '--stage', stage];
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
