import { businessDay, type DayRule, instantOf } from './period';
import type { StatementFormat } from './settings';

/** Where year, month and day stand. */
const ORDER = { iso: [0, 1, 2], 'day-first': [2, 1, 0], 'month-first': [2, 0, 1] } as const;
const EXAMPLES = { iso: '2027-01-11', 'day-first': '11.01.2027', 'month-first': '01/11/2027' } as const;
const TIME =
  /^(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})(?:[T ](\d\d:\d\d)(?::([0-5]\d(?:\.\d+)?))?\s?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Times as the statement writes them: without an offset on the clocks of the zone; a date alone begins its business day. */
export class TimeReader {
  /** Milliseconds since 1970 by date and minute: zones are slow to ask, and a statement has few minutes. */
  private readonly known = new Map<string, number>();

  constructor(
    private readonly dates: StatementFormat['dates'],
    private readonly day: DayRule,
  ) {}

  /** What is allowed, after `must`. */
  get rule(): string {
    const example = EXAMPLES[this.dates];
    return `be a date that exists, with a time or without, such as ${example} or ${example} 09:30:00`;
  }

  /** Milliseconds since 1970; `undefined` for what is no time. */
  read(text: string): number | undefined {
    const [whole, first = '', second = '', third = '', minute, seconds = '0', offset] = TIME.exec(text) ?? [];
    if (whole === undefined) return undefined;
    const [year, month, day] = ORDER[this.dates].map((place) => [first, second, third][place] ?? '') as [
      string,
      string,
      string,
    ];
    const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    const start = this.startOf(date, minute, offset);
    return start === undefined ? undefined : start + Math.round(Number(seconds) * 1000);
  }

  private startOf(date: string, minute: string | undefined, offset: string | undefined): number | undefined {
    const key = `${date}T${minute}${offset}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (!exists(date) || (minute !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(minute))) return undefined;
    const start =
      minute === undefined
        ? businessDay(date, this.day).from
        : offset === undefined
          ? instantOf(`${date}T${minute}`, this.day.zone)
          : Date.parse(`${date}T${minute}${offset.replace(/(\d\d)(\d\d)$/, '$1:$2')}`);
    this.known.set(key, start);
    return start;
  }
}

/** The round trip refuses 30 February, which `Date` reads as 2 March. */
function exists(date: string): boolean {
  const time = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date);
}
