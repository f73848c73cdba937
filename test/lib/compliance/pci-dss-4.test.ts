import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type CfnResource, Fn, Stack } from 'aws-cdk-lib';
import { CfnDomainName, CfnRestApi, CfnStage } from 'aws-cdk-lib/aws-apigateway';
import { CfnAlarm, CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnSecurityGroup, CfnSecurityGroupEgress, CfnSecurityGroupIngress, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction, CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnTopic, CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { resourcesOf } from '../../../lib/compliance/assembly';
import { EXCEPTIONS } from '../../../lib/compliance/exceptions';
import { type Observation, recordResults } from '../../../lib/compliance/observation';
import { PciDss401Checks } from '../../../lib/compliance/pci-dss-4/pack';
import { pciPage } from '../../../lib/compliance/pci-dss-4/page';
import { REQUIREMENTS } from '../../../lib/compliance/pci-dss-4/requirements';
import { PCI_RULES } from '../../../lib/compliance/pci-dss-4/rules';
import { makeReport } from '../../../lib/compliance/report/report';
import { goLiveApp } from '../synth';

type Build = (stack: Stack) => CfnResource;

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000';
const TLS_DENY = (resource: unknown) => ({
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*', 'sqs:*', 'sns:Publish'],
      Resource: resource,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});

const api =
  (change: object): Build =>
  (stack) =>
    new CfnRestApi(stack, 'Api', {
      disableExecuteApiEndpoint: true,
      policy: {
        Statement: [
          { Effect: 'Allow', Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } } },
        ],
      },
      ...change,
    });
const domain =
  (change: object): Build =>
  (stack) =>
    new CfnDomainName(stack, 'Domain', {
      securityPolicy: 'TLS_1_2',
      regionalCertificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0',
      ...change,
    });
const FORMAT =
  '$context.requestId $context.identity.sourceIp $context.requestTimeEpoch $context.httpMethod $context.path $context.status';
const stage =
  (accessLogSetting?: object): Build =>
  (stack) =>
    new CfnStage(stack, 'Stage', { restApiId: 'api', stageName: 'live', accessLogSetting });
const logs =
  (change: object): Build =>
  (stack) => {
    const group = new CfnLogGroup(stack, 'Logs', { kmsKeyId: KEY, retentionInDays: 365, ...change });
    new CfnStage(stack, 'Stage', {
      restApiId: 'api',
      accessLogSetting: { destinationArn: group.attrArn, format: FORMAT },
    });
    return group;
  };
const bucket =
  (change: object, policy?: boolean): Build =>
  (stack) => {
    const made = new CfnBucket(stack, 'Bucket', change);
    const resource = [made.attrArn, `${made.attrArn}/*`];
    if (policy) new CfnBucketPolicy(stack, 'Policy', { bucket: made.ref, policyDocument: TLS_DENY(resource) });
    return made;
  };
const queue =
  (change: object, policy?: boolean): Build =>
  (stack) => {
    const made = new CfnQueue(stack, 'Queue', change);
    if (policy) new CfnQueuePolicy(stack, 'Policy', { queues: [made.ref], policyDocument: TLS_DENY(made.attrArn) });
    return made;
  };
const topic =
  (change: object, policy?: boolean): Build =>
  (stack) => {
    const made = new CfnTopic(stack, 'Topic', change);
    if (policy) new CfnTopicPolicy(stack, 'Policy', { topics: [made.ref], policyDocument: TLS_DENY(made.ref) });
    return made;
  };
const key =
  (change: object): Build =>
  (stack) =>
    new CfnKey(stack, 'Key', { enableKeyRotation: true, ...change });
const keyPolicy = (principal: unknown) => ({
  keyPolicy: { Statement: [{ Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*' }] },
});
const policy =
  (Action: string[], Resource: string): Build =>
  (stack) =>
    new CfnManagedPolicy(stack, 'Policy', { policyDocument: { Statement: [{ Action, Effect: 'Allow', Resource }] } });
const environment =
  (variables: Record<string, string>): Build =>
  (stack) =>
    new CfnFunction(stack, 'Function', { code: {}, role: 'r', environment: { variables } });
const acl = (stack: Stack) =>
  new CfnWebACL(stack, 'Acl', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName: 'm' },
  });
const alarm =
  (change: object): Build =>
  (stack) =>
    new CfnAlarm(stack, 'Alarm', { comparisonOperator: 'GreaterThanThreshold', evaluationPeriods: 1, ...change });
const permission =
  (change: object): Build =>
  (stack) =>
    new CfnPermission(stack, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: 'f',
      principal: '*',
      ...change,
    });
const BLOCK = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const kmsBucket = (sseAlgorithm: string) => ({
  bucketEncryption: { serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm } }] },
});
const table =
  (sseSpecification?: object): Build =>
  (stack) =>
    new CfnTable(stack, 'Table', {
      keySchema: [],
      sseSpecification: sseSpecification as CfnTable.SSESpecificationProperty,
    });
