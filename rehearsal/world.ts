import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormation } from './aws/cloudformation';
import { CloudWatch } from './aws/cloudwatch';
import { DynamoDb, type Item } from './aws/dynamodb';
import { Emulator } from './aws/emulator';
import { EventBridge } from './aws/events';
import { Firehose } from './aws/firehose';
import { Gate } from './aws/gate';
import { Kms } from './aws/kms';
import { Lambda } from './aws/lambda';
import { Logs } from './aws/logs';
import { S3 } from './aws/s3';
import { SecretsManager, type StoredSecret } from './aws/secrets-manager';
import { Sns } from './aws/sns';
import { Sqs } from './aws/sqs';
import { Ssm } from './aws/ssm';
import { type Authority, authority } from './certificates';
import { Client, type ClientOptions } from './client';
import type { Deployment } from './deployment';
import { Edge } from './edge';
import { EventSources } from './event-sources';
import { functionName, type Invocation, LambdaFunction } from './functions';
import { type Credentials, Random } from './payca';
import { PaycaApiServer } from './payca-api';
import type { DeliveryOptions, Notice, Post } from './payca-outbox';
import { Judge } from './permissions';
import { Receivers } from './receivers';
import { list, type Resource } from './template';

export interface WorldOptions {
  /** An AWS emulator on this machine that answers the functions' calls instead of the own backends. */
  readonly awsEndpoint?: string;
  /** With mutual TLS, trust what the template trusts and no CA of the rehearsal beside it. */
  readonly templateTruststoreOnly?: boolean;
  /** Collects what roles were allowed to do. */
  readonly used?: Set<string>;
  /** Which of PayCA's generations answers. @default both */
  readonly generation?: PaycaApiServer['generation'];
}

/** One stage, deployed on this machine: its AWS, its functions and its edge. */
export class World {
  private readonly clients: Client[] = [];

  private constructor(
    readonly deployment: Deployment,
    readonly judge: Judge,
    readonly gate: Gate,
    private readonly dynamoDb: DynamoDb,
    readonly secrets: SecretsManager,
    readonly events: EventBridge,
    readonly s3: S3,
    readonly sqs: Sqs,
    readonly sns: Sns,
    readonly cloudWatch: CloudWatch,
    readonly firehose: Firehose,
    readonly logs: Logs,
    readonly receivers: Receivers,
    private readonly emulator: Emulator | undefined,
    readonly functions: readonly LambdaFunction[],
    readonly sources: EventSources,
    readonly edge: Edge,
    private readonly url: string,
    private readonly port: number,
    private readonly ca: Authority,
    private readonly certificate: Authority | undefined,
    readonly payca: PaycaApiServer,
    /** Files that live as long as this world. */
    private readonly directory: string,
  ) {}

  /** What was started of a stage that cannot be deployed is ended again, or the rehearsal would never end. */
  static async deploy(deployment: Deployment, options: WorldOptions = {}): Promise<World> {
    const started: (() => void)[] = [];
    try {
      return await World.start(deployment, options, started);
    } catch (error) {
      for (const stop of started) stop();
      throw error;
    }
  }

