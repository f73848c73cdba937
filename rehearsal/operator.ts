import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './assembly';
import type { World } from './world';

export interface CommandOutcome {
  readonly code: number;
  readonly text: string;
}

/** Runs an operator's command against the stage, as an operator runs it. */
export function golive(world: World, ...parameters: string[]): Promise<CommandOutcome> {
  const env = { ...process.env, ...world.operatorEnvironment };
  const all = ['--import', 'tsx', join('bin', 'golive.ts'), ...parameters, '--stage', world.deployment.stage];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { cwd: REPOSITORY, env }, (error, stdout, stderr) => {
      const code = Number(error?.code ?? 0);
      resolve({ code, text: (code === 0 ? stdout : `${stdout}${stderr}`).trim() });
    });
  });
}
