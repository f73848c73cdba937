import { problemLine } from '../../lib/config/problems';
import { parseStages, readStages, type StageInput } from '../../lib/config/schema';
import { SEGMENTED, segmented } from '../segment';
import { change, minimal, minimalSandbox } from './stage';

const problems = (...stages: StageInput[]) => readStages(stages).problems.map(problemLine);
const OWN = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const PLACE = 'production.organization.vpc';

test('an existing VPC needs one zone of the region for each subnet', () => {
  expect(problems(change({ 'organization.vpc': { ...OWN, availabilityZones: ['us-east-1a'] } }))).toEqual([
    `${PLACE}.availabilityZones[0] must be in the stage's region eu-central-1, got: us-east-1a`,
    `${PLACE}.availabilityZones must name one zone for each of the 2 subnets, got: 1`,
  ]);
  expect(problems(change({ 'organization.vpc': OWN }))).toEqual([]);
});

test('a segment is taken, with endpoints that the VPC has', () => {
  expect(problems(segmented(minimal), segmented(minimalSandbox))).toEqual([]);
  const existing = { gateways: ['s3'], interfaces: { kms: 'sg-0123456789abcdef0' } };
  const segment = { ...SEGMENTED.segment, existing };
  expect(problems(change({ 'organization.vpc': { ...SEGMENTED, segment } }))).toEqual([]);
  const [parsed] = parseStages([segmented(minimal)]);
  expect(parsed?.organization.vpc?.segment?.existing).toEqual({ gateways: [], interfaces: {} });
});

test.each([
  ['both', { ...SEGMENTED, securityGroupIds: ['sg-0123456789abcdef0'] }, 'securityGroupIds and segment'],
  ['neither', { ...OWN, securityGroupIds: undefined }, 'neither'],
])('groups are of one maker: %s', (_, vpc, found) => {
  expect(problems(change({ 'organization.vpc': vpc }))).toEqual([
    `${PLACE} must have either securityGroupIds (groups of your own) or segment (groups made here), got: ${found}`,
  ]);
});

test('every mistake in a segment is told at once', () => {
  const segment = {
    routeTableIds: ['rtb-1'],
    prefixLists: { dynamodb: 'com.amazonaws.eu-central-1.dynamodb' },
    outside: { payca: [], hosts: ['0.0.0.0/0', '10.0.0.0/8'] },
    existing: { gateways: ['kms'], interfaces: { textract: 'sg-0123456789abcdef0', kms: 'vpce-1' } },
  };
  const at = `${PLACE}.segment`;
  expect(problems(change({ 'organization.vpc': { ...SEGMENTED, segment } }))).toEqual([
    `${at}.routeTableIds[0] must be the id of a route table: rtb-..., got: rtb-1`,
    `${at}.prefixLists.dynamodb must be the id of a prefix list: pl-..., got: com.amazonaws.eu-central-1.dynamodb`,
    `${at}.prefixLists.s3 must be the id of a prefix list: pl-..., got: nothing`,
    `${at}.outside.payca must be a list of 1 to 60 public IPv4 CIDRs, each once, got: an empty list`,
    `${at}.outside.hosts[0] must be a public IPv4 CIDR of /8 or smaller, got: 0.0.0.0/0`,
    `${at}.outside.hosts[1] must be a public IPv4 CIDR, got: 10.0.0.0/8 (private)`,
    `${at}.existing.gateways[0] must be one of dynamodb, s3, got: kms`,
    `${at}.existing.interfaces.kms must be the id of a security group: sg-..., got: vpce-1`,
    `${at}.existing.interfaces must have no other keys than cloudwatch, events, kms, lambda, scheduler, secretsmanager, sns, sqs, ssm, sts, got: textract`,
  ]);
});

test('two stages have no segment in one VPC', () => {
  const shared = { ...minimalSandbox, organization: { ...minimalSandbox.organization, vpc: SEGMENTED } };
  expect(problems(segmented(minimal), shared)).toEqual([
    'sandbox.organization.vpc.vpcId must differ from the one of production, which has a segment in it too, got: vpc-0123456789abcdef0',
  ]);
});
