import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { StageInput } from '../../lib/config/schema';
import { REPOSITORY } from '../../lib/config/truststore';
import { authority } from '../../rehearsal/certificates';
import { changed, templates } from './synth';

const PRODUCTION = 'Production/Service';
const unchanged = templates()(PRODUCTION);
const service = (change?: Parameters<typeof templates>[0]): Template =>
  change ? templates(change)(PRODUCTION) : unchanged;

// A synth is slow: settings that do not touch each other are changed in one.
const vpc = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const tuned = service(
  changed('production', {
    organization: { vpc },
    webhook: {
      acknowledge: 200,
      bodyLimitKb: 64,
      expectedPeakPerSecond: 7,
      tlsPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
      waf: { enabled: true, rateLimitPer5Minutes: 21_000 },
    },
    retentionDays: { webhooks: 45, auditLogs: 731, applicationLogs: 14 },
  }),
);

const zone = { zoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'payca.example.com' };
const withWebhook = (webhook: Partial<StageInput['webhook']>) =>
  service((input) => (input.stage === 'production' ? { ...input, webhook: { ...input.webhook, ...webhook } } : input));
const bothFamilies = withWebhook({ dns: zone, allowList: { ipv4: ['52.28.10.0/28'], ipv6: ['2a05:d014::/48'] } });
const onlyIpv4 = withWebhook({ dns: zone, allowList: { ipv4: ['52.28.0.0/24'], ipv6: [] }, tlsPolicy: 'TLS_1_2' });

function statements(template: Template, role: string): { Action: string | string[]; Resource: unknown }[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
}

const actions = (template: Template, role: string) =>
  statements(template, role)
    .flatMap(({ Action }) => Action)
    .sort();

describe('functions', () => {
  const template = service();

  test.each([
    ['receive-webhook', 'ReceiveWebhook', 'Active'],
    // A stream carries no trace to follow, and one for each of its batches would cost more than the batch.
    ['dispatch-events', 'DispatchEvents', 'PassThrough'],
    ['archive-events', 'ArchiveEvents', 'Active'],
  ])('%s runs on Node 24, arm64, with a kept and encrypted log group of its own', (name, id, tracing) => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: tracing },
      LoggingConfig: {
        LogGroup: { Ref: Match.stringLikeRegexp(`^${id}Logs`) },
        LogFormat: 'JSON',
        SystemLogLevel: 'WARN',
      },
      Environment: { Variables: Match.objectLike({ POWERTOOLS_SERVICE_NAME: name, STAGE: 'production' }) },
    });
    expect(
      Object.keys(
        template.findResources('AWS::Logs::LogGroup', {
          Properties: { RetentionInDays: Match.anyValue(), KmsKeyId: Match.anyValue() },
        }),
      ).some((logical) => logical.startsWith(`${id}Logs`)),
    ).toBe(true);
  });

  test('receive-webhook may store, read its secret, encrypt one-time codes, and nothing else', () => {
    expect(actions(template, 'ReceiveWebhook')).toEqual([
      'dynamodb:PutItem',
      'kms:Decrypt',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
      'secretsmanager:ListSecretVersionIds',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('archive-events may write objects, never read or delete them', () => {
    expect(actions(template, 'ArchiveEvents').filter((action) => action.startsWith('s3:'))).toEqual(['s3:PutObject']);
  });

  test('no function reserves concurrency', () => {
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.anyValue() }, 0);
  });

  test('run in the existing VPC that the organization names', () => {
    tuned.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds },
    });
    for (const role of ['ReceiveWebhook', 'DispatchEvents', 'ArchiveEvents']) {
      expect(actions(tuned, role)).toContain('ec2:CreateNetworkInterface');
    }
    expect(actions(service(), 'ReceiveWebhook').filter((action) => action.startsWith('ec2:'))).toEqual([]);
  });

  test('take answer, limit and retention from the config', () => {
    const variables = (Variables: Record<string, string>) => ({
      Environment: { Variables: Match.objectLike(Variables) },
    });
    tuned.hasResourceProperties(
      'AWS::Lambda::Function',
      variables({ ACKNOWLEDGE_STATUS: '200', BODY_LIMIT_BYTES: '65536' }),
    );
    tuned.hasResourceProperties('AWS::Lambda::Function', variables({ WEBHOOK_RETENTION_DAYS: '45' }));
  });
});

