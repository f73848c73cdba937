import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { golive } from '../operator';
import { Random, webhook } from '../payca';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';
import { supportPack } from './support-pack';

/** The operator's commands, run as an operator runs them, against the stage. */
export const operations: Act = {
  id: 'operations',
  title:
    "The operator's commands: status, look-up, release, endpoint check and its evidence, variables, deploy, support pack",
  play: async (scene) => {
    await scene.world.supply(scene.credentials);
    await cases(scene);
    await endpoint(scene);
    await variables(scene);
    await deploy(scene);
    await supportPack(scene);
  },
};

/** One event that the bus refuses, found by its reference and released. */
async function cases({ world, credentials, check, seed }: Scene): Promise<void> {
  const random = new Random(seed);
  const data = {
    id: 'op-1',
    type: 'refund',
    cardId: 'card-0042',
    transactionAmount: '12.30',
    transactionCurrency: 'EUR',
    referenceId: 'ref-4711',
  };
  const { body, headers } = webhook(JSON.stringify({ event: 'card_transaction', data }), credentials, random);
  world.events.refuse = () => 'InvalidArgument';
  await world.client().post(path(world), body, headers);
  await world.sources.drained();
  await setAside(world);
  const key = 'card_transaction#refund##op-1';
  const status = await golive(world, ['status']);
  const told =
    status.text.includes('set aside      1') &&
    status.text.includes(key) &&
    status.text.includes('key in use     current');
  check('status', status.code === 0 && told, told ? 'tells the delivery, its key and what was set aside' : status.text);
  const found = await golive(world, ['events', 'find', '--reference', 'ref-4711']);
  const masked =
    found.text.includes('12.30 EUR') && !found.text.includes('card-0042') && found.text.includes('set aside');
  check('events-find', found.code === 0 && masked, masked ? 'found, with its ids cut short' : found.text);
  world.events.refuse = undefined;
  const dry = await golive(world, ['events', 'redrive', '--dry-run']);
  const unchanged = (await world.inboxItem(key))?.undispatched?.S === 'set-aside' && dry.text.includes(key);
  check(
    'events-redrive-dry-run',
    dry.code === 0 && unchanged,
    unchanged ? 'names the event and changes nothing' : dry.text,
  );
  const redriven = await golive(world, ['events', 'redrive']);
  const onBus = world.events.events.filter(({ detail }) => detail.key === key).length;
  check('events-redrive', redriven.code === 0 && onBus === 1, redriven.text);
  const again = await golive(world, ['events', 'redrive', '--from', new Date(Date.now() - 3_600_000).toISOString()]);
  const twice = world.events.events.filter(({ detail }) => detail.key === key).length;
  check('events-redrive-range', again.code === 0 && twice === 2, again.text);
  const after = await golive(world, ['events', 'redrive']);
  check('events-redrive-nothing', after.code === 0 && after.text === 'nothing is set aside', after.text);
}

async function setAside(world: World): Promise<void> {
  for (let sweep = 0; sweep < 5; sweep += 1) {
    world.moveClock(11 * 60 * 1000);
    await world.tick();
  }
}

