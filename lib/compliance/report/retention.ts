import type { App, CfnResource } from 'aws-cdk-lib';
import type { StageConfig } from '../../config/schema';
import { resourcesOf } from '../assembly';

type Kind = keyof StageConfig['retentionDays'];

/** How long one store keeps data: what config promises, and what the template does. */
export interface RetentionRow {
  readonly stage: string;
  /** Key below `retentionDays`; `none` for a store that the plan does not know. */
  readonly kind: Kind | 'none';
  /** Construct path. */
  readonly store: string;
  readonly type: string;
  readonly planDays?: number;
  /** What limits it in the template, with its days. */
  readonly means: string;
  readonly templateDays?: number;
  readonly agrees: boolean;
  /** What is done when a person asks for erasure. */
  readonly erasure: string;
}

const ERASURE = {
  lock: 'No object can be erased before its retention ends: the duty to keep records goes before. Held as PayCA sent it, without card numbers and one-time codes.',
  governed:
    'Only a role with s3:BypassGovernanceRetention can erase an object before its retention ends; no role of this app has it.',
  expiry: 'Ends by itself with the lifecycle rule; a single object can be deleted before.',
  logs: 'Holds no names, card numbers or bodies; ends by itself.',
  ttl: 'One item can be deleted by its key at once (`golive events find` names it); a backup holds it for 35 days more.',
  replay: 'Cannot be erased one by one; ends by itself, or with the archive of the bus as a whole.',
} as const;

/** Kind of a store by the construct that holds it; the first that its path names. */
const KINDS: readonly (readonly [string, Kind])[] = [
  ['ReplayArchive', 'webhooks'],
  ['Archive', 'ledgerExports'],
  ['Evidence', 'evidence'],
  ['AccessLogs', 'auditLogs'],
  ['AccessLog', 'auditLogs'],
  ['Firewall', 'auditLogs'],
  ['Inbox', 'webhooks'],
  ['Imports', 'personalData'],
];

/** Every store of the app that holds data for a time, in the order of the tree. */
export function retentionRows(app: App, stages: readonly StageConfig[]): RetentionRow[] {
  return stages.flatMap((config) => {
    const resources = resourcesOf(app).filter(({ node }) => node.path.split('/')[0]?.toLowerCase() === config.stage);
    const webhookDays = itemDays(resources);
    return resources.flatMap((resource) => {
      const kept = keeps(resource, webhookDays);
      return kept ? [row(resource, config, kept)] : [];
    });
  });
}

interface Kept {
  readonly means: string;
  readonly days?: number;
  readonly erasure: string;
}

function propertiesOf(resource: CfnResource) {
  return resource.stack.resolve((resource as unknown as { cfnProperties: Record<string, unknown> }).cfnProperties);
}

/** The days of a TTL are in the function that writes the items; the table only names the attribute. */
function itemDays(resources: readonly CfnResource[]): number | undefined {
  const days = resources
    .filter(({ cfnResourceType }) => cfnResourceType === 'AWS::Lambda::Function')
    .map((resource) => propertiesOf(resource).environment?.variables?.WEBHOOK_RETENTION_DAYS)
    .find((value) => value !== undefined);
  return days === undefined ? undefined : Number(days);
}

/** What the template says of a store; absent for a resource that stores nothing for a time. */
function keeps(resource: CfnResource, webhookDays: number | undefined): Kept | undefined {
  const properties = propertiesOf(resource);
  switch (resource.cfnResourceType) {
    case 'AWS::S3::Bucket':
      return bucket(properties);
    case 'AWS::Logs::LogGroup':
      return { means: 'log retention', days: properties.retentionInDays, erasure: ERASURE.logs };
    case 'AWS::DynamoDB::Table':
      return table(properties, webhookDays);
    case 'AWS::Events::Archive':
      return { means: 'archive of the bus', days: properties.retentionDays, erasure: ERASURE.replay };
    default:
      return undefined;
  }
}

interface BucketProperties {
  readonly objectLockConfiguration?: { rule?: { defaultRetention?: { days?: number; mode?: string } } };
  readonly lifecycleConfiguration?: { rules?: { expirationInDays?: number }[] };
}

function bucket({ objectLockConfiguration, lifecycleConfiguration }: BucketProperties): Kept {
  const lock = objectLockConfiguration?.rule?.defaultRetention;
  const expiry = lifecycleConfiguration?.rules?.find(({ expirationInDays }) => expirationInDays)?.expirationInDays;
  if (!lock) return { means: 'lifecycle', days: expiry, erasure: ERASURE.expiry };
  return {
    means: `Object Lock ${lock.mode} ${lock.days}, lifecycle ${expiry}`,
    days: lock.days === expiry ? expiry : undefined,
    erasure: lock.mode === 'COMPLIANCE' ? ERASURE.lock : ERASURE.governed,
  };
}

function table(properties: { timeToLiveSpecification?: { enabled?: boolean } }, webhookDays?: number): Kept {
  const expires = properties.timeToLiveSpecification?.enabled === true;
  return {
    means: expires ? 'TTL, after it is dispatched' : 'no TTL',
    days: expires ? webhookDays : undefined,
    erasure: ERASURE.ttl,
  };
}

function row(resource: CfnResource, config: StageConfig, { means, days, erasure }: Kept): RetentionRow {
  const names = resource.node.path.split('/');
  const kind =
    KINDS.find(([name]) => names.includes(name))?.[1] ??
    (resource.cfnResourceType === 'AWS::Logs::LogGroup' ? 'applicationLogs' : 'none');
  const planDays = kind === 'none' ? undefined : config.retentionDays[kind];
  return {
    stage: config.stage,
    kind,
    store: resource.node.path,
    type: resource.cfnResourceType,
    planDays,
    means,
    templateDays: days,
    // Never longer than promised; a shorter memory beside a longer one is not a record.
    agrees:
      days !== undefined && planDays !== undefined && (kind === 'webhooks' ? days <= planDays : days === planDays),
    erasure,
  };
}
