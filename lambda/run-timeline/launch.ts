import { STEPS, type Step } from './steps';

/** What is stored about a launch. */
export interface Launch {
  /** T, ISO 8601 in UTC. */
  readonly at: string;
  /** Steps whose owners were told ahead. */
  readonly told: readonly string[];
}

/** How long before a step its owner is told. */
const NOTICE_MS = 60 * 60_000;
const MINUTE_MS = 60_000;

export function dueAt({ at }: Launch, { offset }: Step): Date {
  return new Date(Date.parse(at) + offset * MINUTE_MS);
}

/** The next owner to be told ahead, while the step is still to come. */
export function nextNotice(launch: Launch, now: Date): Step | undefined {
  return STEPS.find((step) => {
    const left = dueAt(launch, step).getTime() - now.getTime();
    return left > 0 && left <= NOTICE_MS && !launch.told.includes(step.id);
  });
}
