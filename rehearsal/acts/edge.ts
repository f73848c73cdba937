import { type Authority, authority } from '../certificates';
import { type ClientOptions, handshake, offerTls11 } from '../client';
import { payload, Random, webhook } from '../payca';
import { World } from '../world';
import type { Act, Scene } from './act';
import { acknowledge, path } from './first-deploy';

/** TLS alert record: type 21, level fatal, description protocol_version (RFC 5246, 7.2). */
const PROTOCOL_VERSION_ALERT = { type: 21, level: 2, description: 70 };
const STRANGERS = ['8.8.8.8', '2620:fe::fe'];

/** Who gets through to the receiver, and with what. */
export const edge: Act = {
  id: 'edge',
  title: 'TLS floor, allow-list, default endpoint, mutual TLS, size',
  play: async (scene) => {
    await scene.world.supply(scene.credentials);
    scene.world.moveClock(31_000);
    await versions(scene);
    await addresses(scene);
    await oversize(scene);
    await mutualTls(scene);
  },
};

async function versions({ world, check }: Scene): Promise<void> {
  const answer = await offerTls11(world.address);
  const [type, , , , , level, description] = answer;
  const alert =
    type === PROTOCOL_VERSION_ALERT.type &&
    level === PROTOCOL_VERSION_ALERT.level &&
    description === PROTOCOL_VERSION_ALERT.description;
  check(
    'tls-1.1',
    alert,
    alert ? 'refused by the server with alert protocol_version' : `answered ${answer.subarray(0, 7).toString('hex')}`,
  );
  const floor = String(world.deployment.resources('AWS::ApiGateway::DomainName')[0]?.properties.SecurityPolicy);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const result = await handshake({ ...world.address, version });
    const wanted = version === 'TLSv1.3' || !floor.startsWith('SecurityPolicy_TLS13_1_3');
    const accepted = 'version' in result && result.version === version;
    check(
      version.toLowerCase().replace('v', '-'),
      accepted === wanted,
      accepted ? 'accepted' : `refused: ${JSON.stringify(result)}`,
    );
  }
}

async function addresses(scene: Scene): Promise<void> {
  const { world, check } = scene;
  for (const from of STRANGERS) {
    const status = await post(scene, world, { from });
    check(`off-list-${from.includes(':') ? 'ipv6' : 'ipv4'}`, status === 403, `${status} for ${from}`);
  }
  for (const from of world.allowedAddresses) {
    const status = await post(scene, world, { from });
    check(`listed-${from}`, status === Number(acknowledge(world)), `${status} for ${from}`);
  }
  const direct = await post(scene, world, { host: world.edge.defaultEndpoint });
  check('default-endpoint', direct === 403, `${direct} at ${world.edge.defaultEndpoint}`);
}

async function oversize(scene: Scene): Promise<void> {
  const { world, credentials, check, seed } = scene;
  const limit = bodyLimit(world);
  for (const [id, size, expected] of [
    ['body-at-limit', limit, Number(acknowledge(world))],
    ['body-over-limit', limit + 1, 413],
  ] as const) {
    const random = new Random(seed + size);
    const empty = JSON.stringify({ event: 'kyc', data: { id: random.uuid(), note: '' } });
    const body = empty.replace('""', `"${'x'.repeat(size - empty.length)}"`);
    const { headers } = webhook(body, credentials, random);
    const { status } = await world.client().post(path(world), Buffer.from(body), headers);
    check(id, status === expected, `${status} for ${size} bytes`);
  }
}

/** The stage as it would be with mutual TLS, on its own AWS. */
async function mutualTls(scene: Scene): Promise<void> {
  const { deployment, clientCa } = await scene.withMutualTls();
  const world = await World.deploy(deployment, { templateTruststoreOnly: true });
  try {
    await world.supply(scene.credentials);
    for (const { id, certificate, accepted } of await clients(clientCa)) {
      const status = await post(scene, world, { certificate }).catch(
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      const passed = accepted ? status === Number(acknowledge(world)) : typeof status === 'string';
      scene.check(
        id,
        passed,
        typeof status === 'string' ? `refused in the handshake (${status})` : `answered ${status}`,
      );
    }
  } finally {
    world.stop();
  }
}

async function clients(
  clientCa: Authority,
): Promise<{ id: string; certificate?: ClientOptions['certificate']; accepted: boolean }[]> {
  const stranger = await authority('Another CA');
  const leaf = { ca: false, issuer: clientCa };
  return [
    { id: 'mtls-accepted', certificate: await authority('PayCA', leaf), accepted: true },
    { id: 'mtls-no-certificate', accepted: false },
    { id: 'mtls-wrong-ca', certificate: await authority('PayCA', { ca: false, issuer: stranger }), accepted: false },
    {
      id: 'mtls-expired',
      certificate: await authority('PayCA', { ...leaf, from: '2020-01-01', to: '2021-01-01' }),
      accepted: false,
    },
  ];
}

async function post({ credentials, seed }: Scene, world: World, options: Partial<ClientOptions>): Promise<number> {
  const random = new Random(seed);
  const { body, headers } = webhook(JSON.stringify(payload(random)), credentials, random);
  const { status } = await world.client(options).post(path(world), body, headers);
  return status;
}

/** Bytes that the stage's config takes. */
export function bodyLimit(world: World): number {
  const { Variables } = world.function('receive-webhook').resource.properties.Environment as {
    Variables: Record<string, string>;
  };
  return Number(Variables.BODY_LIMIT_BYTES);
}
