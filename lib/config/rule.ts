import type * as z from 'zod';
import type { Problem } from './problems';

export type StageProblem = Omit<Problem, 'stage'>;
export type Rule = (input: unknown, root: string) => StageProblem[];

/** A rule between fields. It judges as soon as the fields it reads are right by themselves, so one mistake hides no other. */
export function rule<T>(reads: z.ZodType<T>, judge: (value: T, root: string) => StageProblem[]): Rule {
  return (input, root) => {
    const result = reads.safeParse(input);
    return result.success ? judge(result.data, root) : [];
  };
}

export type Pair = (inputs: readonly unknown[]) => Problem[];

/** A rule between two stages; the later one is told. */
export function pair<T extends { stage: string }>(
  reads: z.ZodType<T>,
  judge: (earlier: T, later: T) => StageProblem | undefined,
): Pair {
  return (inputs) => {
    const stages = inputs.flatMap((input) => reads.safeParse(input).data ?? []);
    return stages.flatMap((later, index) =>
      stages.slice(0, index).flatMap((earlier) => {
        const problem = judge(earlier, later);
        return problem ? [{ stage: later.stage, ...problem }] : [];
      }),
    );
  };
}
