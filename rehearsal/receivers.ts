import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Jira } from './jira';
import { isText, objectIn, type Receiver, type Reply, reply, type Sent } from './receiver';
import type { Json } from './template';

/** How a receiver behaves; `slow` never answers. A number is a status that it refuses with. */
export type Behaviour = 'up' | 'down' | 'slow' | number;

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
  readonly taken: {
    readonly action: string;
    readonly dedupKey: string;
    readonly summary: string;
    /** Details and links, in lines. */
    readonly rest: string;
  }[] = [];
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

  private take({ routing_key, event_action, dedup_key, payload, links = [] }: Json): void {
    const open = this.incidents.find((one) => one.open && one.dedupKey === dedup_key && one.routingKey === routing_key);
    const { summary = '', custom_details } = (payload ?? {}) as Json;
    const dedupKey = String(dedup_key);
    const details = Object.values((custom_details ?? {}) as Json).map(String);
    const rest = [...details, ...(links as Json[]).map(({ href }) => String(href))].join('\n');
    this.taken.push({ action: String(event_action), dedupKey, summary: String(summary), rest });
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
