import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployment';
import type { Judge } from '../permissions';
import { AwsFault, type Backend, type Call } from './gate';

export interface TopicMessage {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  /** Texts of a list attribute, by its name. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
}

/** The template's topics: what was published to them. Nothing is mailed; subscribers are in the template. */
export class Sns implements Backend {
  readonly service = 'sns';
  readonly messages: TopicMessage[] = [];

  constructor(
    private readonly deployment: Deployment,
    private readonly judge: Judge,
  ) {}

  targets({ body }: Call) {
    const { Action, TopicArn = '' } = parameters(body);
    if (Action !== 'Publish') throw new Error(`the rehearsal does not know sns:${Action}`);
    return [{ action: 'sns:Publish', resource: TopicArn }];
  }

  async handle({ body }: Call) {
    const { TopicArn = '', Subject = '', Message = '', ...others } = parameters(body);
    this.take({ topicArn: TopicArn, subject: Subject, message: Message, attributes: listAttributes(others) });
    const result = `<PublishResult><MessageId>${randomUUID()}</MessageId></PublishResult>`;
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${result}</PublishResponse>`,
    };
  }

  /** A message from an AWS service; the topic's policy and its key's must let that service in. */
  publishAs(service: string, message: TopicMessage, sourceArn: string): void {
    const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': this.deployment.account };
    const key = this.judge.keyOf(message.topicArn);
    const refusal =
      this.judge.serviceRefusal(service, 'sns:Publish', message.topicArn, context) ??
      (key && this.judge.serviceRefusal(service, 'kms:GenerateDataKey', key, context));
    if (refusal) throw new AwsFault('AuthorizationError', refusal, 403);
    this.take(message);
  }

  /** Mail addresses that a topic of the template tells, of all messages or of this one. */
  subscribers(topicArn: string, message?: TopicMessage): string[] {
    return this.deployment
      .resources('AWS::SNS::Subscription')
      .filter(({ properties }) => properties.TopicArn === topicArn && properties.Protocol === 'email')
      .filter(({ properties }) => !message || passes(properties.FilterPolicy, message))
      .map(({ properties }) => String(properties.Endpoint));
  }

  /** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html; mail asks for ASCII in the subject. */
  private take(message: TopicMessage): void {
    if (this.deployment.byArn(message.topicArn)?.type !== 'AWS::SNS::Topic')
      throw new AwsFault('NotFound', `no template has a topic ${message.topicArn}`, 404);
    if (!/^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(message.subject))
      throw new AwsFault('InvalidParameter', 'Invalid parameter: Subject');
    const bytes = Buffer.byteLength(message.message);
    if (bytes < 1 || bytes > 256 * 1024) throw new AwsFault('InvalidParameter', 'Invalid parameter: Message');
    this.messages.push(message);
  }
}

/** Each attribute of the policy must have one of the values it lists. */
function passes(policy: unknown, { attributes = {} }: TopicMessage): boolean {
  return Object.entries((policy ?? {}) as Record<string, string[]>).every(([name, allowed]) =>
    attributes[name]?.some((value) => allowed.includes(value)),
  );
}

/** `MessageAttributes.entry.N.Name` and its value, as the query protocol numbers them. */
function listAttributes(input: Readonly<Record<string, string>>): Record<string, string[]> {
  const names = Object.entries(input).filter(([key]) => key.endsWith('.Name'));
  return Object.fromEntries(
    names.map(([key, name]) => {
      const place = key.slice(0, -'Name'.length);
      const isList = input[`${place}Value.DataType`] === 'String.Array';
      const value = input[`${place}Value.StringValue`] ?? '';
      return [name, isList ? JSON.parse(value) : [value]];
    }),
  );
}

/** The query protocol sends its input as a form. */
function parameters(body: Buffer): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body.toString()));
}
