import * as z from 'zod';
import { cidr, list, region, section, text } from './fields';
import { type Rule, rule } from './rule';

/**
 * AWS services that functions may call, by their names in IAM, with the last part of their endpoint's name.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
export const SERVICES = {
  gateways: { dynamodb: 'dynamodb', s3: 's3' },
  interfaces: {
    cloudwatch: 'monitoring',
    events: 'events',
    kms: 'kms',
    lambda: 'lambda',
    scheduler: 'scheduler',
    secretsmanager: 'secretsmanager',
    sns: 'sns',
    sqs: 'sqs',
    ssm: 'ssm',
    sts: 'sts',
  },
} as const;

export type Gateway = keyof typeof SERVICES.gateways;
export type Interface = keyof typeof SERVICES.interfaces;

const names = <T extends string>(services: Readonly<Record<T, string>>) => Object.keys(services) as T[];
export const GATEWAYS = names(SERVICES.gateways);
export const INTERFACES = names(SERVICES.interfaces);

const id = (what: string, prefix: string) =>
  text(`the id of ${what}: ${prefix}-...`, new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`));
const group = id('a security group', 'sg');
const prefixList = id('a prefix list', 'pl');

// A security group takes 60 rules: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const destinations = list(cidr('ipv4'), 'public IPv4 CIDRs', 1, 60);

const segment = section({
  /** Those of the subnets: gateway endpoints are routes in them. */
  routeTableIds: list(id('a route table', 'rtb'), 'route table ids', 1, 50),
  /** AWS's own lists of the region's addresses: `aws ec2 describe-managed-prefix-lists`. */
  prefixLists: section({ dynamodb: prefixList, s3: prefixList }),
  outside: section({
    /** PayCA's API. */
    payca: destinations,
    /** What else is called: the webhook endpoint, which smoke tests probe from outside, and the channels of the escalation. */
    hosts: destinations,
  }),
  /** Endpoints that the VPC has already: none is made for these. */
  existing: section({
    gateways: list(z.literal(GATEWAYS, { error: `must be one of ${GATEWAYS.join(', ')}` }), 'gateways', 0, 2).default(
      [],
    ),
    /** With the security group of each, which must let in TCP 443 from the subnets. */
    interfaces: section(
      Object.fromEntries(INTERFACES.map((name) => [name, group.optional()])) as Record<
        Interface,
        z.ZodOptional<typeof group>
      >,
    ).prefault({}),
  }).prefault({}),
});

/** A VPC that exists already, for the functions to run in. */
export const vpc = section({
  vpcId: id('a VPC', 'vpc'),
  // Lambda takes up to 16 subnets and 5 security groups.
  subnetIds: list(id('a subnet', 'subnet'), 'subnet ids', 1, 16),
  /** One for each subnet, in the same order. */
  availabilityZones: z
    .array(text('an availability zone such as eu-central-1a', /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/), {
      error: 'must be a list of availability zones',
    })
    .readonly(),
  /** The team's own groups and endpoints. */
  securityGroupIds: list(group, 'security group ids', 1, 5).optional(),
  /** Groups and endpoints of this app's making, in place of the team's own. */
  segment: segment.optional(),
});

const inVpc = <S extends z.ZodRawShape>(shape: S) => z.object({ organization: z.object({ vpc: z.object(shape) }) });

const zonesFit = rule(
  inVpc({ subnetIds: z.array(z.string()), availabilityZones: z.array(z.string()) }).extend({ region }),
  ({ region: here, organization: { vpc } }) => {
    const { subnetIds, availabilityZones: zones } = vpc;
    const path = 'organization.vpc.availabilityZones';
    const far = zones.flatMap((zone, index) =>
      zone.slice(0, -1) === here
        ? []
        : [{ path: `${path}[${index}]`, must: `must be in the stage's region ${here}`, found: zone }],
    );
    if (zones.length === subnetIds.length) return far;
    return [
      ...far,
      { path, must: `must name one zone for each of the ${subnetIds.length} subnets`, found: String(zones.length) },
    ];
  },
);

/** Groups add up: with the team's own beside them, those of this app would forbid nothing. */
const groupsOfOneMaker = rule(
  inVpc({ securityGroupIds: z.unknown().optional(), segment: z.unknown().optional() }),
  ({ organization: { vpc } }) => {
    const given = (['securityGroupIds', 'segment'] as const).filter((key) => vpc[key] !== undefined);
    if (given.length === 1) return [];
    const must = 'must have either securityGroupIds (groups of your own) or segment (groups made here)';
    return [{ path: 'organization.vpc', must, found: given.join(' and ') || 'neither' }];
  },
);

/** What `organization.vpc` says about itself and the rest of its stage. */
export const VPC_RULES: readonly Rule[] = [zonesFit, groupsOfOneMaker];
