import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Item } from './aws/dynamodb';
import { Lambda } from './aws/lambda';
import type { StoredSecret } from './aws/secrets-manager';
import { Sts } from './aws/sts';
import { type Authority, authority } from './certificates';
import { Client, type ClientOptions } from './client';
import { Cloud, type CloudOptions } from './cloud';
import type { Deployment } from './deployment';
import { Edge } from './edge';
import { EventSources } from './event-sources';
import { functionName, type Invocation, LambdaFunction } from './functions';
import { OtherAccount } from './other-account';
import { type Credentials, Random } from './payca';
import { PaycaApiServer } from './payca-api';
import type { DeliveryOptions, Notice, Post } from './payca-outbox';
import { Receivers } from './receivers';
import { list, type Resource } from './template';

export interface WorldOptions extends CloudOptions {
  /** With mutual TLS, trust what the template trusts and no CA of the rehearsal beside it. */
  readonly templateTruststoreOnly?: boolean;
  /** Which of PayCA's generations answers. @default both */
  readonly generation?: PaycaApiServer['generation'];
}

/** How to reach a world; known once it listens. */
interface Addresses {
  readonly awsUrl: string;
  readonly edgePort: number;
  readonly ca: Authority;
  /** PayCA's client certificate, where the edge asks for one. */
  readonly certificate?: Authority;
}

