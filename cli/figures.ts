import { Command, InvalidArgumentError } from 'commander';
import { type Figures, HOURS } from '../lambda/report-figures/figures';
import { figureLines } from '../lambda/report-figures/text';
import { invoke } from './invoke';
import { output, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly hours: number;
  readonly json: boolean;
}

async function run({ stage, hours, json }: Options): Promise<void> {
  const config = readStage(stage);
  const FunctionName = output(await stageOutputs(config, ['launch']), 'FiguresFunction');
  const asking = { region: config.region, advice: 'there is no data' };
  const figures = (await invoke(FunctionName, { hours }, asking)) as Figures[];
  console.log(json ? JSON.stringify(figures, undefined, 2) : figuresText(figures));
}

export function figuresText(figures: readonly Figures[]): string {
  return figures.map((hour) => figureLines(hour).join('\n')).join('\n\n');
}

function wholeHours(text: string): number {
  if (/^[1-9]\d?$/.test(text) && Number(text) <= HOURS) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number of hours from 1 to ${HOURS}.`);
}

/** `golive figures`. */
export function figuresCommand(): Command {
  return new Command('figures')
    .description('the key figures of the last hours, counted from the inbox')
    .addOption(stageOption())
    .option('--hours <number>', 'so many hours that are over', wholeHours, 1)
    .option('--json', 'print it as JSON', false)
    .action(run);
}
