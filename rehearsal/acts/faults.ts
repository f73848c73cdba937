import { AwsFault, type Call } from '../aws/gate';
import { lostAndDoubled, missingOnTheBus } from '../ledger';
import { payload, Random, type Webhook, webhook } from '../payca';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { acknowledge, path } from './first-deploy';

const HOUR_MS = 60 * 60 * 1000;
/** Longer than a stream remembers (24 h). */
const DISPATCHER_OFF_MS = 30 * HOUR_MS;
/** After so many refusals the dispatcher sets an event aside; its own tests hold the number. */
const SWEEPS_UNTIL_SET_ASIDE = 10;

/** Everything between PayCA and the bus breaks once; PayCA sends again what was not acknowledged. */
export const faults: Act = {
  id: 'faults',
  title: 'Crashes, time-outs, throttles and refusals on the way: nothing lost, nobody held up',
  play: async (scene) => {
    await scene.world.supply(scene.credentials);
    const sender = new Sender(scene);
    for (const fault of RECEIVER_FAULTS) await receiverFault(scene, sender, fault);
    await ownRetry(scene, sender);
    await busRefusesSome(scene, sender);
    await killedInMidBatch(scene, sender);
    await dispatcherOff(scene, sender);
    await poison(scene, sender);
    await inTheEnd(scene, sender);
  },
};

/** PayCA, as far as it sends again: everything that was not acknowledged, round after round. */
class Sender {
  readonly sent: Webhook[] = [];
  private readonly random: Random;

  constructor(private readonly scene: Scene) {
    this.random = new Random(scene.seed);
  }

  make(count: number): Webhook[] {
    const { credentials } = this.scene;
    const made = Array.from({ length: count }, () =>
      webhook(JSON.stringify(payload(this.random)), credentials, this.random),
    );
    this.sent.push(...made);
    return made;
  }

  /** Sends once; gives what was not acknowledged. */
  async send(webhooks: readonly Webhook[]): Promise<Webhook[]> {
    const { world } = this.scene;
    const client = world.client({ connections: 8 });
    const outcomes = await Promise.all(
      webhooks.map(async (one) => {
        const status = await client.post(path(world), one.body, one.headers).then(
          (reply) => reply.status,
          () => 0,
        );
        return status === Number(acknowledge(world)) ? [] : [one];
      }),
    );
    return outcomes.flat();
  }

  /** Sends until all are acknowledged; gives how many rounds it took. */
  async sendAgain(webhooks: readonly Webhook[]): Promise<number> {
    let left = [...webhooks];
    for (let round = 1; round <= 20; round += 1) {
      if (left.length === 0) return round - 1;
      left = await this.send(left);
    }
    throw new Error(`${left.length} webhooks were not acknowledged in 20 rounds`);
  }
}

interface ReceiverFault {
  readonly id: string;
  readonly begin: (world: World) => void;
  readonly end?: (world: World) => void;
}

const isPut = ({ operation }: Call) => operation === 'PutItem';

/** A fault for the first so many calls of a kind. */
function firstCalls(count: number, kind: (call: Call) => boolean, fault: () => AwsFault | 'reset') {
  let left = count;
  return (call: Call) => {
    if (left === 0 || !kind(call)) return undefined;
    left -= 1;
    return fault();
  };
}

