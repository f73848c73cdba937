import * as z from 'zod';
import { SEVERITIES } from '../../lambda/payca/alarm-names';
import { list, oneOf, section, text, topicArn } from './fields';

/** A function, two queues, a rule and an alarm each. */
const MAX_CHANNELS = 8;
const MAX_EMAILS = 10;

/** Names of secrets and channels stand in resource ids, so they are kept plain. */
export const plainName = text(
  'a name of 2 to 30 lower-case letters, digits and hyphens that begins with a letter',
  /^[a-z][a-z0-9-]{0,28}[a-z0-9]$/,
);
const email = text('an e-mail address', /^(?=.{6,100}$)[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i);
export const httpsUrl = text(
  'an https URL without a query, credentials or a closing slash',
  /^https:\/\/([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](:\d{1,5})?(\/[\w.~-]+)*$/,
);

const common = {
  name: plainName,
  /** Which alarms it is told about: all channels of a severity are told at once. */
  severities: list(oneOf(...SEVERITIES), 'severities', 1, SEVERITIES.length),
};
/** Which of `thirdPartySecrets` holds the key. */
const secret = plainName;

const pagerduty = section({
  kind: oneOf('pagerduty'),
  ...common,
  /** Service region of the PagerDuty account. */
  region: oneOf('us', 'eu').default('us'),
  secret,
});

const sns = section({
  kind: oneOf('sns'),
  ...common,
  /** A topic that exists, in the stage's region; one of our own is made when absent. */
  topicArn: topicArn.optional(),
  /** The customer key that encrypts it, if one does. */
  keyArn: text(
    'the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>',
    /^arn:aws(?:-cn|-us-gov)?:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,64}$/,
  ).optional(),
  /** Subscribed to the topic of our own; each address has to confirm. */
  emails: list(email, 'e-mail addresses', 0, MAX_EMAILS).default([]),
}).superRefine(({ topicArn: given, keyArn, emails }, context) => {
  const refuse = (key: string, message: string, found: string) =>
    context.addIssue({ code: 'custom', path: [key], message, params: { found } });
  if (given && emails.length > 0)
    refuse('emails', 'must be left out where topicArn is given', `a list of ${emails.length}`);
  if (!given && emails.length === 0) refuse('emails', 'must have an address where topicArn is not given', 'none');
  if (!given && keyArn) refuse('keyArn', 'must be left out where topicArn is not given', keyArn);
});

const slack = section({ kind: oneOf('https'), ...common, template: oneOf('slack'), secret });
const json = section({ kind: oneOf('https'), ...common, template: oneOf('json'), url: httpsUrl, secret });
const jira = section({
  kind: oneOf('https'),
  ...common,
  template: oneOf('jira'),
  /** A Jira Cloud site: `https://acme.atlassian.net`. */
  url: httpsUrl,
  /** The account that the API token belongs to. */
  user: email,
  project: text('the key of a Jira project, such as OPS', /^[A-Z][A-Z0-9_]{1,9}$/),
  issueType: text('the name of an issue type of 1 to 60 characters', /^\S(.{0,58}\S)?$/).default('Task'),
  secret,
  /** Made by a recovery; it only comments when absent. */
  transition: text('the name of a transition of 1 to 60 characters', /^\S(.{0,58}\S)?$/).optional(),
});

/** Says what is allowed as the whole, or at the key that tells the shapes apart. */
export const byKey = (what: string, allowed: string) => ({
  error: ({ code }: { code?: string }) =>
    code === 'invalid_union' ? `must be ${allowed}` : `must be an object with ${what}: ${allowed}`,
});

const channel = z.discriminatedUnion(
  'kind',
  [pagerduty, sns, z.discriminatedUnion('template', [slack, jira, json], byKey('template', 'slack, jira or json'))],
  byKey('kind', 'pagerduty, sns or https'),
);

/** The `escalation` part of a stage: whom an alarm reaches, and how. */
export const escalation = section({
  channels: z
    .array(channel, { error: 'must be a list of channels' })
    .max(MAX_CHANNELS, { error: `must be a list of at most ${MAX_CHANNELS} channels` })
    .default([]),
  /** Told when a channel does not get through; on a way of its own, so mail addresses only. */
  fallbackEmails: list(email, 'e-mail addresses', 0, MAX_EMAILS).default([]),
}).prefault({});

/** Names of the secrets that third parties' keys are kept in; each is put with `golive secrets put`. */
export const thirdPartySecrets = list(plainName, 'names of secrets', 0, 20).default([]);
