import * as z from 'zod';
import { byKey, httpsUrl, plainName } from './escalation';
import { flag, oneOf, section, whole } from './fields';
import { describe } from './problems';
import { type Rule, rule } from './rule';

const datadog = section({
  kind: oneOf('datadog'),
  /** As it stands in the address of your Datadog: https://docs.datadoghq.com/getting_started/site/ */
  site: oneOf(
    'datadoghq.com',
    'us3.datadoghq.com',
    'us5.datadoghq.com',
    'datadoghq.eu',
    'ap1.datadoghq.com',
    'ddog-gov.com',
  ),
});

const splunk = section({
  kind: oneOf('splunk'),
  /** Of the HTTP Event Collector: `https://http-inputs-firehose-acme.splunkcloud.com:443`. */
  hecUrl: httpsUrl,
  /** How long Firehose waits for Splunk to acknowledge what it took; AWS allows no other values. */
  acknowledgeSeconds: whole('a whole number of seconds from 180 to 600', 180, 600).default(300),
});

const https = section({
  kind: oneOf('https'),
  /** Takes Firehose's requests: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html */
  url: httpsUrl,
  /** Where metrics go if they go elsewhere than logs. */
  metricsUrl: httpsUrl.optional(),
  metricsFormat: oneOf('json', 'opentelemetry0.7', 'opentelemetry1.0').default('json'),
});

/** Datadog takes no metric streams there: https://docs.datadoghq.com/integrations/guide/aws-cloudwatch-metric-streams-with-kinesis-data-firehose/ */
const SITES_WITHOUT_METRICS = ['us3.datadoghq.com', 'ddog-gov.com'];

/** The `shipping` part of a stage: the log platform that logs and metrics are sent to. Nothing is made without it. */
export const shipping = section({
  destination: z.discriminatedUnion('kind', [datadog, splunk, https], byKey('kind', 'datadog, splunk or https')),
  /** Which of `thirdPartySecrets` holds the platform's key. */
  secret: plainName,
  logs: flag.default(true),
  metrics: flag.default(true),
}).superRefine(({ destination, logs, metrics }, context) => {
  if (!logs && !metrics) {
    const message = 'must be true where logs is false: leave shipping out to send nothing';
    context.addIssue({ code: 'custom', path: ['metrics'], message, params: { found: 'false' } });
  }
  if (metrics && destination.kind === 'datadog' && SITES_WITHOUT_METRICS.includes(destination.site)) {
    const message = `must be false for ${destination.site}: Datadog takes no metric streams there`;
    context.addIssue({ code: 'custom', path: ['metrics'], message, params: { found: 'true' } });
  }
});

type Destination = z.output<typeof shipping>['destination'];

/**
 * The member of the secret in which Firehose looks for the key:
 * https://docs.aws.amazon.com/firehose/latest/dev/secrets-manager-whats-secret.html
 */
export function secretMember({ kind }: Pick<Destination, 'kind'>): 'api_key' | 'hec_token' {
  return kind === 'splunk' ? 'hec_token' : 'api_key';
}

const withSecret = z.object({ shipping: z.object({ secret: z.string() }) });

const secretNamed = rule(
  withSecret.extend({ thirdPartySecrets: z.array(z.unknown()).default([]) }),
  ({ shipping: { secret }, thirdPartySecrets: names }) => {
    if (names.includes(secret)) return [];
    const must = `must be one of thirdPartySecrets (${names.length > 0 ? names.join(', ') : 'none is named there'})`;
    return [{ path: 'shipping.secret', must, found: describe(secret) }];
  },
);

/** Firehose reads a secret in a form of its own, which no channel understands. */
const secretAlone = rule(
  withSecret.extend({
    escalation: z.object({ channels: z.array(z.object({ secret: z.string() }).partial().catch({})) }),
  }),
  ({ shipping: { secret }, escalation }) => {
    const index = escalation.channels.findIndex((channel) => channel.secret === secret);
    if (index < 0) return [];
    const must = `must not be the secret of escalation.channels[${index}]: Firehose needs one of its own`;
    return [{ path: 'shipping.secret', must, found: describe(secret) }];
  },
);

/** What the shipping says about the rest of its stage. */
export const SHIPPING_RULES: readonly Rule[] = [secretNamed, secretAlone];
