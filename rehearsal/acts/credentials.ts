import type { ChildProcess } from 'node:child_process';
import { AwsFault, type Call } from '../aws/gate';
import { DeliveryStream } from '../delivery-stream';
import type { Deployment } from '../deployment';
import { golive } from '../operator';
import { type Credentials, issueCredentials, Random } from '../payca';
import type { ApiFault } from '../payca-api';
import { metricSums } from '../traces';
import { World } from '../world';
import type { Act, Scene } from './act';
import { changeUnderLoad, generationOf } from './credential-changes';

/** Deliveries after which the rate of secret reads is judged. */
const STEADY = 320;
const READS_PER_DELIVERY = 1 / 1000;

/** Keys put, changed, refused, taken back: by the operator's command, and under load in every stage and profile. */
export const credentials: Act = {
  id: 'credentials',
  title: 'Credentials put, changed under load in every order, refused, rolled back; who may read them',
  long: true,
  play: async (scene) => {
    const underLoad = everyStage(scene);
    // Its failure belongs to the check that waits for it.
    underLoad.catch(() => undefined);
    await hourly(scene);
    await firstPut(scene);
    await refusedWithoutChange(scene);
    await stoppedAndRepeated(scene);
    await back(scene);
    await thirdParty(scene);
    await reads(scene);
    whoMayRead(scene);
    await underLoad;
  },
};

const typed = ({ clientId, clientSecret }: Credentials) => `${clientId}\n${clientSecret}\n`;

const put = (world: World, pair: Credentials, started?: (child: ChildProcess) => void) =>
  golive(world, ['credentials', 'put'], { input: typed(pair), started });

/** What stands at each stage, as one text. */
function stagesOf(world: World): string {
  const versions = world.credentialsSecret.list().map(({ id, stages }) => `${id} ${[...stages].sort().join(' ')}`);
  return versions.sort().join('\n');
}

function currentPair(world: World): Credentials {
  return JSON.parse(world.credentialsSecret.get().value);
}

/** The schedule measures, and touches nothing. */
async function hourly({ world, check }: Scene): Promise<void> {
  const before = stagesOf(world);
  await world.tick();
  const missing = metricSums(world).get('CredentialsMissing');
  const detail = `CredentialsMissing ${missing} before the first pair; the schedule changes nothing`;
  check('missing-at-first', missing === 1 && stagesOf(world) === before, detail);
}

async function firstPut({ world, check }: Scene): Promise<void> {
  const pair = world.payca.issue();
  const { code, text } = await golive(world, ['credentials', 'put', '--record'], { input: typed(pair) });
  const current = currentPair(world).clientSecret === pair.clientSecret;
  const recorded = [...world.s3.objects.keys()].some((name) => /\/1\.[23]\.json$/.test(name));
  const done = text.split('\n').find((line) => line.startsWith('done')) ?? text;
  check('first-put', code === 0 && current && recorded, `${done}${recorded ? '; recorded' : ''}`);
  const status = await golive(world, ['credentials', 'status']);
  const told = /^current +version [\w-]+, 0 days old$/m.test(status.text) && !status.text.includes('pending');
  check('status', status.code === 0 && told, told ? 'tells versions, ages and keys, no value' : status.text);
}

