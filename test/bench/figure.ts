/** One line of the table. */
export interface Figure {
  readonly figure: string;
  readonly measured: number;
  readonly unit: string;
  /** What it stands beside, measured in the same run. */
  readonly beside?: { readonly name: string; readonly measured: number };
  /** Median of the ratios of each round. */
  readonly ratio?: number;
  readonly target?: { readonly atMost: number; readonly of: 'measured' | 'ratio' };
}

export type Verdict = 'met' | 'missed' | '';

export function verdict({ measured, ratio, target }: Figure): Verdict {
  if (!target) return '';
  return (target.of === 'ratio' ? (ratio ?? Number.NaN) : measured) <= target.atMost ? 'met' : 'missed';
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Medians of what was measured in the same rounds, and the median of the rounds' ratios. */
export function compared(
  measured: readonly number[],
  name: string,
  reference: readonly number[],
): Required<Pick<Figure, 'measured' | 'beside' | 'ratio'>> {
  return {
    measured: median(measured),
    beside: { name, measured: median(reference) },
    ratio: median(measured.map((value, round) => value / (reference[round] ?? Number.NaN))),
  };
}

const HEAD = ['figure', 'measured', 'beside', 'ratio', 'target', 'verdict'] as const;

/** The table, its columns as wide as they must be. */
export function table(figures: readonly Figure[]): string[] {
  const rows = [
    HEAD,
    ...figures.map((figure) => {
      const { measured, unit, beside, ratio, target } = figure;
      return [
        figure.figure,
        `${short(measured)} ${unit}`,
        beside ? `${beside.name} ${short(beside.measured)} ${unit}` : '',
        ratio === undefined ? '' : ratio.toFixed(2),
        target ? `at most ${target.atMost}${target.of === 'ratio' ? ' of it' : ` ${unit}`}` : '',
        verdict(figure),
      ];
    }),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
