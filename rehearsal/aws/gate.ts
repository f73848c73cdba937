import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Deployment } from '../deployment';
import type { Network } from '../network';
import type { Judge, RequestContext } from '../permissions';
import type { Resource } from '../template';

/** One call to AWS as it came over the wire. */
export interface Call {
  /** As in IAM: `dynamodb`, `secretsmanager`, `events`, `kms`, `sns`, `sqs`, `s3`. */
  readonly service: string;
  /** `PutItem`, `PutObject` and so on. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body of a JSON call; empty for S3. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One AWS service as far as the functions use it. */
export interface Backend {
  /** IAM's name of the service. */
  readonly service: string;
  /** Set while a failure of the service is rehearsed: then it answers by itself, also beside an emulator. */
  readonly fails?: boolean;
  /** What the call is about; a call that the rehearsal does not know throws. */
  targets(
    call: Call,
  ): readonly { readonly action: string; readonly resource: string; readonly context?: RequestContext }[];
  handle(call: Call): Promise<Answer>;
}

/** An error that AWS answers; the code is AWS's own. */
export class AwsFault extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export const ok = (output: unknown): Answer => ({ status: 200, body: JSON.stringify(output) });

/** `X-Amz-Target` prefixes of the JSON services. */
const TARGETS: Readonly<Record<string, string>> = {
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
  AmazonSSM: 'ssm',
  DynamoDB_20120810: 'dynamodb',
  Firehose_20150804: 'firehose',
  GraniteServiceVersion20100801: 'cloudwatch',
  Logs_20140328: 'logs',
  secretsmanager: 'secretsmanager',
  TrentService: 'kms',
};

/** Who calls, by whose policies the call is judged, and what answers it. */
export interface Caller {
  readonly role: Resource | 'operator';
  /** Whose network the call comes over: the same role, or the one that has taken it. */
  readonly from: Resource | 'operator';
  readonly account: string;
  /** As STS says it. */
  readonly arn: string;
  readonly judge: Judge;
  readonly backends: ReadonlyMap<string, Backend>;
}

/** Makes a failure of a call, before or after AWS has done it, or lets it pass. `reset` closes the connection unanswered. */
export type Fault = (call: Call) => AwsFault | 'reset' | undefined;

/**
 * The one address at which functions find AWS. A caller is known by its access key id, and what its role in the
 * template may not do is refused as AWS would refuse it.
 */
export class Gate {
  /** Calls that were refused or not known; each is a finding. */
  readonly refusals: string[] = [];
  /** Set by an act that rehearses failures. */
  faults: { readonly before?: Fault; readonly after?: Fault } = {};
  private readonly server: Server;
  private readonly callers = new Map<string, Caller>();
  private readonly backends: Map<string, Backend>;

