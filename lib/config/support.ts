import * as z from 'zod';
import { section, text } from './fields';
import { describe } from './problems';

const MAX_REASONS = 100;
const phrase = text('a text of 3 to 300 characters on one line', /^\S.{1,298}\S$/);

/** The longest of what messages are filled in with: one SMS of 160 characters has to hold them. */
export const SMS_LENGTHS = { company: 20, card: 20, contact: 30, statusPage: 40 } as const;

/** Of the characters of an SMS those that count once (3GPP TS 23.038, 6.2.1). */
const inSms = (what: string, max: number) =>
  text(
    `${what} of 2 to ${max} characters that an SMS knows, without brackets and the like`,
    new RegExp(`^[\\w .,:;!?'"()/&@%+*#äöüÄÖÜßàèéìòùñÑåÅøØæÆÇ-]{2,${max}}$`),
  );

/** One reason for which cards are declined, as PayCA hands it over, in the words of support. */
const declineReason = section({
  /** As it stands in PayCA's list. */
  reason: text('a reason of 1 to 60 characters as PayCA writes it', /^\S(.{0,58}\S)?$/),
  means: phrase,
  /** To the customer. */
  say: phrase,
  do: phrase,
});

/** The `support` part of a stage: what the support pack is filled in with. What is left out is told there as not supplied. */
export const support = section({
  /** As customers know it. */
  company: inSms('a name', SMS_LENGTHS.company).optional(),
  /** The card's name, as customers know it. */
  card: inSms('a name', SMS_LENGTHS.card).optional(),
  /** How customers reach support. */
  contact: inSms('a telephone number or an address', SMS_LENGTHS.contact).optional(),
  statusPage: inSms('an address', SMS_LENGTHS.statusPage).optional(),
  /** PayCA documents none: the account manager hands them over. */
  declineReasons: z
    .array(declineReason, { error: 'must be a list of reasons with reason, means, say, do' })
    .max(MAX_REASONS, { error: `must be a list of at most ${MAX_REASONS} reasons` })
    .superRefine((reasons, context) => {
      for (const [index, { reason }] of reasons.entries()) {
        if (reasons.findIndex((other) => other.reason === reason) === index) continue;
        const params = { found: `${describe(reason)} again` };
        context.addIssue({ code: 'custom', path: [index, 'reason'], message: 'must be given once', params });
      }
    })
    .default([]),
}).prefault({});
