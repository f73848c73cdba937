import type { Outcome } from '../operator';
import { golive } from '../operator';
import type { World } from '../world';
import type { Act, Scene } from './act';

/** What treasury sees in the days before the launch. */
export const prefund: Act = {
  id: 'prefund',
  title: "The tenant's money against what is required: exact to the last digit, unknown when it is, recorded",
  play: async (scene) => {
    const required = requiredOf(await ask(scene.world));
    await unknown(scene);
    await scene.world.supply(scene.credentials);
    await shortByACent(scene, required);
    await enough(scene, required);
    await whilePaycaIsDown(scene);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

interface Answer extends Outcome {
  readonly verdict?: string;
  readonly funded: readonly {
    readonly currency: string;
    readonly required: string;
    readonly verdict: string;
    readonly shortfall?: string;
    readonly reason?: string;
  }[];
}

async function ask(world: World, ...parameters: readonly string[]): Promise<Answer> {
  const outcome = await golive(world, ['prefund', 'check', '--json', ...parameters]);
  const json = outcome.text.startsWith('{') ? JSON.parse(outcome.text) : { funded: [] };
  return { ...outcome, ...json };
}

const requiredOf = ({ funded }: Answer) => new Map(funded.map(({ currency, required }) => [currency, required]));

/** Before credentials are supplied nobody has looked. */
async function unknown({ world, check }: Scene): Promise<void> {
  await look(world);
  const { code, verdict, funded } = await ask(world);
  const reasons = [...new Set(funded.map(({ reason }) => reason))].join('; ');
  check('not-looked-at', code === 1 && verdict === 'no-data', `${verdict}: ${reasons}`);
}

async function shortByACent({ world, check }: Scene, required: ReadonlyMap<string, string>): Promise<void> {
  const [first = '', ...others] = required.keys();
  for (const currency of others) set(world, currency, required.get(currency));
  set(world, first, lessACent(required.get(first)));
  await look(world);
  const { code, verdict, funded } = await ask(world);
  const short = funded.filter(({ shortfall }) => shortfall).map((one) => `${one.currency} ${one.shortfall}`);
  const exact = short.join() === `${first} 0.01`;
  check('short-by-a-cent', code === 1 && verdict === 'fail' && exact, `${verdict}: short by ${short.join(', ')}`);
}

async function enough({ world, check }: Scene, required: ReadonlyMap<string, string>): Promise<void> {
  for (const [currency, amount] of required) set(world, currency, amount);
  await look(world);
  const { code, verdict, funded } = await ask(world, '--record');
  const record = [...world.s3.objects.keys()].find((key) => key.includes('3.2'));
  check('all-there', code === 0 && verdict === 'pass', `${verdict}: ${funded.length} currencies to the digit`);
  check('recorded', record !== undefined, record ?? 'no record of line 3.2');
}

/** PayCA is not asked by the command: the watcher's last look counts, while it is young. */
async function whilePaycaIsDown({ world, check }: Scene): Promise<void> {
  world.payca.faults = () => 'reset';
  const { verdict: before } = await ask(world);
  check('while-payca-is-down', before === 'pass', `${before}: from the look before`);
  world.payca.faults = () => undefined;
}

async function look(world: World): Promise<void> {
  await world.function('watch-payca').invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
}

function set(world: World, currency: string, available = '0'): void {
  world.payca.balances.set(currency, { pending: '0.00', feesThisMonth: '0.00', available });
}

/** PayCA's balances have two digits. */
function lessACent(amount = '0'): string {
  const [whole = '0', part = ''] = amount.split('.');
  const cents = String(BigInt(`${whole}${part.padEnd(2, '0').slice(0, 2)}`) - 1n).padStart(3, '0');
  return `${cents.slice(0, -2)}.${cents.slice(-2)}`;
}
