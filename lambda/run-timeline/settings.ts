import * as z from 'zod';
import { variable } from '../payca/variables';

const text = z.string();

const sandboxSchema = z.object({
  region: text,
  /** The role in the sandbox's account that reads its exported config and switches its automation. */
  role: text,
  configPath: text,
  /** Digest of the sandbox's config in the assembly that this function was deployed from. */
  configDigest: text,
  /** Rules by `bus/name`, schedules by `group/name`. */
  automation: z.array(z.object({ kind: z.enum(['sandbox rule', 'sandbox schedule']), name: text })),
});

/** What `lib` hands to the timeline in one variable, as JSON. */
const settingsSchema = z.object({
  programme: text,
  zone: text,
  answerMinutes: z.int(),
  /** Name of the rule by which the timeline runs. */
  scheduleRule: text,
  configPath: text,
  expectedDifferences: z.array(text),
  windowRules: z.array(text),
  /** What must be available, by currency. */
  prefunding: z.record(text, z.object({ required: text, wireReference: text, expectedArrival: text })),
  sandbox: sandboxSchema.optional(),
});

export type TimelineSettings = z.infer<typeof settingsSchema>;
export type SandboxSettings = z.infer<typeof sandboxSchema>;

export function readSettings(): TimelineSettings {
  return settingsSchema.parse(JSON.parse(variable('LAUNCH')));
}
