import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../package.json';

const ROOT = join(__dirname, '..');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly if?: string;
  readonly environment?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly steps?: readonly Step[];
}

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const files = [
  ...readdirSync(join(ROOT, '.github', 'workflows')).map((name) => `.github/workflows/${name}`),
  '.github/actions/deploy-stage/action.yml',
];
const deploy = parse(text('.github/workflows/deploy.yml'));
const jobs: Readonly<Record<string, Job>> = deploy.jobs;
const stageSteps: readonly Step[] = parse(text('.github/actions/deploy-stage/action.yml')).runs.steps;
const steps = [...Object.values(jobs).flatMap((job) => job.steps ?? []), ...stageSteps];
const scripts = steps.flatMap(({ run }) => run ?? []);

test('main is checked, then the sandbox, then production', () => {
  expect(Object.fromEntries(Object.entries(jobs).map(([name, { needs }]) => [name, needs]))).toEqual({
    check: undefined,
    diff: undefined,
    comment: 'diff',
    sandbox: 'check',
    production: 'sandbox',
  });
  expect(jobs.check?.uses).toBe('./.github/workflows/ci.yml');
  expect(Object.keys(parse(text('.github/workflows/ci.yml')).on)).toEqual(['workflow_call']);
  expect(jobs.sandbox?.if).toContain("github.ref == 'refs/heads/main'");
});

test('each stage is deployed from its own environment, whose rules ask for approval', () => {
  for (const stage of ['sandbox', 'production']) {
    expect(jobs[stage]).toMatchObject({
      environment: stage,
      concurrency: { group: `deploy-${stage}`, 'cancel-in-progress': false },
    });
    const action = jobs[stage]?.steps?.find(({ uses }) => uses === './.github/actions/deploy-stage');
    expect(action?.with).toMatchObject({ stage, role: `\${{ vars.${stage.toUpperCase()}_DEPLOY_ROLE }}` });
  }
  expect(Object.values(jobs).filter(({ environment }) => environment)).toHaveLength(2);
});

test('every job has the permissions that it needs and no other', () => {
  expect(deploy.permissions).toEqual({});
  expect(Object.fromEntries(Object.entries(jobs).map(([name, { permissions }]) => [name, permissions]))).toEqual({
    check: { contents: 'read' },
    diff: { contents: 'read', 'id-token': 'write' },
    comment: { 'pull-requests': 'write' },
    sandbox: { contents: 'read', 'id-token': 'write' },
    production: { contents: 'read', 'id-token': 'write' },
  });
});

test('what may write to the pull request runs nothing from it', () => {
  const uses = jobs.comment?.steps?.flatMap((step) => step.uses ?? []) ?? [];
  expect(uses.map((name) => name.split('@')[0])).toEqual(['actions/download-artifact']);
  expect(jobs.comment?.steps?.map(({ run = '' }) => run).join()).not.toMatch(/npm|npx|node |git /);
  expect(jobs.diff?.if).toContain('github.event.pull_request.head.repo.full_name == github.repository');
});

test('packages are installed before there are credentials', () => {
  for (const own of [jobs.diff?.steps ?? [], stageSteps]) {
    const install = own.findIndex(({ run }) => run === 'npm ci');
    const credentials = own.findIndex(({ uses }) => uses?.startsWith('aws-actions/'));
    expect(install).toBeGreaterThanOrEqual(0);
    expect(credentials).toBeGreaterThan(install);
  }
});

test('a stage is deployed and then asked, whether it changed or not, in one place', () => {
  const golive = stageSteps.filter(({ run }) => run?.includes('golive'));
  expect(golive.map(({ run }) => /golive -- (.*) --stage/.exec(String(run))?.[1])).toEqual([
    'deploy',
    'endpoint check',
  ]);
  for (const step of golive) expect(step.if).toBeUndefined();
  expect(scripts.filter((run) => run.includes('endpoint check'))).toHaveLength(1);
});

test('a pull request is compared by template, for which the role that reads is enough', () => {
  expect(scripts.filter((run) => run.includes('npx cdk diff'))).toEqual([expect.stringContaining('--method template')]);
});

test.each(files)('%s pins every action that is not ours to a commit', (file) => {
  const uses = [...text(file).matchAll(/uses: (\S+)(.*)/g)].map(([, name = '', comment = '']) => ({ name, comment }));
  for (const { name, comment } of uses.filter((one) => !one.name.startsWith('./'))) {
    expect(name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
  }
});

test.each(files)('%s has no secret, and no script into which an expression is pasted', (file) => {
  expect(text(file)).not.toContain('secrets.');
  for (const run of scripts) expect(run).not.toContain('${{');
});

test('every npm script and every command that is called exists', () => {
  const called = scripts.flatMap((run) => [...run.matchAll(/npm run (\S+)(?: -- ([a-z -]*?[a-z])(?= -|$))?/g)]);
  // A command is a process of its own: each is asked once.
  const distinct = new Map(called.map((one) => [one[0], one])).values();
  expect(called.length).toBeGreaterThan(0);
  for (const [, script = '', command = ''] of distinct) {
    expect(Object.keys(packageJson.scripts)).toContain(script);
    const help = execFileSync(process.execPath, ['--import', 'tsx', 'bin/golive.ts', ...command.split(' '), '--help'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(help).toContain(`golive -- ${command} [options]`);
  }
});

test('the examples in the docs are well-formed', () => {
  const blocks = [...text('docs/pipelines.md').matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(([, , yaml]) => yaml);
  expect(blocks).toHaveLength(2);
  for (const yaml of blocks) expect(() => parse(String(yaml))).not.toThrow();
});
