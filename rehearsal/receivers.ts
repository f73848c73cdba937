import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from './template';

/** How a receiver behaves; `slow` never answers. A number is a status that it refuses with. */
export type Behaviour = 'up' | 'down' | 'slow' | number;

/** What a receiver is sent. */
export interface Sent {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly text: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One receiver outside AWS, as far as it is documented. */
export interface Receiver {
  /** Whether the call is for this one. */
  readonly answersTo: (sent: Sent) => boolean;
  readonly answer: (sent: Sent) => Reply;
}

export const reply = (status: number, body?: unknown, headers?: Reply['headers']): Reply => ({ status, body, headers });

/** Everything outside AWS that functions call: no call leaves this machine. */
export class Receivers {
  readonly pagerDuty = new PagerDuty();
  readonly slack = new Slack();
  readonly jira = new Jira();
  readonly json = new JsonReceiver();
  /** Calls that no receiver answers to. */
  readonly strays: string[] = [];
  /** Set by an act that rehearses failures, by receiver or for each call. */
  behaviour: Behaviour | ((sent: Sent) => Behaviour) = 'up';
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.handle(sentBy(request, Buffer.concat(chunks).toString()), response));
    });
  }

  /** Starts to listen; gives the base URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private handle(sent: Sent, response: ServerResponse): void {
    const behaviour = typeof this.behaviour === 'function' ? this.behaviour(sent) : this.behaviour;
    if (behaviour === 'slow') return;
    if (behaviour === 'down') return void response.destroy();
    const { status, body, headers } = behaviour === 'up' ? this.answer(sent) : refusal(behaviour);
    const type = typeof body === 'string' ? 'text/plain' : 'application/json';
    response
      .writeHead(status, { 'content-type': type, ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  private answer(sent: Sent): Reply {
    const receiver = [this.pagerDuty, this.slack, this.jira, this.json].find((one) => one.answersTo(sent));
    if (receiver) return receiver.answer(sent);
    this.strays.push(`${sent.method} ${sent.host}`);
    return reply(404);
  }
}

function sentBy({ method = '', url = '', headers }: IncomingMessage, text: string): Sent {
  const host = String(headers['x-rehearsed-host']);
  return { host, method, path: url, authorization: String(headers.authorization ?? ''), text };
}

function refusal(status: number): Reply {
  return reply(status, { message: 'rehearsed' }, status === 429 ? { 'retry-after': '30' } : undefined);
}

function objectIn(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown, max: number) => typeof value === 'string' && value.length > 0 && value.length <= max;

interface Incident {
  readonly dedupKey: string;
  readonly routingKey: string;
  open: boolean;
}

/** Events API v2: https://developer.pagerduty.com/docs/send-alert-event and .../events-api-v2-overview */
class PagerDuty implements Receiver {
  /** Integration keys that a service has. */
  readonly routingKeys = new Set<string>();
  readonly incidents: Incident[] = [];
  /** Everything that was taken, in order. */
  readonly taken: { readonly action: string; readonly dedupKey: string; readonly summary: string }[] = [];
  private readonly times: number[] = [];

  answersTo({ host }: Sent): boolean {
    return /^events(\.eu)?\.pagerduty\.com$/.test(host);
  }

  answer({ method, path, text }: Sent): Reply {
    if (method !== 'POST' || path !== '/v2/enqueue') return reply(404);
    if (Buffer.byteLength(text) > 512 * 1024) return reply(413);
    // About 120 events a minute for each key: https://developer.pagerduty.com/docs/events-api-rate-limits
    const now = Date.now();
    while ((this.times[0] ?? now) < now - 60_000) this.times.shift();
    if (this.times.length >= 120) return reply(429, undefined, { 'retry-after': '60' });
    this.times.push(now);
    const event = objectIn(text);
    const errors = event ? this.errors(event) : ['body is not a JSON object'];
    if (!event || errors.length > 0)
      return reply(400, { status: 'invalid event', message: 'Event object is invalid', errors });
    this.take(event);
    return reply(202, { status: 'success', message: 'Event processed', dedup_key: event.dedup_key });
  }

