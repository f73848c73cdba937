import { functionName } from '../functions';
import { payload, Random, tokenizationCode, webhook } from '../payca';
import { wiringProblems } from '../wiring';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

/** Every use of a grant, judged: by role, boundary and key policy, and by the policies that let AWS services act for us. */
export const permissions: Act = {
  id: 'permissions',
  title: 'Roles, boundaries, key policies and service principals: enough for every call, and what is left over',
  quick: true,
  closing: true,
  play: async (scene) => {
    const { world, check } = scene;
    await everyWay(scene);
    const refusals = [...new Set(world.gate.refusals)];
    check(
      'calls',
      refusals.length === 0,
      refusals.join('; ') || 'every call of every function is allowed by role and key',
    );
    const problems = wiringProblems(world.deployment, world.judge);
    check(
      'service-principals',
      problems.length === 0,
      problems.join('; ') || 'rules, queues, log groups, the API, Lambda and their keys let each other in',
    );
    boundaries(scene);
    const all = world.functions.flatMap(({ name, role }) =>
      world.judge.unused(role).map((action) => `${name} ${action}`),
    );
    const unused = [...new Set(all)];
    check(
      'unused',
      true,
      unused.length === 0
        ? 'no action is granted that no act used'
        : `granted, used by no act of this run: ${unused.join(', ')}`,
    );
  },
};

/** Takes each function through everything it can do. */
async function everyWay({ world, credentials, seed }: Scene): Promise<void> {
  const random = new Random(seed);
  await world.supply(credentials);
  const client = world.client();
  const bad = JSON.stringify({ event: 'kyc', data: { id: 'refused' } });
  world.events.refuse = ({ Detail }) => (Detail?.includes('"refused"') ? 'InvalidArgument' : undefined);
  for (const body of [JSON.stringify(payload(random)), JSON.stringify(tokenizationCode(random).payload), bad]) {
    const { headers } = webhook(body, credentials, random);
    await client.post(path(world), Buffer.from(body), headers);
  }
  await world.sources.drained();
  await sweeps(world);
  world.events.refuse = undefined;
  await world.function('dispatch-events').invoke({ keys: ['kyc###refused'] });
  await world.sources.drained();
}

async function sweeps(world: World): Promise<void> {
  for (let sweep = 0; sweep < 5; sweep += 1) {
    world.moveClock(11 * 60 * 1000);
    await world.tick();
  }
}

/** A boundary that is not in the templates is the organization's; what it forbids is not known here. */
function boundaries({ deployment, check }: Scene): void {
  const roles = deployment.resources('AWS::IAM::Role');
  const foreign = roles.filter(
    ({ properties }) => properties.PermissionsBoundary && !deployment.byArn(String(properties.PermissionsBoundary)),
  );
  const named = [...new Set(foreign.map(({ properties }) => String(properties.PermissionsBoundary)))];
  const own = deployment.resources('AWS::Lambda::Function').map(functionName).length;
  check(
    'boundaries',
    true,
    named.length === 0
      ? `no boundary outside the templates limits the roles of ${own} functions`
      : `not in the templates, so not judged: ${named.join(', ')}`,
  );
}