test('every log group is encrypted and kept for the days of its kind', () => {
  const groups = tuned.findResources('AWS::Logs::LogGroup');
  const days = Object.entries(groups).map(([id, { Properties, DeletionPolicy }]) => {
    expect(Properties.KmsKeyId).toBeDefined();
    expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    return [id.replace(/[0-9A-F]{8}$/, ''), Properties.RetentionInDays];
  });
  expect(Object.fromEntries(days)).toMatchObject({
    ReceiveWebhookLogs: 14,
    DispatchEventsLogs: 14,
    ArchiveEventsLogs: 14,
    EdgeExecutionLog: 14,
    EdgeAccessLog: 731,
    EdgeFirewallLogs: 731,
  });
});

describe('dispatch', () => {
  const template = service();

  test('the stream hands over new items that the bus has not had, in batches that fail one by one', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FilterCriteria: {
        Filters: [
          { Pattern: '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"undispatched":{"S":[{"exists":true}]}}}}' },
        ],
      },
    });
  });

  test('a sweep every five minutes finds what the stream missed', () => {
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
  });

  test('a one-time code never enters the archive queue', () => {
    const [rule] = Object.values(
      template.findResources('AWS::Events::Rule', {
        Properties: { EventPattern: { 'detail-type': ['card_tokenization.tokenization_code'] } },
      }),
    );
    const { InputPathsMap } = rule?.Properties.Targets[0].InputTransformer ?? {};
    expect(Object.values(InputPathsMap)).toContain('$.detail.payload');
    expect(Object.values(InputPathsMap)).not.toContain('$.detail');
    expect(JSON.stringify(InputPathsMap)).not.toContain('oneTimeCode');
  });

  test('what cannot be archived ends in a dead-letter queue that keeps it for 14 days', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
      VisibilityTimeout: 660,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] },
        maxReceiveCount: 5,
      },
    });
    template.allResourcesProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 24 * 60 * 60 });
  });

  test('queues and log groups use a key whose policy names the services that write to them', () => {
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'logs.eu-central-1.amazonaws.com' } }),
          Match.objectLike({ Principal: { Service: 'events.amazonaws.com' } }),
        ]),
      },
    });
  });
});

describe('edge', () => {
  test('is regional, keeps its default endpoint closed and hands bodies over as bytes', () => {
    service().hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['REGIONAL'] },
      DisableExecuteApiEndpoint: true,
      BinaryMediaTypes: ['*/*'],
    });
  });

  test('allows the literal addresses of the allow-list and nobody else', () => {
    bothFamilies.hasResourceProperties('AWS::ApiGateway::RestApi', {
      Policy: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: 'execute-api:Invoke',
            Resource: 'execute-api:/*',
            Condition: { IpAddress: { 'aws:SourceIp': ['52.28.10.0/28', '2a05:d014::/48'] } },
          },
        ],
      },
    });
  });

  test('an open sandbox has no address condition and no IP sets', () => {
    const open = { any: true as const, reason: 'addresses not yet known', owner: 'Engineering', expires: '2027-01-31' };
    const template = templates((input) =>
      input.stage === 'sandbox' ? { ...input, webhook: { ...input.webhook, allowList: open } } : input,
    )('Sandbox/Service');
    template.resourceCountIs('AWS::WAFv2::IPSet', 0);
    const [api] = Object.values(template.findResources('AWS::ApiGateway::RestApi'));
    expect(api?.Properties.Policy.Statement[0]).not.toHaveProperty('Condition');
  });

  test.each([
    ['TLS_1_2', undefined, onlyIpv4],
    ['SecurityPolicy_TLS13_1_3_2025_09', 'STRICT', tuned],
  ] as const)('with TLS policy %s the domain has access mode %s', (tlsPolicy, mode, template) => {
    template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      SecurityPolicy: tlsPolicy,
      EndpointAccessMode: mode ?? Match.absent(),
    });
  });

  test('asks for client certificates of a truststore that is named by its hash', async () => {
    // Paths in the config begin in the repository, whose `out` is nobody's.
    mkdirSync(join(REPOSITORY, 'out'), { recursive: true });
    const directory = mkdtempSync(join(REPOSITORY, 'out', 'truststore-'));
    const truststore = relative(REPOSITORY, join(directory, 'ca.pem'));
    const uri = async (name: string) => {
      const { pem } = await authority(name);
      writeFileSync(join(REPOSITORY, truststore), pem);
      const template = service(changed('production', { webhook: { mutualTls: { truststore } } }));
      template.hasResourceProperties('AWS::ApiGateway::DomainName', { SecurityPolicy: 'TLS_1_2' });
      const [domain] = Object.values(template.findResources('AWS::ApiGateway::DomainName'));
      return String(domain?.Properties.MutualTlsAuthentication.TruststoreUri);
    };
    try {
      const [first, second] = [await uri('First'), await uri('Second')];
      expect(first).toMatch(/\/[0-9a-f]{64}\.pem$/);
      expect(second).not.toBe(first);
    } finally {
      rmSync(directory, { recursive: true });
    }
    service().hasResourceProperties('AWS::ApiGateway::DomainName', { MutualTlsAuthentication: Match.absent() });
  });

  test.each([
    [['2a05:d014::/48'], 'dualstack', bothFamilies],
    [[], 'ipv4', onlyIpv4],
  ])('with IPv6 ranges %j the domain answers on %s', (_, ipAddressType, template) => {
    template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      EndpointConfiguration: { IpAddressType: ipAddressType, Types: ['REGIONAL'] },
    });
  });

  test('traces a few of the webhooks, not the first of every second', () => {
    service().hasResourceProperties('AWS::XRay::SamplingRule', {
      SamplingRule: Match.objectLike({ RuleName: 'payca-production', ReservoirSize: 0, FixedRate: 0.02 }),
    });
  });

  test('throttles at ten times the expected peak and logs every request without its body', () => {
    tuned.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [
        Match.objectLike({
          ThrottlingRateLimit: 70,
          ThrottlingBurstLimit: 140,
          LoggingLevel: 'ERROR',
          DataTraceEnabled: false,
        }),
      ],
      TracingEnabled: true,
    });
    const [stage] = Object.values(tuned.findResources('AWS::ApiGateway::Stage'));
    const format = stage?.Properties.AccessLogSetting.Format;
    expect(JSON.parse(format)).toMatchObject({
      requestId: '$context.requestId',
      sourceIp: '$context.identity.sourceIp',
      status: '$context.status',
      responseType: '$context.error.responseType',
      wafResponse: '$context.wafResponseCode',
      latencyMs: '$context.responseLatency',
      tlsVersion: '$context.tlsVersion',
      cipherSuite: '$context.cipherSuite',
    });
    expect(format).not.toMatch(/body|header|signature/i);
  });
});

