import { findings, type SmokeResult } from '../../lambda/smoke-test/result';
import type { SmokeSettings } from '../../lambda/smoke-test/settings';
import type { PaycaApiServer } from '../payca-api';
import { type AskedCall, SmokeBench } from '../smoke-bench';
import { FAULT_KINDS, type FaultKind, type SteppedCall, type Verdict } from '../smoke-cases';
import { type Before, before, leftAt, SMOKE_TENANTS, type SmokeTenant, smokeSettings } from '../smoke-tenants';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { subscribe, whileDelivering } from './smoke';

const HOUR_MS = 60 * 60 * 1000;

/** Everything that can go wrong in a run: the core beside the simulator, and some of it with the deployed function. */
export const smokeFaults: Act = {
  id: 'smoke-faults',
  title:
    'Smoke tests with every call failing in every way, killed at every effect: undone or told, verdict and evidence right',
  play: async (scene) => {
    let cases = 0;
    for (const tenant of SMOKE_TENANTS) {
      const cast = new Cast(scene, tenant);
      for (const [id, problems] of [
        ['calls', await cast.everyCall()],
        ['killed', await cast.killed()],
        ['killed-a-day-ago', await cast.killedLongAgo()],
        ['variants', await cast.variants()],
      ] as const)
        scene.check(
          `${tenant.id}-${id}`,
          problems.wrong.length === 0,
          problems.wrong.slice(0, 3).join('; ') || problems.seen,
        );
      cases += cast.cases;
      scene.progress(`${cases} cases`);
    }
    await deployed(scene);
    scene.check('cases', cases > 500, `${cases} cases`);
  },
};

interface Seen {
  readonly wrong: readonly string[];
  readonly seen: string;
}

/** The cases of one tenant, each on a bench of its own. */
class Cast {
  cases = 0;

  constructor(
    private readonly scene: Scene,
    private readonly tenant: SmokeTenant,
  ) {}

  /** Each call of a run, in each way; an hour later PayCA is well again and the next run undoes the rest. */
  async everyCall(): Promise<Seen> {
    const { calls } = await this.clean();
    const wrong: string[] = [];
    for (const call of calls)
      for (const kind of FAULT_KINDS)
        wrong.push(
          ...(await this.withFault(call, kind)).map((one) => `${kind.id} at ${call.step}, ${call.call}: ${one}`),
        );
    return { wrong, seen: `${calls.length} calls x ${FAULT_KINDS.length} faults` };
  }

  private async withFault(call: SteppedCall, { fault, once, verdict }: FaultKind): Promise<string[]> {
    const { bench, was } = this.bench();
    let times = 0;
    bench.fault = ({ requestId }) => (requestId === call.requestId && (!once || times++ === 0) ? fault : undefined);
    const result = finished(await bench.run('all'));
    const asked = bench.asked.slice();
    bench.fault = () => undefined;
    bench.moveClock(HOUR_MS);
    const swept = finished(await bench.run([]));
    return [
      ...isVerdict(result, verdict(call, this.tenant)),
      ...isComplete(result, asked),
      ...isUndone(swept, leftAt(bench.payca, was)),
    ];
  }

  /** Before and after each effect; the next run, once the killed one's time is over, undoes what it left. */
  async killed(): Promise<Seen> {
    return this.killedEverywhere(async (bench) => {
      bench.moveClock(HOUR_MS);
      const next = finished(await bench.run('all'));
      return [...isVerdict(next, 'pass'), ...isUndone(next, [])];
    });
  }

  /** PayCA has forgotten the keys: nothing is made again, and what cannot be known is told with its ids. */
  async killedLongAgo(): Promise<Seen> {
    let told = 0;
    const seen = await this.killedEverywhere(async (bench, was) => {
      bench.moveClock(25 * HOUR_MS);
      const asked = bench.asked.length;
      const next = finished(await bench.run([]));
      const again = bench.asked.slice(asked).filter(({ call }) => /^POST \/v1\/(users|cards)$|\/topup$/.test(call));
      const nameless = next.leftovers.filter(
        ({ idempotencyKey, requestIds, reason }) => !idempotencyKey || !requestIds.length || !reason,
      );
      told += next.leftovers.length;
      const left = next.leftovers.length > 0 ? [] : leftAt(bench.payca, was);
      return [
        ...left,
        ...again.map(({ call }) => `${call} again`),
        ...nameless.map(({ kind }) => `${kind} without ids`),
      ];
    });
    return { ...seen, seen: `${seen.seen}; ${told} things told with their ids` };
  }

  private async killedEverywhere(then: (bench: SmokeBench, was: Before) => Promise<string[]>): Promise<Seen> {
    const { effects } = await this.clean();
    const wrong: string[] = [];
    for (let at = 0; at < effects; at += 1)
      for (const when of ['before', 'after'] as const) {
        const { bench, was } = this.bench();
        bench.kill = { at, when };
        const killed = (await bench.run('all')) === 'killed' ? [] : ['it was not killed'];
        bench.kill = undefined;
        const left = await then(bench, was);
        wrong.push(...[...killed, ...left].map((one) => `killed ${when} effect ${at}: ${one}`));
      }
    return { wrong, seen: `${effects} effects, before and after each` };
  }

  /** What PayCA's documentation leaves open, and webhooks that come late or never. */
  async variants(): Promise<Seen> {
    const wrong: string[] = [];
    for (const [id, prepare, verdict] of VARIANTS) {
      const { bench, was } = this.bench();
      prepare(bench);
      const result = finished(await bench.run('all'));
      const found = [
        ...isVerdict(result, verdict),
        ...isUndone(result, leftAt(bench.payca, was)),
        ...isComplete(result, bench.asked),
      ];
      wrong.push(...found.map((one) => `${id}: ${one}`));
    }
    return { wrong, seen: VARIANTS.map(([id]) => id).join(', ') };
  }

