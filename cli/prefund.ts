import { Command } from 'commander';
import { moneyText } from '../lambda/payca/money';
import { type Funded, fundingVerdict, prefunding } from '../lambda/payca/prefunding';
import { Progress } from '../lambda/payca/progress';
import type { LastLook } from '../lambda/watch-payca/balances';
import { EvidenceStore, operatorRun } from './evidence';
import { explain, OperatorError, output, readStage, stageOption, stageOutputs } from './stage';

/** The tenant is prefunded before the first production authorization. */
const LINE = '3.2';

interface Options {
  readonly stage: string;
  readonly record: boolean;
  readonly json: boolean;
}

async function check({ stage, record, json }: Options): Promise<void> {
  const config = readStage(stage);
  const required = config.migration.prefunding;
  if (Object.keys(required).length === 0)
    throw new OperatorError(`nothing is required: migration.prefunding of ${stage} names no currency`);
  const outputs = await stageOutputs(config, ['state']);
  const table = output(outputs, 'ProgressTable');
  const progress = new Progress('watch-payca', { table, region: config.region });
  const look = await progress.recall('balances').catch((error) => {
    throw new OperatorError(explain(error, `table ${table}`));
  });
  const now = new Date();
  const funded = prefunding(required, look as LastLook | undefined, now);
  const verdict = fundingVerdict(funded);
  if (record) {
    const store = new EvidenceStore(output(outputs, 'EvidenceBucket'), config.region);
    await store.write(operatorRun(now), [{ line: LINE, verdict, details: { look: (look as LastLook)?.at, funded } }]);
  }
  console.log(json ? JSON.stringify({ verdict, funded }, undefined, 2) : prefundingLines(funded, verdict).join('\n'));
  if (verdict !== 'pass') process.exitCode = 1;
}

export function prefundingLines(funded: readonly Funded[], verdict: string): string[] {
  const lines = funded.map(({ currency, verdict, required, available, shortfall, reason }) => {
    const has = available === undefined ? 'available: not known' : `available ${moneyText(available, currency)}`;
    const missing = shortfall ? `, missing ${moneyText(shortfall, currency)}` : '';
    return `${verdict.padEnd(8)} required ${moneyText(required, currency)}, ${has}${missing}${reason ? `; ${reason}` : ''}`;
  });
  return [...lines, `verdict: ${verdict}`];
}

/** `golive prefund check`. */
export function prefundCommand(): Command {
  return new Command('prefund')
    .description("the tenant's money before the first authorization")
    .addCommand(
      new Command('check')
        .description(
          "compare PayCA's available balances with what migration.prefunding requires; exit code 1 unless all is there",
        )
        .addOption(stageOption())
        .option('--record', 'write the verdict into the evidence bucket', false)
        .option('--json', 'print it as JSON', false)
        .action(check),
    );
}
