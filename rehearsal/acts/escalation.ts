import { AwsFault, type Call } from '../aws/gate';
import { Channels } from '../channels';
import type { Sent } from '../receiver';
import type { Behaviour } from '../receivers';
import type { Resource } from '../template';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { drill, watching } from './drill';

const MINUTE_MS = 60_000;
/** Longer than the longest pause between two tries. */
const NEXT_TRY_MS = 20 * MINUTE_MS;

/** Changes of alarms on their way to people, through everything that a receiver can do wrong. */
export const escalation: Act = {
  id: 'escalation',
  title: 'Alarms to every channel: nothing lost, nothing doubled, all resolved in the end; the fallback; a drill',
  play: async (scene) => {
    const channels = new Channels(scene.world);
    if (channels.all.length === 0) return scene.check('channels', true, 'the config has no channels: nothing to tell');
    const part = { ...scene, channels };
    await withoutKeys(part);
    await anyText(part);
    await notHeard(part);
    await twice(part);
    await outOfOrder(part);
    for (const fault of FAULTS) await fails(part, fault);
    await overtaken(part);
    await halfOfABatch(part);
    await changedKeys(part);
    await brokenPath(part);
    await drill(part);
    inTheEnd(part);
  },
};

export type Part = Scene & { readonly channels: Channels };

/** A check that passes when nothing is wrong. */
function judge({ check }: Part, id: string, wrong: readonly string[], detail: string): void {
  check(id, wrong.length === 0, wrong.slice(0, 3).join('; ') || detail);
}

/** Lets pauses between tries pass until nothing waits any more; on a slow machine a call can take one more try. */
async function settled({ world, channels }: Part): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    await world.sources.drained();
    if (channels.all.every(({ queue }) => world.sqs.held(queue.arn) === 0)) return;
    world.moveClock(NEXT_TRY_MS);
  }
}

/** Every receiver behaves like that, SNS too; `who` narrows it to calls whose text has that in it. */
function behave(world: World, behaviour: Behaviour, who = ''): void {
  world.receivers.behaviour = ({ text, path }: Sent) => (`${path}${text}`.includes(who) ? behaviour : 'up');
  const fault = behaviour === 'down' ? 'reset' : new AwsFault('InternalError', 'rehearsed', 500);
  const concerned = ({ service, body }: Call) =>
    behaviour !== 'up' && service === 'sns' && body.toString().includes(who);
  world.gate.faults = { before: (call) => (concerned(call) ? fault : undefined) };
}

const names = ({ channels }: Part) => channels.all.map(({ settings }) => settings.name).join(', ');

async function withoutKeys(part: Part): Promise<void> {
  const { world, channels } = part;
  const keyed = channels.all.filter(({ secretArn }) => secretArn);
  const alarms = channels.alarms('no-key');
  channels.change(alarms, 'ALARM');
  await world.sources.drained();
  const early = keyed.flatMap((channel) => alarms.flatMap((alarm) => channels.told(channel, alarm)));
  const silent = keyed.filter(({ lambda }) => !lambda.logs.some((line) => line.includes('not supplied')));
  const wrong = [
    ...early.map(() => 'a receiver was told without a key'),
    ...silent.map(({ settings }) => `the log of ${settings.name} does not say that its key is missing`),
  ];
  if (keyed.length > 0)
    judge(part, 'key-not-supplied', wrong, `${keyed.length} channel(s) wait for their keys and say so`);
  channels.supply(channels.issueKeys());
  await settled(part);
  channels.change(alarms, 'OK');
  await settled(part);
  const detail = `${names(part)}: told once the keys are supplied, without a deploy`;
  judge(part, 'told', channels.wrong(alarms, 'trigger', 'resolve'), detail);
}

/** Texts that no receiver would take as they are. */
async function anyText(part: Part): Promise<void> {
  const { world, channels } = part;
  const descriptions = {
    long: `${'x'.repeat(1023)}\u{1f4a5}`,
    unicode: '\u{1f4a5}\u0000\u2028 zażółć <!channel> & "\n'.repeat(50).slice(0, 1024),
    none: '',
    broken: '\ud83d half of a pair',
  };
  const alarms = Object.entries(descriptions).flatMap(([row, description]) => {
    const own = channels.alarms(`text-${row}`);
    const at = channels.nextMoment();
    for (const alarm of own)
      world.cloudWatch.tell({ alarm, value: 'ALARM', at, description, reason: description.repeat(2).slice(0, 1023) });
    return own;
  });
  await settled(part);
  judge(part, 'any-text', channels.wrong(alarms, 'trigger'), 'long, empty, and in any script: taken by every receiver');
  channels.change(alarms, 'OK');
  await settled(part);
}

