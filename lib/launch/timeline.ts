import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { type IRule, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { alarmPrefix } from '../../lambda/payca/alarm-names';
import { HOUR_INDEX } from '../../lambda/payca/inbox';
import { digestOf } from '../../lambda/run-timeline/compare';
import type { SandboxSettings, TimelineSettings } from '../../lambda/run-timeline/settings';
import { exportedConfigPath } from '../config/names';
import type { StageConfig } from '../config/schema';
import { type Callee, PaycaFunction } from '../payca-function';
import type { ServiceKey } from '../service-key';
import type { StateStack } from '../stacks/state-stack';
import { leavesOf } from './exported-config';
import type { Owners } from './owners';
import { sandboxRoleArn, timelineRolePath } from './sandbox-role';

export interface TimelineProps {
  readonly config: StageConfig;
  /** The stage that is compared with this one, and whose automation is switched off. */
  readonly sandbox?: StageConfig;
  readonly state: Pick<StateStack, 'inbox' | 'progress' | 'evidence'>;
  readonly smokeTest: PaycaFunction;
  readonly owners: Owners;
  /** Encrypts log group and topic; its policy must name CloudWatch Logs. */
  readonly key: ServiceKey;
}

/** `run-timeline`: leads the stage through its launch, every five minutes while one is scheduled. */
export class Timeline extends PaycaFunction {
  private readonly windowRules: IRule[] = [];

  constructor(scope: Construct, id: string, { config, sandbox, state, smokeTest, owners, key }: TimelineProps) {
    // A name of our own: the function switches its own schedule, and a reference to it would close a circle.
    const scheduleRule = `${config.programme}-${config.stage}-launch-timeline`;
    super(scope, id, {
      config,
      logKey: key,
      name: 'run-timeline',
      description: 'Runs the timeline of the launch',
      rolePath: timelineRolePath(config),
      alsoCalls: calledBeyondRole(config, sandbox),
      // A smoke test may take ten minutes.
      timeout: Duration.minutes(15),
      memorySize: 512,
      environment: {
        PROGRESS_TABLE: state.progress.tableName,
        INBOX_TABLE: state.inbox.table.tableName,
        SMOKE_FUNCTION: smokeTest.function.functionName,
        OWNERS_TOPIC: owners.topicArn,
        ALARM_PREFIX: alarmPrefix(config.programme, config.stage),
        LAUNCH: Lazy.string({
          produce: () => Stack.of(this).toJsonString(this.settings(config, scheduleRule, sandbox)),
        }),
      },
    });
    this.allowTable(state.progress, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    this.allowIndex(state.inbox.table, HOUR_INDEX);
    state.evidence.allowRecordingBy(this);
    const keyUse = { key, actions: ['kms:GenerateDataKey', 'kms:Decrypt'], service: 'sns' };
    this.allow(['sns:Publish'], [owners.topicArn], keyUse);
    this.allow(['lambda:InvokeFunction'], [smokeTest.function.functionArn]);
    const { partition, region, account } = Stack.of(this);
    const here = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
    this.allow(['ssm:GetParametersByPath'], [here('ssm', `parameter${exportedConfigPath(config)}`)]);
    // Composite alarms are described to nobody who may not describe all.
    this.allow(['cloudwatch:DescribeAlarms'], ['*']);
    if (sandbox) this.allow(['sts:AssumeRole'], [sandboxRoleArn(sandbox)]);
    this.allow(['events:EnableRule', 'events:DisableRule'], [here('events', `rule/${scheduleRule}`)]);
    new Rule(this, 'EveryFiveMinutes', {
      ruleName: scheduleRule,
      description: 'Runs what is due of a launch; on while one is scheduled',
      schedule: Schedule.rate(Duration.minutes(5)),
      enabled: false,
      targets: [new LambdaFunction(this.function)],
    });
  }

  /** Has `rule` on while the window is open, from T until 48 hours later. */
  duringWindow(rule: IRule): void {
    this.windowRules.push(rule);
    this.allow(['events:DescribeRule', 'events:EnableRule', 'events:DisableRule'], [rule.ruleArn]);
  }

  private settings(config: StageConfig, scheduleRule: string, sandbox?: StageConfig): TimelineSettings {
    const { zone, answerMinutes, expectedDifferences } = config.launch;
    return {
      programme: config.programme,
      zone,
      answerMinutes,
      scheduleRule,
      configPath: exportedConfigPath(config),
      expectedDifferences: [...expectedDifferences],
      prefunding: config.migration.prefunding,
      windowRules: this.windowRules.map(({ ruleName }) => ruleName),
      sandbox: sandbox && sandboxSettings(sandbox),
    };
  }
}

/** STS says who signed a command, and needs no permission for it; in the sandbox the function works in the sandbox's role. */
function calledBeyondRole({ region }: StageConfig, sandbox?: StageConfig): Callee[] {
  if (!sandbox) return ['sts'];
  // Endpoints are of one region.
  if (sandbox.region !== region) return ['sts', 'hosts'];
  const { account } = sandbox;
  return ['sts', ...(['events', 'scheduler', 'ssm'] as const).map((service) => ({ service, account }))];
}

function sandboxSettings(sandbox: StageConfig): SandboxSettings {
  const { rules, schedules } = sandbox.launch.automation;
  return {
    region: sandbox.region,
    role: sandboxRoleArn(sandbox),
    configPath: exportedConfigPath(sandbox),
    configDigest: digestOf(leavesOf(sandbox)),
    automation: [
      ...rules.map((name) => ({ kind: 'sandbox rule' as const, name })),
      ...schedules.map(({ group, name }) => ({ kind: 'sandbox schedule' as const, name: `${group}/${name}` })),
    ],
  };
}
