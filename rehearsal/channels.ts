import { randomBytes } from 'node:crypto';
import type { LambdaFunction } from './functions';
import type { Json, Resource } from './template';
import type { World } from './world';

/** What a function of a channel has in its environment. */
interface Settings {
  readonly name: string;
  readonly kind: 'pagerduty' | 'sns' | 'slack' | 'json' | 'jira';
  readonly topicArn?: string;
  readonly user?: string;
}

/** A channel of the template. */
export interface RehearsedChannel {
  readonly settings: Settings;
  readonly lambda: LambdaFunction;
  readonly queue: Resource;
  readonly deadLetters: Resource;
  /** What names of alarms it hears end with. */
  readonly suffixes: readonly string[];
  readonly secretArn?: string;
}

/** What a channel's receiver was told about an alarm. */
export interface Told {
  readonly action: string;
  /** What people see first; all there is to see, but for PagerDuty. */
  readonly text: string;
  /** What PagerDuty shows when it is opened. */
  readonly rest?: string;
}

/** The stage's channels, with keys that their receivers know. */
export class Channels {
  readonly all: readonly RehearsedChannel[];
  /** Begins the names of the stage's alarms. */
  readonly prefix: string;
  /** Every key that was ever made; none may be seen anywhere. */
  readonly keys: string[] = [];
  private clock = Date.now() - 60 * 60 * 1000;

  constructor(private readonly world: World) {
    const lambdas = world.functions.filter(({ name }) => name === 'notify-incident');
    this.all = lambdas.map((lambda) => this.read(lambda));
    this.prefix = lambdas[0] ? (variables(lambdas[0]).ALARM_PREFIX ?? '') : '';
  }

  /** Names of alarms, one in each severity that a channel hears. */
  alarms(row: string): string[] {
    const suffixes = new Set(this.all.flatMap((channel) => channel.suffixes));
    return [...suffixes].map((suffix) => `${this.prefix}rehearsed-${row}${suffix}`);
  }

  hearing(alarm: string): RehearsedChannel[] {
    return this.all.filter(({ suffixes }) => suffixes.some((suffix) => alarm.endsWith(suffix)));
  }

  /** A moment after all that were given before. */
  nextMoment(): Date {
    this.clock += 1000;
    return new Date(this.clock);
  }

  /** CloudWatch reports a change of each alarm. */
  change(alarms: readonly string[], value: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA', at = this.nextMoment()): void {
    for (const alarm of alarms)
      this.world.cloudWatch.tell({ alarm, value, at, reason: 'rehearsed', description: 'look --here\nImpact: none' });
  }

  /** What a channel's receiver was told about an alarm, in order. */
  told({ settings: { kind, topicArn } }: RehearsedChannel, alarm: string): Told[] {
    const { pagerDuty, slack, jira, json } = this.world.receivers;
    if (kind === 'pagerduty') {
      const own = pagerDuty.taken.filter(({ dedupKey }) => dedupKey === alarm);
      return own.map(({ action, summary, rest }) => ({ action, text: summary, rest }));
    }
    if (kind === 'json')
      return json.messages.filter((one) => one.alarm === alarm).map(({ action, text }) => told(action, text));
    if (kind === 'jira') {
      const issues = jira.issues.filter(({ labels }) => labels.includes(alarm) || labels.includes(`${alarm}-drill`));
      return issues.flatMap(({ texts }) => texts).map((text) => told(actionOf(text), text));
    }
    const texts =
      kind === 'slack'
        ? slack.messages.map(unescaped)
        : this.world.sns.messages.filter((one) => one.topicArn === topicArn).map(({ message }) => message);
    const own = texts.filter((text) => text.includes(`Alarm ${alarm} in account`));
    return own.map((text) => told(actionOf(text), text));
  }

  /** Where a channel was told something else than `expected`, in words. */
  wrong(alarms: readonly string[], ...expected: readonly string[]): string[] {
    return alarms.flatMap((alarm) =>
      this.hearing(alarm).flatMap((channel) => {
        const actions = this.told(channel, alarm).map(({ action }) => action);
        if (actions.join() === expected.join()) return [];
        return [`${channel.settings.name} was told [${actions.join()}] of ${alarm}, not [${expected.join()}]`];
      }),
    );
  }

  /** Makes new keys that the receivers know, and the old ones unknown. */
  issueKeys(): Map<RehearsedChannel, string> {
    const { pagerDuty, slack, jira, json } = this.world.receivers;
    for (const known of [pagerDuty.routingKeys, slack.urls, jira.accounts, json.tokens]) known.clear();
    const issued = new Map<RehearsedChannel, string>();
    for (const channel of this.all.filter(({ secretArn }) => secretArn)) {
      const secret = randomBytes(16).toString('hex');
      const key = channel.settings.kind === 'slack' ? `https://hooks.slack.com/services/T0/B0/${secret}` : secret;
      this.keys.push(secret);
      issued.set(channel, key);
      if (channel.settings.kind === 'pagerduty') pagerDuty.routingKeys.add(key);
      if (channel.settings.kind === 'slack') slack.urls.add(key);
      if (channel.settings.kind === 'jira') jira.accounts.add(`${channel.settings.user}:${key}`);
      if (channel.settings.kind === 'json') json.tokens.add(key);
    }
    return issued;
  }

  /** Puts keys into the secrets, as an operator does. */
  supply(keys: ReadonlyMap<RehearsedChannel, string>): void {
    for (const [{ secretArn = '' }, value] of keys) this.world.secrets.secret(secretArn).put(JSON.stringify({ value }));
  }

  private read(lambda: LambdaFunction): RehearsedChannel {
    const { deployment } = this.world;
    const { CHANNEL = '', CHANNEL_QUEUE = '', CHANNEL_SECRET } = variables(lambda);
    const queue = found(deployment.byPhysicalId('AWS::SQS::Queue', CHANNEL_QUEUE));
    const { deadLetterTargetArn } = queue.properties.RedrivePolicy as { deadLetterTargetArn: string };
    const rule = deployment
      .resources('AWS::Events::Rule')
      .find(({ properties }) => (properties.Targets as { Arn: string }[]).some(({ Arn }) => Arn === queue.arn));
    const { detail } = found(rule).properties.EventPattern as { detail: { alarmName: { wildcard: string }[] } };
    return {
      settings: JSON.parse(CHANNEL),
      lambda,
      queue,
      deadLetters: found(deployment.byArn(deadLetterTargetArn)),
      suffixes: detail.alarmName.map(({ wildcard }) => wildcard.slice(wildcard.indexOf('*') + 1)),
      secretArn: CHANNEL_SECRET,
    };
  }
}

/** As Slack shows it. */
const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const told = (action: unknown, text: unknown): Told => ({ action: String(action), text: String(text) });

/** Of a message that people read: a recovery says since when it is OK. */
const actionOf = (text: string) => (/^OK since /m.test(text) ? 'resolve' : 'trigger');

function variables({ resource }: LambdaFunction): Record<string, string | undefined> {
  return (resource.properties.Environment as { Variables: Json }).Variables as Record<string, string | undefined>;
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the templates lack what a channel needs');
  return value;
}
