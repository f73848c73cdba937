import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import { stacksOf, templatePath } from '../assembly';

/** From what the report was made. */
export interface Provenance {
  /** Commit of the repository; `-dirty` when files differ from it, `unknown` without a repository. */
  readonly commit: string;
  readonly tools: Readonly<Record<string, string>>;
  /** Templates as they would be deployed, with the SHA-256 of each. */
  readonly templates: readonly { readonly stack: string; readonly template: string; readonly sha256: string }[];
}

const TOOLS = ['aws-cdk-lib', 'constructs', 'cdk-nag', '@cdklabs/cdk-validator-cfnguard'] as const;

/** `app` has been synthesised; `root` is the repository; `otherTools` are versions of programs outside it. */
export function provenance(app: App, root: string, otherTools: Readonly<Record<string, string>>): Provenance {
  const templates = stacksOf(app)
    .map((stack) => ({ stack: stack.stackName, template: stack.templateFile, sha256: hash(templatePath(stack)) }))
    .sort((a, b) => (a.template < b.template ? -1 : 1));
  const tools = Object.fromEntries(TOOLS.map((name) => [name, packageVersion(name)]));
  return { commit: commit(root), tools: { ...tools, ...otherTools }, templates };
}

export function packageVersion(name: string): string {
  return String(JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version);
}

function hash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function commit(root: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const head = git('rev-parse', 'HEAD');
    return git('status', '--porcelain') === '' ? head : `${head}-dirty`;
  } catch {
    return 'unknown';
  }
}
