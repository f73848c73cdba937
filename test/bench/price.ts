import type { Item } from '../../rehearsal/aws/dynamodb';
import type { Deployment } from '../../rehearsal/deployment';
import { functionName } from '../../rehearsal/functions';
import type { Resource } from '../../rehearsal/template';
import { deployment } from './deployed';
import type { Figure } from './figure';
import { LIST_PRICES as USD } from './list-prices';
import { LOG_EVENT_BYTES, sum, type Usage, usage } from './usage';

/** Assumed, because one machine cannot measure it. */
const ASSUMED = {
  /** Billed milliseconds of an invocation, cold starts included. */
  durationMs: { 'receive-webhook': 30, 'dispatch-events': 60, 'archive-events': 300 } as Record<string, number>,
  /** Share of the receiver's invocations that start cold and read the secret. */
  coldStarts: 0.003,
  /** What Lambda adds to the log for each invocation unless it is told not to: START, END and REPORT. */
  platformLogBytes: 370 + 3 * LOG_EVENT_BYTES,
  /** A value in a line of the access log. */
  accessLogValueBytes: 14,
  /** An entry of WAF's log. */
  wafLogBytes: 1300 + LOG_EVENT_BYTES,
  /** Headers of an answer and its share of TLS. */
  answerBytes: 600,
  /** Services keep a data key for so long, each for the table, the queue, the bucket and the logs. */
  dataKeySeconds: 300,
  dataKeyUsers: 8,
} as const;

const MILLION = 1e6;
const GB = 1024 ** 3;
const SECONDS_A_MONTH = 30 * 24 * 60 * 60;

/** A million webhooks a month, spread evenly, is the dearest way: nothing is batched. The other is a busy programme. */
const RATES = [
  { name: 'a million a month', perSecond: MILLION / SECONDS_A_MONTH },
  { name: '10 a second', perSecond: 10 },
] as const;

/** What a million webhooks cost at list prices, by part, from the template and from what a webhook causes in the rehearsal. */
export async function price(): Promise<Figure[]> {
  const stage = await deployment();
  const measured = await usage(stage);
  return [
    ...RATES.flatMap(({ name, perSecond }) => {
      const parts = perWebhook(stage, measured, perSecond);
      const { WAF = 0, ...others } = parts;
      const usd = (figure: string, each: number) => ({
        figure: `price at ${name}: ${figure}`,
        measured: each * MILLION,
        unit: 'USD per million',
      });
      return [
        ...Object.entries(parts).map(([part, each]) => usd(part, each)),
        { ...usd('without WAF', sum(Object.values(others))), target: { atMost: 10, of: 'measured' as const } },
        usd('with WAF', sum(Object.values(others)) + WAF),
      ];
    }),
    {
      figure: 'price before any traffic: custom metrics',
      measured: customMetrics(stage, measured) * USD.customMetric,
      unit: 'USD a month',
    },
    { figure: 'price before any traffic: keys, secrets, web ACL', measured: standing(stage), unit: 'USD a month' },
  ];
}