describe('firewall', () => {
  const rules = (template: Template) =>
    Object.values(template.findResources('AWS::WAFv2::WebACL'))[0]?.Properties.Rules.map(
      (rule: { Name: string }) => rule.Name,
    );

  test('refuses strangers first; body rules count; no rate rule unless configured', () => {
    const template = service();
    expect(rules(template)).toEqual(['refuse-off-list', 'count-known-bad-inputs']);
    template.hasResourceProperties('AWS::WAFv2::WebACL', {
      Rules: Match.arrayWith([Match.objectLike({ Name: 'count-known-bad-inputs', OverrideAction: { Count: {} } })]),
    });
  });

  test('a rate rule comes after the allow-list', () => {
    expect(rules(tuned).indexOf('limit-rate')).toBeGreaterThan(rules(tuned).indexOf('refuse-off-list'));
  });

  test('knows only the address families of the allow-list, in literal sets', () => {
    onlyIpv4.resourceCountIs('AWS::WAFv2::IPSet', 1);
    onlyIpv4.hasResourceProperties('AWS::WAFv2::IPSet', { IPAddressVersion: 'IPV4', Addresses: ['52.28.0.0/24'] });
    onlyIpv4.hasResourceProperties('AWS::WAFv2::WebACL', {
      DefaultAction: { Allow: {} },
      Rules: Match.arrayWith([
        Match.objectLike({
          Name: 'refuse-off-list',
          Action: { Block: {} },
          Statement: { NotStatement: { Statement: { IPSetReferenceStatement: Match.anyValue() } } },
        }),
      ]),
    });
  });

  test('stands before the stage and never logs a signature or a client id', () => {
    const template = service();
    template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      ResourceArn: { 'Fn::Join': ['', Match.arrayWith([{ Ref: Match.stringLikeRegexp('^EdgeApiDeploymentStage') }])] },
    });
    template.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      RedactedFields: [{ SingleHeader: { Name: 'x-signature' } }, { SingleHeader: { Name: 'x-client-id' } }],
    });
  });

  test('logs what it blocked or counted, and not each webhook that it let through', () => {
    service().hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      LoggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }, { ActionCondition: { Action: 'COUNT' } }],
          },
        ],
      },
    });
  });

  test('can be left out', () => {
    const template = service(changed('production', { webhook: { waf: { enabled: false } } }));
    const left = Object.values<{ Type: string }>(template.toJSON().Resources).map(({ Type }) => Type);
    expect(left.filter((type) => type.startsWith('AWS::WAFv2::'))).toEqual([]);
  });
});

