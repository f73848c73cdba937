import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { drillReason } from '../lambda/notify-incident/drill';
import { type Delivery, readDeliveries, recordKey } from '../lambda/notify-incident/order';
import { alarmPrefix, readAlarmName } from '../lambda/payca/alarm-names';
import type { Finding } from '../lambda/payca/evidence';
import type { StageConfig } from '../lib/config/schema';
import { chooseAlarm, deployedAlarms, type FoundAlarm } from './deployed-alarms';
import { EvidenceStore, operatorRun } from './evidence';
import { explain, OperatorError, output, readStage, stageOption, stageOutputs } from './stage';

/** Each alert links its runbook page and the way of escalation. */
const ESCALATION = '5.6';
/** The way of an incident through the tracker has been tried. */
const TRACKER = '6.4';
const LOOK_EVERY_MS = 1000;

interface Options {
  readonly stage: string;
  readonly timeout: number;
  readonly record: boolean;
}

/** What a channel was told in a drill. */
export interface Followed {
  readonly channel: string;
  readonly alarm?: Delivery;
  readonly recovery?: Delivery;
}

/** Channels that are told about alarms of this name. */
export function channelsOf(alarm: string, { programme, stage, escalation }: StageConfig): string[] {
  const severity = readAlarmName(alarm, alarmPrefix(programme, stage))?.severity;
  return escalation.channels
    .filter(({ severities }) => severities.some((one) => one === severity))
    .map(({ name }) => name);
}

/**
 * What a drill shows: that alarms get through; and the way of an incident through the tracker, where a channel of the
 * drill is one.
 */
export function drillFindings(
  drill: { readonly id: string; readonly alarm: string },
  followed: readonly Followed[],
  { escalation }: Pick<StageConfig, 'escalation'>,
): Finding[] {
  const isTracker = ({ channel }: Followed) =>
    escalation.channels.some(
      (one) => one.name === channel && (one.kind === 'pagerduty' || (one.kind === 'https' && one.template === 'jira')),
    );
  const finding = (line: string, told: readonly Followed[]): Finding => ({
    line,
    verdict: told.every(({ alarm, recovery }) => alarm && recovery) ? 'pass' : 'fail',
    details: { drill: drill.id, alarm: drill.alarm, ...Object.fromEntries(told.map((one) => [one.channel, one])) },
  });
  const trackers = followed.filter(isTracker);
  return [finding(ESCALATION, followed), ...(trackers.length > 0 ? [finding(TRACKER, trackers)] : [])];
}

/** What was seen, channel by channel. */
export function drillLines(followed: readonly Followed[], startedAt: number): string[] {
  const after = (delivery: Delivery | undefined) => {
    if (!delivery) return 'not told';
    const seconds = Math.max(0, Math.round((Date.parse(delivery.doneAt) - startedAt) / 1000));
    return `told after ${seconds} s${delivery.receipt ? ` (${delivery.receipt})` : ''}`;
  };
  return followed.map(
    ({ channel, alarm, recovery }) =>
      `${alarm && recovery ? 'pass' : 'fail'}     ${channel.padEnd(20)} alarm ${after(alarm)}, recovery ${after(recovery)}`,
  );
}

/** The state of one alarm, set and followed to the channels. */
class Drill {
  readonly id = randomBytes(4).toString('hex');
  private readonly cloudWatch: CloudWatchClient;
  private readonly dynamodb: DynamoDBClient;

  constructor(
    private readonly config: StageConfig,
    private readonly table: string,
    private readonly actor: string,
  ) {
    this.cloudWatch = new CloudWatchClient({ region: config.region });
    this.dynamodb = new DynamoDBClient({ region: config.region });
  }

  async find(given: string): Promise<FoundAlarm> {
    const { programme, stage } = this.config;
    return chooseAlarm(given, alarmPrefix(programme, stage), await deployedAlarms(this.cloudWatch, this.config));
  }

