import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const REPOSITORY = resolve(__dirname, '..');

/**
 * Synthesises the app as the CDK CLI does: the command of `cdk.json` with its context. `config` is a directory with
 * other stages, relative to the repository. Gives the assembly's directory; an error carries what the app printed.
 * CDK's check of the templates against CloudFormation's schemas is left to `npm run synth`: it takes longer than all else.
 */
export async function synthesise(name: string, config?: string): Promise<string> {
  const directory = join(REPOSITORY, 'out', 'rehearsal', name);
  mkdirSync(directory, { recursive: true });
  const { app, context } = JSON.parse(readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8'));
  const child = spawn(app, {
    shell: true,
    cwd: REPOSITORY,
    env: {
      ...process.env,
      CDK_VALIDATION: 'false',
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify(config ? { ...context, config } : context),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  }
  const code = await new Promise<number | null>((settle) => child.on('close', settle));
  if (code !== 0) throw new Error(`the app does not synthesise (exit code ${code}):\n${printed.trim()}`);
  return directory;
}