/** Each gives one clear line, and what was there stays there. */
async function refusedWithoutChange(scene: Scene): Promise<void> {
  const { world, check } = scene;
  const pair = currentPair(world);
  const other = issueCredentials(new Random(scene.seed));
  const expired = () => new AwsFault('ExpiredToken', 'The security token included in the request is expired', 403);
  const elsewhere = world.deployment.stage === 'production' ? 'sandbox' : 'production';
  const cases = [
    { id: 'wrong-value', input: `${other.clientId}\n"${other.clientSecret}"\n`, says: 'has a quote' },
    { id: 'half-typed', input: `${other.clientId}\n`, says: '1 of 2 lines' },
    { id: 'half-typed-secret', input: `${other.clientId}\n${other.clientSecret.slice(0, 9)}`, says: '9 characters' },
    { id: 'expired-session', input: typed(other), fault: expired, says: 'session has ended' },
    { id: 'missing-stack', input: typed(other), stage: elsewhere, says: 'not deployed there' },
    { id: 'unknown-to-payca', input: typed(other), says: 'PayCA refuses this pair: ErrUnauthorized, HTTP 401' },
    { id: 'payca-down', input: typed(other), trouble: { html: 502 }, says: 'neither accepted nor refused' },
  ] as const;
  for (const { id, input, says, ...more } of cases) {
    const before = stagesOf(world);
    if ('fault' in more) world.gate.faults = { before: more.fault };
    if ('trouble' in more) world.payca.faults = () => more.trouble;
    const { code, text } = await golive(world, ['credentials', 'put'], { input, ...('stage' in more ? more : {}) });
    world.gate.faults = {};
    world.payca.faults = () => undefined;
    const line = lastLine(text);
    const passed = code !== 0 && line.includes(says) && stagesOf(world) === before && !text.includes('    at ');
    check(id, passed && currentPair(world).clientSecret === pair.clientSecret, line);
  }
}

const lastLine = (text: string) => text.split('\n').at(-1) ?? '';

/** The command is killed at each of its calls to AWS; run again, it finishes. */
async function stoppedAndRepeated({ world, check }: Scene): Promise<void> {
  const calls: readonly (readonly [string, (call: Call) => boolean])[] = [
    ['staging', ({ operation }) => operation === 'PutSecretValue'],
    ['promotion', ({ service }) => service === 'lambda'],
  ];
  const outcomes: string[] = [];
  for (const [name, isIt] of calls) {
    for (const moment of ['before', 'after'] as const) {
      const pair = world.payca.issue();
      const formerly = currentPair(world).clientSecret;
      let child: ChildProcess | undefined;
      const kill = (call: Call) => {
        if (!isIt(call)) return undefined;
        child?.kill('SIGKILL');
        return 'reset' as const;
      };
      world.gate.faults = { [moment]: kill };
      const killed = await put(world, pair, (process) => {
        child = process;
      });
      world.gate.faults = {};
      const intact = [formerly, pair.clientSecret].includes(currentPair(world).clientSecret);
      const again = await put(world, pair);
      const done = again.code === 0 && currentPair(world).clientSecret === pair.clientSecret;
      const clean = !stagesOf(world).includes('AWSPENDING');
      if (killed.code === 0 || !intact || !done || !clean)
        outcomes.push(`${moment} ${name}: ${lastLine(killed.text)} then ${lastLine(again.text)}`);
    }
  }
  const detail = 'killed before and after staging and promotion; run again, each time finished';
  check('stopped-and-repeated', outcomes.length === 0, outcomes.join('; ') || detail);
}

async function back({ world, check }: Scene): Promise<void> {
  const [former] = world.credentialsSecret.list().filter(({ stages }) => stages.has('AWSPREVIOUS'));
  const { code, text } = await golive(world, ['credentials', 'rollback']);
  const passed = code === 0 && world.credentialsSecret.get().id === former?.id;
  check('rollback', passed, lastLine(text));
  const status = await golive(world, ['credentials', 'status']);
  const told = /^former +version [\w-]+, accepted until .*\(48 h left\)$/m.test(status.text);
  check('status-overlap', told, told ? 'tells the end of each former pair' : status.text);
}

/** A key of another service goes in by the same code. */
async function thirdParty({ world, check }: Scene): Promise<void> {
  const arns: Record<string, string> = JSON.parse(String(world.deployment.outputs().ThirdPartySecrets));
  const [name, arn] = Object.entries(arns)[0] ?? [];
  const key = issueCredentials(new Random(3)).clientSecret;
  const stranger = await golive(world, ['secrets', 'put', 'not-in-config'], { input: `${key}\n` });
  check('secrets-put-unknown', stranger.code !== 0, lastLine(stranger.text));
  if (!name || !arn) return;
  const { code, text } = await golive(world, ['secrets', 'put', name], { input: `${key}\n` });
  const stored = JSON.parse(world.secrets.secret(arn).get().value).value === key;
  check('secrets-put', code === 0 && stored, text);
}

