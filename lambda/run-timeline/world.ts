import { EvidenceStore, functionRun } from '../payca/evidence-store';
import { InboxReader } from '../payca/inbox-reader';
import { INCIDENTS, inOrder } from '../payca/incidents';
import { describeError, log } from '../payca/log';
import type { Meter } from '../payca/metrics';
import { prefunding } from '../payca/prefunding';
import { Progress } from '../payca/progress';
import { isOfSmoke, smokeIds } from '../payca/smoke-ids';
import { variable } from '../payca/variables';
import type { LastLook } from '../watch-payca/balances';
import { invokeSmoke, publish, readAlarms, readLeaves, ruleSwitch, sandboxCredentials, scheduleSwitch } from './aws';
import { digestOf, isConfig } from './compare';
import type { Seen } from './debrief';
import type { Launch } from './launch';
import type { Message } from './message';
import type { Readiness } from './readiness';
import type { World } from './run';
import { type OtherConfig, runnersOf } from './runners';
import { readSettings, type SandboxSettings } from './settings';
import type { Switch, Switchboard } from './switches';

const region = variable('AWS_REGION');
const settings = readSettings();
const progress = new Progress('run-timeline');
const watched = new Progress('watch-payca');
const incidents = new Progress(INCIDENTS);
const evidence = new EvidenceStore(variable('EVIDENCE_BUCKET'));
const inbox = new InboxReader(variable('INBOX_TABLE'), region);
const rules = ruleSwitch(region);
const now = () => new Date();

export async function recallLaunch(): Promise<Launch | undefined> {
  return (await progress.recall('launch')) as Launch | undefined;
}

export async function recallReadiness(): Promise<Readiness | undefined> {
  return (await progress.recall('readiness')) as Readiness | undefined;
}

export async function rememberReadiness(readiness: Readiness): Promise<void> {
  await progress.remember('readiness', readiness);
}

/** The timeline's world on AWS. */
export function awsWorld(meter: Meter): World {
  const { sandbox } = settings;
  const setting = { programme: settings.programme, stage: variable('STAGE'), zone: settings.zone };
  const credentials = sandbox && sandboxCredentials(sandbox);
  const board = switchboard(sandbox, credentials);
  const tell = (message: Message) => mailed(message, meter);
  const runners = runnersOf({
    setting,
    board,
    ownConfig: () => readLeaves(settings.configPath, region),
    otherConfig: sandbox && (() => sandboxConfig(sandbox, credentials)),
    expectedDifferences: settings.expectedDifferences,
    automation: sandbox?.automation,
    funding: async () =>
      prefunding(settings.prefunding, (await watched.recall('balances')) as LastLook | undefined, now()),
    smoke: () => invokeSmoke(variable('SMOKE_FUNCTION'), ['edge', 'webhook']),
    readiness: recallReadiness,
    windowRules: settings.windowRules,
    seenSince,
    tell,
    now,
  });
  return {
    setting,
    answerMinutes: settings.answerMinutes,
    runners,
    board,
    recall: recallLaunch,
    remember: (launch, former) => progress.rememberIf('launch', launch, former),
    tell,
    record: async (finding, actor) => {
      const run = { ...functionRun('run-timeline', now()), actor };
      return (await evidence.write(run, [finding])).key;
    },
    runEveryFiveMinutes: (on) => rules.set(settings.scheduleRule, on ? 'on' : 'off'),
    meter,
    now,
  };
}

function switchboard(
  sandbox: SandboxSettings | undefined,
  credentials: ReturnType<typeof sandboxCredentials> | undefined,
): Switchboard {
  const refuse = async () => {
    throw new Error('the config has no sandbox with a stack Launch');
  };
  const none: Switch = { read: refuse, set: refuse };
  return {
    'window rule': rules,
    'sandbox rule': sandbox ? ruleSwitch(sandbox.region, credentials) : none,
    'sandbox schedule': sandbox ? scheduleSwitch(sandbox.region, credentials) : none,
  };
}

async function sandboxConfig(
  { configPath, configDigest, region: there }: SandboxSettings,
  credentials: ReturnType<typeof sandboxCredentials> | undefined,
): Promise<OtherConfig> {
  const leaves = await readLeaves(configPath, there, credentials);
  return { leaves, isOfThisAssembly: digestOf(leaves.filter(isConfig)) === configDigest };
}

async function seenSince(time: Date): Promise<Seen> {
  const webhooks: Record<string, number> = {};
  const smoke = await smokeIds();
  for await (const entry of inbox.received(time, now())) {
    const { detailType = 'unknown' } = entry;
    if (!isOfSmoke(entry, smoke)) webhooks[detailType] = (webhooks[detailType] ?? 0) + 1;
  }
  const noted = inOrder((await incidents.all()).values()).filter(({ at }) => at >= time.toISOString());
  return {
    alarms: await readAlarms(variable('ALARM_PREFIX')),
    webhooks,
    incidents: noted.map(({ id, entries: [first] }) => `${id}: ${first.text}`),
  };
}

/** Mail that does not go out must not keep the timeline from what is due. */
async function mailed(message: Message, meter: Meter): Promise<void> {
  try {
    await publish(variable('OWNERS_TOPIC'), message);
  } catch (error) {
    meter.add('LaunchStepsFailed');
    log.error('a message to the owners was not sent', { subject: message.subject, problem: describeError(error) });
  }
}
