import { type CfnResource, Stack } from 'aws-cdk-lib';
import { CfnDomainName, CfnRestApi, CfnStage } from 'aws-cdk-lib/aws-apigateway';
import { CfnAlarm, CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnTopic, CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
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
  readonly Action?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function statements(node: CfnResource, document: unknown): Statement[] {
  return [resolved<{ Statement?: Statement | Statement[] } | undefined>(node, document)?.Statement ?? []].flat();
}

const ofAll = ({ Principal }: Statement) => Principal === '*' || JSON.stringify(Principal) === '{"AWS":"*"}';
export const openToAll = (statement: Statement) => statement.Effect === 'Allow' && ofAll(statement);

export const DomainTlsFloor: TemplateRule = (node) =>
  node instanceof CfnDomainName
    ? judge(/^(TLS_1_2|SecurityPolicy_TLS13_1_[23]_)/.test(String(resolved(node, node.securityPolicy))))
    : NOT_APPLICABLE;

export const DomainCertificateNamed: TemplateRule = (node) =>
  node instanceof CfnDomainName
    ? judge(/^arn:[\w-]+:acm:/.test(String(resolved(node, node.regionalCertificateArn))))
    : NOT_APPLICABLE;

/** cdk-nag's own rule takes a customer key for a refusal of plain text. */
export const TopicTlsOnly: TemplateRule = (node) =>
  node instanceof CfnTopic
    ? judge(
        neighbours(node, CfnTopicPolicy).some(
          (policy) =>
            names(node, policy.topics) && statements(policy, policy.policyDocument).some(refusesPublishingWithoutTls),
        ),
      )
    : NOT_APPLICABLE;

function refusesPublishingWithoutTls(statement: Statement): boolean {
  return (
    statement.Effect === 'Deny' &&
    ofAll(statement) &&
    [statement.Action].flat().some((action) => /^(\*|sns:\*|sns:Publish)$/i.test(String(action))) &&
    statement.Condition?.Bool?.['aws:SecureTransport'] === 'false'
  );
}

/** Said for each bucket: cdk-nag's own rule trusts a bucket that says nothing to S3's default, which an account can change. */
export const BucketNotPublic: TemplateRule = (node) => {
  if (!(node instanceof CfnBucket)) return NOT_APPLICABLE;
  const block = resolved<CfnBucket.PublicAccessBlockConfigurationProperty | undefined>(
    node,
    node.publicAccessBlockConfiguration,
  );
  return judge(
    [block?.blockPublicAcls, block?.blockPublicPolicy, block?.ignorePublicAcls, block?.restrictPublicBuckets].every(
      (set) => set === true,
    ),
  );
};

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
const THREE_MONTHS = 90;

/** A log group that an API writes its access log to, or WAF (which takes only names of this prefix). */
function isAuditLog(group: CfnLogGroup): boolean {
  const name = JSON.stringify(resolved(group, group.logGroupName) ?? '');
  const isNamed = neighbours(group, CfnStage).some((stage) => names(group, stage.accessLogSetting));
  return name.includes('aws-waf-logs-') || isNamed;
}

/** A bucket that another one writes its access log to. */
function isAccessLogBucket(bucket: CfnBucket): boolean {
  return neighbours(bucket, CfnBucket).some(({ loggingConfiguration }) => names(bucket, loggingConfiguration));
}

/** Whether `value` refers to the resource. */
function names(node: CfnResource, value: unknown): boolean {
  return JSON.stringify(resolved(node, value) ?? '').includes(`"${resolved(node, node.logicalId)}"`);
}

export const AuditLogTwelveMonths: TemplateRule = (node) => {
  if (node instanceof CfnLogGroup && isAuditLog(node)) {
    const days = resolved<number | undefined>(node, node.retentionInDays);
    // CloudWatch Logs answers queries for as long as it keeps, so the last three months are at hand; no days is for ever.
    return judge(days === undefined || days >= TWELVE_MONTHS);
  }
  if (node instanceof CfnBucket && isAccessLogBucket(node)) {
    const lifecycle = resolved<CfnBucket.LifecycleConfigurationProperty | undefined>(node, node.lifecycleConfiguration);
    const rules = [lifecycle?.rules ?? []].flat() as CfnBucket.RuleProperty[];
    const transitions = rules.flatMap((rule) => (rule.transitions ?? []) as CfnBucket.TransitionProperty[]);
    return judge(
      rules.every(({ expirationInDays }) => expirationInDays === undefined || expirationInDays >= TWELVE_MONTHS) &&
        // What lies in Glacier has to be asked for and waited for.
        transitions.every(
          ({ storageClass, transitionInDays }) =>
            !/^(GLACIER|DEEP_ARCHIVE)$/.test(storageClass) || Number(transitionInDays) >= THREE_MONTHS,
        ),
    );
  }
  return NOT_APPLICABLE;
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

/** By its own actions, by a rule that hears its state changes, or as a part of an alarm that tells somebody. */
export const AlarmTellsSomebody: TemplateRule = (node) => (isAlarm(node) ? judge(tellsSomebody(node)) : NOT_APPLICABLE);

type Alarm = CfnAlarm | CfnCompositeAlarm;

const isAlarm = (node: CfnResource): node is Alarm => node instanceof CfnAlarm || node instanceof CfnCompositeAlarm;

function tellsSomebody(alarm: Alarm): boolean {
  const acts = resolved(alarm, alarm.actionsEnabled) !== false && hasActions(alarm);
  return acts || alarmListeners(alarm).some((rule) => hears(rule, alarm.alarmName ?? '')) || isToldPart(alarm);
}

/** The L2 construct leaves the list open until synthesis, so it has to be resolved before it can be empty. */
function hasActions(alarm: Alarm): boolean {
  return (resolved<string[] | undefined>(alarm, alarm.alarmActions) ?? []).length > 0;
}

interface AlarmPattern {
  readonly 'detail-type'?: readonly string[];
  readonly detail?: {
    readonly alarmName?: readonly { readonly wildcard: string }[];
    readonly state?: { readonly value?: readonly string[] };
  };
}

const patternOf = (rule: CfnRule) => resolved<AlarmPattern | undefined>(rule, rule.eventPattern);

/** The rules of its stack that tell somebody when an alarm is raised. */
function alarmListeners(node: CfnResource): CfnRule[] {
  return neighbours(node, CfnRule).filter((rule) => {
    const states = patternOf(rule)?.detail?.state?.value;
    return (
      patternOf(rule)?.['detail-type']?.includes('CloudWatch Alarm State Change') &&
      (states === undefined || states.includes('ALARM')) &&
      resolved(rule, rule.state) !== 'DISABLED' &&
      (resolved<unknown[] | undefined>(rule, rule.targets) ?? []).length > 0
    );
  });
}

function hears(rule: CfnRule, alarmName: string): boolean {
  const wildcards = patternOf(rule)?.detail?.alarmName?.map(({ wildcard }) => wildcard.split('*')) ?? [];
  return wildcards.some(([start = '', end = '']) => alarmName.startsWith(start) && alarmName.endsWith(end));
}

/** Whether an alarm that tells somebody goes off by this one; one that it only holds back says nothing of it. */
function isToldPart(alarm: Alarm): boolean {
  return neighbours(alarm, CfnCompositeAlarm).some((whole) => {
    const before = JSON.stringify(resolved(alarm, whole.alarmRule)).split(`"${Stack.of(alarm).getLogicalId(alarm)}"`);
    const raises = before.slice(0, -1).some((text) => !/NOT\W*ALARM\W*Fn::GetAtt\W*$/.test(text));
    return raises && tellsSomebody(whole);
  });
}

/** An alarm about a queue on the way of alarms to people must not need that way. */
export const DeliveryAlarmActsItself: TemplateRule = (node) => {
  if (!(node instanceof CfnAlarm)) return NOT_APPLICABLE;
  const ways = neighbours(node, CfnRule)
    .filter((rule) => patternOf(rule)?.['detail-type']?.includes('CloudWatch Alarm State Change'))
    .map((rule) => JSON.stringify(resolved(rule, rule.targets)));
  const queues = neighbours(node, CfnQueue).filter((queue) =>
    ways.some((targets) => targets.includes(`"${Stack.of(queue).getLogicalId(queue)}"`)),
  );
  const watched = [node.metrics, node.dimensions];
  return queues.some((queue) => names(queue, watched)) ? judge(hasActions(node)) : NOT_APPLICABLE;
};

function neighbours<T extends CfnResource>(node: CfnResource, type: new (...parameters: never[]) => T): T[] {
  return Stack.of(node)
    .node.findAll()
    .filter((one): one is T => one instanceof type);
}
