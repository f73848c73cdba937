import { Command, InvalidArgumentError, Option } from 'commander';
import type { Act, ActResult, Check, Scene } from './acts/act';
import type { StageName } from './deployment';

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
  const { Screen, closingLines, worst, writeReport } = await import('./report');
  const screen = new Screen(options.json ? process.stderr : process.stdout);
  const source = options.app ? `The assembly in ${options.app}` : 'Synthesising the app as cdk deploy would ...';
  screen.line(`Rehearsal of stage ${options.stage} on this machine, seed ${options.seed}. ${source}`);
  const { acts } = await import('./acts/index');
  const { refusedStacks } = await import('./acts/first-deploy');
  const wanted = options.act ? acts.filter(({ id }) => options.act?.includes(id)) : acts;
  const { synthesise } = await import('./assembly');
  const { loadStage } = await import('./deployment');
  const assembly = options.app ?? (await synthesise('assembly'));
  const deployment = loadStage(assembly, options.stage);
  const { withMutualTls, withOtherProfile, withShipping } = await import('./variant');
  const variant = wanted.some(({ id }) => id === 'edge') ? withMutualTls(options.stage) : undefined;
  const otherProfile = wanted.some(({ id }) => id === 'credentials') ? withOtherProfile() : undefined;
  const shipping = wanted.some(({ id }) => id === 'shipping') ? withShipping(options.stage) : undefined;
  // A failure belongs to the check that waits for it.
  for (const synthesis of [variant, otherProfile, shipping]) synthesis?.catch(() => undefined);
  const otherStage = options.stage === 'production' ? 'sandbox' : 'production';
  const { Random, issueCredentials } = await import('./payca');
  const setting = {
    deployment,
    credentials: issueCredentials(new Random(options.seed)),
    deliveries: options.deliveries ?? (options.quick ? DELIVERIES.quick : DELIVERIES.full),
    seed: options.seed,
    used: new Set<string>(),
    variants: async () => [loadStage(assembly, otherStage), ...(await (otherProfile ?? withOtherProfile()))],
    withShipping: () => shipping ?? withShipping(options.stage),
    withMutualTls: () => variant ?? withMutualTls(options.stage),
    progress: (text: string) => screen.progress(text),
  };
  const results: ActResult[] = [];
  for (const act of wanted) {
    screen.line(`\n${act.id}: ${act.title}`);
    results.push(await play(act, setting, options, (check) => screen.check(check)));
  }
  const report = { verdict: worst(results.map(({ verdict }) => verdict)), acts: results };
  const next =
    refusedStacks(deployment).length > 0
      ? `replace the example values: npm run golive -- config check --stage ${options.stage}`
      : `npx cdk deploy '${options.stage === 'production' ? 'Production' : 'Sandbox'}/*'`;
  for (const line of closingLines(report, wanted, next, writeReport(report))) screen.line(line);
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.verdict === 'pass' ? 0 : 1;
  if (options.keep) await stayUp(setting, options, screen);
}

type Setting = Omit<Scene, 'world' | 'check'> & { readonly used: Set<string> };

/** Each act plays on a stage deployed afresh; what it throws is a failed check. */
async function play(act: Act, setting: Setting, options: Options, show: (check: Check) => void): Promise<ActResult> {
  const { World } = await import('./world');
  const { worst } = await import('./report');
  const started = Date.now();
  const checks: Check[] = [];
  const check = (id: string, passed: boolean, detail: string) => {
    checks.push({ id, verdict: passed ? 'pass' : 'fail', detail });
    show(checks.at(-1) as Check);
  };
  try {
    const world = await World.deploy(setting.deployment, { awsEndpoint: options.awsEndpoint, used: setting.used });
    try {
      await act.play({ ...setting, world, check });
    } finally {
      world.stop();
    }
  } catch (error) {
    check('played-to-the-end', false, error instanceof Error ? error.message : String(error));
  }
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  return { id: act.id, verdict: worst(checks.map(({ verdict }) => verdict)), seconds, checks };
}

async function stayUp(
  { deployment, credentials }: Setting,
  { awsEndpoint }: Options,
  screen: import('./report').Screen,
): Promise<void> {
  const { World } = await import('./world');
  const { keep } = await import('./keep');
  const world = await World.deploy(deployment, { awsEndpoint });
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
  'escalation',
  'alarms',
  'balances',
  'shipping',
  'no-trace',
  'permissions',
];

new Command('npm run rehearse --')
  .description('runs the synthesised stacks on this machine, act by act, without an AWS account')
  .option('--quick', 'fewer deliveries: a verdict within half a minute', false)
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
