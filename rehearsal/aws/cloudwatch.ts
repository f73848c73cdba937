import type { Deployment } from '../deployment';
import type { Resource } from '../template';
import type { EventBridge } from './events';
import { AwsFault, type Backend, type Call, ok } from './gate';
import type { Sns } from './sns';

type StateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

interface State {
  readonly value: StateValue;
  readonly reason: string;
  /** In milliseconds. */
  readonly at: number;
}

/** A change of state as CloudWatch would report it. */
export interface StateChange {
  readonly alarm: string;
  readonly value: StateValue;
  readonly reason: string;
  readonly description?: string;
  readonly at?: Date;
  readonly suppressedBy?: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod';
  readonly previous?: State;
}

/** The template's alarms with their states. States and figures are set, not evaluated: metrics are not kept here. */
export class CloudWatch implements Backend {
  readonly service = 'cloudwatch';
  clockOffsetMs = 0;
  /** Answers whoever asks for a metric, whichever it is. */
  figures: readonly { readonly at: number; readonly value: number }[] = [];
  private readonly states = new Map<string, State>();

  constructor(
    private readonly deployment: Deployment,
    private readonly events: EventBridge,
    private readonly sns: Sns,
  ) {}

  targets({ operation, input }: Call) {
    if (['DescribeAlarms', 'GetMetricData', 'GetDashboard', 'ListMetrics'].includes(operation))
      return [{ action: `cloudwatch:${operation}`, resource: '*' }];
    if (operation !== 'SetAlarmState') throw new Error(`the rehearsal does not know cloudwatch:${operation}`);
    return [{ action: `cloudwatch:${operation}`, resource: this.alarm(String(input.AlarmName)).arn }];
  }

  async handle({ operation, input }: Call) {
    if (operation === 'DescribeAlarms') return ok(this.describe(String(input.AlarmNamePrefix ?? '')));
    if (operation === 'GetMetricData') return ok(this.metricData(input.MetricDataQueries as { Id: string }[]));
    // None are kept here.
    if (operation === 'ListMetrics') return ok({ Metrics: [] });
    if (operation === 'GetDashboard') return ok(this.dashboard(String(input.DashboardName)));
    const { AlarmName, StateValue, StateReason } = input as Record<string, string>;
    if (String(StateReason).length > 1023)
      throw new AwsFault('InvalidParameterValue', 'StateReason must have at most 1023 characters');
    this.set(String(AlarmName), StateValue as StateValue, String(StateReason));
    return ok({});
  }

  state(name: string): State {
    return this.states.get(name) ?? { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', at: 0 };
  }

  /** Puts an alarm of the template into a state: its actions are done and everybody is told, if that changes it. */
  set(name: string, value: StateValue, reason: string): void {
    const alarm = this.alarm(name);
    const previous = this.state(name);
    if (previous.value === value) return;
    // Two changes are never of the same millisecond.
    const at = Math.max(Date.now() + this.clockOffsetMs, previous.at + 1);
    this.states.set(name, { value, reason, at });
    const description = String(alarm.properties.AlarmDescription ?? '');
    this.tell({ alarm: name, value, reason, description, previous, at: new Date(at) });
    this.act(alarm, value, reason);
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
  tell({ alarm, value, reason, description, at = new Date(), suppressedBy, previous }: StateChange): void {
    const { region, account } = this.deployment;
    const time = (date: Date) => date.toISOString().replace('Z', '+0000');
    const arn = `arn:aws:cloudwatch:${region}:${account}:alarm:${alarm}`;
    this.events.publish('aws.cloudwatch', 'CloudWatch Alarm State Change', [arn], {
      alarmName: alarm,
      configuration: { description, metrics: [] },
      state: { value, reason, timestamp: time(at), ...(suppressedBy && { actionsSuppressedBy: suppressedBy }) },
      ...(previous && {
        previousState: { value: previous.value, reason: previous.reason, timestamp: time(new Date(previous.at)) },
      }),
    });
  }

  private act({ arn, name, properties }: Resource, value: StateValue, reason: string): void {
    const actions = { ALARM: 'AlarmActions', OK: 'OKActions', INSUFFICIENT_DATA: 'InsufficientDataActions' }[value];
    if (properties.ActionsEnabled === false) return;
    for (const topicArn of (properties[actions] ?? []) as string[]) {
      const message = { topicArn, subject: `${value}: "${name}"`.slice(0, 99), message: `${reason}` };
      this.sns.publishAs('cloudwatch.amazonaws.com', message, arn);
    }
  }

  private dashboard(name: string) {
    const found = this.deployment.resources('AWS::CloudWatch::Dashboard').find((one) => one.name === name);
    if (!found) throw new AwsFault('ResourceNotFound', `no template has a dashboard ${name}`, 404);
    return { DashboardName: name, DashboardBody: found.properties.DashboardBody };
  }

  private metricData(queries: readonly { Id: string }[]) {
    const Timestamps = this.figures.map(({ at }) => at / 1000);
    const Values = this.figures.map(({ value }) => value);
    return { MetricDataResults: queries.map(({ Id }) => ({ Id, Timestamps, Values, StatusCode: 'Complete' })) };
  }

  private describe(prefix: string) {
    const described = (type: string) =>
      this.deployment
        .resources(type)
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, properties }) => ({
          AlarmName: name,
          AlarmDescription: properties.AlarmDescription,
          StateValue: this.state(name).value,
          StateReason: this.state(name).reason,
          StateUpdatedTimestamp: this.state(name).at / 1000,
        }));
    return {
      MetricAlarms: described('AWS::CloudWatch::Alarm'),
      CompositeAlarms: described('AWS::CloudWatch::CompositeAlarm'),
    };
  }

  private alarm(name: string): Resource {
    const found = this.deployment
      .resources('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm')
      .find((alarm) => alarm.name === name);
    if (!found) throw new AwsFault('ResourceNotFound', `no template has an alarm ${name}`, 404);
    return found;
  }
}
