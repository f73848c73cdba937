import type { Call } from '../aws/gate';
import { DeliveryStream } from '../delivery-stream';
import type { Deployment } from '../deployment';
import { type Credentials, issueCredentials, Random } from '../payca';
import type { ApiFault, PaycaApiServer } from '../payca-api';
import { metricSums } from '../traces';
import type { World } from '../world';

const HOUR_MS = 60 * 60 * 1000;
/** The receiver reads a secret afresh no more often than every 30 s. */
const READABLE_AGAIN_MS = 31_000;
/** When PayCA begins to sign with the new key, beside our two steps: staging it and making it current. */
const ORDERS = ['before', 'between', 'after'] as const;
/** Stages that a promotion moves, in its order. */
const STEPS = ['AcceptedUntil', 'AWSCURRENT', 'AWSPENDING'] as const;

/** What was seen of a stage's changes of credentials. */
export interface Changes {
  /** In words; none when all went as promised. */
  readonly problems: string[];
  readonly stream: DeliveryStream;
}

/** The generation whose calls the stage's config expects. */
export function generationOf(deployment: Deployment): PaycaApiServer['generation'] {
  const environments = deployment
    .resources('AWS::Lambda::Function')
    .map(({ properties }) => (properties.Environment as { Variables?: Record<string, string> })?.Variables);
  const balances = environments.find((variables) => variables?.PAYCA_BALANCES)?.PAYCA_BALANCES;
  return balances === 'users-stats' ? 'older' : 'newer';
}

/**
 * A first pair, then changes under a stream of deliveries: PayCA changes its signing key before, between and after our
 * steps; refused pairs; PayCA in trouble; the function killed at each of its steps; back; the end of the overlap.
 */
export async function changeUnderLoad(
  world: World,
  { seed, troubles, withKills }: { seed: number; troubles: readonly ApiFault[]; withKills: boolean },
): Promise<Changes> {
  // What becomes of webhooks after they are stored is other acts' matter.
  world.sources.paused = true;
  const stream = new DeliveryStream(world, new Random(seed));
  const changes = new CredentialChanges(world, stream);
  await changes.first();
  stream.start();
  for (const order of ORDERS) await changes.change(order);
  await changes.refused();
  for (const trouble of troubles) await changes.trouble(trouble);
  if (withKills) await changes.killed();
  await changes.back();
  const lost = await stream.stop();
  changes.expect('webhooks that PayCA has to give up', lost, 0);
  changes.expect('genuine webhooks refused', stream.refused, 0);
  await changes.overlapEnds();
  changes.expect('calls to AWS refused', world.gate.refusals.join('; '), '');
  return { problems: changes.problems, stream };
}

class CredentialChanges {
  readonly problems: string[] = [];

  constructor(
    private readonly world: World,
    private readonly stream: DeliveryStream,
  ) {}

  expect(what: string, found: unknown, wanted: unknown): void {
    if (found !== wanted) this.problems.push(`${what}: ${String(found)} instead of ${String(wanted)}`);
  }

  async first(): Promise<void> {
    const pair = this.world.payca.issue();
    this.expect('the first pair', await this.put(pair), 'promoted');
    this.stream.weHave(pair);
    this.isCurrent(pair);
  }

  async change(order: (typeof ORDERS)[number]): Promise<void> {
    const { world, stream } = this;
    const former = world.payca.signingKey;
    const pair = world.payca.issue();
    world.moveClock(READABLE_AGAIN_MS);
    if (order === 'before') {
      world.payca.signWith(pair);
      await stream.more(6);
    }
    const staged = this.stage(pair);
    if (order === 'before') world.moveClock(READABLE_AGAIN_MS);
    stream.weHave(pair);
    if (order === 'between') world.payca.signWith(pair);
    await stream.more(6);
    this.expect(`a change, PayCA changing its key ${order} our steps`, await this.promote(staged), 'promoted');
    await stream.more(6);
    world.payca.signWith(pair);
    await stream.more(6);
    this.isCurrent(pair);
    // Late ones, all at once, so that copies of the receiver with caches of every age are met.
    await Promise.all(Array.from({ length: 6 }, (_, index) => stream.deliver(index % 2 ? former : pair)));
  }

  /** A pair that PayCA does not know, and one that it knows for another environment. */
  async refused(): Promise<void> {
    const current = this.world.payca.signingKey;
    this.expect('a pair unknown to PayCA', await this.put(issueCredentials(new Random(7))), 'refused');
    this.world.payca.faults = () => ({ status: 403, code: 'ErrForbidden' });
    this.expect('a pair of another environment', await this.put(this.world.payca.issue()), 'refused');
    this.world.payca.faults = () => undefined;
    this.isCurrent(current);
  }

