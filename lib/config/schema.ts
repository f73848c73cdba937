import * as z from 'zod';
import { escalation, thirdPartySecrets } from './escalation';
import {
  account,
  certificateArn,
  cidr,
  date,
  either,
  flag,
  foundIn,
  host,
  instant,
  list,
  oneOf,
  operatorRole,
  policyArn,
  region,
  roleArn,
  section,
  text,
  topicArn,
  truststorePath,
  whole,
} from './fields';
import { launch } from './launch';
import { migration } from './migration';
import { monitoring } from './monitoring';
import { payca } from './payca-profile';
import { pipelines } from './pipelines';
import { ConfigError, describe, type Problem, writePath } from './problems';
import { reconciliation } from './reconciliation';
import { acrossStages, withinStage } from './rules';
import { shipping } from './shipping';
import { smoke } from './smoke';
import { support } from './support';
import { REPOSITORY } from './truststore';
import { vpc } from './vpc';

/** Path of the endpoint below the custom domain. */
export const WEBHOOK_PATH = 'webhooks';

// Limits of AWS tags: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const tagValue = text(
  'a tag value: 1 to 256 letters, digits, spaces or _ . : / = + - @',
  /^[\p{L}\p{N} _.:/=+@-]{1,256}$/u,
);
const TAG_KEY = /^(?!aws:)[\p{L}\p{N} _.:/=+@-]{1,128}$/iu;
/** AWS allows 50; some are left to the services and to CDK. */
const MAX_TAGS = 45;

const tags = z
  .object(
    { owner: tagValue, costCenter: tagValue },
    { error: 'must be an object with owner, costCenter and any other tags' },
  )
  .catchall(tagValue)
  .superRefine((value, context) => {
    const keys = Object.keys(value);
    const refuse = (must: string, found: string) =>
      context.addIssue({ code: 'custom', message: must, params: { found } });
    if (keys.length > MAX_TAGS) refuse(`must have at most ${MAX_TAGS} tags`, String(keys.length));
    for (const key of keys.filter((name) => !TAG_KEY.test(name))) {
      refuse(
        'must have keys of 1 to 128 letters, digits, spaces or _ . : / = + - @, not beginning with aws:',
        describe(key),
      );
    }
  });

const organization = section({
  /** Put on every role, when the organization asks for one. */
  permissionsBoundary: policyArn.optional(),
  /** Who may read and change the secrets, beside the functions. People of IAM Identity Center when absent. */
  operatorRoles: list(operatorRole, 'role patterns', 1, 20).optional(),
  rolePath: text('an IAM path that begins and ends with a slash', /^\/([\w+=,.@-]+\/)*$/).default('/'),
  bootstrapQualifier: text(
    'the qualifier given to cdk bootstrap: 1 to 10 lower-case letters or digits',
    /^[a-z0-9]{1,10}$/,
  ).default('hnb659fds'),
  /** Runs the functions in a VPC that exists already. */
  vpc: vpc.optional(),
  alarmTopics: section({ page: topicArn.optional(), ticket: topicArn.optional() }).prefault({}),
  /** API Gateway needs one role for logs in each account and region. */
  apiGatewayAccountRole: oneOf('existing', 'create').default('create'),
  objectLockMode: oneOf('GOVERNANCE', 'COMPLIANCE'),
});

const dns = either(
  (input) => typeof input === 'object' && input !== null,
  section({
    zoneId: text('the id of a Route 53 hosted zone: Z...', /^Z[A-Z0-9]{1,31}$/),
    zoneName: host,
    /** A role in the account that has the zone. */
    roleArn: roleArn.optional(),
  }),
  z.literal('manual', { error: 'must be manual, or an object with zoneId, zoneName, roleArn' }),
);

const ranges = section({
  ipv4: z.array(cidr('ipv4'), { error: 'must be a list of IPv4 CIDRs' }).default([]),
  ipv6: z.array(cidr('ipv6'), { error: 'must be a list of IPv6 CIDRs' }).default([]),
}).superRefine(({ ipv4, ipv6 }, context) => {
  if (ipv4.length + ipv6.length > 0) return;
  const message = "must hold at least one IPv4 or IPv6 CIDR; PayCA's ranges are supplied by PayCA support";
  context.addIssue({ code: 'custom', message, params: { found: 'none' } });
});

const anyAddress = section({
  any: oneOf(true),
  reason: text('a reason of at least 10 characters', /^\S.{8,}\S$/),
  owner: text('the person or team who answers for it', /\S/),
  /** The last day, in UTC. */
  expires: date,
});

const allowList = either((input) => typeof input === 'object' && input !== null && 'any' in input, anyAddress, ranges);

/** `TLS_1_2` and the enhanced policies for regional endpoints, as API Gateway spells them. */
const tlsPolicy = oneOf(
  'TLS_1_2',
  'SecurityPolicy_TLS13_1_3_2025_09',
  'SecurityPolicy_TLS13_1_3_FIPS_2025_09',
  'SecurityPolicy_TLS13_1_2_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
);

