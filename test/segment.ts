import type { StageInput } from '../lib/config/schema';

type Vpc = NonNullable<StageInput['organization']['vpc']>;

/** A VPC with three subnets in two zones, in which the app makes groups and endpoints. */
export const SEGMENTED = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'],
  availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1b'],
  segment: {
    routeTableIds: ['rtb-0123456789abcdef0'],
    prefixLists: { dynamodb: 'pl-0123456789abcdef0', s3: 'pl-0123456789abcdef1' },
    outside: { payca: ['52.28.0.0/24'], hosts: ['3.64.0.0/12', '18.192.0.0/15'] },
  },
} as const satisfies Vpc;

/** The stage with a segment in a VPC of its own. */
export function segmented<T extends StageInput>(input: T, more: Partial<NonNullable<Vpc['segment']>> = {}): T {
  const vpcId = input.stage === 'production' ? SEGMENTED.vpcId : 'vpc-0123456789abcdef1';
  const vpc = { ...SEGMENTED, vpcId, segment: { ...SEGMENTED.segment, ...more } };
  return { ...input, organization: { ...input.organization, vpc } };
}
