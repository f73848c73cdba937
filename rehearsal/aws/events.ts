import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployment';
import { matchesPattern, transformed } from '../event-pattern';
import type { Json, Resource } from '../template';
import { type Backend, type Call, ok } from './gate';
import { Rules } from './rules';
import type { Sqs } from './sqs';

/** An event as a bus hands it on. */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Json;
}

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly Time?: number;
  readonly EventBusName?: string;
}

interface Target {
  readonly Arn: string;
  readonly InputTransformer?: { InputTemplate: string; InputPathsMap?: Record<string, string> };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MAX_BYTES = 256 * 1024;

/** The template's buses: what was put on them, what their archives keep, and what their rules send to queues. */
export class EventBridge implements Backend {
  readonly service = 'events';
  readonly events: BusEvent[] = [];
  readonly archived: BusEvent[] = [];
  /** What rules asked of functions, until it is done. */
  readonly invocations: { readonly function: string; readonly event: unknown }[] = [];
  /** Makes the bus refuse an entry, with the code it would give. */
  refuse?: (entry: Entry) => string | undefined;
  /** Which rules are on. */
  readonly switches: Rules;
  private readonly rules: Resource[];

  get fails(): boolean {
    return this.refuse !== undefined;
  }

  constructor(
    private readonly deployment: Deployment,
    private readonly sqs: Sqs,
  ) {
    this.switches = new Rules(deployment);
    this.rules = deployment.resources('AWS::Events::Rule').filter(({ properties }) => properties.EventPattern);
  }

  targets(call: Call) {
    const { operation, input } = call;
    if (this.switches.knows(operation)) return this.switches.targets(call);
    if (operation !== 'PutEvents') throw new Error(`the rehearsal does not know events:${operation}`);
    const buses = new Set((input.Entries as Entry[]).map(({ EventBusName }) => this.bus(EventBusName)));
    return [...buses].map(({ arn }) => ({ action: `events:${operation}`, resource: arn }));
  }

  async handle(call: Call) {
    const { operation, input } = call;
    if (this.switches.knows(operation)) return this.switches.handle(call);
    const entries = input.Entries as Entry[];
    const bytes = entries.reduce(
      (sum, { Source, DetailType, Detail }) => sum + Buffer.byteLength(`${Source}${DetailType}${Detail}`) + 14,
      0,
    );
    if (entries.length > 10 || bytes > MAX_BYTES) {
      return {
        status: 400,
        body: JSON.stringify({ __type: 'ValidationException', message: 'over 10 entries or 256 KB' }),
      };
    }
    const Entries = entries.map((entry) => this.put(entry));
    return ok({ FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries });
  }

  private put(entry: Entry): { EventId: string } | { ErrorCode: string; ErrorMessage: string } {
    const refused = this.refuse?.(entry) ?? (isObject(entry.Detail) ? undefined : 'MalformedDetail');
    if (refused) return { ErrorCode: refused, ErrorMessage: 'refused in the rehearsal' };
    const { account, region } = this.deployment;
    const event: BusEvent = {
      id: randomUUID(),
      source: String(entry.Source),
      'detail-type': String(entry.DetailType),
      account,
      time: new Date((entry.Time ?? Date.now() / 1000) * 1000).toISOString(),
      region,
      resources: [],
      detail: JSON.parse(String(entry.Detail)),
    };
    this.events.push(event);
    this.archive(event);
    this.route(event, this.bus(entry.EventBusName).physicalId);
    return { EventId: event.id };
  }

  /** An event of an AWS service, which comes on the account's default bus. */
  publish(source: string, detailType: string, resources: readonly string[], detail: Json): void {
    const { account, region } = this.deployment;
    const [id, time] = [randomUUID(), new Date().toISOString()];
    const event = { id, source, 'detail-type': detailType, account, time, region, resources, detail };
    this.route(event, 'default');
  }

  private archive(event: BusEvent): void {
    const archives = this.deployment.resources('AWS::Events::Archive');
    if (archives.some(({ properties }) => matchesPattern((properties.EventPattern as Json) ?? {}, event)))
      this.archived.push(event);
  }

  private route(event: BusEvent, bus: string): void {
    for (const rule of this.rules) {
      const { arn, properties } = rule;
      if (!this.switches.isOn(rule)) continue;
      if ((properties.EventBusName ?? 'default') !== bus || !matchesPattern(properties.EventPattern as Json, event))
        continue;
      for (const target of properties.Targets as Target[]) {
        const body = transformed(event as unknown as Json, target.InputTransformer);
        const type = this.deployment.byArn(target.Arn)?.type;
        if (type === 'AWS::SQS::Queue') this.sqs.sendAs('events.amazonaws.com', target.Arn, body, arn);
        else if (type === 'AWS::Lambda::Function')
          this.invocations.push({ function: target.Arn, event: JSON.parse(body) });
        else throw new Error(`the rehearsal does not know the rule target ${target.Arn}`);
      }
    }
  }

  private bus(name = 'default'): Resource {
    const bus = this.deployment.find(
      ({ type, arn, physicalId }) => type === 'AWS::Events::EventBus' && [arn, physicalId].includes(name),
    );
    if (!bus) throw new Error(`no template has an event bus ${name}`);
    return bus;
  }
}

function isObject(detail: string | undefined): boolean {
  try {
    const value: unknown = JSON.parse(detail ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