  /** A run in which nothing fails: its calls, with the steps that made them, and how many effects it has. */
  private async clean(): Promise<{ calls: SteppedCall[]; effects: number }> {
    const { bench } = this.bench();
    const result = finished(await bench.run('all'));
    if (result.verdict !== 'pass') throw new Error(`${this.tenant.id}: ${describe(result)}`);
    const step = new RegExp(`^${result.id}-(.*)-\\d+$`);
    const calls = bench.asked.map((call) => ({ ...call, step: step.exec(call.requestId)?.[1] ?? '' }));
    return { calls, effects: bench.effects };
  }

  private bench(): { bench: SmokeBench; was: Before } {
    this.cases += 1;
    const environment = this.tenant.inSandbox ? 'sandbox' : 'production';
    const settings = (payca: PaycaApiServer): SmokeSettings => smokeSettings(this.scene.deployment, this.tenant, payca);
    const bench = new SmokeBench(settings, { generation: this.tenant.generation, environment });
    return { bench, was: before(bench.payca) };
  }
}

type Variant = readonly [id: string, prepare: (bench: SmokeBench) => void, verdict: Verdict];

const named = (id: string, change: Partial<PaycaApiServer['record']['settings']>): Variant => [
  id,
  ({ payca }) => Object.assign(payca.record.settings, change),
  'pass',
];

const VARIANTS: readonly Variant[] = [
  named('id of a user in id', { userId: 'id' }),
  named('id of a user in userId', { userId: 'userId' }),
  named('transactionId', { transactionId: 'transactionId' }),
  named('id of a transaction in id', { transactionId: 'id' }),
  named('txId', { transactionId: 'txId' }),
  named('older words', { words: 'older' }),
  named('newer words', { words: 'newer' }),
  named('a card with money is not closed', { closeWithMoney: 'refused' }),
  ['webhooks after 40 s', (bench) => Object.assign(bench, { webhookDelayMs: 40_000 }), 'pass'],
  ['webhooks after two minutes', (bench) => Object.assign(bench, { webhookDelayMs: 120_000 }), 'fail'],
  ['webhooks never', ({ payca }) => payca.outbox.subscriptions.clear(), 'fail'],
];

function finished(result: SmokeResult | 'killed'): SmokeResult {
  if (result === 'killed') throw new Error('a run ended that was not to be killed');
  return result;
}

function isVerdict(result: SmokeResult, wanted: Verdict): string[] {
  return result.verdict === wanted ? [] : [`verdict ${result.verdict} instead of ${wanted} (${describe(result)})`];
}

function isUndone({ leftovers }: SmokeResult, left: readonly string[]): string[] {
  return [...left, ...leftovers.map(({ kind, reason }) => `${kind} is left over: ${reason}`)];
}

/** Every call that was sent stands in the evidence, and every step's line has a finding. */
function isComplete(result: SmokeResult, asked: readonly AskedCall[]): string[] {
  const found = findings(result);
  const text = JSON.stringify(found);
  const unknown = [...new Set(asked.map(({ requestId }) => requestId))].filter((id) => !text.includes(`"${id}"`));
  const lines = result.steps.filter(({ line }) => !found.some((finding) => finding.line === line));
  return [...unknown.map((id) => `the evidence lacks ${id}`), ...lines.map(({ line }) => `no finding of line ${line}`)];
}

function describe({ steps }: SmokeResult): string {
  return steps
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ id, verdict, reason }) => `${id} ${verdict}: ${reason}`)
    .join(', ');
}

/** The deployed function, killed in the middle and without an answer: the next run of the template's schedule undoes it. */
async function deployed({ world, deployment, credentials, check }: Scene): Promise<void> {
  const [tenant] = SMOKE_TENANTS as readonly [SmokeTenant];
  await world.supply(credentials);
  world.moveClock(31_000);
  subscribe(world);
  const lambda = world.function('smoke-test');
  const settings = smokeSettings(deployment, tenant, world.payca);
  lambda.otherVariables = { SMOKE_SETTINGS: JSON.stringify(settings), PAYCA_CALLS_PER_SECOND: '1000' };
  const was = before(world.payca);
  const problems: string[] = [];
  for (const path of ['/v1/users', '/v1/cards', '/v1/users/transfer']) {
    const outcome = await killedAt(world, path);
    if (!('errorType' in outcome)) problems.push(`it was not killed at ${path}`);
    const open = leftAt(world.payca, was).length;
    world.moveClock(HOUR_MS);
    const swept = await lambda.invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
    const left =
      'result' in swept ? isUndone(swept.result as SmokeResult, leftAt(world.payca, was)) : [swept.errorMessage];
    problems.push(...left.map((one) => `after ${path}: ${one}`));
    if (open === 0) problems.push(`nothing was open after ${path}`);
  }
  check(
    'deployed',
    problems.length === 0,
    problems.join('; ') || 'killed at the user, the card and the transfer: undone by the schedule',
  );
}

/** PayCA does what it is asked at `path`; the function hears of it no more. */
function killedAt(world: World, path: string) {
  let killed = false;
  world.payca.faults = (call) => {
    if (call.path !== path || killed) return undefined;
    killed = true;
    setImmediate(() => world.function('smoke-test').signal('SIGKILL'));
    return { afterEffect: 'silent' };
  };
  return whileDelivering(world, () => world.function('smoke-test').invoke({ steps: 'all', actor: 'rehearsal' }));
}