  /** What the documentation calls required or limits. */
  private errors({ routing_key, event_action, dedup_key, payload, links }: Json): string[] {
    const { summary, source, severity, timestamp } = (payload ?? {}) as Json;
    const trigger = event_action === 'trigger';
    const linked = (links ?? []) as Json[];
    const rules: [boolean, string][] = [
      [isText(routing_key, 32) && String(routing_key).length === 32, "Length of 'routing_key' is incorrect"],
      [this.routingKeys.has(String(routing_key)), 'Invalid routing key'],
      [['trigger', 'acknowledge', 'resolve'].includes(String(event_action)), "'event_action' is invalid"],
      [isText(dedup_key, 255), "'dedup_key' is missing or longer than 255"],
      [!trigger || isText(summary, 1024), "'payload.summary' is missing or longer than 1024"],
      [!trigger || isText(source, 1024), "'payload.source' is missing"],
      [
        !trigger || ['critical', 'error', 'warning', 'info'].includes(String(severity)),
        "'payload.severity' is invalid",
      ],
      [timestamp === undefined || !Number.isNaN(Date.parse(String(timestamp))), "'payload.timestamp' is invalid"],
      [linked.every(({ href }) => URL.canParse(String(href))), "'links' is invalid"],
    ];
    return rules.flatMap(([holds, message]) => (holds ? [] : [message]));
  }

  private take({ routing_key, event_action, dedup_key, payload }: Json): void {
    const open = this.incidents.find((one) => one.open && one.dedupKey === dedup_key && one.routingKey === routing_key);
    const { summary = '' } = (payload ?? {}) as Json;
    const dedupKey = String(dedup_key);
    this.taken.push({ action: String(event_action), dedupKey, summary: String(summary) });
    if (event_action === 'resolve') {
      if (open) open.open = false;
    } else if (!open) this.incidents.push({ dedupKey, routingKey: String(routing_key), open: true });
  }
}

/** Incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
class Slack implements Receiver {
  /** URLs that were handed out. */
  readonly urls = new Set<string>();
  readonly messages: string[] = [];

  answersTo({ host }: Sent): boolean {
    return host === 'hooks.slack.com';
  }

  answer({ method, host, path, text }: Sent): Reply {
    if (method !== 'POST' || !this.urls.has(`https://${host}${path}`)) return reply(404, 'no_service');
    const body = objectIn(text);
    if (!body) return reply(400, 'invalid_payload');
    if (!isText(body.text, 40_000)) return reply(400, 'no_text');
    this.messages.push(String(body.text));
    return reply(200, 'ok');
  }
}

interface Issue {
  readonly key: string;
  readonly summary: string;
  readonly labels: readonly string[];
  done: boolean;
  /** Description and comments, in order. */
  readonly texts: string[];
  readonly createdAt: number;
}

/** How long Jira's search does not find what was just written. */
const SEARCH_LAG_MS = 1000;

/** Jira Cloud: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ */
class Jira implements Receiver {
  /** `user:token` of accounts. */
  readonly accounts = new Set<string>();
  readonly issues: Issue[] = [];

  answersTo({ path }: Sent): boolean {
    return path.startsWith('/rest/api/3/');
  }

  answer({ method, path, authorization, text }: Sent): Reply {
    const account = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
    if (!this.accounts.has(account)) return reply(401, { errorMessages: ['Client must be authenticated'] });
    const url = new URL(path.replace('/rest/api/3', ''), 'https://jira');
    const call = `${method} ${url.pathname}`;
    const body = objectIn(text) ?? {};
    if (call === 'POST /search/jql') return this.search(body);
    if (call === 'POST /issue') return this.create((body.fields ?? {}) as Json);
    const [, key, part = ''] = /^\/issue\/([A-Z]+-\d+)(\/\w+)?$/.exec(url.pathname) ?? [];
    const issue = this.issues.find((one) => one.key === key);
    if (!issue) return reply(404, { errorMessages: ['Issue does not exist or you do not have permission to see it.'] });
    if (method === 'GET' && part === '') return reply(200, shown(issue));
    if (method === 'POST' && part === '/comment') return comment(issue, body);
    if (part !== '/transitions') return reply(405);
    if (method === 'GET') return reply(200, { transitions: [{ id: '31', name: 'Done' }] });
    if ((body.transition as Json | undefined)?.id !== '31')
      return reply(400, { errorMessages: ['no such transition'] });
    issue.done = true;
    return reply(204);
  }

