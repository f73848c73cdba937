import type { Deployment } from '../deployment';
import { Random, tokenizationCode, webhook } from '../payca';
import type { Resource } from '../template';
import type { World } from '../world';
import type { Act, Scene } from './act';

/** Resource types whose creation waits for something outside CloudFormation, and so can fail a first deploy. */
const WAITS_OUTSIDE = [
  'AWS::CertificateManager::Certificate',
  'AWS::CloudFormation::WaitCondition',
  'AWS::Events::Connection',
  'AWS::SecretsManager::RotationSchedule',
  'AWS::SES::EmailIdentity',
];

/** The first day: nothing that PayCA, DNS or an operator has yet to supply may make a deploy fail. */
export const firstDeploy: Act = {
  id: 'first-deploy',
  title: 'The first day, with no credentials and no DNS',
  quick: true,
  play: async (scene) => {
    order(scene);
    examples(scene);
    outside(scene);
    await withoutCredentials(scene);
    await withCredentials(scene);
  },
};

/** Each stack may use only what stacks before it export, so the day's order and the one-go order both work. */
function order({ deployment, check }: Scene): void {
  const stacks = [...new Set(deployment.resources().map(({ stack }) => stack))];
  const exported = new Set<string>();
  const missing = stacks.flatMap((stack) => {
    const template = deployment.templateOf(stack) ?? {};
    const absent = imports(template).filter((name) => !exported.has(name));
    for (const name of exports(template)) exported.add(name);
    return absent.map((name) => `${stack} needs ${name}`);
  });
  check('order', missing.length === 0, missing.join('; ') || stacks.join(', then '));
}

function imports(template: unknown): string[] {
  return [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(([, name]) => String(name));
}

function exports({ Outputs = {} }: { Outputs?: unknown }): string[] {
  return Object.values(Outputs as Record<string, { Export?: { Name?: string } }>).flatMap(
    ({ Export }) => Export?.Name ?? [],
  );
}

/** Stacks that a deploy refuses while the config has example values. */
export function refusedStacks(deployment: Deployment): string[] {
  const stacks = [...new Set(deployment.resources().map(({ stack }) => stack))];
  return stacks.filter((stack) => refuses(deployment.templateOf(stack)));
}

/** With example values every stack must be refused; without them there must be nothing to refuse. */
function examples({ deployment, check }: Scene): void {
  const stacks = [...new Set(deployment.resources().map(({ stack }) => stack))];
  const guarded = refusedStacks(deployment);
  const detail =
    guarded.length === 0 ? 'the config has no example values' : `refused until edited: ${guarded.join(', ')}`;
  check('example-values', guarded.length === 0 || guarded.length === stacks.length, detail);
}

function refuses(template: unknown): boolean {
  const { Rules = {}, Parameters = {} } = (template ?? {}) as {
    Rules?: Record<string, { Assertions: { Assert: { 'Fn::Equals'?: [{ Ref: string }, string] } }[] }>;
    Parameters?: Record<string, { Default?: string }>;
  };
  return Object.values(Rules).some(({ Assertions }) =>
    Assertions.some(({ Assert }) => {
      const [left, right] = Assert['Fn::Equals'] ?? [];
      return left !== undefined && Parameters[left.Ref]?.Default !== right && left.Ref === 'ExampleValues';
    }),
  );
}

function outside({ deployment, check }: Scene): void {
  const waiting = deployment.resources(...WAITS_OUTSIDE).map(({ logicalId }) => logicalId);
  const strict = deployment
    .resources('Custom::AWS')
    .filter(({ properties }) => !String(properties.Create).includes('ignoreErrorCodesMatching'));
  const named = [...waiting, ...strict.map(({ logicalId }) => logicalId)];
  check('nothing-outside', named.length === 0, named.join(', ') || 'no resource waits for PayCA, DNS or a person');
}

async function withoutCredentials({ world, credentials, check, seed }: Scene): Promise<void> {
  const random = new Random(seed);
  const client = world.client();
  const replies = [];
  for (let count = 0; count < 3; count += 1) {
    const { body, headers } = webhook(JSON.stringify(tokenizationCode(random).payload), credentials, random);
    replies.push(await client.post(path(world), body, headers));
  }
  const said = world.function('receive-webhook').logs.filter((line) => line.includes('credentials not supplied'));
  check(
    'not-supplied-500',
    replies.every(({ status }) => status === 500),
    `${replies.map(({ status }) => status).join(', ')} before credentials`,
  );
  check(
    'not-supplied-said-once',
    said.length === 1,
    `"credentials not supplied" logged ${said.length} time(s) for ${replies.length} deliveries`,
  );
}

/** A refusal is remembered for 30 s; then the credentials that an operator put are found without a deploy. */
async function withCredentials({ world, credentials, check, seed }: Scene): Promise<void> {
  await world.supply(credentials);
  world.moveClock(31_000);
  const random = new Random(seed + 1);
  const { body, headers } = webhook(JSON.stringify(tokenizationCode(random).payload), credentials, random);
  const { status } = await world.client().post(path(world), body, headers);
  await world.sources.drained();
  check(
    'works-after-supply',
    status === Number(acknowledge(world)),
    `${status} once credentials are supplied, without a deploy`,
  );
  check('reaches-the-bus', world.events.events.length === 1, `${world.events.events.length} event on the bus`);
}

export function path(world: World): string {
  const { PathPart } = given(world.deployment.resources('AWS::ApiGateway::Resource')[0]).properties;
  return `/${PathPart}`;
}

/** The status with which the stage's config acknowledges. */
export function acknowledge(world: World): string {
  const { Variables } = world.function('receive-webhook').resource.properties.Environment as {
    Variables: Record<string, string>;
  };
  return String(Variables.ACKNOWLEDGE_STATUS);
}

function given(resource: Resource | undefined): Resource {
  if (!resource) throw new Error('no template has a resource of the API');
  return resource;
}
