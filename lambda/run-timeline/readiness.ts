import * as z from 'zod';

/** What `golive readiness --record` computed: go or no-go, why, and where it stands. */
export const readinessSchema = z.strictObject({
  decision: z.enum(['go', 'no-go']),
  reasons: z.array(z.string()).max(200),
  /** Key of its record in the evidence bucket. */
  record: z.string(),
});

export type Readiness = z.infer<typeof readinessSchema> & { readonly at: string; readonly by: string };
