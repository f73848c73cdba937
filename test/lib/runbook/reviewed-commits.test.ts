import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositorySignOffs } from '../../../lib/runbook/reviewed-commits';
import { SIGN_OFFS_PLACE } from '../../../lib/runbook/sign-offs';

const made: string[] = [];
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

let seconds = 1_796_000_000;

function run(cwd: string, ...args: string[]): string {
  seconds += 60;
  const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com', '-c', 'commit.gpgsign=false'];
  const env = { ...process.env, GIT_COMMITTER_DATE: `${seconds} +0000`, GIT_AUTHOR_DATE: `${seconds} +0000` };
  return execFileSync('git', [...who, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

const entry = (line: string, link: string) =>
  `  - line: "${line}"\n    at: "2026-12-01T09:30:00Z"\n    link: https://wiki.acme.eu/${link}\n`;

function write(root: string, ...entries: string[]): void {
  mkdirSync(join(root, 'config'), { recursive: true });
  writeFileSync(join(root, SIGN_OFFS_PLACE), `signOffs:\n${entries.join('')}`);
}

function commit(root: string, ...entries: string[]): string {
  write(root, ...entries);
  run(root, 'add', '-A');
  run(root, 'commit', '-m', 'sign off');
  return run(root, 'rev-parse', 'HEAD').slice(0, 12);
}

function repository(): string {
  const root = mkdtempSync(join(tmpdir(), 'sign-offs-'));
  made.push(root);
  run(root, 'init', '--initial-branch=main');
  return root;
}

const signed = (root: string, merged = true) => {
  const { signOffs } = repositorySignOffs({ root, merged });
  return { by: signOffs?.signOffs.map(({ line, by }) => [line, by]), uncommitted: signOffs?.uncommitted };
};

test('each entry is signed by the newest commit of its lines', () => {
  const root = repository();
  const first = commit(root, entry('6.2', 'a'), entry('6.3', 'b'));
  const second = commit(root, entry('6.2', 'a'), entry('6.3', 'changed'));
  expect(signed(root)).toEqual({
    by: [
      ['6.2', `commit ${first}`],
      ['6.3', `commit ${second}`],
    ],
    uncommitted: [],
  });
});

test('what is not committed counts for nothing, and so does a change of what was', () => {
  const root = repository();
  const first = commit(root, entry('6.2', 'a'), entry('6.3', 'b'));
  write(root, entry('6.2', 'a'), entry('6.3', 'changed'), entry('7.1', 'c'));
  expect(signed(root)).toEqual({ by: [['6.2', `commit ${first}`]], uncommitted: [1, 2] });
});

test('what is not merged into the protected branch of the remote counts for nothing', () => {
  const remote = repository();
  const merged = commit(remote, entry('6.2', 'a'));
  const clone = join(remote, 'clone');
  run(remote, 'clone', '--quiet', remote, clone);
  const own = commit(clone, entry('6.2', 'a'), entry('6.3', 'b'));
  expect(signed(clone)).toEqual({ by: [['6.2', `commit ${merged}`]], uncommitted: [1] });
  expect(signed(clone, false).by).toContainEqual(['6.3', `commit ${own}`]);
});

test('a history that is cut off, or none, shows nobody', () => {
  const root = repository();
  commit(root, entry('6.2', 'a'));
  commit(root, entry('6.2', 'a'), entry('6.3', 'b'));
  const shallow = join(root, 'shallow');
  run(root, 'clone', '--quiet', '--depth=1', `file://${root}`, shallow);
  expect(signed(shallow)).toEqual({ by: [], uncommitted: [0, 1] });
  rmSync(join(root, '.git'), { recursive: true });
  expect(signed(root)).toEqual({ by: [], uncommitted: [0, 1] });
});
