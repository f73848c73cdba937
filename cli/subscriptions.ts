import { Argument, Command } from 'commander';
import { type Report, verdict } from '../lambda/check-subscriptions/check';
import type { Outcome, Request } from '../lambda/check-subscriptions/operation';
import type { Step } from '../lambda/check-subscriptions/registrar';
import type { Finding } from '../lambda/payca/evidence';
import type { StageConfig } from '../lib/config/schema';
import { EvidenceStore, operatorRun } from './evidence';
import { invoke } from './invoke';
import { OperatorError, output, readStage, stageOption, stageOutputs } from './stage';

interface Options {
  readonly stage: string;
  readonly record: boolean;
  readonly json: boolean;
}

/** Asks the stage's own function, which alone has the credentials. Throws what it refused. */
export async function askSubscriptions(
  request: Request,
  config: StageConfig,
): Promise<Exclude<Outcome, { result: 'refused' | 'no-credentials' }>> {
  const FunctionName = output(await stageOutputs(config, ['service']), 'SubscriptionsFunction');
  const outcome = await invoke(FunctionName, request, { region: config.region, advice: 'run this again' });
  return accepted(outcome as Outcome, config);
}

function accepted(
  outcome: Outcome,
  { stage }: StageConfig,
): Exclude<Outcome, { result: 'refused' | 'no-credentials' }> {
  if (outcome.result === 'refused') throw new OperatorError(`${outcome.reason}; nothing was changed`);
  if (outcome.result === 'no-credentials') {
    const put = `npm run golive -- credentials put --stage ${stage}`;
    throw new OperatorError(`there are no credentials yet, so PayCA was not asked: ${put}`);
  }
  return outcome;
}

async function run(request: Request, { stage, record, json }: Options): Promise<void> {
  const config = readStage(stage);
  const outcome = await askSubscriptions(request, config);
  if (outcome.result !== 'done') throw new OperatorError(`unexpected answer: ${outcome.result}`);
  const { steps, report } = outcome;
  const finding = findingOf(report, steps);
  const { subscriptions, ...others } = report;
  const shown = { verdict: finding.verdict, steps, subscriptions, ...others };
  console.log(json ? JSON.stringify(shown, undefined, 2) : reportLines(report, steps).join('\n'));
  if (record) {
    const store = new EvidenceStore(output(await stageOutputs(config, ['state']), 'EvidenceBucket'), config.region);
    const { key } = await store.write(operatorRun(new Date()), [finding]);
    if (!json) console.log(`recorded: ${key}`);
  }
  // A registration is confirmed by what comes later.
  const enough = request.do === 'check' ? finding.verdict === 'pass' : finding.verdict !== 'fail';
  process.exitCode = enough ? 0 : 1;
}

/** What is shown of the runbook's line: registered and acknowledged. */
export function findingOf(report: Report, steps: readonly Step[]): Finding {
  const subscriptions = report.subscriptions.map(({ id, types, url, registeredAt, confirmed }) => ({
    ...{ id, types, url, registeredAt, confirmed },
  }));
  return { line: '3.4', verdict: verdict(report, steps), details: { ...report, subscriptions, steps } };
}

/** What was done and how things are, in plain lines. */
export function reportLines(report: Report, steps: readonly Step[]): string[] {
  const line = (name: string, text: string) => `${name.padEnd(10)} ${text}`;
  const hosts = [...new Set(report.subscriptions.map(({ url }) => url))];
  const list = {
    compared: 'PayCA lists its subscriptions; they were compared',
    'not-offered': 'PayCA offers no list: what we know is our own register and what comes',
    'not-answered': 'PayCA did not answer: only our own register and what came were compared',
  };
  return [
    ...steps.map(({ what, id = '', types = [], failed }) =>
      failed ? line('failed', failed) : line(what, [...types, id].filter(Boolean).join(' ')),
    ),
    ...hosts.map((url) => line('url', url)),
    ...report.subscriptions.flatMap(({ id, types, confirmed, registeredAt }) =>
      types.map((type) => {
        const { at, key } = confirmed[type] ?? {};
        return line(type, `${id} ${at ? `confirmed ${at} by ${key}` : `pending since ${registeredAt}`}`);
      }),
    ),
    ...report.absent.map((type) => line(type, 'not registered: subscriptions apply')),
    ...report.problems.map(({ kind, text }) => line(kind, text)),
    line('list', list[report.list]),
    `verdict: ${verdict(report, steps)}`,
  ];
}

const HELP = `
PayCA documents no list of subscriptions: their ids are kept in the stage, and what cannot be known is a finding.
  apply   registers what the config asks for (payca.webhookTypes, payca.webhookRegistration), each once; what the config no
          longer asks for is removed after that, in production only by remove
  check   confirms by deliveries in the inbox and finds what is missing, foreign, changed or in doubt; also runs daily
  settle  forgets registrations in doubt, once PayCA has said what it has of them
  remove  what the config no longer asks for, or the subscriptions with these ids, or --all
A subscription is pending until a delivery of its type has come. In the sandbox one can be caused:
  npm run golive -- subscriptions provoke CARD_ID EUR --stage sandbox`;

/** `golive subscriptions`. */
export function subscriptionsCommand(): Command {
  const command = (name: string, description: string) =>
    new Command(name)
      .description(description)
      .addOption(stageOption())
      .option('--record', "write the result into the stage's evidence bucket", false)
      .option('--json', 'print it as JSON', false);
  return new Command('subscriptions')
    .description('the webhook subscriptions at PayCA')
    .addHelpText('after', HELP)
    .addCommand(
      command('apply', 'register what the config asks for; can be repeated').action((options: Options) =>
        run({ do: 'apply' }, options),
      ),
    )
    .addCommand(
      command('check', 'confirm by what was delivered, and find what differs').action((options: Options) =>
        run({ do: 'check' }, options),
      ),
    )
    .addCommand(
      command('settle', 'registrations in doubt: PayCA has said what it has of them').action((options: Options) =>
        run({ do: 'settle' }, options),
      ),
    )
    .addCommand(
      command(
        'provoke',
        "sandbox: authorize, settle and refund 1.00 on a card, so that webhooks come; not production's",
      )
        .argument('<card>', "PayCA's card id")
        .argument('<currency>', "the card's currency, such as EUR")
        .action((cardId: string, currency: string, options: Options) =>
          run({ do: 'provoke', cardId, currency }, options),
        ),
    )
    .addCommand(
      command('remove', 'remove what the config no longer asks for, or the subscriptions with these ids')
        .addArgument(new Argument('[ids...]', "PayCA's ids, also of subscriptions that somebody else registered"))
        .option('--all', 'remove all that are registered: no webhook comes from then on', false)
        .action((ids: string[], { all, ...options }: Options & { readonly all: boolean }) => {
          if (all && ids.length > 0) throw new OperatorError('give ids or --all, not both');
          return run({ do: 'remove', ids, all }, options);
        }),
    );
}
