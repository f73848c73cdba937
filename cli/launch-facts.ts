import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CloudWatchClient, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { readDeliveries, recordKey } from '../lambda/notify-incident/order';
import { readEvidence } from '../lambda/payca/evidence-chain';
import { sha256 } from '../lambda/payca/inbox';
import { INCIDENTS, inOrder } from '../lambda/payca/incidents';
import { Progress } from '../lambda/payca/progress';
import { HOURS } from '../lambda/report-figures/figures';
import type { Launch } from '../lambda/run-timeline/launch';
import type { Readiness } from '../lambda/run-timeline/readiness';
import type { Report } from '../lib/compliance/report/report';
import type { StageConfig } from '../lib/config/schema';
import { REPOSITORY } from '../lib/config/truststore';
import {
  type AlarmFact,
  type ComplianceFact,
  isMissing,
  type LaunchFacts,
  type Missing,
} from '../lib/launch/document/facts';
import { dashboardName } from '../lib/monitoring/alarms/alarm-row';
import { dashboardPictures } from '../lib/monitoring/dashboards/pictures';
import { Recording } from '../lib/monitoring/evaluation/metric-samples';
import { repositorySignOffs } from '../lib/runbook/reviewed-commits';
import { SIGN_OFFS_PLACE } from '../lib/runbook/sign-offs';
import { dashboardSamples } from './cloudwatch-metrics';
import { deployedAlarms } from './deployed-alarms';
import { keptObjects } from './evidence-records';
import { readMetricFile } from './metric-file';
import { explain, OperatorError, type Outputs, output, readStage, stageOutputs } from './stage';
import { presentVersion } from './support-pack';

export interface FactOptions {
  readonly stage: string;
  /** A copy of the evidence bucket. */
  readonly folder?: string;
  /** File of recorded metrics. */
  readonly metrics?: string;
}

/** When the document is made, and who records it. */
interface When extends Pick<LaunchFacts, 'keptBy'> {
  readonly now: Date;
  /** Of the checkout. */
  readonly commit: string;
}

/** Where `npm run compliance` writes. */
const COMPLIANCE_REPORT = join('out', 'compliance', 'report.json');

/** Everything that is recorded about the stage's launch. Evidence and sign-offs must be readable; the rest may be missing. */
export async function launchFacts(options: FactOptions, { now, keptBy, commit }: When): Promise<LaunchFacts> {
  const config = readStage(options.stage);
  const { signOffs } = repositorySignOffs();
  if (!signOffs) throw new OperatorError(`${SIGN_OFFS_PLACE} has problems: npm run golive -- config check`);
  const evidence = readEvidence(await keptObjects(options));
  const outputs = await stageOutputs(config).catch((error: Error): Missing => ({ missing: error.message }));
  const from = async <T>(what: string, read: (outputs: Outputs) => Promise<T>): Promise<T | Missing> => {
    if ('missing' in outputs) return { missing: String(outputs.missing) };
    return read(outputs).catch((error) => ({
      missing: error instanceof OperatorError ? error.message : explain(error, what),
    }));
  };
  const timeline = (thing: string) =>
    from(
      'the timeline',
      async (all) => (await progress(config, all, 'run-timeline').recall(thing)) ?? { missing: 'nothing is stored' },
    );
  const launch = (await timeline('launch')) as Launch | Missing;
  return {
    config,
    madeAt: now.toISOString(),
    keptBy,
    evidence,
    signOffs,
    supportVersion: presentVersion(config),
    launch,
    readiness: (await timeline('readiness')) as Readiness | Missing,
    incidents: await from('the incident log', async (all) =>
      inOrder((await progress(config, all, INCIDENTS).all('INC-')).values()),
    ),
    alarms: await from('alarms', (all) => alarmFacts(config, output(all, 'NotificationsTable'))),
    compliance: compliance(join(REPOSITORY, COMPLIANCE_REPORT), commit),
    pictures: await pictures(config, options.metrics, { launch, now }),
  };
}

const progress = ({ region }: StageConfig, outputs: Outputs, owner: string) =>
  new Progress(owner, { table: output(outputs, 'ProgressTable'), region });

/** The alarms of the stage, with what each channel was told. */
async function alarmFacts(config: StageConfig, TableName: string): Promise<AlarmFact[]> {
  const { region, escalation } = config;
  const told = new Map<string, string>();
  for await (const { Items = [] } of paginateScan({ client: new DynamoDBClient({ region }) }, { TableName }))
    for (const { pk, deliveries } of Items) told.set(pk?.S ?? '', deliveries?.S ?? '[]');
  const alarms = await deployedAlarms(new CloudWatchClient({ region }), config);
  return alarms.map((alarm) => ({
    ...alarm,
    told: escalation.channels.flatMap(({ name: channel }) =>
      readDeliveries(told.get(recordKey(channel, alarm.name)))
        .filter(({ outcome }) => outcome === 'sent')
        .map(({ state, doneAt: at, drill }) => ({ channel, state, at, drill })),
    ),
  }));
}

function compliance(path: string, present: string): ComplianceFact | Missing {
  if (!existsSync(path)) return { missing: `there is no ${COMPLIANCE_REPORT}` };
  const text = readFileSync(path, 'utf8');
  const { verdict, asOf, commit, problems, warnings, packs, exceptions }: Report = JSON.parse(text);
  const file = { name: COMPLIANCE_REPORT, sha256: sha256(text) };
  const isPresent = commit === present;
  return { verdict, asOf, commit, isPresent, problems, warnings, packs, exceptions: exceptions.length, file };
}

const HOUR_MS = 60 * 60 * 1000;

/** The launch dashboard as it is deployed, drawn from a file of recorded metrics or from what CloudWatch has of the launch. */
async function pictures(
  config: StageConfig,
  path: string | undefined,
  { launch, now }: { readonly launch: Launch | Missing; readonly now: Date },
): Promise<LaunchFacts['pictures']> {
  const client = new CloudWatchClient({ region: config.region });
  const DashboardName = dashboardName(config, 'launch');
  const read = path === undefined ? undefined : readText(path);
  if (read === undefined && isMissing(launch))
    return { missing: 'no launch is known, and no --metrics FILE was given' };
  try {
    const { DashboardBody = '' } = await client.send(new GetDashboardCommand({ DashboardName }));
    if (path !== undefined && read !== undefined) {
      const recording = new Recording(readMetricFile(read));
      const { from, to } = recording;
      const drawn = dashboardPictures(DashboardBody, recording, { from, to });
      return { pictures: drawn, metrics: { name: basename(path), sha256: sha256(read) } };
    }
    const t = Date.parse((launch as Launch).at);
    const span = { from: t - HOUR_MS, to: Math.min(now.getTime(), t + HOURS * HOUR_MS) };
    if (span.from >= span.to) return { missing: 'the launch is still to come' };
    const times = { from: new Date(span.from), to: new Date(span.to) };
    const samples = await dashboardSamples(client, DashboardBody, times);
    const name = `CloudWatch from ${times.from.toISOString()} to ${times.to.toISOString()}`;
    const drawn = dashboardPictures(DashboardBody, new Recording(samples), span);
    return { pictures: drawn, metrics: { name, sha256: sha256(JSON.stringify(samples)) } };
  } catch (error) {
    return { missing: explain(error, `dashboard ${DashboardName}`) };
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new OperatorError(`--metrics ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
