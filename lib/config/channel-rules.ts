import * as z from 'zod';
import { arnParts, region, topicArn } from './fields';
import { describe } from './problems';
import { type Rule, rule } from './rule';

const channels = <S extends z.ZodRawShape>(shape: S) =>
  z.object({
    escalation: z.object({
      channels: z.array(
        z
          .object(shape)
          .partial()
          .catch({} as never),
      ),
    }),
  });

const channelNamesOnce = rule(channels({ name: z.string() }), ({ escalation }) =>
  escalation.channels.flatMap(({ name }, index) =>
    name !== undefined && escalation.channels.findIndex((other) => other.name === name) < index
      ? [{ path: `escalation.channels[${index}].name`, must: 'must be given once', found: `${describe(name)} again` }]
      : [],
  ),
);

const channelSecretsNamed = rule(
  channels({ secret: z.string() }).extend({ thirdPartySecrets: z.array(z.unknown()).default([]) }),
  ({ escalation, thirdPartySecrets: names }) =>
    escalation.channels.flatMap(({ secret }, index) => {
      if (secret === undefined || names.includes(secret)) return [];
      const must = `must be one of thirdPartySecrets (${names.length > 0 ? names.join(', ') : 'none is named there'})`;
      return [{ path: `escalation.channels[${index}].secret`, must, found: describe(secret) }];
    }),
);

const sandboxPagesNobody = rule(
  channels({ kind: z.literal('pagerduty'), severities: z.array(z.string()) }).extend({ stage: z.literal('sandbox') }),
  ({ escalation }) =>
    escalation.channels.flatMap(({ severities }, index) =>
      severities?.includes('page')
        ? [
            {
              path: `escalation.channels[${index}].severities`,
              must: "must not have page with kind 'pagerduty': the sandbox pages nobody",
              found: severities.join(', '),
            },
          ]
        : [],
    ),
);

const channelTopicsHere = rule(channels({ topicArn }).extend({ region }), (stage) =>
  stage.escalation.channels.flatMap(({ topicArn: arn }, index) => {
    if (!arn || arnParts(arn).region === stage.region) return [];
    const must = `must be in the stage's region ${stage.region}`;
    return [{ path: `escalation.channels[${index}].topicArn`, must, found: arnParts(arn).region }];
  }),
);

/** What channels of the escalation say about each other and about the rest of their stage. */
export const CHANNEL_RULES: readonly Rule[] = [
  channelNamesOnce,
  channelSecretsNamed,
  sandboxPagesNobody,
  channelTopicsHere,
];