/** Dollars for one webhook, by part. */
function perWebhook(stage: Deployment, measured: Usage, perSecond: number): Record<string, number> {
  const calls = (call: string) => measured.calls.get(call) ?? 0;
  // A stream is read four times a second, a queue until its window ends or its batch is full.
  const invocations: Record<string, number> = {
    'receive-webhook': 1,
    'dispatch-events': 1 / Math.max(1, perSecond / 4),
    'archive-events': 1 / Math.min(500, Math.max(1, perSecond * batchingWindow(stage))),
  };
  const gbSeconds = lambdas(stage).map((resource) => {
    const name = functionName(resource);
    const seconds = ((invocations[name] ?? 0) * (ASSUMED.durationMs[name] ?? 0)) / 1000;
    return seconds * (Number(resource.properties.MemorySize) / 1024);
  });
  const archives = invocations['archive-events'] ?? 0;
  const dataKeys = ASSUMED.dataKeyUsers / ASSUMED.dataKeySeconds / perSecond;
  return {
    'API Gateway': USD.apiGatewayRequest + (ASSUMED.answerBytes / GB) * USD.dataOutGb,
    Lambda: sum(Object.values(invocations)) * USD.lambdaRequest + sum(gbSeconds) * USD.lambdaGbSecond,
    DynamoDB: writeUnits(stage, measured.items) * USD.dynamodbWriteUnit,
    EventBridge: measured.eventUnits * USD.eventBridgeEvent + (measured.archivedBytes / GB) * USD.eventBridgeArchiveGb,
    // A receive ends with the first message that it finds; deletes come in tens.
    SQS: (1 + 1 + 1 / 10) * USD.sqsRequest,
    S3: archives * USD.s3Put,
    KMS: (calls('kms:Encrypt') + calls('kms:Decrypt') + dataKeys) * USD.kmsRequest,
    'Secrets Manager': 3 * ASSUMED.coldStarts * USD.secretsManagerCall,
    'CloudWatch Logs': (logBytes(stage, measured, invocations) / GB) * USD.logsIngestedGb,
    'X-Ray': traces(stage, invocations, perSecond) * USD.xrayTrace,
    ...(stage.resources('AWS::WAFv2::WebACL').length > 0 && {
      WAF: USD.wafRequest + (wafLogBytes(stage) / GB) * USD.logsIngestedGb,
    }),
  };
}

function lambdas(stage: Deployment): Resource[] {
  return stage.resources('AWS::Lambda::Function');
}

/** Seconds for which messages of the archive's queue are collected. */
function batchingWindow(stage: Deployment): number {
  const archiver = lambdas(stage).find((resource) => functionName(resource) === 'archive-events');
  const mapping = stage
    .resources('AWS::Lambda::EventSourceMapping')
    .find(({ properties }) => properties.FunctionName === archiver?.physicalId);
  return Number(mapping?.properties.MaximumBatchingWindowInSeconds ?? 0);
}

/** Changed by the update after a dispatch, as `markDispatched` says. */
const CHANGED_ATTRIBUTES = ['undispatched', 'oneTimeCode', 'setAsideReason', 'dispatchedAt', 'expiresAt'];

/** The write of an item and its update, each with the indexes that it touches. Streams and expiry cost nothing. */
function writeUnits(stage: Deployment, items: readonly Item[]): number {
  const indexes = stage.resources('AWS::DynamoDB::Table').flatMap(({ properties }) => {
    const { GlobalSecondaryIndexes = [] } = properties as { GlobalSecondaryIndexes?: Index[] };
    return GlobalSecondaryIndexes;
  });
  const touched = indexes.filter((index) => attributesOf(index).some((name) => CHANGED_ATTRIBUTES.includes(name)));
  const each = items.map((item) => {
    const table = Math.ceil(itemBytes(item) / 1024);
    return 2 * table + indexes.length + touched.length;
  });
  return sum(each) / items.length;
}

interface Index {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
  readonly Projection: { readonly NonKeyAttributes?: readonly string[] };
}

