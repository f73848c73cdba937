import { RemovalPolicy } from 'aws-cdk-lib';
import type { DomainName } from 'aws-cdk-lib/aws-apigateway';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';

export interface WebhookDnsProps {
  readonly config: StageConfig;
  readonly domainName: DomainName;
  readonly dns: Exclude<StageConfig['webhook']['dns'], 'manual'>;
  readonly ipv6: boolean;
  /** Encrypts the log group; its policy must name CloudWatch Logs. */
  readonly logKey: IKey;
}

/** Points the webhook's name at the endpoint, in a zone of this account or, through a role, of another. */
export class WebhookDns extends Construct {
  constructor(scope: Construct, id: string, props: WebhookDnsProps) {
    super(scope, id);
    if (props.dns.roleArn) this.recordsInOtherAccount(props, props.dns.roleArn);
    else this.recordsInThisAccount(props);
  }

  private recordsInThisAccount({ domainName, dns: { zoneId, zoneName }, ipv6 }: WebhookDnsProps): void {
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: zoneId, zoneName });
    const target = RecordTarget.fromAlias(new ApiGatewayDomain(domainName));
    new ARecord(this, 'Ipv4', { zone, recordName: `${domainName.domainName}.`, target });
    if (ipv6) new AaaaRecord(this, 'Ipv6', { zone, recordName: `${domainName.domainName}.`, target });
  }

  /**
   * Errors are ignored on purpose: DNS of another account must not roll the service back. `golive endpoint check`
   * tells whether the records are there.
   */
  private recordsInOtherAccount({ config, domainName, dns, ipv6, logKey }: WebhookDnsProps, roleArn: string): void {
    const logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: logKey,
      retention: config.retentionDays.applicationLogs,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const change = (action: 'UPSERT' | 'DELETE') => ({
      service: 'route-53',
      action: 'changeResourceRecordSets',
      assumedRoleArn: roleArn,
      ignoreErrorCodesMatching: '.*',
      physicalResourceId: PhysicalResourceId.of(domainName.domainName),
      parameters: {
        HostedZoneId: dns.zoneId,
        ChangeBatch: {
          Changes: (ipv6 ? ['A', 'AAAA'] : ['A']).map((type) => ({
            Action: action,
            ResourceRecordSet: {
              Name: domainName.domainName,
              Type: type,
              AliasTarget: {
                DNSName: domainName.domainNameAliasDomainName,
                HostedZoneId: domainName.domainNameAliasHostedZoneId,
                EvaluateTargetHealth: false,
              },
            },
          })),
        },
      },
    });
    new AwsCustomResource(this, 'Records', {
      onCreate: change('UPSERT'),
      onUpdate: change('UPSERT'),
      onDelete: change('DELETE'),
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [roleArn] }),
      ]),
      role,
      logGroup,
      memorySize: 256,
      installLatestAwsSdk: false,
    });
  }
}
