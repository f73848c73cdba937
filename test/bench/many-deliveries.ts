import { createHmac, timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { deliveries } from './deliveries';

/*
 * Run by itself on the deployed Node: takes deliveries in batches, by turns with the floor, the plain handler and the
 * receiver, and tells its parent the CPU time of each batch. Waiting for the store is no CPU time.
 */

type Event = ReturnType<typeof deliveries>[number];
type Handler = (event: Event, context: object) => Promise<Pick<APIGatewayProxyResult, 'statusCode'>>;

/** Microseconds of CPU per delivery, one for each round. */
export interface Work {
  readonly floor: number[];
  readonly plain: number[];
  readonly receiver: number[];
}

const ROUNDS = 40;
/** Until the compiler has seen it all. */
const WARM_UP = 10;
const BATCHES = 4;

const { CLIENT_ID = '', CLIENT_SECRET = '', RECEIVER, PLAIN, ACKNOWLEDGE_STATUS } = process.env;
const handlers: Readonly<Record<keyof Work, Handler>> = {
  floor,
  plain: require(`${PLAIN}/index`).handler,
  receiver: require(`${RECEIVER}/index`).handler,
};

/** What no handler can do without. */
async function floor({ body, headers }: Event): Promise<{ statusCode: number }> {
  const bytes = Buffer.from(String(body), 'base64');
  const digest = createHmac('sha256', CLIENT_SECRET).update(bytes).digest();
  const isSigned = timingSafeEqual(digest, Buffer.from(String(headers['x-signature']).replace('sha256=', ''), 'hex'));
  JSON.parse(bytes.toString());
  return { statusCode: isSigned ? Number(ACKNOWLEDGE_STATUS) : 401 };
}

async function main(): Promise<void> {
  const work: Work = { floor: [], plain: [], receiver: [] };
  const names = Object.keys(handlers) as (keyof Work)[];
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const events = Array.from({ length: BATCHES }, (_, batch) =>
      deliveries({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }, round * BATCHES + batch),
    ).flat();
    for (const name of names) {
      const before = process.cpuUsage();
      for (const event of events) {
        const { statusCode } = await handlers[name](event, { awsRequestId: 'bench' });
        if (statusCode !== Number(ACKNOWLEDGE_STATUS)) throw new Error(`${name} answered ${statusCode}`);
      }
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) work[name].push((user + system) / events.length);
    }
  }
  process.send?.(work, () => process.exit());
}

void main();