async function notHeard(part: Part): Promise<void> {
  const { world, channels } = part;
  const known = channels.alarms('unknown-state');
  channels.change(known, 'INSUFFICIENT_DATA');
  const fresh = channels.alarms('never-raised');
  channels.change(fresh, 'OK');
  const suppressed = channels.alarms('suppressed');
  const at = channels.nextMoment();
  for (const alarm of suppressed)
    world.cloudWatch.tell({ alarm, value: 'ALARM', reason: 'rehearsed', at, suppressedBy: 'Alarm' });
  const others = known.map((alarm) => alarm.replace(channels.prefix, 'payca-rehearsed-elsewhere-'));
  channels.change(others, 'ALARM');
  await settled(part);
  const wrong = channels.wrong([...known, ...fresh, ...suppressed, ...others]);
  judge(part, 'not-heard', wrong, 'no data, an end without a beginning, what another alarm explains, another stage');
}

async function twice(part: Part): Promise<void> {
  const { channels } = part;
  const alarms = channels.alarms('twice');
  for (const value of ['ALARM', 'OK'] as const) {
    const at = channels.nextMoment();
    for (let copies = 0; copies < 3; copies += 1) channels.change(alarms, value, at);
    await settled(part);
    channels.change(alarms, value, at);
    await settled(part);
  }
  judge(part, 'duplicates', channels.wrong(alarms, 'trigger', 'resolve'), 'four copies of each event: told once');
}

async function outOfOrder(part: Part): Promise<void> {
  const { world, channels } = part;
  const moments = [channels.nextMoment(), channels.nextMoment(), channels.nextMoment(), channels.nextMoment()];
  const send = async (alarms: string[], value: 'ALARM' | 'OK', moment: number) => {
    channels.change(alarms, value, moments[moment]);
    await settled(part);
  };
  const ended = channels.alarms('end-first');
  await send(ended, 'OK', 1);
  await send(ended, 'ALARM', 0);
  const again = channels.alarms('again');
  await send(again, 'ALARM', 0);
  await send(again, 'ALARM', 2);
  await send(again, 'OK', 1);
  const open = world.receivers.pagerDuty.incidents.filter((one) => one.open).map(({ dedupKey }) => dedupKey);
  const paged = again.filter((alarm) => channels.hearing(alarm).some(({ settings }) => settings.kind === 'pagerduty'));
  const closed = paged.filter((alarm) => !open.includes(alarm)).map((alarm) => `${alarm} was closed by an old event`);
  await send(again, 'OK', 3);
  const wrong = [
    ...channels.wrong(ended, 'trigger', 'resolve'),
    ...closed,
    ...channels.wrong(again, 'trigger', 'trigger', 'resolve'),
  ];
  judge(
    part,
    'out-of-order',
    wrong,
    'an end before its beginning closes it; an old end does not close a new beginning',
  );
}

const FAULTS: readonly { readonly id: string; readonly behaviour: Behaviour }[] = [
  { id: 'down', behaviour: 'down' },
  { id: 'slow', behaviour: 'slow' },
  { id: 'rate-limited', behaviour: 429 },
  { id: 'server-error', behaviour: 503 },
  { id: 'refused', behaviour: 400 },
];

/** One alarm ends while its receiver fails, another one afterwards: both are told, in order. */
async function fails(part: Part, { id, behaviour }: (typeof FAULTS)[number]): Promise<void> {
  const { world, channels } = part;
  const [over, lasting] = [channels.alarms(`${id}-over`), channels.alarms(`${id}-lasting`)];
  behave(world, behaviour);
  channels.change([...over, ...lasting], 'ALARM');
  channels.change(over, 'OK');
  await world.sources.drained();
  const early = channels.wrong([...over, ...lasting]).map((one) => `${one} while it failed`);
  behave(world, 'up');
  await settled(part);
  channels.change(lasting, 'OK');
  await settled(part);
  const wrong = [...early, ...channels.wrong([...over, ...lasting], 'trigger', 'resolve')];
  judge(
    part,
    id,
    wrong,
    `nothing told while it failed, all told afterwards, ${over.length + lasting.length} alarms resolved`,
  );
}

/** The end comes through while the beginning waits for its next try. */
async function overtaken(part: Part): Promise<void> {
  const { world, channels } = part;
  const alarms = channels.alarms('overtaken');
  behave(world, 500);
  channels.change(alarms, 'ALARM');
  await world.sources.drained();
  behave(world, 'up');
  channels.change(alarms, 'OK');
  await world.sources.drained();
  await settled(part);
  const wrong = channels.wrong(alarms, 'trigger', 'resolve');
  judge(part, 'overtaken', wrong, 'an alarm that waited is told after its end, and closed at once');
}

