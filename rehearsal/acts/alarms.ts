import type { MetricAlarm } from '../../lib/monitoring/evaluation/alarm-state';
import { AlarmMessages } from '../alarm-messages';
import { AlarmStory, Timeline } from '../alarm-story';
import { Business } from '../business';
import { Metrics, type Reading } from '../metrics';
import { Random } from '../payca';
import type { Act, Scene } from './act';
import { type Cause, causes, PLENTY, type Site, smokeTest, subscribe } from './alarm-causes';

const MINUTE_MS = 60_000;
/** Of the schedules that watch and sweep. */
const SCHEDULE_MINUTES = 5;
/** Longer than the longest window of an alarm that real traffic raises. */
const QUIET_MINUTES = 70;

/** Every alarm of the template raised, told to its channels, and over again. */
export const alarms: Act = {
  id: 'alarms',
  title:
    'Each alarm raised and over again, by real traffic and faults where these do it; told once; PayCA down is one page',
  long: true,
  play: async (scene) => {
    const part = await begin(scene);
    for (const cause of part.causes) await happens(part, cause);
    await bySamples(part);
    complete(part);
    messages(part);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

interface Part extends Scene, Site {
  readonly story: AlarmStory;
  readonly metrics: Metrics;
  readonly causes: readonly Cause[];
  /** What schedules report while all is well. */
  readonly usual: Reading;
}

async function begin(scene: Scene): Promise<Part> {
  const { world, credentials, seed } = scene;
  const story = new AlarmStory(world);
  const currencies = story.alarms
    .flatMap((alarm) => (alarm.kind === 'metric' ? [...alarm.metrics.values()] : []))
    .flatMap(({ metric, dimensions: { Currency } }) => (metric === 'BalanceAvailable' && Currency ? [Currency] : []));
  for (const currency of currencies)
    world.payca.balances.set(currency, { available: PLENTY, pending: '0.00', feesThisMonth: '0.00' });
  await world.supply(credentials);
  const random = new Random(seed);
  const business = new Business(world);
  await subscribe({ world, credentials, random, business });
  const metrics = new Metrics(world);
  await smokeTest({ world }, 'deploy');
  await metrics.take();
  await world.tick();
  const usual = await metrics.take();
  return { ...scene, story, metrics, causes: causes(currencies), usual, random, business };
}

/** An hour as usual, what goes wrong, and more than an hour as usual again; every alarm of the template is judged. */
async function happens(part: Part, { id, raises, explains = [], daily = false, steps, mend }: Cause): Promise<void> {
  const { world, story, metrics, usual, check } = part;
  const timeline = new Timeline(story.start);
  timeline.repeat(usual, QUIET_MINUTES, SCHEDULE_MINUTES);
  for (const step of [...steps, mend]) {
    await step(part);
    world.moveClock(SCHEDULE_MINUTES * MINUTE_MS);
    await world.sources.drained();
    await world.tick({ daily });
    timeline.add(await metrics.take(), SCHEDULE_MINUTES);
  }
  timeline.repeat(usual, QUIET_MINUTES, SCHEDULE_MINUTES);
  const histories = story.judge(story.alarms, timeline, story.start + (QUIET_MINUTES - 5) * MINUTE_MS);
  await story.tell(histories);
  const raised = histories.filter(({ changes }) => changes.some(({ to }) => to === 'ALARM'));
  const signals = explains.filter((name) => !raised.some(({ alarm }) => story.short(alarm.name) === name));
  const problems = [...story.wrong(histories, raises), ...signals.map((name) => `${name} was not raised`)];
  const explained = explains.length > 0 ? `; nobody was told of ${explains.join(', ')}` : '';
  const detail = `${raises.join(', ')}: raised, told to every channel of theirs, resolved${explained}`;
  check(id, problems.length === 0, problems.slice(0, 4).join('; ') || detail);
}

/** What other services measure, and what takes weeks: values are made up on both sides of the threshold. */
async function bySamples({ story, check }: Part): Promise<void> {
  const left = story.told.filter(
    (alarm): alarm is MetricAlarm =>
      alarm.kind === 'metric' && alarm.notEvaluated === undefined && !story.driven.has(story.short(alarm.name)),
  );
  const histories = left.flatMap((alarm) => {
    const minutes = (alarm.period / 60) * alarm.evaluationPeriods;
    const every = Math.max(1, Math.floor(alarm.period / 600));
    const timeline = new Timeline(story.start);
    for (const [good, times] of [
      [true, 1],
      [false, 1],
      [true, 2],
    ] as const)
      timeline.repeat(samplesOf(alarm, good), times * minutes, every);
    return story.judge([alarm], timeline, story.start + minutes * MINUTE_MS);
  });
  await story.tell(histories);
  const names = left.map(({ name }) => story.short(name));
  const problems = story.wrong(histories, names);
  const detail = `raised by samples only, told, resolved: ${names.join(', ')}`;
  check('by-samples', problems.length === 0, problems.slice(0, 4).join('; ') || detail);
}

function samplesOf({ metrics, comparison, threshold }: MetricAlarm, good: boolean): Reading {
  const above = comparison.startsWith('GreaterThan');
  const [fine, wrong] = above ? [0, threshold + 1] : [threshold + 1, threshold - 1];
  const value = good ? fine : wrong;
  return [...metrics.values()].map(({ namespace, metric, dimensions }) => ({ namespace, metric, dimensions, value }));
}

/** Each alarm of the template was raised and is over; a band is CloudWatch's own to learn. */
function complete({ story, check }: Part): void {
  const bands = story.told.filter((alarm) => alarm.kind === 'metric' && alarm.notEvaluated !== undefined);
  const judged = story.told.filter((alarm) => !bands.includes(alarm)).map(({ name }) => story.short(name));
  const missing = judged.filter((name) => !story.driven.has(name)).map((name) => `${name} was never raised`);
  const unjudged = bands.map(({ name }) => `; not judged here: ${story.short(name)}, by a band that CloudWatch learns`);
  const detail = `${judged.length} alarms raised and resolved${unjudged.join('')}`;
  check('every-alarm', missing.length === 0, missing.join('; ') || detail);
}

/** Each message as its receiver got it: whoever is woken by it needs nothing else to begin with. */
function messages({ world, story, check }: Part): void {
  const { channels } = story;
  const wanted = new AlarmMessages(world.deployment);
  let read = 0;
  const problems = [...story.driven].flatMap((short) => {
    const alarm = `${channels.prefix}${short}`;
    const triggers = channels.hearing(alarm).flatMap((channel) =>
      channels
        .told(channel, alarm)
        .filter(({ action }) => action === 'trigger')
        .map((told) => ({ ...told, channel: channel.settings.name })),
    );
    read += triggers.length;
    if (triggers.length === 0) return [`nobody was told of ${short}`];
    return triggers.flatMap((told) => wanted.lacks(alarm, told).map((part) => `${told.channel}, ${short}: ${part}`));
  });
  const detail = `${read} messages about ${story.driven.size} alarms, each with command, impact, runbook page, dashboard, next person, PayCA's hotline and e-mail`;
  check('messages', problems.length === 0 && read > 0, problems.slice(0, 4).join('; ') || detail);
}
