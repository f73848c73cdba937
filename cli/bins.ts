import { randomUUID } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Command } from 'commander';
import { REPORT_FILES, type Summary } from '../lambda/import-bins/examine';
import { type Outcome, type Request, requestSchema } from '../lambda/import-bins/operation';
import { problemLines } from '../lambda/import-bins/problems';
import { type ImportedVersion, type InForce, Register } from '../lambda/import-bins/register';
import { CATALOGUE, CatalogueError, CatalogueReader } from '../lambda/payca/bin-catalogue';
import { IMPORTS } from '../lambda/payca/imports';
import { Progress } from '../lambda/payca/progress';
import { putFile } from '../lambda/payca/put-file';
import type { StageConfig } from '../lib/config/schema';
import { operatorRun } from './evidence';
import { invoke } from './invoke';
import { explain, OperatorError, type Outputs, output, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly json: boolean;
}

/** A stage as this command uses it. */
interface Place {
  readonly config: StageConfig;
  readonly outputs: Outputs;
  readonly bucket: string;
  readonly s3: S3Client;
}

async function placeOf(stage: string): Promise<Place> {
  const config = readStage(stage);
  const outputs = await stageOutputs(config);
  return { config, outputs, bucket: output(outputs, 'ImportsBucket'), s3: new S3Client({ region: config.region }) };
}

/** Asks the stage's own function, which alone has the credentials; all that it does can be repeated. */
async function ask({ config, outputs }: Place, request: Request): Promise<Outcome> {
  const { error } = requestSchema.safeParse(request);
  if (error)
    throw new OperatorError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const asking = { region: config.region, advice: 'run this again' };
  return (await invoke(output(outputs, 'BinImportFunction'), request, asking)) as Outcome;
}

const me = () => operatorRun(new Date()).actor;

async function importFile(file: string, { stage, dryRun, json }: Options & { readonly dryRun: boolean }) {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new OperatorError(`there is no file ${file}`);
  const place = await placeOf(stage);
  const key = `${IMPORTS.binCommands}${randomUUID()}/${basename(file)}`;
  await putFile(place.s3, place.bucket, key, file).catch((error) => {
    throw new OperatorError(explain(error, `bucket ${place.bucket}`));
  });
  await tell(place, await ask(place, { do: 'import', key, dryRun, actor: me() }), json);
}

async function act(request: Request, { stage, json }: Options): Promise<void> {
  const place = await placeOf(stage);
  await tell(place, await ask(place, request), json);
}

/** Prints what became of it, and fetches the report. */
async function tell(place: Place, outcome: Outcome, json: boolean): Promise<void> {
  const folder = reportOf(outcome);
  const report = folder && (await download(place, folder));
  const lines = [...outcomeLines(outcome, place.config.stage), ...(report ? [`report:   ${report}`] : [])];
  console.log(json ? JSON.stringify(outcome, undefined, 2) : lines.join('\n'));
  const bad = outcome.result === 'compared' ? outcome.verdict !== 'pass' : /^(refused|unusable)$/.test(outcome.result);
  process.exitCode = bad ? 1 : 0;
}

function reportOf(outcome: Outcome): string | undefined {
  if (outcome.result === 'imported') return outcome.version.report;
  return 'report' in outcome ? outcome.report : undefined;
}

/** Into a folder of its own; gives the path of the page. */
async function download({ config, bucket, s3 }: Place, folder: string): Promise<string> {
  const name = folder
    .replace(/^bins\/(versions|trials)\//, '')
    .replaceAll('/', '-')
    .replace(/-$/, '');
  const directory = join('out', 'bins', `${config.stage}-${name}`);
  await mkdir(directory, { recursive: true });
  for (const file of REPORT_FILES) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: folder + file })).catch((error) => {
      throw new OperatorError(explain(error, `bucket ${bucket}`));
    });
    await writeFile(join(directory, file), Body as Readable);
  }
  return relative(process.cwd(), join(directory, REPORT_FILES[0]));
}

/** What became of it, in plain lines. */
function outcomeLines(outcome: Outcome, stage: string): string[] {
  switch (outcome.result) {
    case 'unusable':
      return [
        ...problemLines({ list: [...outcome.problems], count: outcome.count }),
        `${outcome.count} problems; nothing was imported, what is in force stays`,
        'verdict:  fail',
      ];
    case 'refused':
      return [`${outcome.reason}; nothing was changed`, 'verdict:  fail'];
    case 'examined':
      return [
        ...summaryLines(outcome.summary),
        'dry run:  the file can be imported; nothing was changed',
        'verdict:  no-data',
      ];
    case 'imported':
      return [...summaryLines(outcome.version.summary), ...importedLines(outcome, stage)];
    case 'in-force':
      return [
        `in force: ${outcome.version}${outcome.former ? `; for the way back: ${outcome.former}` : ''}`,
        `recorded: ${outcome.evidence}`,
        'verdict:  pass',
      ];
    case 'compared':
      return [
        `in force: ${outcome.version}`,
        ...summaryLines(outcome.summary),
        ...(outcome.evidence ? [`recorded: ${outcome.evidence}`] : []),
        `verdict:  ${outcome.verdict}`,
      ];
  }
}

function importedLines({ version, isNew, inForce }: Extract<Outcome, { result: 'imported' }>, stage: string): string[] {
  const name = `version:  ${version.version}, ${isNew ? 'new' : `the same rows as imported at ${version.importedAt}`}`;
  if (inForce) return [name, 'in force: it is in force already; nothing changes', 'verdict:  pass'];
  return [
    name,
    `next:     finance reads the report, then: npm run golive -- bins confirm ${version.version} --stage ${stage}`,
    'verdict:  no-data until it is confirmed; what is in force stays',
  ];
}

