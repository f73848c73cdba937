import { gunzipSync } from 'node:zlib';
import { readable, type World } from './world';

/** A place where something may have been written, and all that is there. */
export interface Trace {
  readonly place: string;
  readonly text: string;
}

/** Everything that was logged, and every event and object that outlives a webhook: where a secret must never be. */
export async function traces(world: World): Promise<Trace[]> {
  const items = await world.inbox();
  return [
    ...world.functions.map(({ name, logs }) => ({ place: `the log of ${name}`, text: logs.join('\n') })),
    { place: 'the access log', text: world.edge.accessLog.join('\n') },
    { place: 'the inbox', text: items.map(readable).join('\n') },
    { place: 'the replay archive', text: JSON.stringify(world.events.archived) },
    { place: 'archive and evidence', text: [...world.s3.objects.values()].map(content).join('') },
  ];
}

function content(object: Buffer): string {
  const zipped = object[0] === 0x1f && object[1] === 0x8b;
  return (zipped ? gunzipSync(object) : object).toString();
}

/** Sum of each metric that the functions emitted (CloudWatch embedded metric format). */
export function metricSums(world: World): Map<string, number> {
  const totals = new Map<string, number>();
  for (const line of world.functions.flatMap(({ logs }) => logs)) {
    if (!line.includes('"CloudWatchMetrics"')) continue;
    const record = JSON.parse(line);
    for (const { Metrics } of record._aws.CloudWatchMetrics) {
      for (const { Name } of Metrics)
        totals.set(Name, (totals.get(Name) ?? 0) + [record[Name]].flat().reduce((a: number, b: number) => a + b, 0));
    }
  }
  return totals;
}