async function reads({ world, check, seed }: Scene): Promise<void> {
  const count = () => [...world.secrets.calls.values()].reduce((sum, calls) => sum + calls, 0);
  const stream = new DeliveryStream(world, new Random(seed));
  const pair = currentPair(world);
  const send = (times: number) => Promise.all(Array.from({ length: times }, () => stream.deliver(pair)));
  await send(12);
  const before = count();
  for (let sent = 0; sent < STEADY; sent += 40) await send(40);
  const made = count() - before;
  check(
    'secret-reads',
    made < STEADY * READS_PER_DELIVERY,
    `${made} reads for ${STEADY} deliveries in the steady state`,
  );
}

/** Whatever a role's own policies allow: the secret's and the key's policies let in readers, operators and the root only. */
function whoMayRead({ world, deployment, check }: Scene): void {
  const secret = world.credentialsSecret.arn;
  const inAccount = (rest: string) => `arn:aws:iam::${deployment.account}:${rest}`;
  const roleOf = (name: string) => world.function(name).role.arn;
  const may = (principal: string, action: string) =>
    world.judge.principalRefusal(principal, `secretsmanager:${action}`, secret) === undefined;
  const patterns = JSON.stringify(deployment.resources('AWS::SecretsManager::ResourcePolicy')[0]?.properties);
  const operators = [...patterns.matchAll(/"(arn:aws:iam::\d+:role\/[^"]+)"/g)].map(([, arn]) => String(arn));
  const operator = String(operators.find((arn) => !arn.includes('/secret-readers/'))).replaceAll('*', 'x');
  const letIn = [roleOf('receive-webhook'), roleOf('promote-credentials'), operator, inAccount('root')];
  const kept = [roleOf('dispatch-events'), inAccount('role/some-application'), inAccount('user/somebody')];
  const deploys = inAccount(`role/cdk-hnb659fds-cfn-exec-role-${deployment.account}-${deployment.region}`);
  const wrong = [
    ...letIn.filter((principal) => !may(principal, 'GetSecretValue')).map((principal) => `${principal} is kept out`),
    ...[...kept, deploys].filter((principal) => may(principal, 'GetSecretValue')).map((one) => `${one} may read`),
    ...kept.filter((principal) => may(principal, 'PutSecretValue')).map((one) => `${one} may put`),
    ...kept.filter((principal) => may(principal, 'UpdateSecretVersionStage')).map((one) => `${one} may move stages`),
  ];
  const detail = 'readers, operators and the root; no other role, nor the one that deploys';
  check('who-may-read', wrong.length === 0, wrong.join('; ') || detail);
}

/** Quick ones are not tried again; the slow ones come with a config whose time-out is a second. */
const QUICK: readonly ApiFault[] = [{ html: 200 }, { status: 429, code: 'ErrRateLimited', retryAfter: '600' }];
const SLOW: readonly (readonly ApiFault[])[] = [
  [],
  [],
  ['reset', 'silent'],
  ['cut', { status: 500, code: 'ErrInternal' }],
];

/** This stage, the other one, and both with the other profile. */
async function everyStage({ deployment, variants, check, seed }: Scene): Promise<void> {
  const all: readonly Deployment[] = [deployment, ...(await variants())];
  for (const [index, variant] of all.entries()) {
    const generation = generationOf(variant);
    const world = await World.deploy(variant, { generation });
    try {
      const troubles = [...QUICK, ...(SLOW[index] ?? [])];
      const { problems, stream } = await changeUnderLoad(world, { seed, troubles, withKills: index === 0 });
      const { sent, early } = stream;
      const detail = `${sent.length} deliveries, 0 genuine ones refused; ${early} came before we had their key, accepted when sent again`;
      check(`${variant.stage}-${generation}`, problems.length === 0, problems.join('; ') || detail);
    } finally {
      world.stop();
    }
  }
}
