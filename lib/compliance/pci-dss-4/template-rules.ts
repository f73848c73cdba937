import { type CfnResource, Stack } from 'aws-cdk-lib';
import { CfnDomainName, CfnRestApi, CfnStage } from 'aws-cdk-lib/aws-apigateway';
import { CfnAlarm, CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { NagRuleCompliance } from 'cdk-nag';

const { COMPLIANT, NON_COMPLIANT } = NagRuleCompliance;
export const { NOT_APPLICABLE } = NagRuleCompliance;

/** What cdk-nag has no rule for, in the form of cdk-nag's rules. */
export type TemplateRule = (node: CfnResource) => NagRuleCompliance;

export const judge = (compliant: boolean) => (compliant ? COMPLIANT : NON_COMPLIANT);

function resolved<T>(node: CfnResource, value: unknown): T {
  return Stack.of(node).resolve(value) as T;
}

interface Statement {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, unknown>>;
}

export function statements(node: CfnResource, document: unknown): Statement[] {
  return [resolved<{ Statement?: Statement | Statement[] } | undefined>(node, document)?.Statement ?? []].flat();
}

export const openToAll = ({ Effect, Principal }: Statement) =>
  Effect === 'Allow' && (Principal === '*' || JSON.stringify(Principal) === '{"AWS":"*"}');

export const DomainTlsFloor: TemplateRule = (node) =>
  node instanceof CfnDomainName
    ? judge(/^(TLS_1_2|SecurityPolicy_TLS13_1_[23]_)/.test(String(resolved(node, node.securityPolicy))))
    : NOT_APPLICABLE;

export const DomainCertificateNamed: TemplateRule = (node) =>
  node instanceof CfnDomainName
    ? judge(/^arn:[\w-]+:acm:/.test(String(resolved(node, node.regionalCertificateArn))))
    : NOT_APPLICABLE;

export const ApiInboundRestricted: TemplateRule = (node) =>
  node instanceof CfnRestApi
    ? judge(
        statements(node, node.policy).length > 0 &&
          statements(node, node.policy).every((statement) => !openToAll(statement) || statement.Condition?.IpAddress),
      )
    : NOT_APPLICABLE;

export const ApiDefaultEndpointDisabled: TemplateRule = (node) =>
  node instanceof CfnRestApi ? judge(resolved(node, node.disableExecuteApiEndpoint) === true) : NOT_APPLICABLE;

export const TableCustomerKey: TemplateRule = (node) => {
  if (!(node instanceof CfnTable)) return NOT_APPLICABLE;
  const encryption = resolved<CfnTable.SSESpecificationProperty | undefined>(node, node.sseSpecification);
  return judge(encryption?.sseEnabled === true && encryption.kmsMasterKeyId !== undefined);
};

export const QueueCustomerKey: TemplateRule = (node) =>
  node instanceof CfnQueue ? judge(resolved(node, node.kmsMasterKeyId) !== undefined) : NOT_APPLICABLE;

export const KeyPolicyNamesPrincipals: TemplateRule = (node) =>
  node instanceof CfnKey ? judge(!statements(node, node.keyPolicy).some(openToAll)) : NOT_APPLICABLE;

/** Fields that requirement 10.2.2 asks for, as far as a gateway knows them. */
const AUDIT_FIELDS = ['identity.sourceIp', 'requestTime', 'httpMethod', 'path', 'status', 'requestId'];

export const AccessLogFields: TemplateRule = (node) => {
  if (!(node instanceof CfnStage)) return NOT_APPLICABLE;
  const setting = resolved<CfnStage.AccessLogSettingProperty | undefined>(node, node.accessLogSetting);
  return judge(AUDIT_FIELDS.every((field) => setting?.format?.includes(`$context.${field}`)));
};

const TWELVE_MONTHS = 365;

/** A log group that an API writes its access log to, or WAF (which takes only names of this prefix). */
function isAuditLog(group: CfnLogGroup): boolean {
  const id = resolved<string>(group, group.logicalId);
  const name = JSON.stringify(resolved(group, group.logGroupName) ?? '');
  const stages = Stack.of(group)
    .node.findAll()
    .filter((node): node is CfnStage => node instanceof CfnStage);
  const logs = stages.map((stage) => JSON.stringify(resolved(stage, stage.accessLogSetting) ?? ''));
  return name.includes('aws-waf-logs-') || logs.some((setting) => setting.includes(`"${id}"`));
}

export const AuditLogTwelveMonths: TemplateRule = (node) => {
  if (!(node instanceof CfnLogGroup) || !isAuditLog(node)) return NOT_APPLICABLE;
  const days = resolved<number | undefined>(node, node.retentionInDays);
  // CloudWatch Logs answers queries for as long as it keeps, so the last three months are at hand; no days is for ever.
  return judge(days === undefined || days >= TWELVE_MONTHS);
};

const SECRET_NAME = /SECRET|PASSWORD|PASSPHRASE|TOKEN|API_?KEY|CREDENTIAL/i;

/** A name or ARN of a secret may stand in an environment; a literal under such a name may be the secret itself. */
export const NoSecretInEnvironment: TemplateRule = (node) => {
  if (!(node instanceof CfnFunction)) return NOT_APPLICABLE;
  const environment = resolved<CfnFunction.EnvironmentProperty | undefined>(node, node.environment);
  const literal = Object.entries(environment?.variables ?? {}).filter(
    ([name, value]) => SECRET_NAME.test(name) && typeof value === 'string' && !value.startsWith('arn:'),
  );
  return judge(literal.length === 0);
};

/** By its own actions, by a rule that hears its state changes, or as a part of an alarm that is told about. */
export const AlarmTellsSomebody: TemplateRule = (node) => {
  if (!(node instanceof CfnAlarm)) return NOT_APPLICABLE;
  // The L2 construct leaves the list open until synthesis, so it has to be resolved before it can be empty.
  const acts = (resolved<string[] | undefined>(node, node.alarmActions) ?? []).length > 0;
  return judge(acts || isHeard(node, node.alarmName ?? '') || isPart(node));
};

function isHeard(node: CfnResource, alarmName: string): boolean {
  return neighbours(node, CfnRule).some((rule) => {
    const pattern = resolved<{ 'detail-type'?: string[]; detail?: { alarmName?: { wildcard: string }[] } } | undefined>(
      node,
      rule.eventPattern,
    );
    const wildcards = pattern?.detail?.alarmName?.map(({ wildcard }) => wildcard.split('*')) ?? [];
    return (
      pattern?.['detail-type']?.includes('CloudWatch Alarm State Change') &&
      wildcards.some(([start = '', end = '']) => alarmName.startsWith(start) && alarmName.endsWith(end))
    );
  });
}

function isPart(node: CfnAlarm): boolean {
  const own = Stack.of(node).getLogicalId(node);
  return neighbours(node, CfnCompositeAlarm).some(({ alarmRule }) =>
    JSON.stringify(resolved(node, alarmRule)).includes(`"${own}"`),
  );
}

function neighbours<T extends CfnResource>(node: CfnResource, type: new (...parameters: never[]) => T): T[] {
  return Stack.of(node)
    .node.findAll()
    .filter((one): one is T => one instanceof type);
}