describe('DNS', () => {
  const types = (template: Template) =>
    Object.values(template.findResources('AWS::Route53::RecordSet'))
      .map(({ Properties }) => Properties.Type)
      .sort();

  test('manual makes no record', () => {
    service().resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  test('a zone of this account gets A and AAAA records', () => {
    bothFamilies.allResourcesProperties('AWS::Route53::RecordSet', {
      HostedZoneId: zone.zoneId,
      Name: { 'Fn::Join': ['', [{ Ref: Match.stringLikeRegexp('^EdgeDomain') }, '.']] },
      AliasTarget: { DNSName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^EdgeDomain'), 'RegionalDomainName'] } },
    });
    expect(types(bothFamilies)).toEqual(['A', 'AAAA']);
  });

  test('without IPv6 ranges there is no AAAA record', () => {
    expect(types(onlyIpv4)).toEqual(['A']);
  });

  test('a zone of another account is changed through its role, and a failure there cannot roll the service back', () => {
    const template = withWebhook({ dns: { ...zone, roleArn: 'arn:aws:iam::999988887777:role/dns' } });
    const [records] = Object.values(template.findResources('Custom::AWS'));
    expect(JSON.stringify(records?.Properties.Create)).toContain('role/dns');
    expect(JSON.stringify(records?.Properties.Create)).toContain('ignoreErrorCodesMatching');
  });
});

test('one changed address changes policy, WAF set, deployment and the name of the release, and nothing else', () => {
  const resources = (change?: Parameters<typeof templates>[0]) => {
    const all = templates(change);
    return { ...all('Production/State').toJSON().Resources, ...all(PRODUCTION).toJSON().Resources };
  };
  const before = resources();
  const after = resources(
    changed('production', { webhook: { allowList: { ipv4: ['198.51.100.0/25'], ipv6: ['2001:db8:100::/48'] } } }),
  );
  const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((id) => JSON.stringify(before[id]) !== JSON.stringify(after[id]))
    .map((id) => (before[id] ?? after[id]).Type);
  // The old deployment and the new one, to which the stage is pointed.
  expect(differing.sort()).toEqual([
    'AWS::ApiGateway::Deployment',
    'AWS::ApiGateway::Deployment',
    'AWS::ApiGateway::RestApi',
    'AWS::ApiGateway::Stage',
    'AWS::Lambda::Function',
    'AWS::WAFv2::IPSet',
    'Custom::Release',
  ]);
});

test('the outputs say where PayCA is to call, and where its name has to point', () => {
  service().hasOutput('WebhookUrl', { Value: 'https://webhooks.payca.example.com/webhooks' });
  service().hasOutput('DomainTarget', {
    Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^EdgeDomain'), 'RegionalDomainName'] },
  });
});

test('the release waits for what is tested, and names the tests of CloudFormation a time that outlasts them', () => {
  const [release] = Object.values(service().findResources('Custom::Release'));
  expect(release?.Properties).toMatchObject({ OnFailure: 'rollback', ServiceTimeout: '900' });
  expect(release?.Properties.Release).toMatch(/^[0-9a-f]{16}$/);
  const before = (release?.DependsOn ?? []).map((id: string) => id.replace(/[0-9A-F]{8}$/, ''));
  for (const part of ['Edge', 'ReceiveWebhook', 'DispatchEvents', 'SmokeTest'])
    expect(before.some((id: string) => id.startsWith(part))).toBe(true);
  const functions = service().findResources('AWS::Lambda::Function', { Properties: { Timeout: 720 } });
  expect(
    Object.values(functions).map(({ Properties }) => Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME),
  ).toEqual(['judge-release']);
});

test('the smoke tests may reach the receiver and the records, and nothing else of them', () => {
  const [role] = Object.entries(service().findResources('AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith('SmokeTest'),
  );
  const statements: { Action: string | string[]; Resource: unknown }[] =
    role?.[1].Properties.PolicyDocument.Statement ?? [];
  const invoked = statements.filter(({ Action }) => Action === 'lambda:InvokeFunction');
  expect(invoked).toHaveLength(1);
  expect(JSON.stringify(invoked[0]?.Resource)).toContain('ReceiveWebhook');
  expect(JSON.stringify(statements)).not.toContain('DeleteItem');
});
