import { isOfSmoke, type SmokeLabels } from '../../lambda/payca/smoke-ids';
import type { SmokeResult } from '../../lambda/smoke-test/result';
import { golive } from '../operator';
import { before, leftAt, SMOKE_TENANTS, type SmokeTenant, smokeSettings } from '../smoke-tenants';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

const DELIVER_EVERY_MS = 50;
/** The simulator needs no brake. */
const FAST = { PAYCA_CALLS_PER_SECOND: '1000' };

/** The template's `smoke-test` against PayCA's simulator: money moves, webhooks come in through the edge, all is undone. */
export const smoke: Act = {
  id: 'smoke',
  title: 'Smoke tests of both profiles and a mixed one: every step, undone again, with evidence and labels',
  play: async (scene) => {
    await withoutCredentials(scene);
    await scene.world.supply(scene.credentials);
    // The receiver looks for credentials again.
    scene.world.moveClock(31_000);
    subscribe(scene.world);
    await afterADeploy(scene);
    for (const tenant of SMOKE_TENANTS) await everyStep(scene, tenant);
    await labels(scene);
    await byCommand(scene);
    await evidence(scene);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

async function withoutCredentials({ world, check }: Scene): Promise<void> {
  const result = await run(world, 'all');
  const skipped = result.steps.filter(({ verdict }) => verdict === 'skipped').map(({ id }) => id);
  const passed = result.verdict === 'no-data' && skipped.length === result.steps.length - 1;
  check(
    'no-credentials',
    passed,
    `${result.verdict}; skipped: ${skipped.join(', ')}; edge ${reasonOf(result, 'edge')}`,
  );
}

async function afterADeploy({ world, check }: Scene): Promise<void> {
  const result = await run(world, 'deploy');
  const calls = result.steps.flatMap((step) => step.calls).map(({ call }) => call);
  const free = calls.every((call) => call.startsWith('GET '));
  const detail = result.steps.map(({ id, verdict, reason }) => `${id} ${verdict}${reason ? ` (${reason})` : ''}`);
  check('after-a-deploy', result.verdict === 'pass' && free, detail.join('; '));
}

async function everyStep({ world, deployment, check }: Scene, tenant: SmokeTenant): Promise<void> {
  const { payca } = world;
  const settings = smokeSettings(deployment, tenant, payca);
  const lambda = world.function('smoke-test');
  lambda.otherVariables = { SMOKE_SETTINGS: JSON.stringify(settings), PAYCA_BALANCES: settings.balances, ...FAST };
  lambda.recycle();
  const was = before(payca);
  const result = await whileDelivering(world, () => run(world, 'all'));
  const wrong = result.steps.filter(({ verdict }) => verdict !== 'pass');
  const left = [...leftAt(payca, was), ...result.leftovers.map(({ kind }) => `${kind} is left over`)];
  const problems = [...wrong.map(({ id, verdict, reason }) => `${id} ${verdict}: ${reason}`), ...left];
  const steps = result.steps.map(({ id }) => id).join(', ');
  check(tenant.id, result.verdict === 'pass' && problems.length === 0, problems.join('; ') || `${steps}; all undone`);
}

/** Every webhook that the runs caused is known as theirs by its request id, and their cards and movements by their ids. */
async function labels({ world, check }: Scene): Promise<void> {
  const items = (await world.inbox()).map((item) =>
    Object.fromEntries(Object.entries(item).flatMap(([name, { S }]) => (S === undefined ? [] : [[name, S]]))),
  );
  const none: SmokeLabels = { cards: [], users: [], transactions: [] };
  const strangers = items.filter((entry) => !isOfSmoke(entry, none)).map(({ pk }) => pk);
  const known = JSON.stringify(await world.progress());
  const cards = world.payca.tenant.cards.filter(({ id }) => !known.includes(id)).map(({ id }) => id);
  const passed = items.length > 0 && strangers.length === 0 && cards.length === 0;
  check(
    'labels',
    passed,
    [...strangers, ...cards].join(', ') || `${items.length} webhooks and ${world.payca.tenant.cards.length} cards`,
  );
}

async function byCommand({ world, check }: Scene): Promise<void> {
  const outcome = await whileDelivering(world, () => golive(world, ['smoke', '--all']));
  const last = outcome.text.split('\n').at(-1) ?? '';
  check(
    'golive-smoke',
    outcome.code === 0 && last.startsWith('verdict: pass'),
    outcome.code === 0 ? last : outcome.text,
  );
}

/** One record for each line, every call with both its ids, and nothing secret. */
async function evidence({ world, credentials, check }: Scene): Promise<void> {
  const records = [...world.s3.objects].filter(([name]) => /\/runs\/.*\/\d\.\d\.json$/.test(name));
  const lines = [...new Set(records.map(([name]) => name.split('/').at(-1)?.replace('.json', '')))].sort();
  const nameless = records.filter(
    ([name, content]) => name.endsWith('4.6.json') && JSON.parse(content.toString()).verdict !== 'pass',
  );
  const written = [...records.map(([, content]) => content.toString()), ...world.function('smoke-test').logs].join(
    '\n',
  );
  const secret = Object.values(credentials).filter((value) => written.includes(value));
  const expected = ['2.1', '3.4', '4.1', '4.2', '4.3', '4.4', '4.5', '4.6'];
  const passed = nameless.length === 0 && secret.length === 0 && expected.every((line) => lines.includes(line));
  check(
    'evidence',
    passed,
    passed
      ? `${records.length} records of the lines ${lines.join(', ')}`
      : `lines ${lines.join(', ')}, ${secret.length} secrets`,
  );
  const verified = await golive(world, ['evidence', 'verify']);
  check('evidence-verify', verified.code === 0, verified.text.split('\n')[0] ?? '');
}

/** PayCA sends to this stage's endpoint. */
export function subscribe(world: World): void {
  const url = `https://${world.edge.domainName}${path(world)}`;
  for (const type of ['card', 'account', 'user']) world.payca.outbox.subscriptions.set(type, { id: type, url, type });
}

/** PayCA delivers what happens meanwhile. */
export async function whileDelivering<T>(world: World, act: () => Promise<T>): Promise<T> {
  let delivering: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    delivering = delivering.then(() => world.deliver());
  }, DELIVER_EVERY_MS);
  try {
    return await act();
  } finally {
    clearInterval(timer);
    await delivering;
  }
}

async function run(world: World, steps: 'deploy' | 'all'): Promise<SmokeResult> {
  const outcome = await world.function('smoke-test').invoke({ steps, actor: 'rehearsal' });
  if ('errorType' in outcome) throw new Error(`smoke-test: ${outcome.errorType}: ${outcome.errorMessage}`);
  return outcome.result as SmokeResult;
}

function reasonOf({ steps }: SmokeResult, id: string): string {
  const step = steps.find((one) => one.id === id);
  return `${step?.verdict}: ${step?.reason}`;
}