function attributesOf({ KeySchema, Projection }: Index): string[] {
  return [...KeySchema.map(({ AttributeName }) => AttributeName), ...(Projection.NonKeyAttributes ?? [])];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function itemBytes(item: Item): number {
  return sum(
    Object.entries(item).map(([name, value]) => {
      const [type, text] = Object.entries(value)[0] ?? ['S', ''];
      return (
        Buffer.byteLength(name) + (type === 'B' ? Buffer.from(text, 'base64').length : Buffer.byteLength(String(text)))
      );
    }),
  );
}

/** Of a webhook that WAF let through. */
function wafLogBytes(stage: Deployment): number {
  const [logging] = stage.resources('AWS::WAFv2::LoggingConfiguration');
  const { DefaultBehavior } = (logging?.properties.LoggingFilter ?? {}) as { DefaultBehavior?: string };
  return logging && DefaultBehavior !== 'DROP' ? ASSUMED.wafLogBytes : 0;
}

function logBytes(stage: Deployment, measured: Usage, invocations: Readonly<Record<string, number>>): number {
  const functions = Object.entries(invocations).map(
    ([name, count]) =>
      count * ((measured.logBytes.get(name) ?? 0) + (saysEachInvocation(stage, name) ? ASSUMED.platformLogBytes : 0)),
  );
  const formats = stage
    .resources('AWS::ApiGateway::Stage')
    .map(({ properties }) => String((properties.AccessLogSetting as { Format?: string } | undefined)?.Format ?? ''));
  const access = formats.map(
    (format) => format.replace(/\$context[.\w]+/g, 'x'.repeat(ASSUMED.accessLogValueBytes)).length + LOG_EVENT_BYTES,
  );
  return sum([...functions, ...access]);
}

function saysEachInvocation(stage: Deployment, name: string): boolean {
  const resource = lambdas(stage).find((candidate) => functionName(candidate) === name);
  const { SystemLogLevel } = (resource?.properties.LoggingConfig ?? {}) as { SystemLogLevel?: string };
  return SystemLogLevel !== 'WARN';
}

/** X-Ray's own rule, which also holds for functions that nothing traced invokes. */
const OWN_SAMPLING = { FixedRate: 0.05, ReservoirSize: 1 };

/** Traces for one webhook: of the API's stage, and of functions that begin their own. */
function traces(stage: Deployment, invocations: Readonly<Record<string, number>>, perSecond: number): number {
  const [rule] = stage.resources('AWS::XRay::SamplingRule');
  const sampling = (rule?.properties.SamplingRule as typeof OWN_SAMPLING | undefined) ?? OWN_SAMPLING;
  const isTraced = stage
    .resources('AWS::ApiGateway::Stage')
    .some(({ properties }) => properties.TracingEnabled === true);
  const beginning = Object.keys(invocations).filter((name) => name !== 'receive-webhook' && isActive(stage, name));
  const own = beginning.map((name) => sampled(invocations[name] ?? 0, perSecond, OWN_SAMPLING));
  return (isTraced ? sampled(1, perSecond, sampling) : 0) + sum(own);
}

function isActive(stage: Deployment, name: string): boolean {
  return lambdas(stage).some((resource) => {
    const { Mode } = (resource.properties.TracingConfig ?? {}) as { Mode?: string };
    return functionName(resource) === name && Mode === 'Active';
  });
}

function sampled(share: number, perSecond: number, { FixedRate, ReservoirSize }: typeof OWN_SAMPLING): number {
  const rate = share * perSecond;
  const taken = Math.min(ReservoirSize, rate);
  return (taken + FixedRate * (rate - taken)) / perSecond;
}

/** With API Gateway's own, which it counts for each method when they are asked for. */
function customMetrics(stage: Deployment, { metrics }: Usage): number {
  const detailed = stage
    .resources('AWS::ApiGateway::Stage')
    .filter(({ properties }) =>
      ((properties.MethodSettings ?? []) as { MetricsEnabled?: boolean }[]).some(
        ({ MetricsEnabled }) => MetricsEnabled,
      ),
    );
  return metrics + detailed.length * stage.resources('AWS::ApiGateway::Method').length * 5;
}

function standing(stage: Deployment): number {
  const rules = stage.resources('AWS::WAFv2::WebACL').map(({ properties }) => (properties.Rules as unknown[]).length);
  return (
    stage.resources('AWS::KMS::Key').length * USD.kmsKey +
    stage.resources('AWS::SecretsManager::Secret').length * USD.secret +
    rules.length * USD.webAcl +
    sum(rules) * USD.webAclRule
  );
}