  constructor(
    readonly deployment: Deployment,
    readonly judge: Judge,
    private readonly network: Network,
    backends: readonly Backend[],
  ) {
    this.backends = new Map(backends.map((backend) => [backend.service, backend]));
    this.server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const { method = '', url = '', headers } = request;
        const answer = await this.answer(method, url, headers, Buffer.concat(chunks));
        if (answer === 'reset') return void response.destroy();
        response.writeHead(answer.status, { 'x-amzn-requestid': 'rehearsal', ...answer.headers }).end(answer.body);
      });
    });
  }

  /** Starts to listen; gives the URL for `AWS_ENDPOINT_URL`. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** The access key id under which calls are judged as `role`'s. */
  accessKeyFor(role: Resource): string {
    return this.known(`ASIA${hex(role.logicalId)}`, role, sessionArn(this.deployment.account, role.name, 'rehearsal'));
  }

  /** The access key id of a person who may do everything; what operators may do is not in the templates. */
  operatorKeyFor(person: string): string {
    const arn = sessionArn(this.deployment.account, 'AWSReservedSSO_Operators', person);
    return this.known(`ASIAOPERATOR${hex(person)}`, 'operator', arn);
  }

  /** The access key id of a role of another account that `from` has taken. */
  admit(
    role: Resource,
    { deployment, judge, backends }: Pick<Caller, 'judge' | 'backends'> & { readonly deployment: Deployment },
    { from }: Pick<Caller, 'from'>,
  ): string {
    const { account } = deployment;
    const arn = sessionArn(account, role.name, 'rehearsal');
    const key = `ASIAGUEST${hex(role.logicalId)}`;
    this.callers.set(key, { role, from, account, arn, judge, backends });
    return key;
  }

  /** Who signed a call; a stranger is refused. */
  callerOf({ headers }: Pick<Call, 'headers'>): Caller {
    const caller = this.callers.get(/Credential=([^/]+)\//.exec(String(headers.authorization))?.[1] ?? '');
    if (caller) return caller;
    throw new AwsFault('UnrecognizedClientException', 'the caller is no function of the template', 403);
  }

  private known(key: string, role: Caller['role'], arn: string): string {
    const { judge, backends } = this;
    this.callers.set(key, { role, from: role, account: this.deployment.account, arn, judge, backends });
    return key;
  }

  /** Adds a backend that needs what came after the gate. */
  add(backend: Backend): void {
    this.backends.set(backend.service, backend);
  }

  private async answer(
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    body: Buffer,
  ): Promise<Answer | 'reset'> {
    try {
      const call = readCall(method, path, headers, body);
      const before = this.faults.before?.(call);
      if (before === 'reset') return before;
      if (before) throw before;
      const answer = await this.callAs(this.callerOf(call), call);
      const after = this.faults.after?.(call);
      if (after === 'reset') return after;
      if (after) throw after;
      return answer;
    } catch (error) {
      const answer = faultAnswer(error, (finding) => this.refusals.push(finding));
      return /\/(s3|cloudformation|sns|sts)\/aws4_request/.test(String(headers.authorization)) ? asXml(answer) : answer;
    }
  }

  private async callAs({ role, from, account, judge, backends }: Caller, call: Call): Promise<Answer | 'reset'> {
    const backend = backends.get(call.service);
    if (!backend) throw new Error(`the rehearsal has no ${call.service} (${call.operation})`);
    const noWay = from === 'operator' ? undefined : this.network.refusal(from, call.service, account);
    if (noWay) {
      this.refusals.push(noWay);
      return 'reset';
    }
    for (const { action, resource, context } of backend.targets(call)) {
      const refusal = role === 'operator' ? undefined : judge.refusal(role, action, resource, context);
      if (!refusal) continue;
      this.refusals.push(refusal);
      throw new AwsFault('AccessDeniedException', refusal, call.service === 's3' ? 403 : 400);
    }
    return backend.handle(call);
  }
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase();
}

function sessionArn(account: string, role: string, session: string): string {
  return `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
}

function readCall(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): Call {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    const [prefix = '', operation = ''] = target.split('.');
    const service = TARGETS[prefix];
    if (!service) throw new Error(`the rehearsal does not know the AWS call ${target}`);
    return { service, operation, method, path, headers, body, input: JSON.parse(body.toString()) };
  }
  const service = /\/([a-z0-9-]+)\/aws4_request/.exec(String(headers.authorization))?.[1] ?? 'unsigned';
  return { service, operation: `${method} object`, method, path, headers, body, input: {} };
}

function faultAnswer(error: unknown, report: (finding: string) => void): Answer {
  if (error instanceof AwsFault) {
    const { code, message, more, status } = error;
    return { status, body: JSON.stringify({ __type: code, message, ...more }), headers: { 'x-amzn-errortype': code } };
  }
  const finding = error instanceof Error ? error.message : String(error);
  report(finding);
  return { status: 501, body: JSON.stringify({ __type: 'UnknownToRehearsal', message: finding }) };
}

/** S3, CloudFormation and SNS say their errors in XML. */
function asXml({ status, body }: Answer): Answer {
  const { __type: code, message } = JSON.parse(body.toString());
  const error = `<Code>${code}</Code><Message>${String(message).replace(/[<&]/g, '-')}</Message>`;
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type>${error}</Error>${error}</ErrorResponse>`,
    headers: { 'content-type': 'text/xml' },
  };
}
