import { type App, type CfnResource, Stage } from 'aws-cdk-lib';
import { IMPORTS } from '../../../lambda/payca/imports';
import type { StageConfig } from '../../config/schema';
import { resourcesOf } from '../assembly';

/**
 * What a store is kept for: a key below `retentionDays`; `state`, what the app itself needs for as long as the stage
 * exists; `transit`, what is on its way and gone once it arrived.
 */
type Kind = keyof StageConfig['retentionDays'] | 'state' | 'transit';

/** How long one store keeps data: what config promises, and what the template does. */
export interface RetentionRow {
  /** `-` for a store that belongs to no stage. */
  readonly stage: string;
  /** `none` for a store that the plan does not know. */
  readonly kind: Kind | 'none';
  /** Construct path, and after it the prefix of the objects where a bucket has several. */
  readonly store: string;
  readonly type: string;
  /** Absent where the plan is no number of days. */
  readonly planDays?: number;
  /** What limits it in the template, with its days. */
  readonly means: string;
  /** Absent where nothing ends it. */
  readonly templateDays?: number;
  readonly agrees: boolean;
  /** What is done when a person asks for erasure. */
  readonly erasure: string;
}

const ERASURE = {
  lock: 'No object can be erased before its retention ends: the duty to keep records goes before. Held as PayCA sent it, without card numbers and one-time codes.',
  governed:
    'Only a role with s3:BypassGovernanceRetention can erase an object before its retention ends; no role of this app has it.',
  expiry: 'One object can be deleted by its key at once, with its versions; the rest ends by itself.',
  logs: 'Cannot be erased line by line; holds no names, card numbers or bodies, and ends by itself.',
  auditLogs:
    'Cannot be erased line by line; holds addresses of callers, no names, card numbers or bodies, and ends by itself.',
  item: 'One item can be deleted by its key at once (`golive events find` names it); a backup holds it for 35 days more.',
  state:
    'Holds counts, ids and notes of incidents, no names of customers. One item can be deleted by its key at once; a backup holds it for 35 days more.',
  replay: 'Cannot be erased one by one; ends by itself, or with the archive of the bus as a whole.',
  transit: 'Leaves when it arrives; what does not arrive is redriven or purged by hand, and ends by itself.',
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
  ['Unshipped', 'applicationLogs'],
  ['Progress', 'state'],
  ['Notifications', 'state'],
];

const KIND_OF_TYPE: Readonly<Record<string, Kind>> = {
  'AWS::Logs::LogGroup': 'applicationLogs',
  'AWS::SQS::Queue': 'transit',
};

/** The longest that SQS keeps a message: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const TRANSIT_DAYS = 14;
const DAY_SECONDS = 86_400;

/** Resources of these services hold data for a time that this table cannot read; the app has none today. */
const OTHER_STORE =
  /^AWS::(DynamoDB::GlobalTable|Kinesis::Stream|MSK|RDS::DB(Cluster|Instance)|EFS::FileSystem|FSx|ElastiCache|MemoryDB|OpenSearchService|Redshift|Timestream|Neptune|DocDB|QLDB|S3Express|Backup::BackupVault|ECR::Repository)/;

/** Every store of the app that holds data for a time, in the order of the tree. */
export function retentionRows(app: App, stages: readonly StageConfig[]): RetentionRow[] {
  const resources = resourcesOf(app);
  return resources.flatMap((resource) => {
    const [stageId = ''] = resource.node.path.split('/');
    const config = stages.find(({ stage }) => stage === stageId.toLowerCase());
    return keeps(resource, resources).map((kept) => row(resource, config, kept));
  });
}

interface Kept {
  readonly means: string;
  readonly days?: number;
  readonly erasure: string;
  /** Of the objects, where a bucket has a rule for each. */
  readonly prefix?: string;
}

function propertiesOf(resource: CfnResource) {
  return resource.stack.resolve((resource as unknown as { cfnProperties: Record<string, unknown> }).cfnProperties);
}

