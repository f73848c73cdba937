import * as z from 'zod';
import { CHANNEL_RULES } from './channel-rules';
import { overlaps } from './cidr';
import {
  account,
  arnParts,
  certificateArn,
  host,
  operatorRole,
  policyArn,
  region,
  topicArn,
  truststorePath,
} from './fields';
import { LAUNCH_RULES } from './launch';
import { TYPES_WITH_EVENTS } from './payca-profile';
import { PIPELINE_PAIRS, PIPELINE_RULES } from './pipeline-rules';
import { describe, type Problem } from './problems';
import { pair, type Rule, rule, type StageProblem } from './rule';
import { SHIPPING_RULES } from './shipping';
import { SMOKE_RULES } from './smoke';
import { readTruststore } from './truststore';
import { VPC_RULES } from './vpc';

const webhook = <S extends z.ZodRawShape>(shape: S) => z.object({ webhook: z.object(shape) });
const organization = <S extends z.ZodRawShape>(shape: S) => z.object({ organization: z.object(shape) });

const certificateHere = rule(webhook({ certificateArn }).extend({ account, region }), (stage) => {
  const place = arnParts(stage.webhook.certificateArn);
  if (place.account === stage.account && place.region === stage.region) return [];
  const must = `must be in the stage's own account and region, ${stage.account} and ${stage.region}`;
  return [{ path: 'webhook.certificateArn', must, found: `${place.account} and ${place.region}` }];
});

const alarmTopicsHere = rule(
  organization({ alarmTopics: z.record(z.string(), topicArn.optional()) }).extend({ region }),
  (stage) =>
    Object.entries(stage.organization.alarmTopics).flatMap(([name, arn]) => {
      if (!arn || arnParts(arn).region === stage.region) return [];
      // An alarm can publish to another account's topic, never to another region's.
      const must = `must be in the stage's region ${stage.region}`;
      return [{ path: `organization.alarmTopics.${name}`, must, found: arnParts(arn).region }];
    }),
);

const boundaryHere = rule(organization({ permissionsBoundary: policyArn }).extend({ account }), (stage) => {
  const owner = arnParts(stage.organization.permissionsBoundary).account;
  if (owner === stage.account || owner === 'aws') return [];
  const must = `must be a policy of the stage's account ${stage.account} or of AWS`;
  return [{ path: 'organization.permissionsBoundary', must, found: owner }];
});

const operatorsHere = rule(organization({ operatorRoles: z.array(operatorRole) }).extend({ account }), (stage) =>
  stage.organization.operatorRoles.flatMap((arn, index) =>
    arnParts(arn).account === stage.account
      ? []
      : [
          {
            path: `organization.operatorRoles[${index}]`,
            must: `must be a role of the stage's account ${stage.account}: whoever comes from another one takes such a role`,
            found: arnParts(arn).account,
          },
        ],
  ),
);

const nameInZone = rule(
  webhook({ domainName: host, dns: z.object({ zoneName: host }) }),
  ({ webhook: { domainName, dns } }) => {
    if (domainName === dns.zoneName || domainName.endsWith(`.${dns.zoneName}`)) return [];
    return [{ path: 'webhook.domainName', must: `must be in the zone ${dns.zoneName}`, found: domainName }];
  },
);

const noOpenProduction = rule(
  webhook({ allowList: z.object({ any: z.literal(true) }) }).extend({ stage: z.literal('production') }),
  () => [
    {
      path: 'webhook.allowList.any',
      must: "must not be used in production: list PayCA's ranges in ipv4 and ipv6",
      found: 'true',
    },
  ],
);

const erasableSandbox = rule(
  organization({ objectLockMode: z.literal('COMPLIANCE') }).extend({ stage: z.literal('sandbox') }),
  () => [
    {
      path: 'organization.objectLockMode',
      must: 'must be GOVERNANCE in the sandbox: nobody could delete its test records before their day',
      found: 'COMPLIANCE',
    },
  ],
);

const noOverlaps = (['ipv4', 'ipv6'] as const).map((family) =>
  rule(webhook({ allowList: z.object({ [family]: z.array(z.unknown()) }) }), (stage) =>
    overlaps(stage.webhook.allowList[family] ?? [], family).map(({ index, must, found }) => ({
      path: `webhook.allowList.${family}[${index}]`,
      must,
      found,
    })),
  ),
);

const mutualTlsPolicy = rule(
  webhook({ mutualTls: z.object({}), tlsPolicy: z.string() }),
  ({ webhook: { tlsPolicy } }) =>
    tlsPolicy === 'TLS_1_2'
      ? []
      : [{ path: 'webhook.tlsPolicy', must: 'must be TLS_1_2 together with mutualTls', found: describe(tlsPolicy) }],
);

const goodTruststore = rule(webhook({ mutualTls: z.object({ truststore: truststorePath }) }), (stage, root) =>
  readTruststore(stage.webhook.mutualTls.truststore, root).problems.map((problem) => ({
    path: 'webhook.mutualTls.truststore',
    ...problem,
  })),
);