const RECEIVER = 'receive-webhook';
const RECEIVER_FAULTS: readonly ReceiverFault[] = [
  {
    id: 'crash-at-init',
    begin: (world) => {
      world.function(RECEIVER).recycle();
      world.function(RECEIVER).failure = 'init';
    },
    end: (world) => {
      world.function(RECEIVER).failure = undefined;
    },
  },
  {
    id: 'killed-before-write',
    begin: (world) => {
      const kill = () => signalled(world, RECEIVER, 'SIGKILL');
      world.gate.faults = { before: firstCalls(3, isPut, kill) };
    },
  },
  {
    id: 'killed-after-write',
    begin: (world) => {
      const kill = () => signalled(world, RECEIVER, 'SIGKILL');
      world.gate.faults = { after: firstCalls(3, isPut, kill) };
    },
  },
  {
    id: 'timed-out',
    begin: (world) => {
      // As long as it takes to show it; the template's own time-out is many seconds.
      world.function(RECEIVER).timeoutMs = 1000;
      const freeze = () => signalled(world, RECEIVER, 'SIGSTOP');
      world.gate.faults = { before: firstCalls(1, isPut, freeze) };
    },
    end: (world) => {
      const { resource } = world.function(RECEIVER);
      world.function(RECEIVER).timeoutMs = Number(resource.properties.Timeout) * 1000;
    },
  },
  {
    id: 'throttled',
    begin: (world) => {
      world.function(RECEIVER).failure = 'throttled';
    },
    end: (world) => {
      world.function(RECEIVER).failure = undefined;
    },
  },
  {
    id: 'store-throttles',
    begin: (world) => {
      const refuse = () => new AwsFault('ProvisionedThroughputExceededException', 'rehearsed');
      world.gate.faults = { before: firstCalls(30, isPut, refuse) };
    },
  },
  {
    id: 'store-fails',
    begin: (world) => {
      const refuse = () => new AwsFault('InternalServerError', 'rehearsed', 500);
      world.gate.faults = { before: firstCalls(30, isPut, refuse) };
    },
  },
];

function signalled(world: World, name: string, signal: 'SIGKILL' | 'SIGSTOP'): 'reset' {
  world.function(name).signal(signal);
  return 'reset';
}

/** The first round must show the fault, or nothing was rehearsed; then PayCA sends again. */
async function receiverFault(
  { world, check }: Scene,
  sender: Sender,
  { id, begin, end }: ReceiverFault,
): Promise<void> {
  const webhooks = sender.make(12);
  begin(world);
  const failed = await sender.send(webhooks);
  end?.(world);
  const rounds = await sender.sendAgain(failed);
  world.gate.faults = {};
  check(
    id,
    failed.length > 0,
    `${failed.length} of ${webhooks.length} not acknowledged at first, all after ${rounds + 1} rounds`,
  );
}

/** The answer to a write is lost, the write is not: its retry must not count as a duplicate. */
async function ownRetry({ world, check }: Scene, sender: Sender): Promise<void> {
  const logs = world.function(RECEIVER).logs;
  const before = logs.length;
  world.gate.faults = { after: firstCalls(2, isPut, () => 'reset') };
  const rounds = await sender.sendAgain(sender.make(4));
  world.gate.faults = {};
  const duplicates = logs.slice(before).filter((line) => line.includes('"webhook duplicate"'));
  check(
    'write-answer-lost',
    rounds === 1 && duplicates.length === 0,
    `stored and acknowledged at once, ${duplicates.length} taken for duplicates`,
  );
}

async function busRefusesSome({ world, check }: Scene, sender: Sender): Promise<void> {
  let entries = 0;
  world.events.refuse = () => {
    entries += 1;
    return entries <= 10 && entries % 2 === 0 ? 'InternalFailure' : undefined;
  };
  const webhooks = sender.make(20);
  await sender.sendAgain(webhooks);
  await world.sources.drained();
  world.events.refuse = undefined;
  // A small batch may meet every refusal; what its retries do not bring is the sweep's.
  await sweep(world);
  const missing = await missingOnTheBus(world, webhooks);
  check(
    'bus-fails-some',
    entries > 10 && missing === 0,
    `5 entries failed once, ${missing} of ${webhooks.length} missing on the bus`,
  );
}

