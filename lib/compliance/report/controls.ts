import { type Counts, compare, count, type Report, type Result } from './report';

export interface ControlRow {
  readonly control: string;
  readonly rules: readonly string[];
  readonly counts: Counts;
}

/** A pack's results by control of its framework; without the controls that no rule had anything to judge for. */
export function controlRows({ rules, results }: Report, pack: string): ControlRow[] {
  const own = rules.filter((rule) => rule.pack === pack);
  const controls = [...new Set(own.flatMap((rule) => rule.controls))].sort(natural);
  const byRule = new Map<string, Result[]>(own.map(({ id }) => [id, []]));
  for (const result of results) byRule.get(result.rule)?.push(result);
  return controls
    .map((control) => {
      const ids = own.filter((rule) => rule.controls.includes(control)).map(({ id }) => id);
      return { control, rules: ids, results: ids.flatMap((id) => byRule.get(id) ?? []) };
    })
    .filter((row) => row.results.some(({ verdict }) => verdict !== 'not applicable'))
    .map((row) => ({ control: row.control, rules: row.rules, counts: count(row.results) }));
}

/** 10.2 after 9.1: runs of digits are compared as numbers. */
function natural(a: string, b: string): number {
  const pad = (text: string) => text.replace(/\d+/g, (digits) => digits.padStart(6, '0'));
  return compare(pad(a), pad(b));
}