async function halfOfABatch(part: Part): Promise<void> {
  const { world, channels } = part;
  const [good, bad] = [channels.alarms('half-good'), channels.alarms('half-bad')];
  behave(world, 500, 'half-bad');
  channels.change([...good, ...bad], 'ALARM');
  await world.sources.drained();
  const wrong = [...channels.wrong(good, 'trigger'), ...channels.wrong(bad)];
  behave(world, 'up');
  await settled(part);
  wrong.push(...channels.wrong([...good, ...bad], 'trigger'));
  channels.change([...good, ...bad], 'OK');
  await settled(part);
  wrong.push(...channels.wrong([...good, ...bad], 'trigger', 'resolve'));
  judge(part, 'half-of-a-batch', wrong, 'what fails holds nothing up and is told later, once');
}

async function changedKeys(part: Part): Promise<void> {
  const { world, channels } = part;
  const keys = channels.issueKeys();
  if (keys.size === 0) return;
  const alarms = channels.alarms('new-key');
  channels.change(alarms, 'ALARM');
  await world.sources.drained();
  const early = [...keys.keys()].flatMap((channel) => alarms.flatMap((alarm) => channels.told(channel, alarm)));
  channels.supply(keys);
  await settled(part);
  channels.change(alarms, 'OK');
  await settled(part);
  const wrong = [...early.map(() => 'a receiver took an old key'), ...channels.wrong(alarms, 'trigger', 'resolve')];
  judge(part, 'key-changed', wrong, 'refused with the old key, told with the new one, without a deploy');
}

/** Nothing gets through for a quarter of an hour: the alarm about that goes past the channels. */
async function brokenPath(part: Part): Promise<void> {
  const { world, channels, check } = part;
  const before = world.sns.messages.length;
  const alarms = channels.alarms('broken');
  behave(world, 'down');
  channels.change(alarms, 'ALARM');
  const watches = channels.all.map(({ queue, deadLetters }) => ({ alarm: watching(world, queue), queue, deadLetters }));
  const minutes = Number(watches[0]?.alarm.properties.EvaluationPeriods);
  const quiet = new Set<Resource>();
  for (let minute = 0; minute < minutes; minute += 1) {
    await world.sources.drained();
    for (const { alarm, queue, deadLetters } of watches)
      if (world.sqs.held(queue.arn) + world.sqs.held(deadLetters.arn) === 0) quiet.add(alarm);
    world.moveClock(MINUTE_MS);
  }
  for (const { alarm } of watches) world.cloudWatch.set(alarm.name, 'ALARM', 'something has waited for 15 minutes');
  const told = world.sns.messages.slice(before).map(({ topicArn }) => world.sns.subscribers(topicArn));
  const loud = watches.filter(({ alarm }) => alarm.properties.ActionsEnabled !== false);
  const heard = [...new Set(told.flat())].join(', ') || 'nobody';
  check(
    'fallback',
    quiet.size === 0 && told.length === loud.length && told.every((mails) => mails.length > 0),
    `${told.length} of ${loud.length} alarms about channels reached ${heard} while no channel worked`,
  );
  behave(world, 'up');
  await settled(part);
  channels.change(alarms, 'OK');
  for (const { alarm } of watches) world.cloudWatch.set(alarm.name, 'OK', 'nothing waits any more');
  await settled(part);
  const left = watches.flatMap(({ queue, deadLetters }) =>
    world.sqs.held(queue.arn) + world.sqs.held(deadLetters.arn) > 0 ? [`${queue.logicalId} is not empty`] : [],
  );
  const wrong = [...left, ...channels.wrong(alarms, 'trigger', 'resolve')];
  judge(part, 'after-the-outage', wrong, 'all that waited was told, and nothing waits');
}

function inTheEnd(part: Part): void {
  const { world, channels } = part;
  const { pagerDuty, slack, jira, json, strays } = world.receivers;
  const open = pagerDuty.incidents.filter((incident) => incident.open).map(({ dedupKey }) => `${dedupKey} is open`);
  const taken = [pagerDuty.taken, slack.messages, jira.issues, json.messages, world.sns.messages];
  judge(
    part,
    'resolved',
    open,
    `${pagerDuty.incidents.length} incidents, none open; ${taken.flat().length} messages taken by receivers`,
  );
  const places = [
    ...channels.all.map(({ settings, lambda }) => ({
      place: `the log of ${settings.name}`,
      text: lambda.logs.join('\n'),
    })),
    { place: 'a message', text: JSON.stringify(taken) },
  ];
  const leaks = places.filter(({ text }) => channels.keys.some((key) => text.includes(key)));
  judge(
    part,
    'nothing-leaked',
    leaks.map(({ place }) => `a key is in ${place}`),
    `${channels.keys.length} keys: in no log and no message`,
  );
  judge(
    part,
    'permitted',
    [...new Set([...world.gate.refusals, ...strays])],
    'every call is allowed by role, key and topic, and was meant',
  );
}
