import * as z from 'zod';
import { list, section, text, whole } from './fields';
import { amount, byCurrency } from './money';

/** One alarm for each. */
const MAX_CURRENCIES = 10;

const percent = 'must be a number of percent from 1 to 40';

/** Alarm texts of 1,024 characters have to hold these. */
const name = text('a name or role of 2 to 40 characters', /^\S.{0,38}\S$/);
const phone = text('a telephone number such as +44 1632 960001', /^\+[1-9][\d ()-]{5,24}\d$/);
const email = text('an e-mail address of at most 60 characters', /^(?=.{6,60}$)[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i);
const reach = text('a telephone number, an e-mail address or a channel, of 3 to 60 characters', /^\S.{1,58}\S$/);

/** The `monitoring` part of a stage: what only the team can know about its alarms. */
export const monitoring = section({
  /** A balance under it pages; decimal amounts in quotes, by currency. */
  balanceThresholds: byCurrency(amount, "amounts by currency, such as { EUR: '25000.00' }", 1, MAX_CURRENCIES),
  /** Usual share of card authorizations that are declined; the alarm is for one and a half times as many. */
  expectedDeclinePercent: z.number({ error: percent }).min(1, { error: percent }).max(40, { error: percent }),
  /** `ErrRateLimited` answers in 5 minutes that make a spike. */
  rateLimitedPer5Minutes: whole('a whole number of answers from 1 to 10000', 1, 10_000).default(10),
  /** No webhook for so long, while money moves, pages. */
  silenceMinutes: whole('a whole number of minutes from 15 to 1440', 15, 1440).default(30),
  /** Log groups of the team's own services that call PayCA, in the stage's account and region; they must exist. */
  teamLogGroups: list(
    text('the name of a log group of at most 200 characters, such as /aws/lambda/cards', /^[\w./#-]{1,200}$/),
    'names of log groups',
    0,
    5,
  ).default([]),
  /** Where `docs/runbooks` of this repository can be read by who is on call. */
  runbooksUrl: text(
    'an https URL without a closing slash, of at most 120 characters',
    /^https:\/\/[^\s?#]{4,111}[^\s?#/]$/,
  ),
  contacts: section({
    /** Who is called when the first on call does not get on. */
    next: section({ name, reach }),
    payca: section({ hotline: phone, email }),
  }),
});
