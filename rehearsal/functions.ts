import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Gate } from './aws/gate';
import type { Deployment } from './deployment';
import type { Resource } from './template';

/** What an invocation ended with: a result, or an error as Lambda words it. */
export type Invocation = { readonly result: unknown } | LambdaError;

export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
}

type Message = { ready: true } | { initError: string } | { result: unknown } | { error: LambdaError };

/** Where a function finds what it calls. */
export interface Places {
  /** AWS. */
  readonly awsUrl: string;
  /** Certificate authority of the servers that stand for others here. */
  readonly caFile: string;
  /** Put in the place of the template's variables of the same names: PayCA's simulator for PayCA. */
  readonly replaced: Readonly<Record<string, string>>;
  /** Everything else. */
  readonly receiversUrl: string;
  /** Port of the webhook endpoint, then its names. */
  readonly edge: () => readonly [port: number, ...hosts: string[]];
}

/** One execution environment. */
interface Environment {
  readonly process: ChildProcess;
  /** Told what the process says next, or that it ended. */
  listener: (message: Message) => void;
}

const RUNTIME = join(__dirname, 'function-runtime.cjs');

/** One function of the template, run from its bundle with its environment, memory and time-out, each copy in a process. */
export class LambdaFunction {
  readonly name: string;
  readonly role: Resource;
  /** What its log group would hold. */
  readonly logs: string[] = [];
  /** Set by an act that rehearses a failure of Lambda: every start fails, or every invocation is refused. */
  failure?: 'init' | 'throttled';
  /** Set by an act that rehearses another config: variables beside the template's, or instead of them. */
  otherVariables: Readonly<Record<string, string>> = {};
  timeoutMs: number;
  /** By how much the function's clock is ahead of this machine's. */
  clockOffsetMs = 0;
  private readonly idle: Environment[] = [];
  private readonly all = new Set<ChildProcess>();
  private readonly waiting: (() => void)[] = [];
  private stopped = false;
  private running = 0;

  constructor(
    readonly resource: Resource,
    private readonly deployment: Deployment,
    private readonly gate: Gate,
    private readonly places: Places,
    /** Copies that run side by side at most; Lambda would start more, this machine has few cores. */
    private readonly maxCopies = 3,
  ) {
    this.name = functionName(resource);
    this.timeoutMs = Number(resource.properties.Timeout ?? 3) * 1000;
    const role = deployment.byArn(String(resource.properties.Role));
    if (!role) throw new Error(`${resource.logicalId}: its role is not in the templates`);
    this.role = role;
  }

  /** Runs one invocation; a time-out or a crash is an error, as in Lambda. */
  async invoke(event: unknown): Promise<Invocation> {
    if (this.running >= this.maxCopies) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      if (this.failure === 'throttled')
        return { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' };
      if (this.stopped) return { errorType: 'Stopped', errorMessage: 'the rehearsal has stopped it' };
      const environment = this.idle.pop() ?? (await this.start());
      if ('errorType' in environment) return environment;
      const invocation = await this.run(environment, event);
      if (environment.process.connected && !environment.process.killed) this.idle.push(environment);
      return invocation;
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  /** Ends all idle copies: the next invocation is a cold start, as after a deploy. */
  recycle(): void {
    for (const { process } of this.idle.splice(0)) process.kill();
  }

  /** Ends every copy for good, whatever it is doing. */
  stop(): void {
    this.stopped = true;
    this.signal('SIGKILL');
  }

  /** Kills every copy, or freezes it until its time-out, whatever it is doing. */
  signal(signal: 'SIGKILL' | 'SIGSTOP'): void {
    for (const process of this.all) process.kill(signal);
  }

  private run(environment: Environment, event: unknown): Promise<Invocation> {
    const { timeoutMs } = this;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        environment.process.kill('SIGKILL');
        resolve({ errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${timeoutMs / 1000} seconds` });
      }, timeoutMs);
      environment.listener = (message) => {
        clearTimeout(timer);
        resolve('result' in message ? message : errorOf(message));
      };
      const deadline = Date.now() + timeoutMs;
      // A copy that was killed a moment ago cannot be told anything.
      environment.process.send({ event, deadline, requestId: randomUUID(), offset: this.clockOffsetMs }, (error) => {
        if (error) environment.listener({ error: { errorType: 'Runtime.ExitError', errorMessage: error.message } });
      });
    });
  }

  private start(): Promise<Environment | LambdaError> {
    const child = fork(RUNTIME, {
      execPath: process.env.REHEARSAL_NODE ?? process.execPath,
      execArgv: [`--max-old-space-size=${this.resource.properties.MemorySize ?? 128}`],
      env: this.variables(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.all.add(child);
    for (const stream of [child.stdout, child.stderr]) this.collect(stream);
    return new Promise((resolve) => {
      const environment: Environment = {
        process: child,
        listener: (message) => resolve('ready' in message ? environment : errorOf(message)),
      };
      child.on('message', (message: Message) => environment.listener(message));
      child.on('exit', (code, signal) => {
        this.all.delete(child);
        const errorMessage = `the process ended (${signal ?? code})`;
        environment.listener({ error: { errorType: 'Runtime.ExitError', errorMessage } });
      });
    });
  }

  private collect(stream: ChildProcess['stdout']): void {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      this.logs.push(...lines.filter((line) => line !== ''));
    });
  }

  private variables(): NodeJS.ProcessEnv {
    const { properties, physicalId } = this.resource;
    const { Variables } = (properties.Environment ?? {}) as { Variables?: Record<string, string> };
    return {
      PATH: process.env.PATH,
      TZ: ':UTC',
      // Deployed functions run on a newer Node than a developer may have here.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_REGION: this.deployment.region,
      AWS_ACCESS_KEY_ID: this.gate.accessKeyFor(this.role),
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
      AWS_SESSION_TOKEN: 'rehearsal',
      AWS_ENDPOINT_URL: this.places.awsUrl,
      NODE_EXTRA_CA_CERTS: this.places.caFile,
      REHEARSAL_RECEIVERS: this.places.receiversUrl,
      REHEARSAL_EDGE: this.places.edge().join(' '),
      AWS_LAMBDA_FUNCTION_NAME: physicalId,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize ?? 128),
      AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime}`,
      LAMBDA_TASK_ROOT: this.failure === 'init' ? '/nowhere' : this.deployment.assetPath(this.resource),
      _HANDLER: String(properties.Handler),
      ...Variables,
      ...Object.fromEntries(Object.entries(this.places.replaced).filter(([name]) => Variables?.[name] !== undefined)),
      ...this.otherVariables,
    };
  }
}

function errorOf(message: Message): LambdaError {
  if ('error' in message) return message.error;
  const errorMessage = 'initError' in message ? message.initError : 'it answered out of turn';
  return { errorType: 'Runtime.ImportModuleError', errorMessage };
}

/** The plain name that a function of this app has in its logs and metrics. */
export function functionName({ properties, logicalId }: Resource): string {
  const { Variables } = (properties.Environment ?? {}) as { Variables?: Record<string, string> };
  return Variables?.POWERTOOLS_SERVICE_NAME ?? logicalId;
}
