const DAY_MS = 24 * 60 * 60 * 1000;

/** What is reconciled: from one instant up to, not including, another, in milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Which side of the period a moment is on; `far` is further away than the timing window. */
export type Zone = 'before' | 'in' | 'after' | 'far';

export function zoneOf(at: number, { from, to }: Period, windowMs: number): Zone {
  if (at >= from && at < to) return 'in';
  if (at < from) return at >= from - windowMs ? 'before' : 'far';
  return at < to + windowMs ? 'after' : 'far';
}

/** Where a business day begins: a zone of the IANA database, and the time of the day, `HH:MM`, on its clocks. */
export interface DayRule {
  readonly zone: string;
  readonly cutOff: string;
}

/** The business day of a date, YYYY-MM-DD; of 23 or 25 hours when the clocks change. */
export function businessDay(date: string, { zone, cutOff }: DayRule): Period {
  return { from: instantOf(`${date}T${cutOff}`, zone), to: instantOf(`${daysLater(date, 1)}T${cutOff}`, zone) };
}

/** The date, YYYY-MM-DD, of the business day that a moment is in. */
export function dayOf(at: number, rule: DayRule): string {
  const date = new Date(at + offsetAt(at, rule.zone)).toISOString().slice(0, 10);
  // Before the cut-off it is still the day before.
  return at < businessDay(date, rule).from ? daysLater(date, -1) : date;
}

function daysLater(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The instant at which the clocks of `zone` show `local`, `2027-01-11T09:30`: of two the earlier; what the clocks skip is as
 * much later.
 */
export function instantOf(local: string, zone: string): number {
  const wanted = Date.parse(`${local}Z`);
  const [before, after] = [wanted - DAY_MS, wanted + DAY_MS].map((near) => wanted - offsetAt(near, zone));
  const candidates = [before, after] as [number, number];
  return candidates.find((at) => at + offsetAt(at, zone) === wanted) ?? candidates[0];
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** By how many milliseconds the clocks of `zone` are ahead of UTC. */
function offsetAt(at: number, zone: string): number {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second } = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - Math.floor(at / 1000) * 1000;
}
