import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaycaApiServer } from '../payca-api';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { subscribe } from './smoke';

/** What CloudFormation was answered. */
interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason: string;
  readonly PhysicalResourceId: string;
}

/** The release resource of the template, asked as CloudFormation asks it through deploys, rollbacks and outages. */
export const smokeDeploy: Act = {
  id: 'smoke-deploy',
  title: 'The release resource: a failing update rolled back, no rollback wedged, first deploy, outage, hotfix',
  play: async (scene) => {
    const stack = await ReleaseStack.open(scene.world);
    try {
      await firstDeploy(scene, stack);
      await scene.world.supply(scene.credentials);
      // The receiver looks for credentials again.
      scene.world.moveClock(31_000);
      subscribe(scene.world);
      await updates(scene, stack);
      await outages(scene, stack);
      await hotfix(scene, stack);
      await broken(scene, stack);
    } finally {
      stack.close();
    }
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

/** CloudFormation's side of the resource: what it stands at, and where answers go. */
class ReleaseStack {
  private deployed?: string;
  private heard?: Answer;

  private constructor(
    private readonly world: World,
    private readonly server: ReturnType<typeof createServer>,
  ) {
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      this.heard = JSON.parse(Buffer.concat(chunks).toString());
      response.end();
    });
  }

  static async open(world: World): Promise<ReleaseStack> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ReleaseStack(world, server);
  }

  close(): void {
    this.server.close();
  }

  /** The release that the template names. */
  get own(): string {
    return String(this.resource.properties.Release);
  }

  get properties(): Readonly<Record<string, unknown>> {
    return this.resource.properties;
  }

  /** A deploy of `release`; where it fails CloudFormation puts the former one back, and asks again. */
  async deploy(release: string, onFailure = 'rollback'): Promise<string> {
    const former = this.deployed;
    const answer = await this.ask(former === undefined ? 'Create' : 'Update', release, onFailure, former);
    if (answer?.Status === 'SUCCESS') {
      this.deployed = release;
      return `SUCCESS: ${answer.Reason}`;
    }
    const back = former && (await this.ask('Update', former, onFailure, release));
    return `${answer?.Status}: ${answer?.Reason}; back: ${(back || undefined)?.Status}`;
  }

  async remove(): Promise<string> {
    const answer = await this.ask('Delete', String(this.deployed), 'rollback');
    return `${answer?.Status}: ${answer?.Reason}`;
  }

  private get resource() {
    const [found] = this.world.deployment.resources('Custom::Release');
    if (!found) throw new Error('the template has no Custom::Release');
    return found;
  }

  private async ask(
    RequestType: string,
    Release: string,
    OnFailure: string,
    former?: string,
  ): Promise<Answer | undefined> {
    this.heard = undefined;
    const { port } = this.server.address() as AddressInfo;
    const { logicalId, properties } = this.resource;
    const lambda = this.world.functions.find(({ resource }) => resource.arn === properties.ServiceToken);
    await lambda?.invoke({
      RequestType,
      ...{ RequestId: 'rehearsal', StackId: 'arn:aws:cloudformation:rehearsal', LogicalResourceId: logicalId },
      ResponseURL: `http://127.0.0.1:${port}/answer`,
      ResourceProperties: { ...properties, Release, OnFailure },
      ...(former === undefined ? {} : { OldResourceProperties: { ...properties, Release: former } }),
    });
    return this.heard;
  }
}

async function firstDeploy({ world, check }: Scene, stack: ReleaseStack): Promise<void> {
  const answer = await stack.deploy(stack.own);
  const asked = world.payca.answered.length;
  check('first-deploy', answer.startsWith('SUCCESS: smoke no-data') && asked === 0, answer);
  const within = Number(stack.properties.ServiceTimeout);
  const longest = world.function('judge-release').timeoutMs / 1000;
  check('time-out', within > longest, `CloudFormation waits ${within} s, the function has ${longest} s`);
}

async function updates({ world: { payca }, check }: Scene, stack: ReleaseStack): Promise<void> {
  const good = await stack.deploy('good');
  check('update', good.startsWith('SUCCESS: smoke pass'), good);
  const bad = await failing(payca, () => stack.deploy('bad'));
  check('failing-update', bad.startsWith('FAILED: smoke fail') && bad.endsWith('back: SUCCESS'), bad);
  const again = await failing(payca, () => stack.deploy('bad'));
  check('failing-again', again.startsWith('FAILED'), again);
  const mended = await stack.deploy('bad');
  check('mended', mended.startsWith('SUCCESS: smoke pass'), mended);
}

/** PayCA is down during a deploy, and during the rollback of a deploy that an alarm has undone. */
async function outages({ world: { payca }, check }: Scene, stack: ReleaseStack): Promise<void> {
  const down = <T>(act: () => Promise<T>) =>
    withFault(payca, { status: 503, code: 'ErrInternal', retryAfter: '600' }, act);
  const during = await down(() => stack.deploy('in-an-outage'));
  check('outage', during.startsWith('SUCCESS: smoke no-data'), during);
  const calls = payca.answered.length;
  const back = await down(() => stack.deploy('good'));
  const asked = payca.answered.length - calls;
  check('rollback-in-an-outage', back === 'SUCCESS: good was deployed before' && asked === 0, back);
}

async function hotfix({ world: { payca }, check }: Scene, stack: ReleaseStack): Promise<void> {
  const answer = await failing(payca, () => stack.deploy('hotfix', 'report'));
  check('hotfix', answer.startsWith('SUCCESS: smoke fail'), answer);
  const next = await failing(payca, () => stack.deploy('after-it'));
  check('back-to-the-hotfix', next.startsWith('FAILED') && next.endsWith('back: SUCCESS'), next);
}

/** A function that does not start, and a table that does not answer, are no fault that a rollback would mend. */
async function broken({ world, check }: Scene, stack: ReleaseStack): Promise<void> {
  const lambda = world.function('smoke-test');
  lambda.recycle();
  lambda.failure = 'init';
  const dead = await stack.deploy('does-not-start');
  lambda.failure = undefined;
  check('smoke-test-does-not-start', dead.startsWith('SUCCESS'), dead);
  world.gate.faults = { before: ({ service }) => (service === 'dynamodb' ? 'reset' : undefined) };
  const blind = await stack.deploy('without-the-table');
  world.gate.faults = {};
  check('table-unreachable', blind.startsWith('SUCCESS: not tested'), blind);
  const removed = await stack.remove();
  check('delete', removed === 'SUCCESS: nothing to test', removed);
}

/** Credentials that PayCA refuses: a fault that a deploy can have made. */
function failing<T>(payca: PaycaApiServer, act: () => Promise<T>): Promise<T> {
  return withFault(payca, { status: 403, code: 'ErrForbidden' }, act);
}

async function withFault<T>(
  payca: PaycaApiServer,
  fault: { status: number; code: string; retryAfter?: string },
  act: () => Promise<T>,
) {
  payca.faults = () => fault;
  try {
    return await act();
  } finally {
    payca.faults = () => undefined;
  }
}
