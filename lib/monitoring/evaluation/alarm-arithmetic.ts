import { atLeast, binomial, type Distribution } from './binomial';

/** An alarm on `f` failures of `n` deliveries in a window that slides by one minute, 1 of 1 data points. */
export interface RateAlarm {
  readonly windowMinutes: number;
  /** The fewest failures of `n` that fire; more fire too. Infinity where none do. */
  readonly firesFrom: (n: number) => number;
}

/** How often an alarm fires though the true rate is a healthy one. */
export interface FalseAlarms {
  /** Chance that one window fires. */
  readonly perWindow: number;
  /** Expected times a day that the alarm goes from OK to ALARM: each is one message. */
  readonly perDay: number;
}

/** Windows of up to this many deliveries are looked at. */
export const MOST_DELIVERIES = 10_000;
const MINUTES_PER_DAY = 24 * 60;
export const DAYS_PER_MONTH = 30;

/**
 * Exact for deliveries that come evenly, `n` in every window, and fail independently with chance `rate`.
 *
 * A window and the next have all minutes but one in common: `common` failures in what they share, `leaving` in the
 * minute that leaves, `entering` in the one that comes. An alarm begins where common + entering fires and
 * common + leaving does not. Deliveries that come unevenly make fewer alarms begin: in the extreme, all in one minute,
 * every burst is one window.
 */
export function falseAlarms(alarm: RateAlarm, n: number, rate: number): FalseAlarms {
  const least = alarm.firesFrom(n);
  if (least > n) return { perWindow: 0, perDay: 0 };
  const perMinute = Math.floor(n / alarm.windowMinutes);
  const fuller = n - perMinute * alarm.windowMinutes;
  // The minutes of a window carry as equal numbers as whole deliveries allow, in the same order again and again.
  const begin =
    (alarm.windowMinutes - fuller) * beginning(n, perMinute, least, rate) +
    fuller * beginning(n, perMinute + 1, least, rate);
  return {
    perWindow: atLeast(binomial(n, rate), least),
    perDay: (begin * MINUTES_PER_DAY) / alarm.windowMinutes,
  };
}

/** The chance that a window fires and the one before did not, when `changing` of its `n` deliveries are new. */
function beginning(n: number, changing: number, least: number, rate: number): number {
  if (changing === 0) return 0;
  const common = binomial(n - changing, rate);
  const changed = binomial(changing, rate);
  let sum = 0;
  let entering = 0;
  for (let wanted = changed.first + changed.chances.length - 1; wanted >= 1; wanted--) {
    entering += chanceOf(changed, wanted);
    sum += chanceOf(common, least - wanted) * entering * (1 - entering);
  }
  return sum;
}

const chanceOf = ({ first, chances }: Distribution, f: number) => chances[f - first] ?? 0;

/** The chance that one window fires when deliveries fail with chance `rate`. */
export function detection(alarm: RateAlarm, n: number, rate: number): number {
  return atLeast(binomial(n, rate), alarm.firesFrom(n));
}

/** The `n` from 1 to 10,000 with the most false alarms, and how many. */
export function worstFalseAlarms(alarm: RateAlarm, rate: number): FalseAlarms & { readonly n: number } {
  let worst = { n: 1, perWindow: 0, perDay: 0 };
  for (let n = 1; n <= MOST_DELIVERIES; n++) {
    if (bound(n, alarm.firesFrom(n), rate) * MINUTES_PER_DAY < worst.perDay) continue;
    const found = falseAlarms(alarm, n, rate);
    if (found.perDay > worst.perDay) worst = { n, ...found };
  }
  return worst;
}

/**
 * Chernoff's bound on the chance that one window begins an alarm: it has to fire, and the one before had to be quiet, and
 * one of the two is unlikely.
 */
function bound(n: number, least: number, rate: number): number {
  const share = least / n;
  if (share > 1) return 0;
  const divergence =
    share * Math.log(share / rate) + (share < 1 ? (1 - share) * Math.log((1 - share) / (1 - rate)) : 0);
  return Math.exp(-n * divergence);
}

/**
 * The fewest failures of `n` for which `fires` holds, found by halving: `fires` must hold for more failures too.
 * A good `guess`, such as what it is for `n - 1`, saves most of the search; a bad one changes nothing.
 */
export function firingPoint(fires: (f: number) => boolean, n: number, guess = n): number {
  if (!fires(n)) return Number.POSITIVE_INFINITY;
  let [below, least] = [-1, n];
  for (const f of [guess, guess - 1, guess + 1]) {
    if (f <= below || f >= least) continue;
    if (fires(f)) least = f;
    else below = f;
  }
  while (least - below > 1) {
    const middle = Math.floor((below + least) / 2);
    if (fires(middle)) least = middle;
    else below = middle;
  }
  return least;
}
