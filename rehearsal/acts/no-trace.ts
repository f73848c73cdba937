import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsFault, type Call } from '../aws/gate';
import { canary, forms, placesOf } from '../canary';
import { golive } from '../operator';
import { type Credentials, payload, Random, tokenizationCode, webhook } from '../payca';
import { descendantArguments } from '../processes';
import { type Trace, traces } from '../traces';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

/** Secrets in every place that they pass, then a search of everything that was written anywhere. */
export const noTrace: Act = {
  id: 'no-trace',
  title: 'A canary in each place a secret passes: every function and command, well and badly, leaves no trace of it',
  long: true,
  play: async (scene) => {
    const run = new CanaryRun(scene);
    await run.credentials();
    await run.webhooks();
    await run.badVersions();
    await run.otherCommands();
    await run.restOfFunctions();
    await run.covered();
    await run.search();
    await run.plantedLeaks();
  },
};

/** Commands that are run here, with what makes them do something; `--stage` is added. */
const COMMANDS: readonly (readonly string[])[] = [
  ['config', 'check'],
  ['runbook'],
  ['deploy', '--dry-run'],
  ['env'],
  ['alarms', 'backtest', '--metrics', 'package.json'],
  ['drill', 'no-such-alarm'],
  ['shipping', 'probe'],
  ['bins', 'import', 'package.json'],
  ['prefund', 'check'],
  ['cards', 'load', 'package.json', '--confirm'],
  ['status'],
  ['readiness'],
  ['launch', 'status'],
  ['smoke'],
  ['events', 'find', '--reference', 'none'],
  ['events', 'redrive'],
  ['subscriptions', 'apply'],
  ['resend', '--from', '2026-01-01', '--patience', '1'],
  ['evidence', 'verify'],
  ['figures'],
  ['incident', 'list'],
  ['reconcile', 'fees', '--statement', 'package.json'],
  ['launch-document'],
  ['support-pack'],
  ['endpoint', 'check', '--record'],
  ['credentials', 'status', '--json'],
  ['credentials', 'rollback'],
  ['secrets', 'put', 'not-in-config'],
];

class CanaryRun {
  private readonly random: Random;
  private readonly secrets: string[] = [];
  private readonly outputs: string[] = [];
  private readonly errors: string[] = [];
  private readonly processes: string[] = [];
  private readonly ran = new Set<string>();

  constructor(private readonly scene: Scene) {
    this.random = new Random(scene.seed);
  }

  private get world(): World {
    return this.scene.world;
  }

  /** A secret that must not be found again. */
  private plant(): string {
    const secret = canary(this.random);
    this.secrets.push(secret);
    return secret;
  }

  private pair(): Credentials {
    return { clientId: this.random.uuid(), clientSecret: this.plant() };
  }

  private async command(parameters: readonly string[], input?: string): Promise<void> {
    const { code, text } = await golive(this.world, parameters, { input });
    this.ran.add(parameters[0] ?? '');
    this.outputs.push(`${parameters[0]} ended with ${code}`, text);
  }

  private async invoke(name: string, event: unknown): Promise<void> {
    this.errors.push(JSON.stringify(await this.world.function(name).invoke(event)));
  }

  /** By the operator's command: accepted twice, refused by PayCA which repeats what it was sent, unproven, of a wrong form. */
  async credentials(): Promise<void> {
    const { payca, gate } = this.world;
    const put = ({ clientId, clientSecret }: Credentials) =>
      this.command(['credentials', 'put', '--record'], `${clientId}\n${clientSecret}\n`);
    const look = (): undefined => {
      this.processes.push(descendantArguments());
    };
    gate.faults = {
      before: ({ operation, service }) => (operation === 'PutSecretValue' || service === 'lambda' ? look() : undefined),
    };
    for (const pair of [this.pair(), this.pair()]) {
      payca.adopt(pair);
      await put(pair);
    }
    const refused = this.pair();
    for (const fault of [
      { status: 401, code: refused.clientSecret, message: refused.clientSecret },
      { html: 502 },
      'cut',
    ] as const) {
      payca.faults = () => fault;
      await put(refused);
    }
    payca.faults = () => undefined;
    await put({ clientId: this.random.uuid(), clientSecret: `"${this.plant()}"` });
    await this.command(['credentials', 'put'], `${this.plant()}\n`);
    const [name] = Object.keys(JSON.parse(String(this.world.deployment.outputs().ThirdPartySecrets)));
    if (name) await this.command(['secrets', 'put', name], `${this.plant()}\n`);
    gate.faults = {};
  }

  /** Deliveries signed with a canary: stored, refused, not stored, refused by the bus and by the archive. */
  async webhooks(): Promise<void> {
    const { world, random } = this;
    const pair: Credentials = JSON.parse(world.credentialsSecret.get().value);
    const client = world.client();
    const send = async (body: string, signer = pair) => {
      const { body: bytes, headers } = webhook(body, signer, random);
      this.errors.push(JSON.stringify(await client.post(path(world), bytes, headers)));
    };
    const throttled = ({ operation, method }: Call) =>
      operation === 'PutItem' || method === 'PUT' ? new AwsFault('InternalServerError', 'rehearsed', 500) : undefined;
    for (const refused of [false, true]) {
      world.events.refuse = () => (refused ? 'InvalidArgument' : undefined);
      await send(JSON.stringify(payload(random)));
      await send(JSON.stringify(tokenizationCode(random).payload));
    }
    await world.sources.drained();
    world.gate.faults = { before: throttled };
    await send(JSON.stringify(payload(random)));
    world.gate.faults = {};
    await send('{', pair);
    await send('{}', this.pair());
    world.events.refuse = undefined;
    await world.tick();
    await world.sources.drained();
  }

