import type { RehearsedChannel } from '../channels';
import { golive } from '../operator';
import type { Resource } from '../template';
import type { World } from '../world';
import type { Part } from './escalation';

/** The alarm of the template whose metrics are a queue's. */
export function watching({ deployment }: World, { name }: Resource): Resource {
  const found = deployment
    .resources('AWS::CloudWatch::Alarm')
    .find(({ properties }) => JSON.stringify(properties.Metrics ?? []).includes(JSON.stringify(name)));
  if (!found) throw new Error(`no alarm watches the queue ${name}`);
  return found;
}

/** An operator's drill of an alarm of the template, and one that is refused because the alarm is real. */
export async function drill(part: Part): Promise<void> {
  const { world, channels, check } = part;
  const [practised, real] = channels.all.map(({ queue }) => watching(world, queue).name);
  if (!practised) return;
  if (real) world.cloudWatch.set(real, 'ALARM', 'for real');
  const pump = setInterval(() => void world.sources.drained(), 100);
  const [done, refused] = await Promise.all([
    golive(world, ['drill', practised, '--timeout', '60']),
    real ? golive(world, ['drill', real]) : undefined,
  ]).finally(() => clearInterval(pump));
  await world.sources.drained();
  const messages = channels.hearing(practised).map((channel) => channels.told(channel, practised).slice(-2));
  const marked = messages.every(
    (pair) =>
      pair.length === 2 &&
      pair.every(({ action, text }) => /^DRILL /.test(text) || (action === 'resolve' && text === '')),
  );
  check('drill', done.code === 0 && marked, done.code === 0 ? (done.text.split('\n').at(0) ?? '') : done.text);
  const record = [...world.s3.objects].find(([name]) => name.endsWith('/5.6.json'))?.[1].toString() ?? '{}';
  const { verdict, details } = JSON.parse(record);
  const { value } = world.cloudWatch.state(practised);
  const recorded = verdict === 'pass' && details.alarm === practised && value === 'OK';
  check('drill-evidence', recorded, recorded ? `recorded for line 5.6, and the alarm is ${value} again` : record);
  await tracker({ world, check }, channels.hearing(practised));
  if (!real || !refused) return;
  check('drill-refused', refused.code !== 0 && /for real/.test(refused.text), refused.text);
  world.cloudWatch.set(real, 'OK', 'over');
  await world.sources.drained();
}

/** Where a channel of the drill is a tracker, its incident shows line 6.4, and the readiness knows. */
async function tracker(
  { world, check }: Pick<Part, 'world' | 'check'>,
  told: readonly RehearsedChannel[],
): Promise<void> {
  if (!told.some(({ settings: { kind } }) => kind === 'pagerduty' || kind === 'jira')) return;
  const { lines } = JSON.parse((await golive(world, ['readiness', '--json'])).text);
  const line = lines.find(({ id }: { id: string }) => id === '6.4');
  check('drill-tracker', line?.verdict === 'pass', `line 6.4 of the readiness: ${line?.verdict}, ${line?.says}`);
}
