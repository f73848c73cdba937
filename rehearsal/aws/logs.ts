import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Deployment } from '../deployment';
import { matchesFilter } from '../filter-pattern';
import type { Judge } from '../permissions';
import type { Resource } from '../template';
import type { Firehose } from './firehose';
import { AwsFault, type Backend, type Call, ok } from './gate';

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** The template's log groups as far as their subscription filters go: lines that match are put on delivery streams. */
export class Logs implements Backend {
  readonly service = 'logs';
  private readonly streams = new Set<string>();

  constructor(
    private readonly deployment: Deployment,
    private readonly judge: Judge,
    private readonly firehose: Firehose,
  ) {}

  targets({ operation, input }: Call) {
    if (!['CreateLogStream', 'PutLogEvents'].includes(operation))
      throw new Error(`the rehearsal does not know logs:${operation}`);
    const { logGroupName, logStreamName } = input as Record<string, string>;
    const group = this.group(String(logGroupName)).arn.replace(/:\*$/, '');
    return [{ action: `logs:${operation}`, resource: `${group}:log-stream:${logStreamName}` }];
  }

  async handle({ operation, input }: Call) {
    const { logGroupName, logStreamName, logEvents } = input as {
      readonly logGroupName: string;
      readonly logStreamName: string;
      readonly logEvents: readonly LogEvent[];
    };
    const stream = `${logGroupName}:${logStreamName}`;
    if (operation === 'CreateLogStream') {
      if (this.streams.has(stream)) throw new AwsFault('ResourceAlreadyExistsException', 'the log stream exists');
      this.streams.add(stream);
      return ok({});
    }
    if (!this.streams.has(stream)) throw new AwsFault('ResourceNotFoundException', 'the log stream does not exist');
    this.put(logGroupName, logStreamName, logEvents);
    return ok({});
  }

  /**
   * Lines come to a log group: each subscription filter puts those that match on its stream, in its role's name.
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
   */
  put(logGroup: string, logStream: string, events: readonly LogEvent[]): void {
    for (const { name, properties } of this.deployment.resources('AWS::Logs::SubscriptionFilter')) {
      const { LogGroupName, FilterPattern, DestinationArn, RoleArn } = properties as Record<string, string>;
      const matching = events.filter(({ message }) => matchesFilter(String(FilterPattern), message));
      if (LogGroupName !== logGroup || matching.length === 0) continue;
      const role = this.deployment.byArn(String(RoleArn));
      const refusal = role
        ? this.judge.refusal(role, 'firehose:PutRecord', String(DestinationArn))
        : `subscription filter ${name} has no role`;
      if (refusal) throw new Error(refusal);
      const logEvents = matching.map((event) => ({ id: randomUUID().replaceAll('-', ''), ...event }));
      const record = {
        messageType: 'DATA_MESSAGE',
        owner: this.deployment.account,
        logGroup,
        logStream,
        subscriptionFilters: [name],
        logEvents,
      };
      this.firehose.put(String(DestinationArn), gzipSync(JSON.stringify(record)));
    }
  }

  private group(name: string): Resource {
    const found = this.deployment.byPhysicalId('AWS::Logs::LogGroup', name);
    if (!found) throw new AwsFault('ResourceNotFoundException', `no template has a log group ${name}`);
    return found;
  }
}