const webhook = section({
  domainName: host,
  /** Issued or imported in the stage's own account and region. */
  certificateArn,
  /** `manual`: somebody else points the name at the endpoint. */
  dns,
  allowList,
  mutualTls: section({
    /** PEM file of the CAs whose client certificates are accepted, as a path in this repository. */
    truststore: truststorePath,
  }).optional(),
  tlsPolicy: tlsPolicy.default('TLS_1_2'),
  /** The webhook guides say 204, the go-live runbook says 200. */
  acknowledge: oneOf(204, 200).default(204),
  /** An event and what we add to it must fit in an EventBridge entry of 256 KB. */
  bodyLimitKb: whole('a whole number of KB from 1 to 200', 1, 200).default(128),
  /** Throttling is ten times this, and an account has 10,000 requests a second for all of its APIs. */
  expectedPeakPerSecond: whole('a whole number of webhooks a second from 1 to 1000', 1, 1000),
  waf: section({
    enabled: flag,
    /** Requests of one address in 5 minutes; off when absent. */
    rateLimitPer5Minutes: whole('a whole number of requests from 10 to 2000000000', 10, 2_000_000_000).optional(),
  }),
});

const days = whole('a whole number of days from 1 to 3653', 1, 3653);
const daysOfRecord = whole('a whole number of days from 365 to 3653', 365, 3653);
// Days that CloudWatch Logs takes, up to the ten years that the other kinds may have too.
const SHORT = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180] as const;
const LONG = [365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

const retentionDays = section({
  webhooks: days,
  ledgerExports: days,
  auditLogs: oneOf(...LONG),
  evidence: daysOfRecord,
  applicationLogs: oneOf(...SHORT, ...LONG),
  personalData: days,
});

const stageSchema = section({
  stage: oneOf('production', 'sandbox'),
  account,
  region,
  /** Begins the names of the stacks and the path of the parameters, for which AWS keeps two beginnings to itself. */
  programme: text(
    'a name of 2 to 21 lower-case letters, digits and hyphens that begins with a letter, but not with aws or ssm',
    /^(?!aws|ssm)[a-z][a-z0-9-]{1,20}$/,
  ).default('payca'),
  tags,
  organization,
  payca,
  webhook,
  credentials: section({
    /** How long the previous key is accepted after a new one is current; PayCA's own overlap is 48 hours. */
    overlapHours: whole('a whole number of hours from 12 to 720', 12, 720).default(48),
    /** From this age on an alarm asks for new ones. */
    maxAgeDays: whole('a whole number of days from 1 to 3653', 1, 3653).default(365),
  }).prefault({}),
  /** Roles for pipelines, which then need no stored keys. */
  pipelines: pipelines.prefault({}),
  rollback: section({
    /** Alarms of `Service` by their names after `<programme>-<stage>-`: a deploy that sets one of them off is undone. */
    alarms: list(
      text(
        'the name of an alarm after <programme>-<stage>-: lower-case letters, digits and hyphens',
        /^[a-z0-9-]{1,100}$/,
      ),
      'names of alarms',
      0,
      // CloudFormation's limit.
      5,
    ).default(['webhook-failures-page']),
    /** How long they are watched after a deploy; a pipeline's session of an hour must outlast it. */
    monitoringMinutes: whole('a whole number of minutes from 0 to 30', 0, 30).default(10),
  }).prefault({}),
  /** Names of keys of other services, each a secret of its own: `golive secrets put <name>`. */
  thirdPartySecrets,
  retentionDays,
  traffic: section({
    /** From here on silence is an alarm. */
    expectedFrom: instant,
  }),
  migration,
  monitoring,
  escalation,
  shipping: shipping.optional(),
  smoke,
  launch,
  reconciliation,
  support,
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** What people write in `config/`. */
export type StageInput = DeepReadonly<z.input<typeof stageSchema>>;
/** The same with every default and preset filled in, and CIDRs in one spelling. */
export type StageConfig = DeepReadonly<z.output<typeof stageSchema>>;

/** Every stage that is right, and every problem of those that are not. `root` is where paths in the config begin. */
export function readStages(
  inputs: readonly StageInput[],
  root: string = REPOSITORY,
): { stages: StageConfig[]; problems: Problem[] } {
  const read = inputs.map((input) => readStage(input, root));
  const problems = [...read.flatMap((stage) => stage.problems), ...acrossStages(inputs)];
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return { stages: read.flatMap(({ stage }) => stage ?? []), problems: [...unique.values()] };
}

/** Parses every stage, or throws one `ConfigError` with all problems of all of them. */
export function parseStages(inputs: readonly StageInput[], root: string = REPOSITORY): StageConfig[] {
  const { stages, problems } = readStages(inputs, root);
  if (problems.length > 0) throw new ConfigError(problems);
  return stages;
}

function readStage(input: unknown, root: string): { stage?: StageConfig; problems: Problem[] } {
  const result = stageSchema.safeParse(input);
  const shape = result.error?.issues.map((issue) => shapeProblem(input, issue)) ?? [];
  const problems = [...shape, ...withinStage(input, root)].map((problem) => ({ stage: nameOf(input), ...problem }));
  return { stage: problems.length === 0 ? result.data : undefined, problems };
}

function nameOf(input: unknown): string {
  const named = z.object({ stage: z.string().min(1) }).safeParse(input);
  return named.success ? describe(named.data.stage) : 'stage';
}

function shapeProblem(input: unknown, issue: z.core.$ZodIssue): Omit<Problem, 'stage'> {
  return { path: writePath(issue.path), must: issue.message, found: found(input, issue) };
}

function found(input: unknown, issue: z.core.$ZodIssue): string {
  const value = issue.path.reduce<unknown>(
    (at, key) => (Object(at) === at ? Reflect.get(Object(at), key) : undefined),
    input,
  );
  return foundIn(issue) ?? describe(value);
}