  /** Raises the alarm, waits until every channel was told, ends it, and waits again; it is ended on every way out. */
  async run(alarm: string, channels: readonly string[], timeoutMs: number): Promise<Followed[]> {
    const stop = () => void this.set(alarm, 'OK').finally(() => process.exit(130));
    process.once('SIGINT', stop);
    try {
      await this.set(alarm, 'ALARM');
      await this.follow(alarm, channels, 'ALARM', Date.now() + timeoutMs);
      await this.set(alarm, 'OK');
      await this.follow(alarm, channels, 'OK', Date.now() + timeoutMs);
    } finally {
      process.off('SIGINT', stop);
      await this.set(alarm, 'OK');
    }
    return Promise.all(channels.map((channel) => this.told(channel, alarm)));
  }

  /** No change, and so nobody told, when the alarm is in that state already: CloudWatch may have ended the drill itself. */
  private async set(alarm: string, state: 'ALARM' | 'OK'): Promise<void> {
    const StateReason = drillReason(this.id, this.actor);
    await this.cloudWatch.send(new SetAlarmStateCommand({ AlarmName: alarm, StateValue: state, StateReason }));
  }

  private async follow(
    alarm: string,
    channels: readonly string[],
    state: Delivery['state'],
    deadline: number,
  ): Promise<void> {
    for (;;) {
      const told = await Promise.all(channels.map((channel) => this.told(channel, alarm)));
      if (told.every((one) => (state === 'ALARM' ? one.alarm : one.recovery)) || Date.now() > deadline) return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  private async told(channel: string, name: string): Promise<Followed> {
    const Key = { pk: { S: recordKey(channel, name) } };
    const { Item } = await this.dynamodb.send(new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }));
    const own = readDeliveries(Item?.deliveries?.S).filter(
      ({ drill, outcome }) => drill === this.id && outcome === 'sent',
    );
    const of = (state: Delivery['state']) => own.find((delivery) => delivery.state === state);
    const alarm = of('ALARM');
    return { channel, alarm, recovery: alarm?.endedAt ? alarm : of('OK') };
  }
}

async function run(given: string, { stage, timeout, record }: Options): Promise<void> {
  const config = readStage(stage);
  const outputs = await stageOutputs(config);
  const startedAt = new Date();
  const operator = operatorRun(startedAt);
  const drill = new Drill(config, output(outputs, 'NotificationsTable'), operator.actor);
  const said = (error: unknown) => {
    throw error instanceof OperatorError ? error : new OperatorError(explain(error, `alarms in ${config.region}`));
  };
  const { name, state } = await drill.find(given).catch(said);
  if (state === 'ALARM') throw new OperatorError(`${name} is in alarm for real: no drill now`);
  const channels = channelsOf(name, config);
  if (channels.length === 0) throw new OperatorError(`no channel in escalation.channels is told about ${name}`);
  console.log(`DRILL ${drill.id} of ${name}: telling ${channels.join(', ')}`);
  const followed = await drill.run(name, channels, timeout * 1000).catch(said);
  const lines = drillLines(followed, startedAt.getTime());
  const findings = drillFindings({ id: drill.id, alarm: name }, followed, config);
  const verdict = findings.every((finding) => finding.verdict === 'pass') ? 'pass' : 'fail';
  console.log([...lines, `verdict: ${verdict}`].join('\n'));
  if (!findings.some(({ line }) => line === TRACKER))
    console.log(`nothing is shown for line ${TRACKER}: none of these channels is PagerDuty or Jira`);
  if (record) {
    const store = new EvidenceStore(output(outputs, 'EvidenceBucket'), config.region);
    console.log(`recorded: ${(await store.write(operator, findings)).key}`);
  }
  process.exitCode = verdict === 'pass' ? 0 : 1;
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds from 1 to 9999.');
}

/** `golive drill`. */
export function drillCommand(): Command {
  return new Command('drill')
    .description('raise an alarm on purpose, follow it to every channel, end it, and record the evidence')
    .addArgument(new Argument('<alarm>', 'its name, or its row in docs/alarms.md'))
    .addOption(stageOption())
    .option('--timeout <seconds>', 'how long a channel may take to be told', seconds, 120)
    .option('--no-record', "do not write the result into the stage's evidence bucket")
    .action(run);
}
