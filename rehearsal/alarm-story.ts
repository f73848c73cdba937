import {
  type AlarmDefinition,
  type AlarmHistory,
  readAlarms,
  replayAlarms,
} from '../lib/monitoring/evaluation/alarm-replay';
import { Recording, type Sample } from '../lib/monitoring/evaluation/metric-samples';
import { Channels } from './channels';
import type { Reading } from './metrics';
import type { World } from './world';

const MINUTE_MS = 60_000;
/** What is read is stamped with the story's own time, which begins when the config expects traffic. */
const EXPECTED_FROM = /EPOCH\(\w+\) >= (\d+)/g;

/** Metrics in the order of their minutes. */
export class Timeline {
  readonly samples: Sample[] = [];

  constructor(
    readonly start: number,
    private minute = 0,
  ) {}

  get now(): number {
    return this.start + this.minute * MINUTE_MS;
  }

  /** What was measured in this minute; then `minutes` pass. */
  add(reading: Reading, minutes: number): void {
    this.samples.push(...reading.map((one) => ({ ...one, timestamp: this.now })));
    this.minute += minutes;
  }

  repeat(reading: Reading, minutes: number, every: number): void {
    for (let passed = 0; passed < minutes; passed += every) this.add(reading, every);
  }
}

/** The template's alarms: judged on timelines, and their changes told as CloudWatch tells them. */
export class AlarmStory {
  readonly channels: Channels;
  readonly alarms: readonly AlarmDefinition[];
  /** Milliseconds since 1970. */
  readonly start: number;
  /** Alarms that were raised and recovered. */
  readonly driven = new Set<string>();
  /** How many messages about an alarm each channel had at the last look. */
  private readonly heard = new Map<string, number>();

  constructor(private readonly world: World) {
    const resources = world.deployment.resources('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm');
    this.alarms = readAlarms(resources);
    const times = [...JSON.stringify(resources.map(({ properties }) => properties)).matchAll(EXPECTED_FROM)];
    this.start = Math.max(0, ...times.map(([, seconds]) => Number(seconds) * 1000));
    this.channels = new Channels(world);
    this.channels.supply(this.channels.issueKeys());
  }

  /** Those that people may be told of: a signal speaks through its composite alarm only. */
  get told(): readonly AlarmDefinition[] {
    return this.alarms.filter(({ name }) => !name.endsWith('-signal'));
  }

  /** The name without the stage: `webhook-outage-page`. */
  short(name: string): string {
    return name.slice(this.channels.prefix.length);
  }

  judge(alarms: readonly AlarmDefinition[], { samples, now }: Timeline, from: number): AlarmHistory[] {
    return replayAlarms(alarms, new Recording(samples), { from, to: now });
  }

  /** Tells every change, minute by minute. */
  async tell(histories: readonly AlarmHistory[]): Promise<void> {
    const changes = histories.flatMap(({ alarm, changes }) => changes.map((change) => ({ ...change, alarm })));
    const minutes = [...new Set(changes.map(({ at }) => at))].sort((a, b) => a - b);
    for (const minute of minutes) {
      for (const { alarm, to, reason } of changes.filter(({ at }) => at === minute))
        this.world.cloudWatch.set(alarm.name, to, reason.slice(0, 1023));
      await this.world.sources.drained();
    }
  }

  /** What is wrong when exactly `raised` were to be raised, to recover, and to be told to every channel of theirs. */
  wrong(histories: readonly AlarmHistory[], raised: readonly string[]): string[] {
    const problems = histories
      .filter(({ alarm }) => this.told.includes(alarm))
      .flatMap((history) => this.misjudged(history, raised.includes(this.short(history.alarm.name))));
    const known = this.told.map(({ name }) => this.short(name));
    const missing = raised.filter((name) => !known.includes(name)).map((name) => `there is no alarm ${name}`);
    return [...problems, ...missing, ...this.mistold(raised)];
  }

  private misjudged({ alarm, changes }: AlarmHistory, expected: boolean): string[] {
    const times = changes.filter(({ to }) => to === 'ALARM').length;
    const name = this.short(alarm.name);
    if (!expected) return times > 0 ? [`${name} was raised, too`] : [];
    if (times !== 1) return [`${name} was raised ${times} times`];
    if (changes.at(-1)?.to !== 'OK') return [`${name} did not recover`];
    this.driven.add(name);
    return [];
  }

  /** What channels were told since the last look, otherwise than a beginning and an end of what was raised. */
  private mistold(raised: readonly string[]): string[] {
    return this.told.flatMap(({ name }) =>
      this.channels.hearing(name).flatMap((channel) => {
        const key = `${channel.settings.name} ${name}`;
        const all = this.channels.told(channel, name).map(({ action }) => action);
        const found = all.slice(this.heard.get(key) ?? 0).join();
        this.heard.set(key, all.length);
        const expected = raised.includes(this.short(name)) ? 'trigger,resolve' : '';
        return found === expected ? [] : [`${channel.settings.name} was told [${found}] of ${this.short(name)}`];
      }),
    );
  }
}