/** One stage, deployed on this machine: its AWS, its functions and its edge. */
export class World extends Cloud {
  readonly receivers = new Receivers();
  readonly payca: PaycaApiServer;
  functions: readonly LambdaFunction[] = [];
  sources!: EventSources;
  edge!: Edge;
  private addresses!: Addresses;
  private readonly clients: Client[] = [];
  private readonly others: OtherAccount[] = [];
  /** Files that live as long as this world. */
  private readonly directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));

  private constructor(
    deployment: Deployment,
    private readonly options: WorldOptions,
  ) {
    super(deployment, options);
    const environment = deployment.stage === 'production' ? 'production' : 'sandbox';
    this.payca = new PaycaApiServer(new Random(1), { generation: options.generation, environment });
  }

  /** What was started of a stage that cannot be deployed is ended again, or the rehearsal would never end. */
  static async deploy(deployment: Deployment, options: WorldOptions = {}): Promise<World> {
    const world = new World(deployment, options);
    try {
      await world.start();
    } catch (error) {
      world.stop();
      throw error;
    }
    return world;
  }

  private async start(): Promise<void> {
    const { deployment, gate, judge, sqs, dynamoDb, receivers, payca } = this;
    const awsUrl = await this.open();
    const ca = await authority('Rehearsal CA');
    const caFile = join(this.directory, 'ca.pem');
    writeFileSync(caFile, ca.pem);
    const paycaUrl = await payca.listen(await authority('PayCA API', { issuer: ca, ca: false, hosts: ['127.0.0.1'] }));
    const receiversUrl = await receivers.listen();
    const edge = () => [this.addresses.edgePort, this.edge.domainName, this.edge.defaultEndpoint] as const;
    const places = { awsUrl, caFile, receiversUrl, edge, replaced: { PAYCA_BASE_URL: paycaUrl } };
    this.functions = deployment
      .resources('AWS::Lambda::Function')
      .filter(isOurs)
      .map((resource) => new LambdaFunction(resource, deployment, gate, places));
    gate.add(new Lambda(this.functions));
    gate.add(new Sts(gate, this.others));
    this.sources = new EventSources(deployment, judge, this.functions, dynamoDb, sqs);
    this.edge = new Edge(deployment, this.functions);
    this.addresses = { awsUrl, ca, ...(await this.openEdge(ca)) };
  }

  private async openEdge(ca: Authority): Promise<Pick<Addresses, 'edgePort' | 'certificate'>> {
    const { edge, options } = this;
    const asks = edge.asksForCertificate && !options.templateTruststoreOnly;
    const clientCa = asks ? await authority('Rehearsal client CA') : undefined;
    const certificate = clientCa && (await authority('PayCA', { issuer: clientCa, ca: false }));
    const hosts = [edge.domainName, edge.defaultEndpoint, '127.0.0.1'];
    const own = await authority(edge.domainName, { issuer: ca, ca: false, hosts });
    return { edgePort: await edge.listen(own, clientCa), certificate };
  }

  /** PayCA's credentials, as Secrets Manager has them. */
  get credentialsSecret(): StoredSecret {
    return this.secrets.secret(String(this.deployment.outputs().CredentialsSecret));
  }

  private get tableName(): string {
    return String(this.deployment.outputs().InboxTable);
  }

  /** Addresses of the allow-list, the first of each range. */
  get allowedAddresses(): string[] {
    const sets = this.deployment
      .resources('AWS::WAFv2::IPSet')
      .flatMap(({ properties }) => properties.Addresses as string[]);
    return sets.map((cidr) => String(cidr.split('/')[0]));
  }

  /** Every item of the inbox, as DynamoDB has it. */
  inbox(): Promise<Item[]> {
    return this.dynamoDb.items(this.tableName);
  }

  /** What functions remember between their runs, as DynamoDB has it. */
  progress(): Promise<Item[]> {
    const table = this.deployment.find(
      ({ type, logicalId }) => /Table$/.test(type) && logicalId.startsWith('Progress'),
    );
    return this.dynamoDb.items(given(table).physicalId);
  }

  /** Somebody empties the inbox. */
  loseInbox(): Promise<void> {
    return this.dynamoDb.empty(this.tableName);
  }

  async inboxItem(pk: string): Promise<Item | undefined> {
    return (await this.inbox()).find((item) => item.pk?.S === pk);
  }

  /** Writes what a function remembers, as it would itself. */
  async remember(owner: string, thing: string, state: unknown): Promise<void> {
    const [table] = this.deployment
      .resources('AWS::DynamoDB::Table')
      .filter(({ logicalId }) => /^Progress/.test(logicalId));
    const Item = { pk: { S: owner }, sk: { S: thing }, state: { S: JSON.stringify(state) } };
    await this.dynamoDb.write(given(table).physicalId, Item);
  }

  function(name: string): LambdaFunction {
    return given(this.functions.find((candidate) => candidate.name === name));
  }

  /** Makes `credentials`, which PayCA issued, the current version of the secret, as an operator does. */
  async supply(credentials: Credentials): Promise<void> {
    this.payca.adopt(credentials);
    this.credentialsSecret.put(JSON.stringify(credentials));
  }

  /** A sender; by default PayCA, from the first address of the allow-list. */
  client(options: Partial<ClientOptions> = {}): Client {
    const client = new Client({ ...this.address, ...options });
    this.clients.push(client);
    return client;
  }

  /** PayCA sends what waits in its outbox, through this edge; nobody answers for another host. */
  async deliver(options?: DeliveryOptions): Promise<Notice[]> {
    const client = this.client();
    const post: Post = async (url, { body, headers }) => {
      const { hostname, pathname } = new URL(url);
      return hostname === this.edge.domainName ? (await client.post(pathname, body, headers)).status : 0;
    };
    return this.payca.outbox.deliver(post, options);
  }

  /** Where and as whom PayCA connects. */
  get address(): ClientOptions & { readonly from: string; readonly ca: string } {
    const from = this.allowedAddresses[0] ?? '127.0.0.1';
    const { edgePort: port, ca, certificate } = this.addresses;
    return { port, host: this.edge.domainName, from, ca: ca.pem, certificate };
  }

  /** The other stage's account, into which roles of this one may reach from now on. */
  openAccount(deployment: Deployment): OtherAccount {
    const account = new OtherAccount(deployment, this.options.used);
    this.others.push(account);
    return account;
  }

  /** What a person's command needs to find this AWS instead of the real one. */
  operatorEnvironment(person: string): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.addresses.awsUrl,
      AWS_ACCESS_KEY_ID: this.gate.operatorKeyFor(person),
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
    };
  }

  /** Moves the clock of every function, of queues, secrets and alarms, and of PayCA. */
  moveClock(milliseconds: number): void {
    for (const clocked of [...this.functions, this.sqs, this.secrets, this.s3, this.cloudWatch, this.payca])
      clocked.clockOffsetMs += milliseconds;
  }

  /** Runs what rules on events asked of functions. */
  async reactions(): Promise<Invocation[]> {
    const asked = this.events.invocations.splice(0);
    return Promise.all(
      asked.map(({ function: arn, event }) =>
        given(this.functions.find(({ resource }) => resource.arn === arn)).invoke(event),
      ),
    );
  }

  /** Runs what schedules of the template would run; without `daily`, what is due more often than once a day. */
  async tick({ daily = true } = {}): Promise<Invocation[]> {
    const rules = this.deployment
      .resources('AWS::Events::Rule')
      .filter((rule) => rule.properties.ScheduleExpression && this.events.switches.isOn(rule))
      .filter((rule) => daily || rule.properties.ScheduleExpression !== 'rate(1 day)');
    const targets = rules.flatMap(({ arn, properties }) =>
      list(properties.Targets as { Arn: string }[]).map(({ Arn }) => ({ arn, Arn })),
    );
    return Promise.all(
      targets.map(({ arn, Arn }) => {
        const target = given(this.functions.find(({ resource }) => resource.arn === Arn));
        return target.invoke({
          id: randomUUID(),
          'detail-type': 'Scheduled Event',
          source: 'aws.events',
          resources: [arn],
          detail: {},
        });
      }),
    );
  }

  stop(): void {
    for (const client of this.clients) client.close();
    this.edge?.close();
    this.sources?.stop();
    for (const lambda of this.functions) lambda.stop();
    this.receivers.close();
    this.payca.close();
    this.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** Functions that CDK adds for its own custom resources run during a deploy only. */
function isOurs(resource: Resource): boolean {
  return functionName(resource) !== resource.logicalId;
}

/** An item with its binary attributes as text. */
export function readable(item: Item): string {
  const { body, ...others } = item;
  return `${JSON.stringify(others)} ${Buffer.from(body?.B ?? '', 'base64').toString()}`;
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the templates lack what the rehearsal needs: it was not found');
  return value;
}