  private static async start(
    deployment: Deployment,
    { awsEndpoint, templateTruststoreOnly, used, generation }: WorldOptions,
    started: (() => void)[],
  ): Promise<World> {
    const judge = new Judge(deployment, used);
    const dynamoDb = new DynamoDb(deployment, awsEndpoint);
    const secrets = new SecretsManager(deployment);
    const sqs = new Sqs(deployment, judge);
    const events = new EventBridge(deployment, sqs);
    const s3 = new S3(deployment);
    const sns = new Sns(deployment, judge);
    const cloudWatch = new CloudWatch(deployment, events, sns);
    const firehose = new Firehose(deployment);
    const logs = new Logs(deployment, judge, firehose);
    const receivers = new Receivers();
    const own = [secrets, events, s3, new Kms(deployment)];
    const emulator = awsEndpoint ? await Emulator.provision(deployment, awsEndpoint, secrets) : undefined;
    const backends = emulator ? own.map((backend) => emulator.wrap(backend)) : own;
    const gate = new Gate(deployment, judge, [dynamoDb, sqs, sns, cloudWatch, firehose, logs, ...backends]);
    started.push(
      () => gate.close(),
      () => dynamoDb.stop(),
    );
    await dynamoDb.start();
    const url = await gate.listen();
    const ca = await authority('Rehearsal CA');
    const environment = deployment.stage === 'production' ? 'production' : 'sandbox';
    const payca = new PaycaApiServer(new Random(1), { generation, environment });
    const paycaUrl = await payca.listen(await authority('PayCA API', { issuer: ca, ca: false, hosts: ['127.0.0.1'] }));
    const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
    const caFile = join(directory, 'ca.pem');
    writeFileSync(caFile, ca.pem);
    const receiversUrl = await receivers.listen();
    started.push(
      () => payca.close(),
      () => receivers.close(),
    );
    const functions = deployment
      .resources('AWS::Lambda::Function')
      .filter(isOurs)
      .map((resource) => {
        const places = { awsUrl: url, caFile, receiversUrl, replaced: { PAYCA_BASE_URL: paycaUrl } };
        return new LambdaFunction(resource, deployment, gate, places);
      });
    gate.add(new CloudFormation(deployment));
    gate.add(new Lambda(functions));
    gate.add(new Ssm(deployment));
    const sources = new EventSources(deployment, judge, functions, dynamoDb, sqs);
    const edge = new Edge(deployment, functions);
    const hosts = [edge.domainName, edge.defaultEndpoint, '127.0.0.1'];
    const clientCa =
      edge.asksForCertificate && !templateTruststoreOnly ? await authority('Rehearsal client CA') : undefined;
    const certificate = clientCa && (await authority('PayCA', { issuer: clientCa, ca: false }));
    const port = await edge.listen(await authority(edge.domainName, { issuer: ca, ca: false, hosts }), clientCa);
    return new World(
      deployment,
      judge,
      gate,
      dynamoDb,
      secrets,
      events,
      s3,
      sqs,
      sns,
      cloudWatch,
      firehose,
      logs,
      receivers,
      emulator,
      functions,
      sources,
      edge,
      url,
      port,
      ca,
      certificate,
      payca,
      directory,
    );
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

  async inboxItem(pk: string): Promise<Item | undefined> {
    return (await this.inbox()).find((item) => item.pk?.S === pk);
  }

  function(name: string): LambdaFunction {
    return given(this.functions.find((candidate) => candidate.name === name));
  }

  /** Makes `credentials`, which PayCA issued, the current version of the secret, as an operator does. */
  async supply(credentials: Credentials): Promise<void> {
    this.payca.adopt(credentials);
    const version = this.credentialsSecret.put(JSON.stringify(credentials));
    await this.emulator?.putSecret(this.credentialsSecret.arn, version);
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
    return { port: this.port, host: this.edge.domainName, from, ca: this.ca.pem, certificate: this.certificate };
  }

  /** What an operator's command needs to find this AWS instead of the real one. */
  get operatorEnvironment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: this.gate.operatorKey,
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
    };
  }

  /** Moves the clock of every function, of queues and secrets and of PayCA. */
  moveClock(milliseconds: number): void {
    for (const clocked of [...this.functions, this.sqs, this.secrets, this.s3, this.payca])
      clocked.clockOffsetMs += milliseconds;
  }

  /** Runs what a schedule of the template would run. */
  async tick(): Promise<Invocation[]> {
    const rules = this.deployment
      .resources('AWS::Events::Rule')
      .filter(({ properties }) => properties.ScheduleExpression);
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
    this.edge.close();
    this.sources.stop();
    for (const lambda of this.functions) lambda.stop();
    this.gate.close();
    this.receivers.close();
    this.dynamoDb.stop();
    this.payca.close();
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