function summaryLines({ rows, currencies, doubts, differences, payca, reason }: Summary): string[] {
  const counts = Object.entries(currencies).map(
    ([currency, { rows: own, added, changed, removed }]) =>
      `${currency}:      ${own} BINs: ${added} new, ${changed} changed, ${removed} removed`,
  );
  const live = {
    read: `${differences} differences`,
    'not-offered': 'not asked, the profile has no call for it',
    'not-read': `not known: ${reason}`,
  };
  return [
    `BINs:     ${rows}`,
    ...counts,
    ...(doubts > 0 ? [`doubts:   ${doubts} can be read in two ways`] : []),
    `PayCA:    ${live[payca]}`,
  ];
}

/** Versions and the one in force, read with the caller's own rights. */
async function registered({ config, outputs }: Place) {
  const table = output(outputs, 'ProgressTable');
  const register = new Register(new Progress(CATALOGUE.owner, { table, region: config.region }));
  const [current, versions] = await Promise.all([register.current(), register.versions()]).catch((error) => {
    throw new OperatorError(explain(error, `table ${table}`));
  });
  return { current, versions };
}

/** What a version is now. */
export function stateOf({ version }: ImportedVersion, current: InForce | undefined): string {
  if (version === current?.version) return 'in force';
  return current?.history?.some((one) => one.version === version) ? 'former' : 'not confirmed';
}

async function list({ stage, json }: Options): Promise<void> {
  const { current, versions } = await registered(await placeOf(stage));
  const shown = versions.map((version) => ({ state: stateOf(version, current), ...version }));
  const lines = shown.map(
    ({ state, version, rows, by, source }) => `${state.padEnd(13)} ${version}  ${rows} BINs  ${source.name}, by ${by}`,
  );
  console.log(json ? JSON.stringify(shown, undefined, 2) : lines.join('\n') || 'no catalogue was imported yet');
}

async function show(name: string | undefined, { stage, json, rows }: Options & { readonly rows: boolean }) {
  const place = await placeOf(stage);
  const { current, versions } = await registered(place);
  const wanted = name ?? current?.version;
  const found = versions.find(({ version }) => version === wanted);
  if (!found) throw new OperatorError(wanted ? `there is no version ${wanted}` : 'no catalogue is in force');
  if (rows) return printRows(place, found);
  const history = current?.history?.filter(({ version }) => version === found.version) ?? [];
  const shown = { state: stateOf(found, current), ...found, history };
  if (json) return console.log(JSON.stringify(shown, undefined, 2));
  const happened = history.map(
    ({ act: done, at, by, reason }) => `${done} ${at} by ${by}${reason ? `: ${reason}` : ''}`,
  );
  const report = await download(place, found.report);
  const file = `file:     ${found.source.name}, SHA-256 ${found.source.sha256}`;
  const head = [`version:  ${found.version}, ${shown.state}`, file, `imported: ${found.importedAt} by ${found.by}`];
  console.log([...head, ...happened, ...summaryLines(found.summary), `report:   ${report}`].join('\n'));
}

/** Every row as a line of JSON. */
async function printRows({ config, bucket, s3 }: Place, version: ImportedVersion): Promise<void> {
  const progress = { recall: async () => undefined };
  try {
    for await (const line of new CatalogueReader(bucket, progress, s3).lines(version)) console.log(line);
  } catch (error) {
    const { message } = error as Error;
    throw new OperatorError(error instanceof CatalogueError ? message : explain(error, `${config.stage}, ${bucket}`));
  }
}

const HELP = `
A file is CSV with the columns bin, currencyCode, provider and any of isTokenizable, minCardBalance, issueFee, monthlyFee,
authorization, decline, settlement, mcc; or JSON in PayCA's shape, a list or one object after the other. See
docs/data-migration.md. An import changes nothing that is in force: finance reads its report, then confirm puts it in force.`;

/** `golive bins`. */
export function binsCommand(): Command {
  const command = (name: string, description: string) =>
    new Command(name).description(description).addOption(stageOption()).option('--json', 'print it as JSON', false);
  return new Command('bins')
    .description('the BIN catalogue: fees, currencies, merchant category restrictions')
    .addHelpText('after', HELP)
    .addCommand(
      command('import', 'check a file, compare it with what is in force and with PayCA, keep it as a version')
        .argument('<file>', 'CSV or JSON')
        .option('--dry-run', 'check and compare only', false)
        .action(importFile),
    )
    .addCommand(
      command('confirm', 'put an imported version in force, in one step')
        .argument('<version>', 'as the import named it')
        .option('--despite-findings <reason>', 'why the findings of its report are accepted')
        .action((version: string, { despiteFindings: reason, ...options }: Options & { despiteFindings?: string }) =>
          act({ do: 'confirm', version, actor: me(), reason }, options),
        ),
    )
    .addCommand(
      command('rollback', 'put a version back in force that was in force before, in one step')
        .argument('<version>', 'see: bins list')
        .requiredOption('--reason <reason>', 'why, for the record')
        .action((version: string, { reason, ...options }: Options & { reason: string }) =>
          act({ do: 'rollback', version, actor: me(), reason }, options),
        ),
    )
    .addCommand(
      command('diff', "compare what is in force with PayCA's live accounts and BINs")
        .option('--record', "write the verdict into the stage's evidence bucket", false)
        .action(({ record, ...options }: Options & { record: boolean }) =>
          act({ do: 'compare', actor: me(), record }, options),
        ),
    )
    .addCommand(command('list', 'all versions').action(list))
    .addCommand(
      command('show', 'a version with its report; by default the one in force')
        .argument('[version]', 'see: bins list')
        .option('--rows', 'print its rows, a line of JSON each', false)
        .action(show),
    );
}