/** What the template says of a store; nothing for a resource that stores nothing for a time. */
function keeps(resource: CfnResource, all: readonly CfnResource[]): Kept[] {
  const properties = propertiesOf(resource);
  switch (resource.cfnResourceType) {
    case 'AWS::S3::Bucket':
      return bucket(resource, properties);
    case 'AWS::Logs::LogGroup': {
      const erasure = kindOf(resource) === 'auditLogs' ? ERASURE.auditLogs : ERASURE.logs;
      return [{ means: 'log retention', days: properties.retentionInDays, erasure }];
    }
    case 'AWS::DynamoDB::Table':
      return [table(resource, properties, all)];
    case 'AWS::Events::Archive':
      return [{ means: 'archive of the bus', days: properties.retentionDays, erasure: ERASURE.replay }];
    case 'AWS::SQS::Queue': {
      // SQS's own default is four days.
      const days = (properties.messageRetentionPeriod ?? 4 * DAY_SECONDS) / DAY_SECONDS;
      return [{ means: 'message retention', days, erasure: ERASURE.transit }];
    }
    default:
      return OTHER_STORE.test(resource.cfnResourceType) ? [{ means: 'not known', erasure: 'Not known.' }] : [];
  }
}

interface BucketProperties {
  readonly objectLockConfiguration?: { rule?: { defaultRetention?: { days?: number; mode?: string } } };
  readonly lifecycleConfiguration?: { rules?: { expirationInDays?: number; prefix?: string }[] };
}

function bucket(resource: CfnResource, { objectLockConfiguration, lifecycleConfiguration }: BucketProperties): Kept[] {
  const lock = objectLockConfiguration?.rule?.defaultRetention;
  const rules = lifecycleConfiguration?.rules?.filter(({ expirationInDays }) => expirationInDays) ?? [];
  const expiryOf = (prefix?: string) => rules.find((rule) => rule.prefix === prefix)?.expirationInDays;
  if (lock) {
    const days = expiryOf();
    return [
      {
        means: `Object Lock ${lock.mode} ${lock.days}, lifecycle ${days}`,
        days: lock.days === days ? days : undefined,
        erasure: lock.mode === 'COMPLIANCE' ? ERASURE.lock : ERASURE.governed,
      },
    ];
  }
  const prefixes = named(resource, 'Imports') ? Object.values(IMPORTS) : [undefined];
  return prefixes.map((prefix) => ({ means: 'lifecycle', days: expiryOf(prefix), erasure: ERASURE.expiry, prefix }));
}

function table(resource: CfnResource, properties: TableProperties, all: readonly CfnResource[]): Kept {
  if (kindOf(resource) === 'state') return { means: 'kept while the stage exists', erasure: ERASURE.state };
  const expires = properties.timeToLiveSpecification?.enabled === true;
  return {
    means: expires ? 'TTL, after it is dispatched' : 'no TTL',
    days: expires ? itemDays(resource, all) : undefined,
    erasure: ERASURE.item,
  };
}

interface TableProperties {
  readonly timeToLiveSpecification?: { enabled?: boolean };
}

/** The days of a TTL are in the function that writes the items; the table only names the attribute. */
function itemDays(inbox: CfnResource, all: readonly CfnResource[]): number | undefined {
  const stage = Stage.of(inbox);
  const days = all
    .filter((one) => one.cfnResourceType === 'AWS::Lambda::Function' && Stage.of(one) === stage)
    .map((one) => propertiesOf(one).environment?.variables?.WEBHOOK_RETENTION_DAYS)
    .find((value) => value !== undefined);
  return days === undefined ? undefined : Number(days);
}

const named = ({ node }: CfnResource, name: string) => node.path.split('/').includes(name);

function kindOf(resource: CfnResource): Kind | 'none' {
  return KINDS.find(([name]) => named(resource, name))?.[1] ?? KIND_OF_TYPE[resource.cfnResourceType] ?? 'none';
}

function row(
  resource: CfnResource,
  config: StageConfig | undefined,
  { means, days, erasure, prefix }: Kept,
): RetentionRow {
  const kind = !config ? 'none' : prefix === IMPORTS.binVersions ? 'evidence' : kindOf(resource);
  const planDays = config && planned(kind, config);
  return {
    stage: config?.stage ?? '-',
    kind,
    store: [resource.node.path, prefix].filter(Boolean).join(' '),
    type: resource.cfnResourceType,
    planDays,
    means,
    templateDays: days,
    agrees: kind !== 'none' && agree(kind, days, planDays),
    erasure,
  };
}

function planned(kind: Kind | 'none', { retentionDays }: StageConfig): number | undefined {
  if (kind === 'none' || kind === 'state') return undefined;
  return kind === 'transit' ? TRANSIT_DAYS : retentionDays[kind];
}

function agree(kind: Kind, days: number | undefined, planDays: number | undefined): boolean {
  if (days === undefined || planDays === undefined) return days === planDays;
  // Never longer than promised; a shorter memory beside a longer one is not a record.
  return kind === 'webhooks' || kind === 'transit' ? days <= planDays : days === planDays;
}
