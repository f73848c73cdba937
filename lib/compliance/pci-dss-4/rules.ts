import type { CfnResource } from 'aws-cdk-lib';
import { type NagRuleResult, rules as nag } from 'cdk-nag';
import * as network from './network-rules';
import * as own from './template-rules';

/** A rule of the pack: what it shows, for which requirements. */
export interface PciRule {
  readonly name: string;
  /** Requirements of PCI DSS v4.0.1, see `REQUIREMENTS`. */
  readonly requirements: readonly string[];
  /** What is wrong when it fails. */
  readonly summary: string;
  readonly rule: (node: CfnResource) => NagRuleResult;
}

const rule = (name: string, requirements: string[], summary: string, judge: PciRule['rule']): PciRule => ({
  name,
  requirements,
  summary,
  rule: judge,
});

export const PCI_RULES: readonly PciRule[] = [
  rule(
    'ApiInboundRestricted',
    ['1.3.1', '1.4.2'],
    'The API lets in addresses that are not listed.',
    own.ApiInboundRestricted,
  ),
  rule(
    'ApiDefaultEndpointDisabled',
    ['1.3.1', '1.4.2'],
    'The API answers beside its domain.',
    own.ApiDefaultEndpointDisabled,
  ),
  rule(
    'GroupInboundRestricted',
    ['1.3.1', '1.4.2'],
    'The group lets in something to functions, or to others more than TCP 443 from groups.',
    network.GroupInboundRestricted,
  ),
  rule(
    'GroupOutboundRestricted',
    ['1.3.2'],
    'The group lets out more than TCP 443 to groups, prefix lists and named ranges.',
    network.GroupOutboundRestricted,
  ),
  rule(
    'EndpointPolicyNamesAccounts',
    ['1.3.2', '7.2.5'],
    'The endpoint lets in callers of any account.',
    network.EndpointPolicyNamesAccounts,
  ),
  rule('BucketNotPublic', ['1.4.4'], 'The bucket does not block public access.', own.BucketNotPublic),
  rule(
    'FunctionNotPublic',
    ['1.4.4', '7.2.5'],
    'Everybody may call the function.',
    nag.lambda.LambdaFunctionPublicAccessProhibited,
  ),
  rule(
    'LogRetentionSet',
    ['3.2.1'],
    'The log group keeps data for ever.',
    nag.cloudwatch.CloudWatchLogGroupRetentionPeriod,
  ),
  rule('TableCustomerKey', ['3.6.1'], 'The table is not encrypted with a customer managed key.', own.TableCustomerKey),
  rule(
    'BucketCustomerKey',
    ['3.6.1'],
    'The bucket is not encrypted with a customer managed key.',
    nag.s3.S3DefaultEncryptionKMS,
  ),
  rule('QueueCustomerKey', ['3.6.1'], 'The queue is not encrypted with a customer managed key.', own.QueueCustomerKey),
  rule(
    'TopicCustomerKey',
    ['3.6.1'],
    'The topic is not encrypted with a customer managed key.',
    nag.sns.SNSEncryptedKMS,
  ),
  rule(
    'LogCustomerKey',
    ['3.6.1', '10.3.2'],
    'The log group is not encrypted with a customer managed key.',
    nag.cloudwatch.CloudWatchLogGroupEncrypted,
  ),
  rule(
    'KeyPolicyNamesPrincipals',
    ['3.6.1', '7.2.5'],
    'The key policy allows any principal.',
    own.KeyPolicyNamesPrincipals,
  ),
  rule('KeyRotation', ['3.7.4'], 'The key is not rotated.', nag.kms.KMSBackingKeyRotationEnabled),
  rule('DomainTlsFloor', ['4.2.1'], 'The domain accepts TLS older than 1.2.', own.DomainTlsFloor),
  rule('BucketTlsOnly', ['4.2.1'], 'The bucket answers without TLS.', nag.s3.S3BucketSSLRequestsOnly),
  rule('QueueTlsOnly', ['4.2.1'], 'The queue answers without TLS.', nag.sqs.SQSQueueSSLRequestsOnly),
  rule('TopicTlsOnly', ['4.2.1'], 'The topic can be published to without TLS.', own.TopicTlsOnly),
  rule('DomainCertificateNamed', ['4.2.1.1'], 'The domain names no certificate of ACM.', own.DomainCertificateNamed),
  rule('ApiBehindFirewall', ['6.4.2'], 'No web ACL stands before the API.', nag.apigw.APIGWAssociatedWithWAF),
  rule('FirewallLogging', ['6.4.2', '10.2.1'], 'The web ACL logs nothing.', nag.waf.WAFv2LoggingEnabled),
  rule(
    'NoAdminPolicy',
    ['7.2.5'],
    'The policy allows every action on every resource.',
    nag.iam.IAMPolicyNoStatementsWithAdminAccess,
  ),
  rule(
    'NoFullAccessPolicy',
    ['7.2.5'],
    'The policy allows every action of a service.',
    nag.iam.IAMPolicyNoStatementsWithFullAccess,
  ),
  rule('NoSecretInEnvironment', ['8.6.2'], 'A variable of the function may hold a secret.', own.NoSecretInEnvironment),
  rule(
    'SecretCustomerKey',
    ['8.6.3'],
    'The secret is not encrypted with a customer managed key.',
    nag.secretsmanager.SecretsManagerUsingKMSKey,
  ),
  rule('ApiAccessLogging', ['10.2.1'], 'The API keeps no access log.', nag.apigw.APIGWAccessLogging),
  rule('BucketLogging', ['10.2.1'], 'The bucket keeps no access log.', nag.s3.S3BucketLoggingEnabled),
  rule(
    'AccessLogFields',
    ['10.2.2'],
    'The access log lacks who, what, when, from where or with what result.',
    own.AccessLogFields,
  ),
  rule('BucketVersioned', ['10.3.2'], 'An object in the bucket can be overwritten.', nag.s3.S3BucketVersioningEnabled),
  rule(
    'AuditLogTwelveMonths',
    ['10.5.1'],
    'The audit log is kept for less than twelve months.',
    own.AuditLogTwelveMonths,
  ),
  rule('AlarmTellsSomebody', ['10.7.2'], 'The alarm tells nobody.', own.AlarmTellsSomebody),
  rule(
    'DeliveryAlarmActsItself',
    ['10.7.2'],
    'The alarm that alarms do not get through goes the way that it is about.',
    own.DeliveryAlarmActsItself,
  ),
];
