import { Command, InvalidArgumentError, Option } from 'commander';
import type { StageName } from './deployment';
import type { Setting } from './play';
import type { Report, Screen } from './report';

interface Options {
  readonly quick: boolean;
  readonly act?: string[];
  readonly stage: StageName;
  readonly deliveries?: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly json: boolean;
  readonly awsEndpoint?: string;
  readonly app?: string;
}

const DELIVERIES = { full: 10_000, quick: 400 };

async function main(options: Options): Promise<void> {
  const { Screen } = await import('./report');
  const screen = new Screen(options.json ? process.stderr : process.stdout);
  const source = options.app ? `The assembly in ${options.app}` : 'Synthesising the app as cdk deploy would ...';
  screen.line(`Rehearsal of stage ${options.stage} on this machine, seed ${options.seed}. ${source}`);
  const { synthesise } = await import('./assembly');
  const { Random, issueCredentials } = await import('./payca');
  const setting: Setting = {
    assembly: options.app ?? (await synthesise('assembly')),
    stage: options.stage,
    credentials: issueCredentials(new Random(options.seed)),
    deliveries: options.deliveries ?? (options.quick ? DELIVERIES.quick : DELIVERIES.full),
    seed: options.seed,
    awsEndpoint: options.awsEndpoint,
  };
  const report = await rehearse(setting, options, screen);
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.verdict === 'pass' ? 0 : 1;
  if (options.keep) await stayUp(setting, screen);
}

async function rehearse(setting: Setting, options: Options, screen: Screen): Promise<Report> {
  const { acts } = await import('./acts/index');
  const { worst } = await import('./acts/act');
  const { refusedStacks } = await import('./acts/first-deploy');
  const { loadStage } = await import('./deployment');
  const { playAll } = await import('./lanes');
  const { RunningOrder, closingLines, writeReport } = await import('./report');
  const wanted = acts.filter(({ id, quick }) => options.act?.includes(id) ?? (quick || !options.quick));
  const order = new RunningOrder(wanted, screen);
  const started = Date.now();
  const results = await playAll(wanted, setting, (act) => order.listener(act));
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  const report: Report = { verdict: worst(results.map(({ verdict }) => verdict)), seconds, acts: results };
  const next =
    refusedStacks(loadStage(setting.assembly, setting.stage)).length > 0
      ? `replace the example values: npm run golive -- config check --stage ${options.stage}`
      : `npx cdk deploy '${options.stage === 'production' ? 'Production' : 'Sandbox'}/*'`;
  for (const line of closingLines(report, wanted, next, writeReport(report))) screen.line(line);
  return report;
}

async function stayUp({ assembly, stage, credentials, awsEndpoint }: Setting, screen: Screen): Promise<void> {
  const { World } = await import('./world');
  const { keep } = await import('./keep');
  const { loadStage } = await import('./deployment');
  const world = await World.deploy(loadStage(assembly, stage), { awsEndpoint });
  try {
    await world.supply(credentials);
    await keep(world, credentials, screen);
  } finally {
    world.stop();
  }
}

function loopback(text: string): string {
  const { protocol, hostname } = URL.canParse(text) ? new URL(text) : { protocol: '', hostname: '' };
  if (protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)) return text;
  throw new InvalidArgumentError('It must be http:// with a loopback address, such as http://127.0.0.1:5000.');
}

function whole(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 9999999.');
}

const ACT_IDS = [
  'first-deploy',
  'credentials',
  'edge',
  'webhooks',
  'faults',
  'operations',
  'subscriptions',
  'continuity',
  'escalation',
  'alarms',
  'balances',
  'bins',
  'prefund',
  'smoke',
  'smoke-faults',
  'smoke-deploy',
  'shipping',
  'figures',
  'readiness',
  'timeline',
  'launch-rollback',
  'reconciliation',
  'document',
  'no-trace',
  'permissions',
];

new Command('npm run rehearse --')
  .description('runs the synthesised stacks on this machine, act by act, without an AWS account')
  .option('--quick', 'a few acts and fewer deliveries: a verdict within half a minute', false)
  .addOption(new Option('--act <id...>', 'only these acts').choices(ACT_IDS))
  .addOption(
    new Option('--stage <stage>', 'the stage to rehearse').choices(['production', 'sandbox']).default('production'),
  )
  .option(
    '--deliveries <count>',
    `webhooks to send (default: ${DELIVERIES.full}, with --quick ${DELIVERIES.quick})`,
    whole,
  )
  .option('--seed <number>', 'repeats a run', whole, 1)
  .option('--keep', 'stay up afterwards and print the URL of the endpoint', false)
  .option('--json', 'print the report as JSON to standard output, all else to standard error', false)
  .option('--app <directory>', 'rehearse what was synthesised before, such as cdk.out, instead of the sources')
  .option('--aws-endpoint <url>', "an AWS emulator on this machine that answers the functions' calls", loopback)
  .action(main)
  .parseAsync()
  .catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