async function killedInMidBatch({ world, check }: Scene, sender: Sender): Promise<void> {
  let killed = 0;
  world.gate.faults = {
    after: firstCalls(
      2,
      ({ operation }) => operation === 'PutEvents',
      () => {
        killed += 1;
        return signalled(world, 'dispatch-events', 'SIGKILL');
      },
    ),
  };
  const webhooks = sender.make(20);
  await sender.sendAgain(webhooks);
  await world.sources.drained();
  world.gate.faults = {};
  await sweep(world);
  const missing = await missingOnTheBus(world, webhooks);
  check(
    'killed-in-mid-batch',
    killed === 2 && missing === 0,
    `killed ${killed} times between bus and inbox, ${missing} of ${webhooks.length} missing on the bus`,
  );
}

async function dispatcherOff({ world, check }: Scene, sender: Sender): Promise<void> {
  world.sources.paused = true;
  const webhooks = sender.make(150);
  await sender.sendAgain(webhooks);
  const waiting = await missingOnTheBus(world, webhooks);
  world.moveClock(DISPATCHER_OFF_MS);
  world.sources.forget();
  world.sources.paused = false;
  await sweep(world);
  const missing = await missingOnTheBus(world, webhooks);
  const detail = `${waiting} waited for 30 h, longer than the stream remembers; after the sweep ${missing} are missing on the bus`;
  check('dispatcher-off-30-h', waiting === webhooks.length && missing === 0, detail);
}

/** One event that the bus never takes must hold nobody up; set right, it is released by its key. */
async function poison(scene: Scene, sender: Sender): Promise<void> {
  const { world, check } = scene;
  const marker = `poison-${scene.seed}`;
  world.events.refuse = ({ Detail }) => (Detail?.includes(marker) ? 'InvalidArgument' : undefined);
  const body = JSON.stringify({ event: 'kyc', data: { id: marker } });
  const bad = webhook(body, scene.credentials, new Random(scene.seed));
  sender.sent.push(bad);
  const others = sender.make(20);
  await sender.sendAgain([...others.slice(0, 10), bad, ...others.slice(10)]);
  await world.sources.drained();
  const heldUp = await missingOnTheBus(world, others);
  check('poison-holds-nobody-up', heldUp === 0, `${heldUp} of ${others.length} around it missing on the bus`);
  const key = `kyc###${marker}`;
  let item = await world.inboxItem(key);
  for (let round = 0; round < SWEEPS_UNTIL_SET_ASIDE && item?.undispatched?.S !== 'set-aside'; round += 1) {
    await sweep(world);
    item = await world.inboxItem(key);
  }
  check('poison-set-aside', item?.undispatched?.S === 'set-aside', `${item?.setAsideReason?.S ?? 'not set aside'}`);
  world.events.refuse = undefined;
  await world.function('dispatch-events').invoke({ keys: [key] });
  const missing = await missingOnTheBus(world, [bad]);
  check('poison-redriven', missing === 0, missing === 0 ? 'on the bus once it was released' : 'still not on the bus');
}

/** Lets the schedule of the template run, past the time that is left to the stream. */
async function sweep(world: World): Promise<void> {
  world.moveClock(11 * 60 * 1000);
  await world.tick();
}

async function inTheEnd({ world, check }: Scene, sender: Sender): Promise<void> {
  let missing = sender.sent.length;
  let sweeps = 0;
  // The schedule goes on; a run that was cut off by its time-out leaves the rest to the next one.
  for (; missing > 0 && sweeps < 3; sweeps += 1) {
    await sweep(world);
    await world.sources.drained();
    missing = await missingOnTheBus(world, sender.sent);
  }
  const { lost, twice } = await lostAndDoubled(world, sender.sent);
  check('lost', lost === 0, `${lost} of ${sender.sent.length} webhooks are not in the inbox`);
  check('stored-twice', twice === 0, `${twice} webhooks are in the inbox more than once`);
  const detail = `${missing} of ${sender.sent.length} webhooks are missing on the bus after ${sweeps} run${sweeps === 1 ? '' : 's'} of the sweep`;
  check('on-the-bus', missing === 0, detail);
}