  async trouble(fault: ApiFault): Promise<void> {
    const current = this.world.payca.signingKey;
    this.world.payca.faults = () => fault;
    this.expect(
      `a pair while PayCA answers ${JSON.stringify(fault)}`,
      await this.put(this.world.payca.issue()),
      'unproven',
    );
    this.world.payca.faults = () => undefined;
    this.isCurrent(current);
  }

  /** The function dies at each step, or loses AWS's answer to it; then the operator repeats his command. */
  async killed(): Promise<void> {
    for (const step of STEPS) {
      for (const moment of ['before', 'after'] as const) {
        const pair = this.world.payca.issue();
        this.atStep(step, moment, () => this.world.function('promote-credentials').signal('SIGKILL'));
        this.expect(`killed ${moment} the move of ${step}`, await this.put(pair), 'Runtime.ExitError');
        this.stream.weHave(pair);
        this.expect(`current pairs when killed ${moment} the move of ${step}`, this.holders('AWSCURRENT').length, 1);
        const moved = step === 'AWSPENDING' || (step === 'AWSCURRENT' && moment === 'after');
        const repeated = await this.put(pair);
        this.expect(`repeated after ${moment} the move of ${step}`, repeated, moved ? 'unchanged' : 'promoted');
        this.isCurrent(pair);
      }
      const pair = this.world.payca.issue();
      this.atStep(step, 'after', () => undefined);
      this.expect(`the answer to the move of ${step} lost`, await this.put(pair), 'promoted');
      this.isCurrent(pair);
    }
  }

  /** The former pair becomes current again, and the other one stays accepted. */
  async back(): Promise<void> {
    const { world, stream } = this;
    const [wrong] = this.holders('AWSCURRENT');
    const [former] = this.holders('AWSPREVIOUS');
    const outcome = await world.function('promote-credentials').invoke({ rollback: true });
    this.expect('a rollback', resultOf(outcome), 'rolled-back');
    if (former) this.isCurrent(former);
    world.moveClock(READABLE_AGAIN_MS);
    for (const pair of [former, wrong]) if (pair) stream.weHave(pair);
    for (const pair of [former, wrong])
      if (pair) this.expect('a delivery after the rollback', (await stream.deliver(pair)) < 300, true);
  }

  async overlapEnds(): Promise<void> {
    const { world, stream } = this;
    const [current] = this.holders('AWSCURRENT');
    const [former] = this.holders('AWSPREVIOUS');
    if (!current || !former) return void this.problems.push('a pair is missing at the end');
    const late = () => metricSums(world).get('PreviousKeyMatchedLate') ?? 0;
    world.moveClock(40 * HOUR_MS);
    await stream.deliver(former);
    const before = late();
    world.moveClock(7 * HOUR_MS);
    await stream.deliver(former);
    this.expect('PreviousKeyMatchedLate 41 h and 47 h after the change', `${before}, ${late()}`, '0, 1');
    world.moveClock(2 * HOUR_MS);
    this.expect('the former key after its overlap', await stream.deliver(former), 401);
    world.moveClock(READABLE_AGAIN_MS);
    this.expect('the current key after the overlap', (await stream.deliver(current)) < 300, true);
  }

  private isCurrent({ clientSecret }: Credentials): void {
    this.expect(
      'the current pair is the one it should be',
      this.holders('AWSCURRENT')[0]?.clientSecret === clientSecret,
      true,
    );
    this.expect('pending pairs', this.holders('AWSPENDING').length, 0);
  }

  private holders(stage: string): Credentials[] {
    const versions = this.world.credentialsSecret.list().filter(({ stages }) => stages.has(stage));
    return versions.map(({ value }) => JSON.parse(value));
  }

  private stage(pair: Credentials): string {
    return this.world.credentialsSecret.put(JSON.stringify(pair), ['AWSPENDING']).id;
  }

  private async promote(versionId: string): Promise<string> {
    return resultOf(await this.world.function('promote-credentials').invoke({ promote: versionId }));
  }

  private put(pair: Credentials): Promise<string> {
    return this.promote(this.stage(pair));
  }

  /** Does something, once, when a stage is moved; the answer to that call is lost. */
  private atStep(stage: string, moment: 'before' | 'after', act: () => void): void {
    this.world.gate.faults = {
      [moment]: ({ operation, input }: Call) => {
        if (operation !== 'UpdateSecretVersionStage' || !String(input.VersionStage).startsWith(stage)) return undefined;
        this.world.gate.faults = {};
        act();
        return 'reset' as const;
      },
    };
  }
}

function resultOf(invocation: { result: unknown } | { errorType: string }): string {
  return 'result' in invocation ? (invocation.result as { result: string }).result : invocation.errorType;
}
