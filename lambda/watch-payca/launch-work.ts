import type { Reconciling } from '../reconcile-fees/reconciling';
import { dueHours } from '../report-figures/figures';
import { openedAt, type Reported } from '../report-figures/report';
import { type Launch, next } from '../run-timeline/launch';

/** What functions of a launch have noted about their work. */
export interface Noted {
  readonly launch?: Launch;
  readonly reported?: Reported;
  /** By statement. */
  readonly reconciling: ReadonlyMap<string, Reconciling>;
}

/** What should have been done by now and was not, in words. */
export interface Overdue {
  /** Of timeline and figures: a run of theirs would do it. Seen once it may be about to be done, seen for long it is not. */
  readonly launch: readonly string[];
  /** Statements whose reconciliation began and did not end. */
  readonly statements: readonly string[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Longer than `reconcile-fees` may run. */
const LOST_MS = 20 * MINUTE_MS;
/** After it a launch is history: nobody counts hours that are missing then. */
const FIGURES_DAYS = 3;

/**
 * Looks from outside: a function that crashes, is throttled, runs out of time or is never called cannot say so itself. Nothing
 * is due where no launch is on.
 */
export function overdueWork({ launch, reported, reconciling }: Noted, now: Date): Overdue {
  const action = launch && next(launch, now);
  const hours = hoursDue(launch, reported, now);
  return {
    launch: [
      ...(action ? [`timeline: ${'step' in action ? `${action.kind} ${action.step}` : action.kind}`] : []),
      ...hours.map((from) => `figures of ${from}`),
    ],
    statements: [...reconciling].flatMap(([statement, { begun, ended }]) => {
      const age = now.getTime() - Date.parse(begun);
      return ended === undefined && age > LOST_MS && age < DAY_MS ? [statement] : [];
    }),
  };
}

function hoursDue(launch: Launch | undefined, reported: Reported | undefined, now: Date): string[] {
  const opened = openedAt(launch);
  if (!opened || now.getTime() - Date.parse(opened) > FIGURES_DAYS * DAY_MS) return [];
  return dueHours(opened, reported?.opened === opened ? reported.told : undefined, now);
}
