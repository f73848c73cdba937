const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((days) => days * DAY),
];
const MOST_MARKS = 9;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Round numbers from at most `low` to at least `high`, four to seven of them. */
export function niceSteps(low: number, high: number): number[] {
  const top = high > low ? high : low + 1;
  const rough = (top - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(top / step - 1e-9), first + 1);
  // Counted in steps, so that no sum of binary fractions shows.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** `1200000` as `1.2M`. */
export function numberLabel(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trimmed(value / 1e9)}G`;
  if (size >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (size >= 10_000) return `${trimmed(value / 1e3)}k`;
  return trimmed(value);
}

const trimmed = (value: number) => String(Number(value.toPrecision(6)));

/** Marks at round times in UTC (milliseconds since 1970), and what the axis is called. */
export function timeSteps(from: number, to: number): { marks: { at: number; label: string }[]; caption: string } {
  const step = TIME_STEPS.find((candidate) => (to - from) / candidate <= MOST_MARKS) ?? (TIME_STEPS.at(-1) as number);
  const marks: { at: number; label: string }[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) marks.push({ at, label: timeLabel(at, step) });
  const [first, last] = [date(from), date(to)];
  return { marks, caption: first === last ? `${first}, UTC` : `${first} to ${last}, UTC` };
}

function timeLabel(at: number, step: number): string {
  const time = new Date(at);
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  if (step >= DAY) return day;
  // Midnight tells the day.
  return at % DAY === 0 ? day : time.toISOString().slice(11, 16);
}

function date(at: number): string {
  const time = new Date(at);
  return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`;
}
