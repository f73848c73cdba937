import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { Command } from 'commander';
import type { Finding } from '../lambda/payca/evidence';
import { sha256 } from '../lambda/payca/inbox';
import { ConfigError, problemLine } from '../lib/config/problems';
import type { StageConfig } from '../lib/config/schema';
import { htmlDocument } from '../lib/launch/document/html';
import { markdownDocument } from '../lib/launch/document/markdown';
import type { PackInput } from '../lib/support/alert-sections';
import { packDocument } from '../lib/support/document';
import { type SupportPack, supportPack, supportVersion } from '../lib/support/pack';
import { type Person, readPeople } from '../lib/support/people';
import { firstCommands } from './deployed-alarms';
import { EvidenceStore, operatorRun } from './evidence';
import { explain, OperatorError, output, readAws, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly people?: string;
  readonly out?: string;
  readonly record: boolean;
}

async function run({ stage, people: peopleFile, out, record: toRecord }: Options): Promise<void> {
  const config = readStage(stage);
  const now = new Date();
  const pack = operatorsPack(config);
  const people = peopleFile === undefined ? [] : peopleIn(peopleFile);
  const commands = await commandsOf(config);
  const document = packDocument({ pack, people, commands, madeAt: now.toISOString() });
  const files = { 'support-pack.html': htmlDocument(document), 'support-pack.md': markdownDocument(document) };
  const folder = out ?? join('out', 'support', stage);
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 'manifest.json'), manifest(pack, files, now));
  const lines = [
    `pack      ${join(folder, 'support-pack.html')}, and support-pack.md and manifest.json beside it`,
    `version   ${pack.version}`,
    `people    ${people.length > 0 ? people.length : 'not supplied: --people FILE'}`,
    `commands  ${commands instanceof Map ? 'of the deployed alarms' : 'with words in capitals for what is deployed'}`,
    ...pack.missing.map(({ path, edit }) => `missing   ${path}: ${edit}`),
  ];
  console.log(lines.join('\n'));
  if (toRecord) await record(config, pack, now);
}

/** The version of the stage's pack as it would be made now. */
export function presentVersion(config: StageConfig): string {
  return operators(() => supportVersion(config));
}

const operatorsPack = (config: StageConfig) => operators(() => supportPack(config));

/** Problems of the pages are the operator's to mend. */
function operators<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof ConfigError ? new OperatorError(error.message) : error;
  }
}

function peopleIn(file: string): readonly Person[] {
  const { people, problems } = readPeople(basename(file), textOf(file));
  if (problems.length > 0) throw new OperatorError(problems.map(problemLine).join('\n'));
  return people;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${code}`);
  }
}

/** The pack can be made before there is a stage, and by who is not signed in to it. */
async function commandsOf(config: StageConfig): Promise<PackInput['commands']> {
  try {
    const commands = await readAws(config, (credentials) =>
      firstCommands(new CloudWatchClient({ region: config.region, credentials }), config),
    );
    return commands.size > 0 ? commands : { missing: 'no alarm is deployed' };
  } catch (error) {
    return { missing: explain(error, `alarms in ${config.region}`) };
  }
}

/** What the version stands for, to be kept with the training's record; names nobody. */
function manifest({ config, version }: SupportPack, files: Readonly<Record<string, string>>, now: Date): string {
  const hashes = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, sha256(content)]));
  const content = {
    programme: config.programme,
    stage: config.stage,
    version,
    madeAt: now.toISOString(),
    files: hashes,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** What of the pack shows that a line of the runbook is fulfilled: no example in the place of it. */
const LINES = { '6.2': /^monitoring\.contacts\.payca\./, '6.3': /^support\.(?!declineReasons)/ };

async function record(config: StageConfig, { version, missing }: SupportPack, now: Date): Promise<void> {
  const findings = Object.entries(LINES).map(([line, places]): Finding => {
    const open = missing.filter(({ path }) => places.test(path)).map(({ path }) => path);
    const says = open.length > 0 ? `still to be supplied: ${open.join(', ')}` : `complete in version ${version}`;
    return { line, verdict: open.length > 0 ? 'fail' : 'pass', details: { version, says } };
  });
  const store = new EvidenceStore(output(await stageOutputs(config, ['state']), 'EvidenceBucket'), config.region);
  console.log(`recorded  ${(await store.write(operatorRun(now), findings)).key}`);
}

/** `golive support-pack`. */
export function supportPackCommand(): Command {
  return new Command('support-pack')
    .description('make what support needs: error codes, messages, whom to call, alarms; HTML, Markdown and a manifest')
    .addOption(stageOption())
    .option('--people <file>', 'YAML with role, name, phone and hours of staff; not kept (docs/support/README.md)')
    .option('--out <directory>', 'where to write it (default: out/support/<stage>)')
    .option('--record', "write into the stage's evidence bucket whether lines 6.2 and 6.3 are fulfilled", false)
    .action(run);
}
