import { path } from '../../rehearsal/acts/first-deploy';
import type { Item } from '../../rehearsal/aws/dynamodb';
import type { Deployment } from '../../rehearsal/deployment';
import { everyPayload, issueCredentials, Random, tokenizationCode, webhook } from '../../rehearsal/payca';
import { World } from '../../rehearsal/world';

/** What a webhook causes, on average: every payload of the contract as often as any other, and one in a hundred with a one-time code. */
export interface Usage {
  /** Calls by `service:Operation`. */
  readonly calls: ReadonlyMap<string, number>;
  /** Bytes of log events by function, as CloudWatch counts them; what Lambda itself adds is not among them. */
  readonly logBytes: ReadonlyMap<string, number>;
  readonly eventBytes: number;
  /** Events in units of 64 KB. */
  readonly eventUnits: number;
  readonly archivedBytes: number;
  /** Items of the inbox, after the dispatch. */
  readonly items: readonly Item[];
  /** Custom metrics, one for each combination of dimensions that occurred. */
  readonly metrics: number;
}

/** CloudWatch Logs counts this for each event beside its bytes. */
export const LOG_EVENT_BYTES = 26;
const EVENT_UNIT_BYTES = 64 * 1024;

/** Sends webhooks one at a time through the rehearsed stage, and counts. */
export async function usage(deployment: Deployment): Promise<Usage> {
  const world = await World.deploy(deployment);
  try {
    const random = new Random(1);
    const credentials = issueCredentials(random);
    await world.supply(credentials);
    const client = world.client();
    const send = async (payload: unknown) => {
      const { body, headers } = webhook(JSON.stringify(payload), credentials, random);
      const { status } = await client.post(path(world), body, headers);
      if (status >= 300) throw new Error(`the rehearsed stage answered ${status}`);
      await world.sources.drained();
    };
    // Credentials are read on a cold start only.
    await send(tokenizationCode(random).payload);
    const before = { items: await world.inbox(), events: world.events.events.length };
    for (const { logs } of world.functions) logs.length = 0;
    const calls = new Map<string, number>();
    world.gate.faults = {
      before: ({ service, operation }) => {
        calls.set(`${service}:${operation}`, (calls.get(`${service}:${operation}`) ?? 0) + 1);
        return undefined;
      },
    };
    const payloads = [
      ...everyPayload(random),
      ...everyPayload(random),
      ...everyPayload(random),
      tokenizationCode(random).payload,
    ];
    for (const payload of payloads) await send(payload);
    const known = new Set(before.items.map(({ pk }) => pk?.S));
    const average = (total: number) => total / payloads.length;
    const entries = world.events.events.slice(before.events).map((event) => Buffer.byteLength(JSON.stringify(event)));
    return {
      calls: new Map([...calls].map(([call, count]) => [call, average(count)])),
      logBytes: new Map(world.functions.map(({ name, logs }) => [name, average(sum(logs.map(logEventBytes)))])),
      eventBytes: average(sum(entries)),
      eventUnits: average(sum(entries.map((bytes) => Math.ceil(bytes / EVENT_UNIT_BYTES)))),
      archivedBytes: average(sum(world.events.archived.map((event) => Buffer.byteLength(JSON.stringify(event))))),
      items: (await world.inbox()).filter(({ pk }) => !known.has(pk?.S)),
      metrics: new Set(world.functions.flatMap(({ logs }) => logs.flatMap(metricsOf))).size,
    };
  } finally {
    world.stop();
  }
}

function logEventBytes(line: string): number {
  return Buffer.byteLength(line) + LOG_EVENT_BYTES;
}

/** The metrics in a line, each with the dimensions that make it one of its own. */
function metricsOf(line: string): string[] {
  if (!line.includes('"CloudWatchMetrics"')) return [];
  const record = JSON.parse(line);
  const directives: { Dimensions: string[][]; Metrics: { Name: string }[] }[] = record._aws.CloudWatchMetrics;
  return directives.flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => JSON.stringify([Name, ...names.map((name) => record[name])])),
    ),
  );
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
