import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { Command, Option } from 'commander';
import { ArchiveReader } from '../lambda/payca/archive-reader';
import { CATALOGUE, CatalogueReader } from '../lambda/payca/bin-catalogue';
import { type InboxEntry, InboxReader } from '../lambda/payca/inbox-reader';
import { Progress } from '../lambda/payca/progress';
import { isOfSmoke, smokeIds } from '../lambda/payca/smoke-ids';
import { businessDay, dayOf, type Period } from '../lambda/reconcile-fees/period';
import { reconcileFees } from '../lambda/reconcile-fees/run';
import type { ReconciliationSettings } from '../lambda/reconcile-fees/settings';
import { StatementError } from '../lambda/reconcile-fees/statement';
import type { Summary } from '../lambda/reconcile-fees/summary';
import { reconciliationSettings } from '../lib/config/reconciliation';
import type { StageConfig } from '../lib/config/schema';
import { EvidenceStore, operatorRun } from './evidence';
import { explain, OperatorError, type Outputs, output, parseTime, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly statement: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly source: 'inbox' | 'archive';
  readonly out?: string;
  readonly record: boolean;
  readonly json: boolean;
}

async function run(options: Options): Promise<void> {
  const config = readStage(options.stage);
  const settings = reconciliationSettings(config);
  const period = periodOf(options, settings);
  const now = new Date();
  const found = await stat(options.statement).catch(() => undefined);
  if (!found?.isFile()) throw new OperatorError(`there is no file ${options.statement}`);
  const outputs = await stageOutputs(config, ['state']);
  const directory = options.out ?? join('out', 'reconciliation', `${config.stage}-${dayOf(period.from, settings.day)}`);
  await mkdir(directory, { recursive: true });
  const { summary, finding } = await reconcileFees({
    settings,
    period,
    ...(await known(config, outputs)),
    asOf: now.getTime(),
    statementBytes: found.size,
    stage: config.stage,
    statement: { name: basename(options.statement), content: createReadStream(options.statement) },
    received: received(config, outputs, options.source),
    directory,
  }).catch((error) => {
    throw error instanceof StatementError
      ? new OperatorError(error.message)
      : new OperatorError(explain(error, 'reconciliation'));
  });
  const manifest = options.record
    ? await new EvidenceStore(output(outputs, 'EvidenceBucket'), config.region).write(operatorRun(now), [finding])
    : undefined;
  const lines = [...summaryLines(summary), `Report:  ${join(relative(process.cwd(), directory), 'report.html')}`];
  if (manifest) lines.push(`Record:  ${manifest.key}`);
  console.log(options.json ? JSON.stringify(summary, undefined, 2) : lines.join('\n'));
  process.exitCode = summary.verdict === 'pass' ? 0 : 1;
}

/** The first day, or what the options say. */
function periodOf({ from, to }: Options, { firstDay, day }: ReconciliationSettings): Period {
  if (!from && !to) return businessDay(firstDay, day);
  if (!from || !to) throw new OperatorError('give both --from and --to, or none for the first day');
  if (from >= to) throw new OperatorError(`--from ${from.toISOString()} must be before --to ${to.toISOString()}`);
  return { from: from.getTime(), to: to.getTime() };
}

/** What the stage knows beside the events: the tariff that was imported, and what smoke tests made. */
async function known({ region }: StageConfig, outputs: Outputs) {
  const place = { table: output(outputs, 'ProgressTable'), region };
  const bucket = output(outputs, 'ImportsBucket');
  const [catalogue, labels] = await Promise.all([
    new CatalogueReader(bucket, new Progress(CATALOGUE.owner, place), new S3Client({ region })).current(),
    smokeIds(new Progress('smoke-test', place)),
  ]).catch((error) => {
    throw new OperatorError(explain(error, 'tariff and smoke tests'));
  });
  return { tariff: catalogue?.rows ?? [], isSmoke: (entry: InboxEntry) => isOfSmoke(entry, labels) };
}

function received({ region }: StageConfig, outputs: Outputs, source: Options['source']) {
  const reader =
    source === 'archive'
      ? new ArchiveReader(output(outputs, 'ArchiveBucket'), region)
      : new InboxReader(output(outputs, 'InboxTable'), region);
  return (from: Date, to: Date) => reader.received(from, to);
}

/** The result in a few lines; the report has the rest. */
export function summaryLines({ verdict, from, to, reasons, found, currencies, tariff }: Summary): string[] {
  const notJudged = Object.entries(tariff.notJudged).map(([reason, count]) => `${count} not (${reason})`);
  return [
    `Fees from ${from} to ${to}: ${verdict}`,
    ...reasons.map((reason) => `  ${reason}`),
    ...currencies.map(
      ({ currency, here, there, difference, proof }) =>
        `  ${currency}: statement ${there.amount} in ${there.count} lines, webhooks ${here.amount} in ${here.count}, difference ${difference}; balance ${BALANCE[proof.verdict]}`,
    ),
    `  ${
      Object.entries(found)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ') || 'no fee'
    }`,
    `  tariff: ${[`${tariff.judged} fees held against it`, ...notJudged].join(', ')}`,
  ];
}

const BALANCE = { pass: 'adds up', fail: 'does not add up', 'no-data': 'not on the statement' } as const;

/** `golive reconcile`. */
export function reconcileCommand(): Command {
  const fees = new Command('fees')
    .description("hold the fees of PayCA's statement against the webhooks; the first day when no time is given")
    .requiredOption(
      '--statement <file>',
      "PayCA's statement, a CSV file as reconciliation.statement in config/ describes it",
    )
    .addOption(stageOption())
    .addOption(new Option('--from <time>', 'fees from this time in UTC on').argParser(parseTime))
    .addOption(new Option('--to <time>', 'fees before this time in UTC').argParser(parseTime))
    .addOption(
      new Option('--source <source>', 'where our side is counted: the archive has what the inbox no longer keeps')
        .choices(['inbox', 'archive'])
        .default('inbox'),
    )
    .option('--out <folder>', 'where the report goes (default: out/reconciliation/<stage>-<day>)')
    .option('--record', 'leave a record in the evidence bucket', false)
    .option('--json', 'print the summary as JSON', false)
    .action(run);
  return new Command('reconcile').description("our books against PayCA's").addCommand(fees);
}
