import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../../../config';
import { parseStages, type StageConfig, type StageInput } from '../../../../lib/config/schema';
import type { AlarmRow, Places } from '../../../../lib/monitoring/alarms/alarm-row';
import { alarmTable } from '../../../../lib/monitoring/alarms/alarm-table';
import { Alarms } from '../../../../lib/monitoring/alarms/alarms';

/** As long as CloudFormation's names get: 64 characters of a function's log group's stack and id, and what it adds. */
export const PLACES: Places = {
  accessLog: `payca-production-service-EdgeAccessLog${'X'.repeat(50)}`,
  receiverLog: `payca-production-service-ReceiveWebhookLogs${'X'.repeat(50)}`,
  dispatcherLog: `payca-production-service-DispatchEventsLogs${'X'.repeat(50)}`,
  archiverLog: `payca-production-service-ArchiveEventsLogs${'X'.repeat(50)}`,
  smokeLog: `payca-production-service-SmokeTestLogs${'X'.repeat(50)}`,
  subscriptionsLog: `payca-production-service-SubscriptionsLogs${'X'.repeat(50)}`,
  watcherLog: `payca-production-service-WatchPaycaLogs${'X'.repeat(50)}`,
  binImportLog: `payca-production-service-BinImportLogs${'X'.repeat(50)}`,
  binImportFunction: 'payca-production-service-BinImportFunction',
  secret: `arn:aws:secretsmanager:ap-southeast-1:111122223333:secret:CredentialsSecret${'X'.repeat(40)}`,
  archiveDeadLetters: `payca-production-service-ArchiveEventsDeadLetters${'X'.repeat(31)}`,
  channels: [{ name: 'on-call', queue: 'on-call-queue', deadLetters: 'on-call-dead' }],
  shippingStreams: ['logs', 'metrics'],
};

export function configOf(
  stage: StageInput['stage'],
  change: (input: StageInput) => StageInput = (input) => input,
): StageConfig {
  const [config] = parseStages(stages.filter((input) => input.stage === stage).map(change));
  if (!config) throw new Error(`no stage ${stage} in config/`);
  return config;
}

/** Every row that there can be, also those for what not every stage has. */
export function everyRow(): AlarmRow[] {
  const config = configOf('production');
  return alarmTable({ ...config, webhook: { ...config.webhook, mutualTls: { truststore: 'payca-ca.pem' } } }, PLACES);
}

export interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly ActionsEnabled: boolean;
  readonly TreatMissingData?: string;
  readonly [property: string]: unknown;
}

/** The alarms of a stage in a stack of their own, as CloudFormation would make them. */
export function alarmResources(config: StageConfig, places: Places = PLACES) {
  const stack = new Stack(new App(), 'Service', { env: { account: config.account, region: config.region } });
  new Alarms(stack, 'Alarms', { config, places });
  const { Resources } = Template.fromStack(stack).toJSON();
  const arnOf = (id: string) => `arn:aws:cloudwatch:::alarm:${Resources[id].Properties.AlarmName}`;
  return Object.values(Resources as Record<string, { Type: string; Properties: unknown }>).map((resource) => ({
    type: resource.Type,
    properties: resolve(resource.Properties, arnOf) as AlarmProperties,
  }));
}

/** Of the functions of a template only those that alarms use. */
function resolve(value: unknown, arnOf: (id: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, arnOf));
  if (typeof value !== 'object' || value === null) return value;
  if ('Fn::GetAtt' in value) return arnOf((value['Fn::GetAtt'] as string[])[0] ?? '');
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
    return parts.map((part) => resolve(part, arnOf)).join(separator);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, arnOf)]));
}
