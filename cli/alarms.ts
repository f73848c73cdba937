import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { Command } from 'commander';
import { alarmPrefix, readAlarmName } from '../lambda/payca/alarm-names';
import { REPOSITORY } from '../lib/config/truststore';
import { rateAlarmOf } from '../lib/monitoring/alarms/rate-alarm';
import { type AlarmDefinition, looksAt, readAlarms } from '../lib/monitoring/evaluation/alarm-replay';
import { type Deployment, loadStage, type StageName } from '../rehearsal/deployment';
import { backtest, backtestLines, backtestPages } from './alarms-backtest';
import { alarmsDocument, type PagingRateAlarm } from './alarms-document';
import { METRIC_FILE_HELP, readMetricFile } from './metric-file';
import { OperatorError, readStage, stageOption } from './stage';

/** Where `alarms table` writes, below the repository. */
export const ALARMS_DOCUMENT = 'docs/alarms.md';

/** Alarms as they stand in a stage's templates. */
export function stageAlarms(deployment: Deployment): AlarmDefinition[] {
  return readAlarms(deployment.resources('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'));
}

/** The alarms that judge a rate of failures and page, by themselves or through a composite alarm that looks at them. */
export function pagingRateAlarms(deployment: Deployment, prefix: string): PagingRateAlarm[] {
  const alarms = stageAlarms(deployment);
  const paging = alarms.filter(({ name }) => readAlarmName(name, prefix)?.severity === 'page');
  const names = new Set(paging.flatMap((alarm) => [alarm.name, ...looksAt(alarm)]));
  return alarms.flatMap((alarm) => {
    const rate = alarm.kind === 'metric' && names.has(alarm.name) ? rateAlarmOf(alarm) : undefined;
    return rate && alarm.kind === 'metric' ? [{ name: alarm.name, expression: alarm.expression ?? '', rate }] : [];
  });
}

/** The text of `docs/alarms.md` for an assembly. */
export function documentOf(assembly: string): string {
  const { programme, stage } = readStage('production');
  return alarmsDocument(pagingRateAlarms(loadStage(assembly, stage), alarmPrefix(programme, stage)));
}

async function assemblyAt(directory: string | undefined): Promise<string> {
  if (directory) return directory;
  const { synthesise } = await import('../rehearsal/assembly');
  console.error('Synthesising the app as cdk deploy would ...');
  return synthesise('alarms');
}

interface BacktestOptions {
  readonly stage: StageName;
  readonly metrics: string;
  readonly assembly?: string;
  readonly json: boolean;
}

async function runBacktest({ stage, metrics, assembly, json }: BacktestOptions): Promise<void> {
  const samples = readMetricFile(readText(metrics));
  const alarms = stageAlarms(loadStage(await assemblyAt(assembly), stage));
  if (alarms.length === 0) throw new OperatorError(`the templates of stage ${stage} have no alarms`);
  const report = backtest(alarms, samples, { stage, metrics: basename(metrics) });
  const directory = join(REPOSITORY, 'out', 'backtest', stage);
  // Pictures of an earlier run would stand beside this one's.
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const { file, content } of backtestPages(report)) writeFileSync(join(directory, file), content);
  const pictures = relative(process.cwd(), join(directory, 'index.html'));
  if (json) console.log(JSON.stringify(report.results, undefined, 2));
  else for (const line of [...backtestLines(report), '', `Pictures: ${pictures}`]) console.log(line);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new OperatorError(`the metrics cannot be read: ${(error as Error).message}`);
  }
}

/** `golive alarms`. */
export function alarmsCommand(): Command {
  const alarms = new Command('alarms').description('what the alarms in the templates do');
  const assembly = [
    '--assembly <directory>',
    'a synthesised assembly such as cdk.out; synthesises when absent',
  ] as const;
  alarms
    .command('table')
    .description(`write ${ALARMS_DOCUMENT}: false pages and detection of every alarm that pages on a rate`)
    .option(...assembly)
    .action(async (options: { assembly?: string }) => {
      const text = documentOf(await assemblyAt(options.assembly));
      mkdirSync(join(REPOSITORY, 'docs'), { recursive: true });
      writeFileSync(join(REPOSITORY, ALARMS_DOCUMENT), text);
      console.log(`wrote ${ALARMS_DOCUMENT}`);
    });
  alarms
    .command('backtest')
    .description('say when each alarm would have fired on recorded or exported metrics, with a picture of each')
    .requiredOption('--metrics <file>', 'recorded metrics: CSV, or JSON lines of a metric stream')
    .addOption(stageOption())
    .option(...assembly)
    .option('--json', 'print the results as JSON', false)
    .addHelpText('after', METRIC_FILE_HELP)
    .action(runBacktest);
  return alarms;
}