const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };
const NOWHERE = { ipProtocol: '-1', cidrIp: '127.0.0.1/32' };
/** A group of a function in another stack, as the functions of a stage are. */
const group =
  (...securityGroupEgress: CfnSecurityGroup.EgressProperty[]): Build =>
  (stack) => {
    const made = new CfnSecurityGroup(stack, 'Group', { groupDescription: 'g', securityGroupEgress });
    const other = new Stack(stack.node.root, 'Other');
    new CfnFunction(other, 'Function', {
      code: {},
      role: 'r',
      vpcConfig: { subnetIds: ['subnet-1'], securityGroupIds: [made.attrGroupId] },
    });
    return made;
  };
const letIn = (build: Build, rule: object): Build => {
  return (stack) => {
    const made = build(stack) as CfnSecurityGroup;
    new CfnSecurityGroupIngress(stack, 'In', { ...HTTPS, groupId: made.attrGroupId, ...rule });
    return made;
  };
};
const ofEndpoints: Build = (stack) =>
  new CfnSecurityGroup(stack, 'Endpoints', { groupDescription: 'e', securityGroupEgress: [NOWHERE] });
const endpointFor =
  (Condition?: object): Build =>
  (stack) =>
    new CfnVPCEndpoint(stack, 'Endpoint', {
      vpcId: 'vpc-1',
      policyDocument: { Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition }] },
    });

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:page';

/** A rule that hears the state changes of alarms. */
const heard = (stack: Stack, change: object = {}) =>
  new CfnRule(stack, 'Rule', {
    eventPattern: {
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { alarmName: [{ wildcard: 'payca-*-page' }], state: { value: ['ALARM', 'OK'] } },
    },
    targets: [{ id: 'people', arn: 'arn:aws:sqs:eu-central-1:111122223333:people' }],
    ...change,
  });
/** An alarm about the queue in which alarms wait to be told. */
const aboutItsWay =
  (alarmActions: string[]): Build =>
  (stack) => {
    const way = queue({})(stack) as CfnQueue;
    heard(stack, { targets: [{ id: 'people', arn: way.attrArn }] });
    const dimensions = [{ name: 'QueueName', value: way.attrQueueName }];
    return alarm({ alarmName: 'payca-way-page', dimensions, alarmActions })(stack);
  };