  /** Versions that somebody put by hand: no JSON, and a secret that no header can carry. */
  async badVersions(): Promise<void> {
    const { world } = this;
    const good = world.credentialsSecret.get().value;
    for (const value of [this.plant(), JSON.stringify({ clientId: 'id', clientSecret: `${this.plant()}\n` })]) {
      const { id } = world.credentialsSecret.put(value, ['AWSPENDING']);
      await this.invoke('promote-credentials', { promote: id });
      world.credentialsSecret.put(value);
      world.function('receive-webhook').recycle();
      const { body, headers } = webhook('{}', this.pair(), this.random);
      this.errors.push(JSON.stringify(await world.client().post(path(world), body, headers)));
      await world.tick();
      world.credentialsSecret.put(good);
    }
    world.function('receive-webhook').recycle();
  }

  async otherCommands(): Promise<void> {
    const { world } = this;
    const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
    try {
      const ca = join(directory, 'ca.pem');
      writeFileSync(ca, world.address.ca);
      world.edge.direct = { address: '8.8.8.8', host: world.edge.domainName };
      const page = join(directory, 'launch.html');
      const more: Readonly<Record<string, readonly string[]>> = {
        endpoint: ['--connect-to', `127.0.0.1:${world.address.port}`, '--ca', ca],
        'launch-document': ['--out', page],
        'support-pack': ['--out', directory],
      };
      for (const parameters of COMMANDS) await this.command([...parameters, ...(more[parameters[0] ?? ''] ?? [])]);
      for (const made of [page, join(directory, 'support-pack.html')]) this.outputs.push(readFileSync(made, 'utf8'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** A function that nothing above called is called with what it does not expect. */
  async restOfFunctions(): Promise<void> {
    for (const { name, logs } of this.world.functions) if (logs.length === 0) await this.invoke(name, {});
  }

  /** Every command that there is must have been among them. */
  async covered(): Promise<void> {
    const { text } = await golive(this.world, ['--help']);
    const [, list = ''] = text.split('\nCommands:\n');
    const commands = [...list.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name]) =>
      name === 'help' ? [] : String(name),
    );
    const missing = commands.filter((name) => !this.ran.has(name));
    const detail = `${this.world.functions.length} functions, ${commands.length} commands`;
    const hint = `add to COMMANDS in rehearsal/acts/no-trace.ts: ${missing.join(', ')}`;
    this.scene.check(
      'everything-ran',
      missing.length === 0 && commands.length > 0,
      missing.length === 0 ? detail : hint,
    );
  }

  async search(): Promise<void> {
    const all = await this.everything();
    const found = placesOf(this.secrets, all);
    const detail = `${this.secrets.length} canaries, in no form in any of ${all.length} places`;
    this.scene.check('no-trace', found.length === 0, found.length === 0 ? detail : `found in ${found.join(', ')}`);
  }

  /** One leak in each place, each in another form: a search that misses one proves nothing. */
  async plantedLeaks(): Promise<void> {
    const { world } = this;
    const planted = canary(this.random);
    const written = forms(planted);
    let next = 0;
    const form = () => written[next++ % written.length] ?? '';
    for (const { logs } of world.functions) logs.push(form());
    world.edge.accessLog.push(form());
    const pair: Credentials = JSON.parse(world.credentialsSecret.get().value);
    const { body, headers } = webhook('{"event":"kyc","data":{"id":"leak"}}', pair, this.random);
    const requestId = Buffer.from(planted).toString('hex');
    await world.client().post(path(world), body, { ...headers, 'x-request-id': requestId });
    const [event] = world.events.archived;
    if (event) world.events.archived.push({ ...event, detail: { leak: form() } } as typeof event);
    world.s3.objects.set('bucket/leak', Buffer.from(form()));
    // As a command's argument it is in the process list, and in the command's own complaint about it.
    world.gate.faults = { before: () => void this.processes.push(descendantArguments()) };
    await this.command(['events', 'redrive', Buffer.from(planted).toString('base64')]);
    world.gate.faults = {};
    await this.invoke('promote-credentials', { [encodeURIComponent(planted)]: true });
    const template = world.deployment.templateOf(stackOf(world)) as Record<string, unknown>;
    template.Leak = form();
    const variables = variablesOf(world);
    variables.LEAK = form();
    const all = await this.everything();
    delete template.Leak;
    delete variables.LEAK;
    const found = placesOf([planted], all);
    const missed = all.map(({ place }) => place).filter((place) => !found.includes(place));
    const detail = missed.length === 0 ? `found in each of ${all.length} places` : `missed in ${missed.join(', ')}`;
    this.scene.check('planted-leaks-found', missed.length === 0, detail);
  }

  private async everything(): Promise<Trace[]> {
    const { world, outputs, errors, processes } = this;
    const { deployment } = world;
    const stacks = [...new Set(deployment.resources().map(({ stack }) => stack))];
    return [
      ...(await traces(world)),
      { place: 'the templates', text: JSON.stringify(stacks.map((stack) => deployment.templateOf(stack))) },
      {
        place: 'the environment of functions',
        text: JSON.stringify(world.functions.map(({ resource }) => resource.properties.Environment)),
      },
      { place: "commands' output", text: outputs.join('\n') },
      { place: 'errors and answers', text: errors.join('\n') },
      { place: 'process arguments', text: processes.join('\n') },
    ];
  }
}

const stackOf = (world: World) => String(world.deployment.resources()[0]?.stack);

function variablesOf(world: World): Record<string, string> {
  const { Environment } = world.function('receive-webhook').resource.properties;
  return (Environment as { Variables: Record<string, string> }).Variables;
}
