/** Who notes it in the table of progress, under the statement's key. */
export const RECONCILING = 'reconcile-fees';

/** What is noted about a statement, so that others see when its reconciliation was cut off; times as ISO 8601 in UTC. */
export interface Reconciling {
  readonly begun: string;
  readonly ended?: string;
}
