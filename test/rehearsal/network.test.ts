import { Network } from '../../rehearsal/network';
import type { Template } from '../../rehearsal/template';
import { deployed, document, getAtt, the } from './deployment';

type Resources = NonNullable<Template['Resources']>;

const ACCOUNT = '210987654321';
const HTTPS = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 };
const POLICY = document({
  Effect: 'Allow',
  Principal: '*',
  Action: '*',
  Resource: '*',
  Condition: { StringEquals: { 'aws:PrincipalAccount': [ACCOUNT] } },
});
const endpoint = (service: string, more: object) => ({
  Type: 'AWS::EC2::VPCEndpoint',
  Properties: { ServiceName: `com.amazonaws.eu-central-1.${service}`, PolicyDocument: POLICY, ...more },
});
const group = (more: Record<string, unknown>) => ({ Type: 'AWS::EC2::SecurityGroup', Properties: more });

/** A function that reaches CloudWatch by an interface endpoint and S3 by a gateway. */
const SEGMENT: Resources = {
  Role: { Type: 'AWS::IAM::Role', Properties: {} },
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Role: getAtt('Role'),
      VpcConfig: { SecurityGroupIds: [getAtt('ToEndpoints', 'GroupId'), getAtt('ToS3', 'GroupId')] },
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'report' } },
    },
  },
  ToEndpoints: group({
    SecurityGroupEgress: [{ ...HTTPS, DestinationSecurityGroupId: getAtt('Endpoints', 'GroupId') }],
  }),
  ToS3: group({ SecurityGroupEgress: [{ ...HTTPS, DestinationPrefixListId: 'pl-0123456789abcdef0' }] }),
  Endpoints: group({ SecurityGroupEgress: [{ IpProtocol: '-1', CidrIp: '127.0.0.1/32' }] }),
  LetIn: {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      ...HTTPS,
      GroupId: getAtt('Endpoints', 'GroupId'),
      SourceSecurityGroupId: getAtt('ToEndpoints', 'GroupId'),
    },
  },
  Monitoring: endpoint('monitoring', {
    VpcEndpointType: 'Interface',
    PrivateDnsEnabled: true,
    SecurityGroupIds: [getAtt('Endpoints', 'GroupId')],
  }),
  S3: endpoint('s3', { VpcEndpointType: 'Gateway', RouteTableIds: ['rtb-0123456789abcdef0'] }),
};

function refusals(resources: Resources, account = ACCOUNT): (string | undefined)[] {
  const deployment = deployed(resources);
  const network = new Network(deployment);
  return ['cloudwatch', 's3'].map((service) => network.refusal(the(deployment, 'Role'), service, account));
}

/** A copy of the segment with one property of one resource changed, or with the resource gone. */
function changed(id: string, property?: string, value?: unknown): Resources {
  const { [id]: one, ...others } = structuredClone(SEGMENT);
  if (!property) return others;
  return { ...others, [id]: { ...one, Properties: { ...one?.Properties, [property]: value } } as Resources[string] };
}

test('what groups, endpoints and their policies let through is reached', () => {
  expect(refusals(SEGMENT)).toEqual([undefined, undefined]);
});

test.each<[string, Resources, string | undefined, string | undefined]>([
  ['no endpoint', changed('Monitoring'), 'the VPC has no endpoint for it', undefined],
  [
    'no group to the endpoint',
    changed('Function', 'VpcConfig', { SecurityGroupIds: [getAtt('ToS3', 'GroupId')] }),
    'no security group of the function lets out to its endpoint',
    undefined,
  ],
  [
    'another port',
    changed('ToEndpoints', 'SecurityGroupEgress', [
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, DestinationSecurityGroupId: getAtt('Endpoints', 'GroupId') },
    ]),
    'no security group of the function lets out to its endpoint',
    undefined,
  ],
  ['nothing let in', changed('LetIn'), 'its endpoint does not let the function in', undefined],
  [
    'public names',
    changed('Monitoring', 'PrivateDnsEnabled', false),
    'its name does not lead to its endpoint',
    undefined,
  ],
  [
    'no group to the prefix list',
    changed('ToS3', 'SecurityGroupEgress', []),
    undefined,
    "no security group of the function lets out to a prefix list's addresses",
  ],
  ['no route', changed('S3', 'RouteTableIds', []), undefined, 'no route table leads to its endpoint'],
])('%s', (_, resources, toCloudWatch, toS3) => {
  const said = (service: string, reason?: string) => reason && `report has no way to ${service}: ${reason}`;
  expect(refusals(resources)).toEqual([said('cloudwatch', toCloudWatch), said('s3', toS3)]);
});

test('an endpoint that the VPC had before is not judged: its group or prefix list is let out to', () => {
  const {
    Monitoring: _,
    S3: __,
    ...none
  } = changed('ToEndpoints', 'SecurityGroupEgress', [{ ...HTTPS, DestinationSecurityGroupId: 'sg-0123456789abcdef0' }]);
  expect(refusals(none)).toEqual([undefined, undefined]);
});

test("the endpoint's policy decides whose principals go through", () => {
  expect(refusals(SEGMENT, '999988887777')).toEqual([
    'report has no way to cloudwatch: the policy of its endpoint does not let account 999988887777 through',
    'report has no way to s3: the policy of its endpoint does not let account 999988887777 through',
  ]);
});

test("in Lambda's own network and with the team's own groups nothing is judged", () => {
  expect(refusals(changed('Function', 'VpcConfig'))).toEqual([undefined, undefined]);
  const own = { SecurityGroupIds: ['sg-0123456789abcdef0'] };
  expect(refusals(changed('Function', 'VpcConfig', own))).toEqual([undefined, undefined]);
});
