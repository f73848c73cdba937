import { S3Client } from '@aws-sdk/client-s3';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Verdict } from '../lambda/payca/evidence';
import { type ChainedRecord, type Evidence, type KeptObject, readEvidence } from '../lambda/payca/evidence-chain';
import { readBucket, readFolder, writeFolder } from './evidence-source';
import { explain, OperatorError, output, parseTime, readAws, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly folder?: string;
  readonly json: boolean;
}

/** From the stage's bucket, or from a folder without AWS. */
export async function keptObjects({ stage, folder }: Pick<Options, 'stage' | 'folder'>): Promise<KeptObject[]> {
  if (folder) return readFolder(folder);
  const config = readStage(stage);
  const bucket = output(await stageOutputs(config, ['state']), 'EvidenceBucket');
  return readAws(config, (credentials) =>
    readBucket(new S3Client({ region: config.region, credentials }), bucket),
  ).catch((error) => {
    throw new OperatorError(explain(error, `bucket ${bucket}`));
  });
}

interface ListOptions extends Options {
  readonly line?: string;
  readonly since?: Date;
}

async function list(options: ListOptions): Promise<void> {
  const { records, problems } = readEvidence(await keptObjects(options));
  const wanted = records.filter(
    ({ record: { line, time } }) => (options.line ?? line) === line && time >= (options.since?.toISOString() ?? ''),
  );
  if (options.json) console.log(JSON.stringify(wanted, undefined, 2));
  else console.log(recordLines(wanted).join('\n'));
  if (problems.length > 0) console.error(`${problems.length} problems: npm run golive -- evidence verify`);
}

export function recordLines(records: readonly ChainedRecord[]): string[] {
  if (records.length === 0) return ['no records'];
  const lines = records.map(({ key, record: { time, line, verdict, actor } }) =>
    [time.slice(0, 19).concat('Z'), line.padEnd(5), verdict.padEnd(7), actor.padEnd(16), key].join('  '),
  );
  return [`${'time'.padEnd(20)}  line   verdict  ${'actor'.padEnd(16)}  record`, ...lines];
}

async function show(what: string, options: Options): Promise<void> {
  const evidence = readEvidence(await keptObjects(options));
  const found = chosen(what, evidence);
  if (options.json) return console.log(JSON.stringify(found, undefined, 2));
  console.log(found.map(({ key, record }) => `${key}\n${JSON.stringify(record, undefined, 2)}`).join('\n\n'));
}

/** A record by its key, those of a run, or the newest of a line of the runbook. */
export function chosen(what: string, { records, problems, unchained }: Evidence): readonly ChainedRecord[] {
  const exact = records.filter(({ key, record }) => key === what || record.run === what);
  const newest = records.findLast(({ record }) => record.line === what);
  const found = exact.length > 0 ? exact : newest ? [newest] : [];
  if (found.length > 0) return found;
  const problem = problems.find(({ key }) => key === what)?.problem;
  const why =
    problem ?? (unchained.includes(what) ? 'no manifest of the chain names it' : 'no such record, run or line');
  throw new OperatorError(`${what}: ${why}`);
}

interface VerifyOptions extends Options {
  readonly manifest?: string;
}

async function verify(options: VerifyOptions): Promise<void> {
  const objects = await keptObjects(options);
  const verification = verified(objects, options.manifest);
  if (options.json) console.log(JSON.stringify(verification, undefined, 2));
  else console.log(verificationLines(verification).join('\n'));
  process.exitCode = verification.verdict === 'pass' ? 0 : 1;
}

interface Verification extends Omit<Evidence, 'records'> {
  readonly verdict: Verdict;
  readonly records: number;
  /** Whether S3's versions are known, which tell what was written over. */
  readonly versions: boolean;
}

/** `manifest`: hash of one that must be in the chain. */
export function verified(objects: readonly KeptObject[], manifest?: string): Verification {
  const evidence = readEvidence(objects);
  const foreign = manifest !== undefined && !evidence.manifests.some(({ sha256 }) => sha256 === manifest);
  const missing = { key: `manifest ${manifest}`, problem: 'missing: no manifest of the chain has this hash' };
  const problems = [...evidence.problems, ...(foreign ? [missing] : [])];
  const versions = objects.some((object) => object.versions.some(({ id }) => id !== undefined));
  const verdict = problems.length > 0 ? 'fail' : evidence.newest ? 'pass' : 'no-data';
  return { ...evidence, verdict, problems, records: evidence.records.length, versions };
}

export function verificationLines({
  verdict,
  records,
  manifests,
  newest,
  versions,
  problems,
  unchained,
}: Verification): string[] {
  return [
    ...problems.map(({ key, problem }) => `fail     ${key}  ${problem}`),
    ...unchained.map((key) => `note     ${key}  no manifest of the chain names it: it proves nothing`),
    `records  ${records}, of ${manifests.length} runs`,
    `versions ${versions ? 'of every object checked' : 'not known: this folder was not made by golive evidence export'}`,
    ...(newest ? [`newest   ${newest.key}, of ${newest.run.time}`, `sha256   ${newest.sha256}`] : []),
    `verdict: ${verdict}`,
  ];
}

async function exportTo(directory: string, { stage }: Options): Promise<void> {
  const objects = await keptObjects({ stage });
  writeFolder(directory, objects);
  console.log([`${objects.length} objects in ${directory}`, ...verificationLines(verified(objects))].join('\n'));
}

function hash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a SHA-256 in hex: 64 digits or letters from a to f.');
}

const reading = (name: string) =>
  new Command(name)
    .addOption(stageOption())
    .option('--folder <directory>', 'read a copy on this machine instead of the bucket, without AWS')
    .option('--json', 'print it as JSON', false);

/** `golive evidence`. */
export function evidenceCommand(): Command {
  const listCommand = reading('list')
    .description('the records, oldest first')
    .option('--line <id>', 'only of this line of the runbook')
    .addOption(new Option('--since <time>', 'only from this time in UTC on').argParser(parseTime))
    .action(list);
  const showCommand = reading('show')
    .description('a record by its key, those of a run, or the newest of a line of the runbook')
    .addArgument(new Argument('<what>', 'key, run or line'))
    .action(show);
  const verifyCommand = reading('verify')
    .description('check hashes, object versions and the chain of manifests; name what was changed or is missing')
    .option('--manifest <sha256>', 'a manifest that must be in the chain, as a launch document names it', hash)
    .action(verify);
  const exportCommand = new Command('export')
    .description('copy every record and version as plain files, for people without access to AWS')
    .addArgument(new Argument('<directory>', 'an empty folder, or one that is not there yet'))
    .addOption(stageOption())
    .action(exportTo);
  return [listCommand, showCommand, verifyCommand, exportCommand].reduce(
    (all, command) => all.addCommand(command),
    new Command('evidence').description('the records of what was found about lines of the runbook'),
  );
}
