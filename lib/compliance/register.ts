import * as z from 'zod';
import type { Exception } from './exceptions';

const date = z.iso.date({ error: 'must be a date, YYYY-MM-DD' });

const exceptionSchema = z
  .strictObject({
    rules: z.union(
      [z.array(z.string().regex(/^[\w.]+-./, 'must be a rule as its pack prints it, Pack-Rule')).min(1), z.function()],
      { error: 'must be rules as their packs print them, Pack-Rule, or a function that gives them' },
    ),
    resourceType: z.string().regex(/^\w+::\w+::\w+$/, 'must be a CloudFormation type such as AWS::S3::Bucket'),
    when: z.function().optional(),
    option: z.string().min(1).optional(),
    reason: z.string().trim().min(20, 'must be a reason of at least 20 characters'),
    owner: z.string({ error: 'must name who answers for it' }).trim().min(1, 'must name who answers for it'),
    granted: date,
    expires: date,
  })
  .refine(({ granted, expires }) => granted < expires, {
    path: ['expires'],
    error: 'must be later than granted',
  });

/** What is wrong with entries of the register, one sentence each. */
export function registerProblems(exceptions: readonly Exception[]): string[] {
  return exceptions.flatMap((exception, index) => {
    const issues = exceptionSchema.safeParse(exception).error?.issues ?? [];
    return issues.map(({ path, message }) => `exception ${index + 1}: ${[...path].join('.') || 'entry'} ${message}`);
  });
}