  private search({ jql, fields }: Json): Reply {
    const [, project, label] =
      /^project = "([A-Z0-9_]+)" AND labels = "([^"\s]+)" AND statusCategory != Done ORDER BY created DESC$/.exec(
        String(jql),
      ) ?? [];
    if (!project || !label || !Array.isArray(fields)) return reply(400, { errorMessages: [`cannot read ${jql}`] });
    const found = this.issues.filter(
      ({ key, labels, done, createdAt }) =>
        key.startsWith(`${project}-`) && labels.includes(label) && !done && createdAt < Date.now() - SEARCH_LAG_MS,
    );
    return reply(200, { issues: found.map(shown), isLast: true });
  }

  private create({ project, issuetype, summary, description, labels }: Json): Reply {
    const errors = [
      ...(/^[A-Z][A-Z0-9_]+$/.test(String((project as Json | undefined)?.key)) ? [] : ['project']),
      ...(isText((issuetype as Json | undefined)?.name, 60) ? [] : ['issuetype']),
      ...(isText(summary, 255) && !/[\r\n]/.test(String(summary)) ? [] : ['summary']),
      ...(isDocument(description) ? [] : ['description']),
      ...((labels as string[]).every((label) => isText(label, 255) && !/\s/.test(label)) ? [] : ['labels']),
    ];
    if (errors.length > 0) return reply(400, { errorMessages: [], errors });
    const key = `${(project as Json).key}-${this.issues.length + 1}`;
    const names = { key, summary: String(summary), labels: labels as string[] };
    this.issues.push({ ...names, done: false, texts: [textOf(description)], createdAt: Date.now() });
    return reply(201, { id: String(10_000 + this.issues.length), key });
  }
}

function shown({ key, done }: Issue): Json {
  return { key, fields: { status: { statusCategory: { key: done ? 'done' : 'new' } } } };
}

function comment(issue: Issue, { body }: Json): Reply {
  if (!isDocument(body)) return reply(400, { errorMessages: ['Comment body is not valid!'] });
  issue.texts.push(textOf(body));
  return reply(201, { id: '1' });
}

/** Atlassian's document format, as far as it is used: paragraphs of text that is not empty. */
function isDocument(value: unknown): boolean {
  const { type, version } = (value ?? {}) as Json;
  const lines = linesOf(value);
  return (
    type === 'doc' && version === 1 && textOf(value).length <= 32_767 && lines.every((line) => isText(line, 32_767))
  );
}

function linesOf(document: unknown): unknown[] {
  const { content = [] } = (document ?? {}) as { content?: { content?: Json[] }[] };
  return content.flatMap((paragraph) => (paragraph.content ?? []).map(({ text }) => text));
}

const textOf = (document: unknown) => linesOf(document).join('\n');

/** Any receiver that takes our own form. */
class JsonReceiver implements Receiver {
  /** Tokens that it knows. */
  readonly tokens = new Set<string>();
  readonly messages: Json[] = [];

  answersTo({ authorization }: Sent): boolean {
    return authorization.startsWith('Bearer ');
  }

  answer({ method, authorization, text }: Sent): Reply {
    if (!this.tokens.has(authorization.slice('Bearer '.length))) return reply(401);
    const message = objectIn(text);
    if (method !== 'POST' || !isText(message?.title, 8000) || !isText(message?.text, 8000)) return reply(400);
    this.messages.push(message as Json);
    return reply(204);
  }
}
