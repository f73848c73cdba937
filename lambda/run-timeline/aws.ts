import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { SmokeResult } from '../smoke-test/result';
import type { SmokeRequest } from '../smoke-test/run';
import type { Leaf } from './compare';
import type { AlarmState } from './debrief';
import { type Message, OWNER_ATTRIBUTE } from './message';
import type { SandboxSettings } from './settings';
import type { Switch } from './switches';

type Credentials = ReturnType<typeof fromTemporaryCredentials>;

/** The role in the sandbox's account, taken when it is first needed. */
export function sandboxCredentials({ role, region }: SandboxSettings): Credentials {
  return fromTemporaryCredentials({
    params: { RoleArn: role, RoleSessionName: 'run-timeline', DurationSeconds: 900 },
    clientConfig: { region },
  });
}

/** EventBridge rules, by `bus/name` or, on the default bus, `name`. */
export function ruleSwitch(region: string, credentials?: Credentials): Switch {
  const client = new EventBridgeClient({ region, credentials });
  const input = (place: string) => {
    const [Name = '', EventBusName] = place.split('/').reverse();
    return { Name, EventBusName };
  };
  return {
    async read(name) {
      const { State } = await client.send(new DescribeRuleCommand(input(name)));
      return State === 'DISABLED' ? 'off' : 'on';
    },
    async set(name, to) {
      await client.send(to === 'on' ? new EnableRuleCommand(input(name)) : new DisableRuleCommand(input(name)));
    },
  };
}

/** EventBridge Scheduler's schedules, by `group/name`. An update replaces the whole, so what was read is written back. */
export function scheduleSwitch(region: string, credentials?: Credentials): Switch {
  const client = new SchedulerClient({ region, credentials });
  const read = (place: string) => {
    const [Name = '', GroupName = 'default'] = place.split('/').reverse();
    return client.send(new GetScheduleCommand({ Name, GroupName }));
  };
  return {
    async read(name) {
      return (await read(name)).State === 'DISABLED' ? 'off' : 'on';
    },
    async set(name, to) {
      const { Arn, CreationDate, LastModificationDate, $metadata, ...schedule } = await read(name);
      const { Name, ScheduleExpression, Target, FlexibleTimeWindow } = schedule;
      const State = to === 'on' ? 'ENABLED' : 'DISABLED';
      await client.send(
        new UpdateScheduleCommand({ ...schedule, Name, ScheduleExpression, Target, FlexibleTimeWindow, State }),
      );
    },
  };
}

/** The leaves that a stage exports, from the parameters below `path`. */
export async function readLeaves(path: string, region: string, credentials?: Credentials): Promise<Leaf[]> {
  const client = new SSMClient({ region, credentials });
  const leaves: Leaf[] = [];
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client }, { Path: path }))
    for (const { Value = '[]' } of Parameters) leaves.push(...(JSON.parse(Value) as Leaf[]));
  return leaves;
}

/** Every alarm whose name begins so, as it is now. */
export async function readAlarms(prefix: string): Promise<AlarmState[]> {
  const client = new CloudWatchClient();
  const found: AlarmState[] = [];
  const AlarmTypes = ['MetricAlarm' as const, 'CompositeAlarm' as const];
  for await (const page of paginateDescribeAlarms({ client }, { AlarmNamePrefix: prefix, AlarmTypes }))
    for (const { AlarmName = '', StateValue, StateUpdatedTimestamp } of [
      ...(page.MetricAlarms ?? []),
      ...(page.CompositeAlarms ?? []),
    ])
      found.push({ name: AlarmName, rings: StateValue === 'ALARM', since: StateUpdatedTimestamp?.toISOString() });
  return found;
}

export async function invokeSmoke(FunctionName: string, steps: string[]): Promise<SmokeResult> {
  const Payload = Buffer.from(JSON.stringify({ steps, actor: 'run-timeline' } satisfies SmokeRequest));
  const { FunctionError, Payload: answer } = await new LambdaClient({ maxAttempts: 1 }).send(
    new InvokeCommand({ FunctionName, Payload }),
  );
  const result = JSON.parse(Buffer.from(answer ?? []).toString());
  if (FunctionError) throw new Error(`${FunctionName} failed: ${result.errorMessage}`);
  return result;
}

const sns = new SNSClient();

/** Every address hears a message once, however many of its roles are meant. */
export async function publish(TopicArn: string, { owners, subject, text }: Message): Promise<void> {
  const roles = { DataType: 'String.Array', StringValue: JSON.stringify(owners) };
  await sns.send(
    new PublishCommand({
      TopicArn,
      Subject: subject,
      Message: text,
      MessageAttributes: { [OWNER_ATTRIBUTE]: roles },
    }),
  );
}
