import { type Funded, fundingVerdict } from '../payca/prefunding';
import type { SmokeResult } from '../smoke-test/result';
import { compare, comparisonResult, type Leaf } from './compare';
import { agendaOf, debriefResult, type Seen } from './debrief';
import { afterSwitched, type Launch, type StepResult, type Switched } from './launch';
import { invitation, type Message, type Setting } from './message';
import type { Readiness } from './readiness';
import type { StepRunner } from './run';
import type { StepId } from './steps';
import { putBack, readAll, type Stuck, type Switchboard, setAll } from './switches';

/** What the other stage exports, and whether it is what this assembly would deploy there. */
export interface OtherConfig {
  readonly leaves: readonly Leaf[];
  readonly isOfThisAssembly: boolean;
}

/** What the steps read and use. */
export interface Sources {
  readonly setting: Setting;
  readonly board: Switchboard;
  readonly ownConfig: () => Promise<readonly Leaf[]>;
  /** The other stage's; `undefined` where the config has no other stage. */
  readonly otherConfig?: () => Promise<OtherConfig>;
  readonly expectedDifferences: readonly string[];
  readonly funding: () => Promise<readonly Funded[]>;
  /** What runs by itself in the sandbox; `undefined` where the config has none. */
  readonly automation?: readonly Pick<Switched, 'kind' | 'name'>[];
  readonly smoke: () => Promise<SmokeResult>;
  readonly readiness: () => Promise<Readiness | undefined>;
  /** Rules that are on while the window is open. */
  readonly windowRules: readonly string[];
  readonly seenSince: (time: Date) => Promise<Seen>;
  readonly tell: (message: Message) => Promise<void>;
  readonly now: () => Date;
}

/** A readiness that was recorded longer ago says nothing about today. */
const READINESS_HOURS = 24;

/** What each step of the timeline does. */
export function runnersOf(sources: Sources): Record<StepId, StepRunner> {
  return {
    'compare-config': () => compareConfig(sources),
    funding: async () => funding(await sources.funding()),
    'sandbox-automation': (_launch, update) => switchOff(sources, update),
    'webhook-smoke': () => smoke(sources),
    go: () => go(sources),
    'open-window': (_launch, update) => openWindow(sources, update),
    debrief: async (launch) => debriefResult(launch, await sources.seenSince(new Date(launch.at))),
    feedback: async (launch) => feedback(launch),
    'close-war-room': (launch, update) => closeWarRoom(sources, launch, update),
    retrospective: (launch) => retrospective(sources, launch),
  };
}

async function compareConfig({ ownConfig, otherConfig, expectedDifferences }: Sources): Promise<StepResult> {
  if (!otherConfig) return noData('the config has no other stage with a stack Launch to compare with');
  const [ours, { leaves: theirs, isOfThisAssembly }] = await Promise.all([ownConfig(), otherConfig()]);
  if (ours.length === 0 || theirs.length === 0)
    return noData('a stage has not exported its config: deploy Launch there');
  const result = comparisonResult(compare(ours, theirs, expectedDifferences), ours.length);
  if (isOfThisAssembly) return result;
  const says = 'the other stage was not deployed from the same config as this one: deploy both, then compare again';
  return { ...result, verdict: 'fail', says: `${says}; ${result.says}` };
}

function funding(funded: readonly Funded[]): StepResult {
  if (funded.length === 0) return noData('migration.prefunding names no currency, so nothing is required');
  const says = funded.map(({ currency, verdict, required, available, reason }) =>
    [`${currency} ${verdict}: ${available ?? 'unknown'} of ${required}`, reason].filter(Boolean).join(', '),
  );
  return { verdict: fundingVerdict(funded), says: says.join('; '), details: { funded } };
}

async function switchOff({ board, automation }: Sources, update: Parameters<StepRunner>[1]): Promise<StepResult> {
  if (!automation || automation.length === 0)
    return noData("the sandbox's config names nothing in launch.automation that could be switched off");
  const { found, stuck } = await readAll(board, automation);
  // Noted first: whatever happens next, it is known what to put back.
  await update((launch) => afterSwitched(launch, found));
  const failed = [...stuck, ...(await setAll(board, found, () => 'off'))];
  const details = { switchedOff: found, stuck: failed };
  if (failed.length > 0) return { verdict: 'fail', says: `not off: ${named(failed)}`, details };
  return { verdict: 'pass', says: `off and verified: ${names(found)}`, details };
}

