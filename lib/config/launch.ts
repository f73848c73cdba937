import * as z from 'zod';
import { flag, list, section, text } from './fields';

const email = text('an e-mail address', /^(?=.{6,100}$)[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i);
const emails = list(email, 'e-mail addresses', 0, 10).default([]);

const ZONE_MUST = 'must be a time zone of the IANA database, such as Europe/Berlin';
const zone = z.string({ error: ZONE_MUST }).refine(isZone, { error: ZONE_MUST });

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
}).prefault({});

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
