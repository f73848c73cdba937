import { businessDay, type DayRule, type Period } from './period';

const DATE = /\d{4}-\d\d-\d\d/g;

/**
 * What a statement is for, by the dates in its name: `2027-01-11.csv` is that day, `fees_2027-01-11_2027-01-14.csv` is from
 * the first to the last of them; without a date it is the first day.
 */
export function periodOf(name: string, firstDay: string, rule: DayRule): Period {
  const dates = (name.match(DATE) ?? []).filter((date) => !Number.isNaN(Date.parse(`${date}T00:00:00Z`))).sort();
  const [first = firstDay] = dates;
  return { from: businessDay(first, rule).from, to: businessDay(dates.at(-1) ?? first, rule).to };
}