async function smoke(sources: Sources): Promise<StepResult> {
  const { id, verdict, reason, steps, evidence } = await sources.smoke();
  const bad = steps
    .filter((step) => step.verdict !== 'pass')
    .map((step) => `${step.id}: ${step.reason ?? step.verdict}`);
  const passed = `${steps.map((step) => step.id).join(', ')} passed`;
  return {
    verdict,
    says: `smoke test ${id}: ${[reason, ...bad].filter(Boolean).join('; ') || passed}`,
    details: {
      smoke: id,
      evidence,
      steps: steps.map((step) => ({ id: step.id, verdict: step.verdict, requestId: step.requestId })),
    },
  };
}

async function go({ setting, readiness, now }: Sources): Promise<StepResult> {
  const again = `run: npm run golive -- readiness --stage ${setting.stage} --record`;
  const found = await readiness();
  if (!found) return noData(`no readiness was recorded; ${again}`);
  const hours = (now().getTime() - Date.parse(found.at)) / 3_600_000;
  const details = { ...found };
  if (hours > READINESS_HOURS)
    return {
      ...noData(`the readiness recorded last is of ${found.at}, older than ${READINESS_HOURS} h; ${again}`),
      details,
    };
  if (found.decision === 'go') return { verdict: 'pass', says: `go, recorded at ${found.at}`, details };
  return { verdict: 'fail', says: `no-go, recorded at ${found.at}: ${found.reasons.slice(0, 5).join('; ')}`, details };
}

async function openWindow({ board, windowRules }: Sources, update: Parameters<StepRunner>[1]): Promise<StepResult> {
  const rules = windowRules.map((name) => ({ kind: 'window rule' as const, name }));
  if (rules.length === 0)
    return noData('the window is open; launch.warRoom names no channel, so routing stays as it is');
  const { found, stuck } = await readAll(board, rules);
  await update((launch) => afterSwitched(launch, found));
  const failed = [...stuck, ...(await setAll(board, found, () => 'on'))];
  const details = { switchedOn: found, stuck: failed };
  if (failed.length > 0) return { verdict: 'fail', says: `the window is open, but not on: ${named(failed)}`, details };
  return { verdict: 'pass', says: `the window is open; on and verified: ${names(found)}`, details };
}

function feedback({ feedback: counted }: Launch): StepResult {
  if (!counted) return noData('nobody has counted yet: npm run golive -- launch feedback --tickets N --link URL');
  return {
    verdict: 'pass',
    says: `${counted.tickets} tickets, ${counted.link}, by ${counted.by}`,
    details: { ...counted },
  };
}

async function closeWarRoom(
  { board }: Sources,
  launch: Launch,
  update: Parameters<StepRunner>[1],
): Promise<StepResult> {
  const { launch: after, stuck } = await putBack(board, launch, 'window rule');
  await update((current) => ({ ...current, switched: after.switched }));
  if (stuck.length > 0) return { verdict: 'fail', says: `not put back: ${named(stuck)}`, details: { stuck } };
  return { verdict: 'pass', says: 'alarms go where they went before the launch', details: {} };
}

async function retrospective({ setting, seenSince, tell, now }: Sources, launch: Launch): Promise<StepResult> {
  const agenda = agendaOf(launch, await seenSince(new Date(launch.at)));
  await tell(invitation(setting, launch, agenda, now()));
  return { verdict: 'pass', says: `everybody is invited; ${agenda.length} points on the agenda`, details: { agenda } };
}

function noData(says: string): StepResult {
  return { verdict: 'no-data', says, details: {} };
}

function names(switched: readonly Pick<Switched, 'name'>[]): string {
  return switched.map(({ name }) => name).join(', ');
}

function named(stuck: readonly Stuck[]): string {
  return stuck.map(({ name, problem }) => `${name} (${problem})`).join(', ');
}
