import * as z from 'zod';
import { plainName } from './escalation';
import { flag, list, roleArn, section, text, whole } from './fields';
import { hourlyFigures } from './hourly-figures';
import { type Rule, rule } from './rule';

const email = text('an e-mail address', /^(?=.{6,100}$)[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i);
const emails = list(email, 'e-mail addresses', 0, 10).default([]);

const ZONE_MUST = 'must be a time zone of the IANA database, such as Europe/Berlin';
const zone = z.string({ error: ZONE_MUST }).refine(isZone, { error: ZONE_MUST });

/** A place in the config: `webhook.domainName` stands for itself and everything below it. */
const place = text(
  'a place in the config such as webhook.domainName',
  /^[A-Za-z][\w-]*((\.[A-Za-z][\w-]*)|(\[\d{1,3}\]))*$/,
);

/** What differs between a sandbox and a production by its nature. */
const EXPECTED_DIFFERENCES = [
  'stage',
  'account',
  'tags',
  'payca.baseUrl',
  'webhook.domainName',
  'webhook.certificateArn',
  'webhook.allowList',
  'launch',
];

const automation = section({
  /** EventBridge rules as `bus/name`, or `name` on the default bus. */
  rules: list(text('a rule as bus/name or name', /^([\w./-]{1,256}\/)?[\w.-]{1,64}$/), 'rules', 0, 20).default([]),
  /** Schedules of EventBridge Scheduler. */
  schedules: z
    .array(
      section({
        name: text('the name of a schedule', /^[\w.-]{1,64}$/),
        group: text('the name of a schedule group', /^[\w.-]{1,64}$/).default('default'),
        /** The role of its target, which is passed again when the schedule is written back. */
        roleArn,
      }),
      { error: 'must be a list of schedules with name, group, roleArn' },
    )
    .max(20, { error: 'must be a list of at most 20 schedules' })
    .default([]),
});

/** The `launch` part of a stage: who does what on the day, and what is switched. */
export const launch = section({
  /** The stack `Launch`: off before a launch is prepared and after its last report. */
  enabled: flag.default(false),
  /** Where the owners are: their messages give its time beside UTC. */
  zone: zone.default('UTC'),
  /** Who is told about the steps of the timeline, by the roles of the runbook; each address has to confirm. */
  owners: section({
    Engineering: emails,
    DevOps: emails,
    Ops: emails,
    Treasury: emails,
    CX: emails,
    'Programme lead': emails,
  }).prefault({}),
  /** How long a person has to answer when a step did not pass. */
  answerMinutes: whole('a whole number of minutes from 15 to 720', 15, 720).default(60),
  /** Channels of `escalation` that hear every alarm while the window is open, whatever its severity. */
  warRoom: list(plainName, 'names of channels', 0, 8).default([]),
  /** Places in which the stages differ on purpose, with everything below them. */
  expectedDifferences: list(place, 'places in the config', 0, 100).default(EXPECTED_DIFFERENCES),
  /** What posts by itself in this stage; of a sandbox, it is switched off before production is launched. */
  automation: automation.prefault({}),
  hourlyFigures,
}).prefault({});

const warRoomChannels = rule(
  z.object({
    launch: z.object({ warRoom: z.array(z.string()) }),
    escalation: z.object({ channels: z.array(z.object({ name: z.string() })) }).optional(),
  }),
  ({ launch: { warRoom }, escalation }) => {
    const names = escalation?.channels.map(({ name }) => name) ?? [];
    return warRoom.flatMap((found, index) =>
      names.includes(found)
        ? []
        : [
            {
              path: `launch.warRoom[${index}]`,
              must: `must be one of the names of escalation.channels: ${names.join(', ') || 'there is none'}`,
              found,
            },
          ],
    );
  },
);

export const LAUNCH_RULES: readonly Rule[] = [warRoomChannels];

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
