import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../config/truststore';
import { type CommitOf, readSignOffs, SIGN_OFFS_PLACE } from './sign-offs';

/**
 * The sign-offs in the repository at `root`, by the commits that brought them. `merged` asks for commits in the branch that
 * the remote protects; what must depend on this commit alone does without.
 */
export function repositorySignOffs({ root = REPOSITORY, merged = true } = {}): ReturnType<typeof readSignOffs> {
  return readSignOffs(readFileSync(join(root, SIGN_OFFS_PLACE), 'utf8'), reviewedCommits(root, merged));
}

/** Git names what is not committed by this. */
const NOT_COMMITTED = /^0+$/;

/**
 * Which commit brought lines of the file: the newest of theirs. None while one of them is not committed, or not yet merged
 * into the branch that the remote protects, where it has one; none either when the history is cut off or not there.
 */
function reviewedCommits(root: string, merged: boolean): CommitOf {
  const git = (...args: string[]) => {
    try {
      return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return undefined;
    }
  };
  // A shallow clone lays all that is older at its last commit's door.
  if (git('rev-parse', '--is-shallow-repository') !== 'false') return () => undefined;
  const lines = blamed(git('blame', '--porcelain', '--', SIGN_OFFS_PLACE) ?? '');
  const remote = merged ? git('rev-parse', '--verify', '--quiet', 'origin/HEAD') : undefined;
  const isMerged = (commit: string) => !remote || git('merge-base', '--is-ancestor', commit, remote) !== undefined;
  return (from, to) => {
    const own = lines.slice(from - 1, to);
    if (own.length === 0 || own.some(({ commit }) => NOT_COMMITTED.test(commit) || !isMerged(commit))) return undefined;
    return own.reduce((newest, line) => (line.time > newest.time ? line : newest)).commit;
  };
}

interface BlamedLine {
  readonly commit: string;
  /** Of the commit, in seconds since 1970. */
  readonly time: number;
}

/** Reads the porcelain of `git blame`: https://git-scm.com/docs/git-blame#_the_porcelain_format */
function blamed(porcelain: string): BlamedLine[] {
  const times = new Map<string, number>();
  const commits: string[] = [];
  for (const text of porcelain.split('\n')) {
    const commit = /^([0-9a-f]{40,64}) \d+ \d+/.exec(text)?.[1];
    if (commit) commits.push(commit);
    const time = /^committer-time (\d+)$/.exec(text)?.[1];
    if (time) times.set(commits.at(-1) ?? '', Number(time));
  }
  return commits.map((commit) => ({ commit, time: times.get(commit) ?? 0 }));
}
