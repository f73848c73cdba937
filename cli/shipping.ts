import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { Command, InvalidArgumentError } from 'commander';
import type { Verdict } from '../lambda/payca/evidence';
import { EvidenceStore, operatorRun } from './evidence';
import { explain, OperatorError, type Outputs, output, readStage, stageOption, stageOutputs } from './stage';

/** Logs and metrics reach the observability platform. */
const LINE = '2.4';
const LOOK_EVERY_MS = 10_000;
const MINUTE_MS = 60_000;

interface Options {
  readonly stage: string;
  readonly timeout: number;
  readonly record: boolean;
}

/** One minute of Firehose's own figures about a stream. */
export interface Minute {
  /** When it begins, in milliseconds. */
  readonly at: number;
  /** Part of the deliveries that the platform took: 0 to 1. */
  readonly success: number;
}

/** A delivery stream, as Firehose sees it. */
export interface StreamReport {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly minutes: readonly Minute[];
}

/** `undefined` while there is still something to wait for. A try that fails is repeated by Firehose. */
export function judgeStream({ status, minutes }: StreamReport, since: number): 'pass' | 'fail' | undefined {
  if (/FAILED|DELETING/.test(status)) return 'fail';
  // Figures come by the minute, and the one in which it began also has what was delivered before.
  const own = minutes.filter(({ at }) => at > since);
  return status === 'ACTIVE' && own.some(({ success }) => success === 1) ? 'pass' : undefined;
}

/** What was seen of a stream, in one line. */
export function reportLine(report: StreamReport, since: number, verdict: Verdict): string {
  const own = report.minutes.filter(({ at }) => at > since);
  const worst = Math.min(...own.map(({ success }) => success));
  const seen =
    own.length === 0
      ? 'nothing was delivered in the time'
      : `deliveries were taken in ${own.filter(({ success }) => success === 1).length} of ${own.length} minutes, ${Math.round(worst * 100)} % in the worst`;
  return `${verdict.padEnd(8)} ${report.kind.padEnd(8)} ${report.name} is ${report.status}: ${seen}`;
}

/** The line that is looked for on the platform: of the form of the functions' own. */
export function markerLine(id: string, stage: string, at: Date): string {
  const message = `golive shipping probe ${id}`;
  return JSON.stringify({ level: 'INFO', message, timestamp: at.toISOString(), service: 'golive', stage, probe: id });
}

/** The ways from AWS to the log platform. */
class Shipment {
  private readonly logs: CloudWatchLogsClient;
  private readonly firehose: FirehoseClient;
  private readonly cloudWatch: CloudWatchClient;

  constructor(region: string) {
    this.logs = new CloudWatchLogsClient({ region });
    this.firehose = new FirehoseClient({ region });
    this.cloudWatch = new CloudWatchClient({ region });
  }

  /** In a log stream of its own, so that nothing of the functions' is touched. */
  async mark(logGroupName: string, id: string, stage: string, at: Date): Promise<void> {
    const logStreamName = `golive-shipping-probe-${id}`;
    await this.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = [{ timestamp: at.getTime(), message: markerLine(id, stage, at) }];
    await this.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }

  async report(kind: string, name: string, since: number): Promise<StreamReport> {
    const { DeliveryStreamDescription } = await this.firehose.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    const { DeliveryStreamStatus: status = 'unknown', Destinations = [] } = DeliveryStreamDescription ?? {};
    const metric = Destinations.some(({ SplunkDestinationDescription: splunk }) => splunk) ? 'Splunk' : 'HttpEndpoint';
    const minutes = await this.minutes(name, `DeliveryTo${metric}.Success`, since);
    return { kind, name, status, minutes };
  }

  private async minutes(name: string, MetricName: string, since: number): Promise<Minute[]> {
    const Dimensions = [{ Name: 'DeliveryStreamName', Value: name }];
    const { MetricDataResults = [] } = await this.cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(since - (since % MINUTE_MS)),
        EndTime: new Date(Date.now() + MINUTE_MS),
        MetricDataQueries: [
          {
            Id: 'success',
            MetricStat: { Metric: { Namespace: 'AWS/Firehose', MetricName, Dimensions }, Period: 60, Stat: 'Average' },
          },
        ],
      }),
    );
    const { Timestamps = [], Values = [] } = MetricDataResults[0] ?? {};
    return Timestamps.map((at, index) => ({ at: at.getTime(), success: Values[index] ?? 0 }));
  }
}

/** Streams that are deployed, by kind. */
function streamsOf(outputs: Outputs, stage: string): [kind: string, name: string][] {
  if (!outputs.ShippingStreams)
    throw new OperatorError(
      `${stage} ships nothing: put shipping into config/${stage}.ts (docs/shipping.md) and deploy`,
    );
  return Object.entries<string>(JSON.parse(outputs.ShippingStreams));
}

/** Looks until every stream has delivered or cannot any more, at most until `deadline`. */
async function follow(
  shipment: Shipment,
  streams: readonly [string, string][],
  since: number,
  deadline: number,
): Promise<StreamReport[]> {
  for (;;) {
    const reports = await Promise.all(streams.map(([kind, name]) => shipment.report(kind, name, since)));
    if (reports.every((report) => judgeStream(report, since)) || Date.now() >= deadline) return reports;
    await sleep(Math.min(LOOK_EVERY_MS, deadline - Date.now()));
  }
}

async function probe({ stage, timeout, record }: Options): Promise<void> {
  const config = readStage(stage);
  const outputs = await stageOutputs(config);
  const streams = streamsOf(outputs, stage);
  const startedAt = new Date();
  const since = startedAt.getTime();
  const id = randomBytes(8).toString('hex');
  const shipment = new Shipment(config.region);
  const said = (error: unknown) => {
    throw new OperatorError(explain(error, `shipping in ${config.region}`));
  };
  const group = outputs.ShippingProbeLog;
  if (group) {
    await shipment.mark(group, id, stage, startedAt).catch(said);
    console.log(`marker ${id} is in ${group}; look for it on the platform: ${id}`);
  }
  console.log(`waiting up to ${timeout} s for deliveries; the first take two to five minutes`);
  const reports = await follow(shipment, streams, since, since + timeout * 1000).catch(said);
  const judged = reports.map((report) => ({ ...report, verdict: judgeStream(report, since) ?? 'fail' }));
  const verdict = judged.every((one) => one.verdict === 'pass') ? 'pass' : 'fail';
  const lines = judged.map((one) => reportLine(one, since, one.verdict));
  console.log([...lines, `verdict: ${verdict}`].join('\n'));
  if (record) {
    const details = {
      ...(group && { marker: id, logGroup: group }),
      ...Object.fromEntries(judged.map(({ kind, ...one }) => [kind, one])),
    };
    const store = new EvidenceStore(output(outputs, 'EvidenceBucket'), config.region);
    console.log(`recorded: ${(await store.write(operatorRun(startedAt), [{ line: LINE, verdict, details }])).key}`);
  }
  process.exitCode = verdict === 'pass' ? 0 : 1;
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds from 1 to 9999.');
}

/** `golive shipping`. */
export function shippingCommand(): Command {
  const probeCommand = new Command('probe')
    .description("write a marker line into a shipped log group and follow Firehose's deliveries to the platform")
    .addOption(stageOption())
    .option('--timeout <seconds>', 'how long deliveries may take to be seen', seconds, 600)
    .option('--record', "write the result into the stage's evidence bucket", false)
    .action(probe);
  return new Command('shipping')
    .description('logs and metrics on their way to the log platform')
    .addCommand(probeCommand);
}
