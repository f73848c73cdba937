import * as z from 'zod';
import type { Finding } from '../payca/evidence';
import { dueHours, type Expectation, type Figures, figures, type Hour, type Surroundings } from './figures';
import { figuresMessage, type Message, noDataMessage } from './text';

/** The key figures are watched hourly for the first 48 hours. */
const LINE = '9.1';
const HOUR_MS = 60 * 60 * 1000;

/** What the report needs of the world. */
export interface Reporter {
  readonly stage: string;
  readonly expectation: Expectation;
  /** Counts the hour that begins then. */
  readonly count: (from: string) => Promise<Hour>;
  readonly surroundings: () => Promise<Surroundings>;
  readonly record: (finding: Finding) => Promise<void>;
  readonly tell: (message: Message) => Promise<void>;
}

/** How far the report of a launch has come. */
export interface Reported {
  /** When the window was opened: another launch begins anew. */
  readonly opened: string;
  /** The last hour that was told. */
  readonly told?: string;
  /** An hour that is recorded and perhaps not told yet. */
  readonly recorded?: string;
}

const launchSchema = z.object({
  phase: z.string(),
  steps: z.object({ 'open-window': z.object({ state: z.string(), at: z.iso.datetime() }).optional() }),
});
/** Phases of a launch that is not taken back. */
const LIVE = ['scheduled', 'on hold', 'over'];

/** When the change window was opened, of a launch as the timeline keeps it; `undefined` before, and when it was taken back. */
export function openedAt(launch: unknown): string | undefined {
  const { phase = '', steps } = launchSchema.safeParse(launch).data ?? {};
  const window = steps?.['open-window'];
  return window?.state === 'done' && LIVE.includes(phase) ? window.at : undefined;
}

/** Tells and records every hour that is due; what was told is remembered hour by hour, so that no hour is left out. */
export async function report(
  reporter: Reporter,
  { former, remember }: { former: Reported; remember: (reported: Reported) => Promise<void> },
  now: Date,
): Promise<void> {
  let reported = former;
  for (const from of dueHours(former.opened, former.told, now)) {
    const number = hourNumber(former.opened, from);
    const found = await figuresOf(reporter, from).catch((error: unknown) => error);
    if (!isFigures(found)) {
      // The hour stays due: it is counted by the next run, and meanwhile people know that they know nothing.
      await reporter.record({ line: LINE, verdict: 'no-data', details: { from, problem: nameOf(found) } });
      return reporter.tell(noDataMessage(reporter.stage, number, from));
    }
    if (reported.recorded !== from) await reporter.record(finding(number, found));
    reported = { ...reported, recorded: from };
    await remember(reported);
    await reporter.tell(figuresMessage(reporter.stage, number, found));
    reported = { ...reported, told: from };
    await remember(reported);
  }
}

/** The figures of the last `hours` hours that are over, oldest first, without a record. */
export async function lastHours(reporter: Reporter, hours: number, now: Date): Promise<Figures[]> {
  const current = Math.floor(now.getTime() / HOUR_MS);
  const wanted = Array.from({ length: hours }, (_, back) => new Date((current - hours + back) * HOUR_MS).toISOString());
  return Promise.all(wanted.map((from) => figuresOf(reporter, from)));
}

async function figuresOf({ count, surroundings, expectation }: Reporter, from: string): Promise<Figures> {
  const before = new Date(Date.parse(from) - HOUR_MS).toISOString();
  const [hour, hourBefore, around] = await Promise.all([count(from), count(before), surroundings()]);
  return figures(hour, hourBefore, expectation, around);
}

function finding(hour: number, found: Figures): Finding {
  const { verdict, ...details } = found;
  return { line: LINE, verdict, details: { hour, ...details } };
}

function hourNumber(opened: string, from: string): number {
  return Math.floor(Date.parse(from) / HOUR_MS) - Math.floor(Date.parse(opened) / HOUR_MS) + 1;
}

const isFigures = (found: unknown): found is Figures => !(found instanceof Error);
const nameOf = (found: unknown) => (found instanceof Error ? found.name : 'Unknown');
