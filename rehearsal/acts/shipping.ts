import { gunzipSync } from 'node:zlib';
import { golive } from '../operator';
import { payload, Random, webhook } from '../payca';
import { wiringProblems } from '../wiring';
import { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

const DELIVERIES = 20;
const MINUTE_MS = 60_000;

interface LogRecord {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logEvents: readonly { readonly id: string; readonly timestamp: number; readonly message: string }[];
}

/** Logs and metrics on their way to a log platform, up to the delivery streams: Firehose itself is not rehearsed. */
export const shipping: Act = {
  id: 'shipping',
  title: 'Logs and metrics on their way to a log platform: filters, formats, roles and the marker',
  play: async (scene) => {
    const deployment = await scene.withShipping();
    const world = await World.deploy(deployment);
    try {
      wiring(scene, world);
      await lines(scene, world);
      await refusedProbe(scene, world);
      await probe(scene, world);
    } finally {
      world.stop();
    }
  },
};

function wiring({ check }: Scene, { deployment, judge }: World): void {
  const streams = deployment.resources('AWS::KinesisFirehose::DeliveryStream');
  const problems = wiringProblems(deployment, judge);
  const detail = `${streams.length} delivery streams: key, backup, error log and writers let each other in`;
  check('wiring', streams.length === 2 && problems.length === 0, problems.join('; ') || detail);
}

/** Runs webhooks through the stage and its log lines through the subscription filters. */
async function lines({ check, credentials, seed }: Scene, world: World): Promise<void> {
  await shortRun(world, credentials, new Random(seed));
  const written = logGroups(world);
  const timestamp = Date.now();
  for (const [group, messages] of written)
    world.logs.put(
      group,
      'rehearsal',
      messages.map((message) => ({ timestamp, message })),
    );
  const records = shipped(world);
  const unread = records.filter(
    ({ messageType, owner, logGroup }) =>
      messageType !== 'DATA_MESSAGE' || owner !== world.deployment.account || !written.has(logGroup),
  );
  check('format', records.length > 0 && unread.length === 0, `${records.length} records as CloudWatch Logs packs them`);
  const arrived = records.flatMap(({ logEvents }) => logEvents.map(({ message }) => message));
  const all = [...written.values()].flat();
  const metrics = all.filter(isMetrics);
  const wanted = all.filter((line) => !isMetrics(line));
  const lost = wanted.filter((line) => !arrived.includes(line));
  const passed = wanted.length > DELIVERIES && metrics.length > 0 && lost.length === 0 && !arrived.some(isMetrics);
  const detail = `${arrived.length} of ${all.length} lines of ${written.size} log groups are shipped, ${metrics.length} lines of metrics are not`;
  check('filters', passed, lost.length > 0 ? `not shipped: ${lost[0]}` : detail);
}

async function shortRun(world: World, credentials: Scene['credentials'], random: Random): Promise<void> {
  const client = world.client();
  // A delivery before there are credentials fails, and says so in the log.
  const deliver = async () => {
    const { body, headers } = webhook(JSON.stringify(payload(random)), credentials, random);
    await client.post(path(world), body, headers);
  };
  await deliver();
  await world.supply(credentials);
  for (let count = 1; count < DELIVERIES; count += 1) await deliver();
  // A function of the launch has something to say, too.
  await world.function('reconcile-fees').invoke({ detail: 'of no statement' });
  await world.sources.drained();
}

/** Lines by the log groups that they would be in. */
function logGroups(world: World): Map<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>(
    world.functions.map(({ resource, logs }) => {
      const { LogGroup } = (resource.properties.LoggingConfig ?? {}) as { LogGroup?: string };
      return [String(LogGroup), [...logs]];
    }),
  );
  const [stage] = world.deployment.resources('AWS::ApiGateway::Stage');
  const { DestinationArn = '' } = (stage?.properties.AccessLogSetting ?? {}) as { DestinationArn?: string };
  return groups.set(DestinationArn.replace(/^.*:log-group:/, '').replace(/:\*$/, ''), [...world.edge.accessLog]);
}

/** A line of the embedded metric format. */
function isMetrics(line: string): boolean {
  return line.startsWith('{"_aws":');
}

/** What is on the delivery streams. */
function shipped({ deployment, firehose }: World): LogRecord[] {
  return deployment
    .resources('AWS::KinesisFirehose::DeliveryStream')
    .flatMap(({ arn }) => firehose.on(arn))
    .map((record) => JSON.parse(gunzipSync(record).toString()));
}

/** Without figures of Firehose's the probe must not say that anything arrived; its marker is on its way all the same. */
async function refusedProbe({ check }: Scene, world: World): Promise<void> {
  const { code, text } = await golive(world, ['shipping', 'probe', '--timeout', '1']);
  const id = /marker ([0-9a-f]{16}) /.exec(text)?.[1] ?? 'none';
  const markers = shipped(world).filter(({ logEvents }) => logEvents.some(({ message }) => message.includes(id)));
  check('marker', markers.length === 1, markers.length === 1 ? `${id} is on the stream, once` : text);
  const failed = code === 1 && /nothing was delivered in the time/.test(text);
  check('probe-undelivered', failed, failed ? 'no delivery is seen: the probe fails' : text);
}

/** With the figures that Firehose has of a platform that takes everything. */
async function probe({ check }: Scene, world: World): Promise<void> {
  const minute = Math.ceil(Date.now() / MINUTE_MS + 0.5) * MINUTE_MS;
  world.cloudWatch.figures = [{ at: minute, value: 1 }];
  const { code, text } = await golive(world, ['shipping', 'probe', '--timeout', '30', '--record']);
  check('probe', code === 0, code === 0 ? (text.split('\n').find((line) => line.startsWith('pass')) ?? '') : text);
  const record = [...world.s3.objects].find(([name]) => name.endsWith('/2.4.json'))?.[1].toString() ?? '{}';
  const { verdict, details } = JSON.parse(record);
  const recorded = verdict === 'pass' && /^[0-9a-f]{16}$/.test(details?.marker);
  check('probe-evidence', recorded, recorded ? 'recorded for line 2.4 with its marker' : record);
}