/** The check of the real endpoint, and the evidence that it leaves: the second manifest names the first. */
async function endpoint({ world, check }: Scene): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  try {
    const ca = join(directory, 'ca.pem');
    writeFileSync(ca, world.address.ca);
    world.edge.direct = { address: '8.8.8.8', host: world.edge.domainName };
    const parameters = ['endpoint', 'check', '--connect-to', `127.0.0.1:${world.address.port}`, '--ca', ca, '--record'];
    const first = await golive(world, parameters);
    check(
      'endpoint-check',
      first.code === 0,
      first.code === 0 ? 'passes against this endpoint, off its list' : first.text,
    );
    const second = await golive(world, parameters);
    const manifests = [...world.s3.objects]
      .filter(([name]) => name.endsWith('/manifest.json'))
      .map(([, content]) => JSON.parse(content.toString()));
    const chained =
      manifests.length === 2 && manifests[0].former === null && manifests[1].former?.sha256 === manifests[0].sha256;
    const records = [...world.s3.objects.keys()].filter((name) => /\/runs\/.*\/\d\.\d\.json$/.test(name)).length;
    const kept = second.code === 0 && chained;
    check('evidence', kept, kept ? `${records} records; each manifest names the one before it` : second.text);
    await readByAnAuditor({ world, check }, join(directory, 'evidence'));
    world.edge.direct = { address: world.address.from, host: world.edge.domainName };
    const open = await golive(world, parameters.slice(0, -1));
    check(
      'endpoint-check-finds',
      open.code === 1 && open.text.includes('fail     off-list'),
      'a stranger who is let through is found',
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** From the bucket, and without AWS from a copy; what is changed in either is named. */
async function readByAnAuditor({ world, check }: Pick<Scene, 'world' | 'check'>, folder: string): Promise<void> {
  const exported = await golive(world, ['evidence', 'export', folder]);
  const copied = await golive(world, ['evidence', 'verify', '--folder', folder]);
  const same = exported.code === 0 && copied.code === 0 && exported.text.endsWith(copied.text);
  check('evidence-verify', same, same ? `the bucket and a copy of it: ${copied.text.split('\n')[0]}` : copied.text);
  const [name = '', content] = [...world.s3.objects].find(([key]) => key.endsWith('/2.1.json')) ?? [];
  const key = name.slice(name.indexOf('/') + 1);
  const shown = await golive(world, ['evidence', 'show', key, '--folder', folder]);
  check('evidence-show', shown.code === 0 && shown.text === `${key}\n${content}`.trim(), `${key}, as it was recorded`);
  writeFileSync(join(folder, key), String(content).replace('refused', 'accepted'));
  const found = await golive(world, ['evidence', 'verify', '--folder', folder]);
  const named = found.code === 1 && found.text.includes(`fail     ${key}  changed: `);
  check('evidence-tampering', named, named ? 'a changed record is named' : found.text);
}

/** What pipelines read: the values of the template, as a shell understands them, and no secret. */
async function variables({ world, credentials, check }: Scene): Promise<void> {
  const { deployment } = world;
  const parameters = Object.fromEntries(
    deployment
      .resources('AWS::SSM::Parameter')
      .filter(({ name }) => !/\/config\/\d+$/.test(name))
      .map(({ name, properties }) => [name.split('/').at(-1), properties.Value]),
  );
  const printed = await golive(world, ['env', '--json']);
  const same = printed.code === 0 && isDeepStrictEqual(JSON.parse(printed.text), parameters);
  const lines = await golive(world, ['env']);
  const script = 'eval "$1"; printf %s "$PAYCA_BASE_URL $PAYCA_WEBHOOK_URL"';
  const understood = execFileSync('sh', ['-c', script, 'sh', lines.text], { encoding: 'utf8' });
  const meant = `${parameters.PAYCA_BASE_URL} https://${world.edge.domainName}${path(world)}`;
  const secret = Object.values(credentials).some((value) => `${printed.text}${lines.text}`.includes(value));
  const passed = same && understood === meant && !secret;
  check(
    'env',
    passed,
    passed
      ? `${Object.keys(parameters).length} variables, as the template has them, none of them a secret`
      : printed.text,
  );
}

/** `State` first and by itself; `Service` watched by its alarm as soon as one is deployed. */
async function deploy({ world, check }: Scene): Promise<void> {
  const alarm = world.deployment
    .resources('AWS::CloudWatch::Alarm')
    .find(({ name }) => name.endsWith('-webhook-failures-page'));
  const [, synth = '', state = '', service = ''] = (await golive(world, ['deploy', '--dry-run'])).text.split('\n');
  const triggers = `--rollback-trigger-alarm-arns ${alarm?.arn ?? 'none'}`;
  const guarded = synth.startsWith('npx cdk synth') && !state.includes('alarm') && service.includes(triggers);
  check(
    'deploy',
    guarded && state.includes('/State '),
    `${alarm ? 'watched by its alarm' : 'no alarm yet'}: ${service}`,
  );
}