/** For each rule what it lets pass, and the same with the one thing taken away or changed that it is about. */
const CASES: Readonly<Record<string, readonly [Build, Build]>> = {
  ApiInboundRestricted: [api({}), api({ policy: { Statement: [{ Effect: 'Allow', Principal: { AWS: '*' } }] } })],
  ApiDefaultEndpointDisabled: [api({}), api({ disableExecuteApiEndpoint: false })],
  GroupInboundRestricted: [group(NOWHERE), letIn(group(NOWHERE), { sourceSecurityGroupId: 'sg-1' })],
  GroupOutboundRestricted: [group({ ...HTTPS, destinationPrefixListId: 'pl-1' }), group()],
  EndpointPolicyNamesAccounts: [
    endpointFor({ StringEquals: { 'aws:PrincipalAccount': ['111122223333'] } }),
    endpointFor(),
  ],
  BucketNotPublic: [
    bucket({ publicAccessBlockConfiguration: BLOCK }),
    bucket({ publicAccessBlockConfiguration: { ...BLOCK, blockPublicAcls: false } }),
  ],
  FunctionNotPublic: [permission({ sourceArn: 'arn:aws:events:eu-central-1:111122223333:rule/r' }), permission({})],
  LogRetentionSet: [logs({}), logs({ retentionInDays: undefined })],
  TableCustomerKey: [table({ sseEnabled: true, sseType: 'KMS', kmsMasterKeyId: KEY }), table()],
  BucketCustomerKey: [bucket(kmsBucket('aws:kms')), bucket(kmsBucket('AES256'))],
  QueueCustomerKey: [queue({ kmsMasterKeyId: KEY }), queue({})],
  TopicCustomerKey: [topic({ kmsMasterKeyId: KEY }), topic({})],
  LogCustomerKey: [logs({}), logs({ kmsKeyId: undefined })],
  KeyPolicyNamesPrincipals: [key(keyPolicy({ AWS: 'arn:aws:iam::111122223333:root' })), key(keyPolicy('*'))],
  KeyRotation: [key({}), key({ enableKeyRotation: false })],
  DomainTlsFloor: [domain({}), domain({ securityPolicy: undefined })],
  BucketTlsOnly: [bucket({}, true), bucket({})],
  QueueTlsOnly: [queue({}, true), queue({})],
  TopicTlsOnly: [topic({}, true), topic({})],
  DomainCertificateNamed: [domain({}), domain({ regionalCertificateArn: undefined })],
  ApiBehindFirewall: [
    (stack) => {
      const made = stage()(stack) as CfnStage;
      const resourceArn = `arn:aws:apigateway:eu-central-1::/restapis/api/stages/${made.ref}`;
      new CfnWebACLAssociation(stack, 'Association', { resourceArn, webAclArn: 'a' });
      return made;
    },
    stage(),
  ],
  FirewallLogging: [
    (stack) => {
      const made = acl(stack);
      new CfnLoggingConfiguration(stack, 'Logging', { resourceArn: made.attrArn, logDestinationConfigs: ['l'] });
      return made;
    },
    acl,
  ],
  NoAdminPolicy: [policy(['s3:GetObject'], '*'), policy(['*'], '*')],
  NoFullAccessPolicy: [policy(['s3:GetObject'], 'b'), policy(['s3:*'], 'b')],
  NoSecretInEnvironment: [
    environment({ CREDENTIALS_SECRET: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:s' }),
    environment({ CLIENT_SECRET: 'not-a-real-one' }),
  ],
  SecretCustomerKey: [
    (stack) => new CfnSecret(stack, 'Secret', { kmsKeyId: KEY }),
    (stack) => new CfnSecret(stack, 'Secret'),
  ],
  ApiAccessLogging: [
    stage({ destinationArn: 'arn:aws:logs:eu-central-1:111122223333:log-group:l', format: FORMAT }),
    stage(),
  ],
  BucketLogging: [bucket({ loggingConfiguration: { destinationBucketName: 'logs' } }), bucket({})],
  AccessLogFields: [
    stage({ destinationArn: 'l', format: FORMAT }),
    stage({ destinationArn: 'l', format: FORMAT.replace('$context.identity.sourceIp', '') }),
  ],
  BucketVersioned: [bucket({ versioningConfiguration: { status: 'Enabled' } }), bucket({})],
  AuditLogTwelveMonths: [logs({}), logs({ retentionInDays: 180 })],
  AlarmTellsSomebody: [alarm({ alarmActions: [TOPIC] }), alarm({})],
  DeliveryAlarmActsItself: [aboutItsWay([TOPIC]), aboutItsWay([])],
};

function verdict(name: string, build: Build): string | undefined {
  const resource = build(new Stack(new App(), 'Stack'));
  const observations: Observation[] = [];
  recordResults(new PciDss401Checks(), (observation) => observations.push(observation)).validateScope(resource.stack);
  return observations.find(({ rule, resource: judged }) => rule === `PCI.DSS.401-${name}` && judged === resource)
    ?.outcome;
}

test('every rule has a mutation', () => {
  expect(Object.keys(CASES).sort()).toEqual(PCI_RULES.map(({ name }) => name).sort());
});

test.each(Object.entries(CASES))('%s passes what is right and finds the mutation', (name, [right, wrong]) => {
  expect([verdict(name, right), verdict(name, wrong)]).toEqual(['compliant', 'non-compliant']);
});

const named =
  (alarmName: string, rule: object = {}): Build =>
  (stack) => {
    heard(stack, rule);
    return alarm({ alarmName })(stack);
  };
const partOf =
  (how: string, alarmName: string): Build =>
  (stack) => {
    heard(stack);
    const part = alarm({ alarmName: 'payca-outage-signal' })(stack) as CfnAlarm;
    new CfnCompositeAlarm(stack, 'Whole', { alarmName, alarmRule: Fn.join('', [how, part.attrArn, '")']) });
    return part;
  };
const unheard: Build = (stack) =>
  new CfnCompositeAlarm(stack, 'Whole', { alarmName: 'payca-signal', alarmRule: 'TRUE' });
const states = (value: string[]) => ({
  eventPattern: {
    'detail-type': ['CloudWatch Alarm State Change'],
    detail: { alarmName: [{ wildcard: 'payca-*-page' }], state: { value } },
  },
});

test.each([
  ['that a rule hears', named('payca-outage-page'), 'compliant'],
  ['that no rule hears', named('payca-outage-signal'), 'non-compliant'],
  ['that a rule hears which is off', named('payca-outage-page', { state: 'DISABLED' }), 'non-compliant'],
  ['that a rule hears which leads nowhere', named('payca-outage-page', { targets: [] }), 'non-compliant'],
  ['that a rule hears only when it is over', named('payca-outage-page', states(['OK'])), 'non-compliant'],
  ['whose actions are off', alarm({ alarmActions: [TOPIC], actionsEnabled: false }), 'non-compliant'],
  ['that is part of one that is told', partOf('ALARM("', 'payca-outage-page'), 'compliant'],
  ['that is part of one that nobody hears', partOf('ALARM("', 'payca-outage-signal'), 'non-compliant'],
  ['that only holds back one that is told', partOf('NOT ALARM("', 'payca-outage-page'), 'non-compliant'],
  ['that is made of others and nobody hears', unheard, 'non-compliant'],
])('an alarm %s', (_, build, expected) => {
  expect(verdict('AlarmTellsSomebody', build)).toBe(expected);
});

const logsBucket =
  (rule: object): Build =>
  (stack) => {
    const logs = new CfnBucket(stack, 'Logs', { lifecycleConfiguration: { rules: [{ status: 'Enabled', ...rule }] } });
    new CfnBucket(stack, 'Bucket', { loggingConfiguration: { destinationBucketName: logs.ref } });
    return logs;
  };
const archivedAfter = (transitionInDays: number) => ({ transitions: [{ storageClass: 'GLACIER', transitionInDays }] });

test.each([
  ['a year', logsBucket({ expirationInDays: 365 }), 'compliant'],
  ['a day less', logsBucket({ expirationInDays: 364 }), 'non-compliant'],
  ['three months at hand', logsBucket(archivedAfter(90)), 'compliant'],
  ['a day less at hand', logsBucket(archivedAfter(89)), 'non-compliant'],
])('access logs of buckets kept for %s', (_, build, expected) => {
  expect(verdict('AuditLogTwelveMonths', build)).toBe(expected);
});

test('a topic with a customer key that takes messages without TLS is found', () => {
  expect(verdict('TopicTlsOnly', topic({ kmsMasterKeyId: KEY }))).toBe('non-compliant');
});

test('a bucket that leaves the public access block to its account is found', () => {
  expect(verdict('BucketNotPublic', bucket({}))).toBe('non-compliant');
});

test.each<[string, Build, string]>([
  ['to any address', group({ ...HTTPS, cidrIp: '0.0.0.0/0' }), 'non-compliant'],
  ['to any IPv6 address', group({ ...HTTPS, cidrIpv6: '::/0' }), 'non-compliant'],
  ['on every port', group({ ipProtocol: '-1', destinationSecurityGroupId: 'sg-1' }), 'non-compliant'],
  ['to a named range', group({ ...HTTPS, cidrIp: '52.28.0.0/24' }), 'compliant'],
  [
    'by a rule that is added',
    (stack) => {
      const made = group(NOWHERE)(stack) as CfnSecurityGroup;
      new CfnSecurityGroupEgress(stack, 'Out', { ...HTTPS, groupId: made.attrGroupId, cidrIp: '0.0.0.0/0' });
      return made;
    },
    'non-compliant',
  ],
  [
    'by an added rule only, beside the one that EC2 makes',
    (stack) => {
      const made = group()(stack) as CfnSecurityGroup;
      new CfnSecurityGroupEgress(stack, 'Out', { ...HTTPS, groupId: made.attrGroupId, cidrIp: '52.28.0.0/24' });
      return made;
    },
    'non-compliant',
  ],
])('a group that lets out %s', (_, build, expected) => {
  expect(verdict('GroupOutboundRestricted', build)).toBe(expected);
});

test.each<[string, Build, string]>([
  ['from a group', letIn(ofEndpoints, { sourceSecurityGroupId: 'sg-1' }), 'compliant'],
  ['from any address', letIn(ofEndpoints, { cidrIp: '0.0.0.0/0' }), 'non-compliant'],
  ['on every port', letIn(ofEndpoints, { ipProtocol: '-1', sourceSecurityGroupId: 'sg-1' }), 'non-compliant'],
])('a group of endpoints that lets in %s', (_, build, expected) => {
  expect(verdict('GroupInboundRestricted', build)).toBe(expected);
});

test('a rule says nothing of what it does not know', () => {
  expect(verdict('DomainTlsFloor', key({}))).toBe('not applicable');
});

test('every rule cites requirements that are in the list', () => {
  const known = REQUIREMENTS.map(({ id }) => id);
  for (const { requirements } of PCI_RULES) expect(known).toEqual(expect.arrayContaining([...requirements]));
  expect(new Set(known).size).toBe(known.length);
});

test('docs/compliance/pci-dss-4.md is what `npm run compliance -- --docs` writes', () => {
  const app = goLiveApp();
  app.synth();
  const observations: Observation[] = [];
  recordResults(new PciDss401Checks(), (observation) => observations.push(observation)).validateScope(app);
  const { results } = makeReport({
    asOf: '2026-12-01',
    observations,
    exceptions: EXCEPTIONS,
    packs: [{ pack: 'PCI.DSS.401', version: '', records: 'every result' }],
    resources: resourcesOf(app),
    retention: [],
    attestations: [],
    provenance: { commit: '', tools: {}, templates: [] },
  });
  const path = join(__dirname, '../../../docs/compliance/pci-dss-4.md');
  expect(readFileSync(path, 'utf8')).toBe(pciPage(results));
});