const generousRateRule = rule(
  webhook({
    expectedPeakPerSecond: z.number(),
    waf: z.object({ enabled: z.boolean(), rateLimitPer5Minutes: z.number() }),
  }),
  ({ webhook: { expectedPeakPerSecond: peak, waf } }) => {
    const path = 'webhook.waf.rateLimitPer5Minutes';
    if (!waf.enabled)
      return [{ path, must: 'must be left out while waf.enabled is false', found: String(waf.rateLimitPer5Minutes) }];
    const least = 10 * peak * 300;
    if (waf.rateLimitPer5Minutes >= least) return [];
    const must = `must be at least ${least}, ten times the expected peak of ${peak} a second over 300 seconds`;
    return [{ path, must, found: String(waf.rateLimitPer5Minutes) }];
  },
);

const TEST_WORDS = ['sandbox', 'stage', 'staging', 'test'];

const noTestHosts = rule(
  z.object({
    stage: z.literal('production'),
    payca: z.object({ baseUrl: z.string() }).optional().catch(undefined),
    webhook: z.object({ domainName: z.string() }).optional().catch(undefined),
  }),
  (stage) =>
    [
      { path: 'payca.baseUrl', found: stage.payca?.baseUrl ?? '' },
      { path: 'webhook.domainName', found: stage.webhook?.domainName ?? '' },
    ].flatMap(({ path, found }) => {
      const name = found.replace(/^https?:\/\//, '').replace(/[:/?].*$/s, '');
      const word = name.split(/[.-]/).find((part) => TEST_WORDS.includes(part));
      if (!word) return [];
      return [
        { path, must: `must be a production host, without the word ${word} in its name`, found: describe(found) },
      ];
    }),
);

const typesWithEvents = rule(
  z.object({ payca: z.object({ webhookRegistration: z.literal('events'), webhookTypes: z.array(z.string()) }) }),
  ({ payca: { webhookTypes } }) =>
    webhookTypes.flatMap((type, index) =>
      TYPES_WITH_EVENTS.some((known) => known === type)
        ? []
        : [
            {
              path: `payca.webhookTypes[${index}]`,
              must: `must be one of ${TYPES_WITH_EVENTS.join(', ')} while webhookRegistration is events`,
              found: describe(type),
            },
          ],
    ),
);

/** Otherwise the names of its alarms would begin like those of another programme's stage. */
const programmeNamesNoStage = rule(z.object({ programme: z.string() }), ({ programme }) =>
  /-(production|sandbox)$/.test(programme)
    ? [{ path: 'programme', must: 'must not end with the name of a stage', found: describe(programme) }]
    : [],
);

const RULES: readonly Rule[] = [
  certificateHere,
  alarmTopicsHere,
  boundaryHere,
  operatorsHere,
  nameInZone,
  noOpenProduction,
  erasableSandbox,
  ...noOverlaps,
  mutualTlsPolicy,
  goodTruststore,
  generousRateRule,
  noTestHosts,
  typesWithEvents,
  ...VPC_RULES,
  ...PIPELINE_RULES,
  ...CHANNEL_RULES,
  ...SHIPPING_RULES,
  ...LAUNCH_RULES,
  ...SMOKE_RULES,
  programmeNamesNoStage,
];

/** What the fields of one stage say about each other, the truststore included. */
export function withinStage(input: unknown, root: string): StageProblem[] {
  return RULES.flatMap((judge) => judge(input, root));
}

const stage = z.string();

const oneOfEach = pair(z.object({ stage }), (earlier, later) =>
  earlier.stage === later.stage
    ? { path: 'stage', must: 'must be given once', found: `${describe(later.stage)} again` }
    : undefined,
);

const ownDomain = pair(webhook({ domainName: z.string() }).extend({ stage }), (earlier, later) => {
  const { domainName } = later.webhook;
  if (domainName !== earlier.webhook.domainName) return undefined;
  return {
    path: 'webhook.domainName',
    must: `must differ from the one of ${earlier.stage}`,
    found: describe(domainName),
  };
});

const sameAccountRole = pair(
  organization({ apiGatewayAccountRole: z.string().default('create') }).extend({ stage, account, region }),
  (earlier, later) => {
    const [first, second] = [earlier, later].map(
      ({ organization: { apiGatewayAccountRole } }) => apiGatewayAccountRole,
    );
    if (earlier.account !== later.account || earlier.region !== later.region || first === second) return undefined;
    const must = `must be ${first} as in ${earlier.stage}, which has the same account and region`;
    return { path: 'organization.apiGatewayAccountRole', must, found: describe(second) };
  },
);

/** Within one VPC a service's private name leads to one endpoint, and production is kept apart from what comes before it. */
const ownSegment = pair(
  organization({ vpc: z.object({ vpcId: z.string(), segment: z.object({}) }) }).extend({ stage }),
  (earlier, later) => {
    const { vpcId } = later.organization.vpc;
    if (vpcId !== earlier.organization.vpc.vpcId) return undefined;
    const must = `must differ from the one of ${earlier.stage}, which has a segment in it too`;
    return { path: 'organization.vpc.vpcId', must, found: describe(vpcId) };
  },
);

/** What stages say about each other. */
export function acrossStages(inputs: readonly unknown[]): Problem[] {
  if (inputs.length === 0) return [{ stage: 'config', path: '', must: 'must have at least one stage', found: 'none' }];
  return [oneOfEach, ownDomain, sameAccountRole, ownSegment, ...PIPELINE_PAIRS].flatMap((judge) => judge(inputs));
}
