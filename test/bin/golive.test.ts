import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const REPOSITORY = join(__dirname, '..', '..');

/** The operator's command, as by somebody who is not signed in to AWS. */
function golive(...parameters: string[]): { readonly status: number | null; readonly stderr: string } {
  const aws = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
  const signedOut = Object.fromEntries(aws.map((name) => [name, undefined]));
  const nowhere = join(REPOSITORY, 'no-such-file');
  const env = {
    ...process.env,
    ...signedOut,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
  };
  const all = ['--import', 'tsx', 'bin/golive.ts', ...parameters];
  return spawnSync(process.execPath, all, { cwd: REPOSITORY, env, encoding: 'utf8' });
}

test.each([
  ['status', /^error: stack payca-production-state .* no AWS credentials were found; sign in first/],
  ['endpoint check --ca no-such.pem', /^error: .*no-such\.pem/],
  [
    'launch approve --step lunch --reason x',
    /^error: --step must be one of compare-config, .*; --reason must have 3 to /,
  ],
])('%s: one line that says what to do', (command, told) => {
  const { status, stderr } = golive(...command.split(' '));
  expect(stderr).toMatch(told);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});
