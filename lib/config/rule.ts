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
